import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  Node,
  OnConflictClause,
  RangeVar,
  ReturningClause,
  SelectStmt,
  UpdateStmt,
  WithClause,
} from '@pgsql/types'
import type { Column, Relation } from '../../catalog/relation.ts'
import { domainBase, parseType } from '../../catalog/types.ts'
import { StatementFails } from '../model/server-errors.ts'
import {
  duplicateColumn,
  invalidColumnReference,
  notNullViolation,
  syntaxError,
  undefinedObject,
} from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { Ctes } from '../model/statement-handler.ts'
import { requireLiteral } from './literal-types.ts'
import { requireAssignable } from './operator-types.ts'
import { ctesOf, fromItems, outputColumns, requireNames, typeOfColumn } from './query-columns.ts'
import { type Scope, scopeOf, source, sourceOf } from './query-scope.ts'
import { requireColumns } from './require-columns.ts'

/** Checks the names of a query or write anywhere, its WITH queries included. */
export function queryNames(node: Node, context: StatementContext, around: Ctes = new Map()): void {
  if ('SelectStmt' in node) {
    outputColumns(context, node.SelectStmt, null, around)
    return withNames(node.SelectStmt.withClause, context, around)
  }
  if ('InsertStmt' in node) namesOf(node.InsertStmt, insertNames)
  else if ('UpdateStmt' in node) namesOf(node.UpdateStmt, updateNames)
  else if ('DeleteStmt' in node) namesOf(node.DeleteStmt, deleteNames)
  else if ('MergeStmt' in node) namesOf(node.MergeStmt, mergeNames)

  function namesOf<T extends { relation?: RangeVar; withClause?: WithClause }>(
    write: T,
    names: (write: T, context: StatementContext, relation: Relation, ctes: Ctes) => void,
  ): void {
    withNames(write.withClause, context, around)
    names(write, context, context.writeTarget(write.relation), ctesOf(context, write.withClause, null, around))
  }
}

function withNames(clause: WithClause | undefined, context: StatementContext, around: Ctes): void {
  const ctes = ctesOf(context, clause, null, around)
  for (const cte of clause?.ctes ?? []) {
    const query = 'CommonTableExpr' in cte ? cte.CommonTableExpr.ctequery : undefined
    if (query && !('SelectStmt' in query)) queryNames(query, context, ctes)
  }
}

/** The names and counts of an INSERT, as transformInsertStmt reads them. Fails where the server certainly refuses. */
export function insertNames(node: InsertStmt, context: StatementContext, relation: Relation, ctes: Ctes): void {
  const named = (node.cols ?? []).flatMap((col) => ('ResTarget' in col ? [col.ResTarget] : []))
  const names = named.map((resTarget) => resTarget.name ?? '')
  requireColumns(relation, names)
  // `point.x` and `list[1]` write parts of a column, so that it may be named again.
  const whole = named.every((resTarget) => resTarget.indirection === undefined)
  const twice = whole ? names.find((name, i) => names.indexOf(name) !== i) : undefined
  if (twice !== undefined) throw duplicateColumn(`column "${twice}" specified more than once`)
  const query = node.selectStmt && 'SelectStmt' in node.selectStmt ? node.selectStmt.SelectStmt : null
  const given = query ? outputColumns(context, query, null, ctes) : null
  const targets = targetsOf(relation, names)
  if (query && given && targets && whole) {
    if (given.length > targets.length) {
      throw syntaxError('INSERT has more expressions than target columns')
    }
    if (given.length < targets.length && names.length > 0) {
      throw syntaxError('INSERT has more target columns than expressions')
    }
  }
  const scope = scopeOf([sourceOf(relation, node.relation?.alias)])
  if (node.onConflictClause) onConflict(context, node.onConflictClause, relation, scope, ctes)
  returning(context, node.returningClause, relation, scope, ctes)
  if (query && targets && whole) {
    requireValues(query, targets, context)
    requireWritable(node, query, targets, context)
  }
  requireFilled(query, relation, targets, context)
}

/** The columns an INSERT gives values for; null when they are not known. */
function targetsOf(relation: Relation, names: string[]): Column[] | null {
  if (!relation.known || relation.columns.length === 0) return null
  if (names.length === 0) return relation.columns
  return names.map((name) => relation.columns.find((column) => column.name === name) as Column)
}

/** The constants of VALUES, against the columns they are for. */
function requireValues(query: SelectStmt, targets: Column[], context: StatementContext): void {
  for (const list of query.valuesLists ?? []) {
    const row = 'List' in list ? (list.List.items ?? []) : []
    row.forEach((value, i) => {
      const column = targets[i]
      if (!column) return
      requireLiteral(context, column, value, 'expression')
      requireAssignable(column, value, 'expression', () => '', context.catalog)
    })
  }
}

/** An explicit value for an identity that is ALWAYS, or for a generated column (rewriteTargetListIU). */
function requireWritable(node: InsertStmt, query: SelectStmt, targets: Column[], context: StatementContext): void {
  const rows = query.valuesLists?.flatMap((list) => ('List' in list ? [list.List.items ?? []] : []))
  const overrides = node.override !== undefined && node.override !== 'OVERRIDING_NOT_SET'
  const width = rows?.[0]?.length ?? targets.length
  targets.slice(0, width).forEach((column, i) => {
    const refuses = column.generated !== null || (column.identity === 'always' && !overrides)
    if (!refuses || rows?.every((row) => row[i] !== undefined && 'SetToDefault' in row[i])) return
    const words = context.catalog.behaves('generated-column-refuses-value')
      ? 'cannot insert a non-DEFAULT value into'
      : 'cannot insert into'
    throw new StatementFails(refusalCode(column, context), `${words} column "${column.name}"`)
  })
}

function refusalCode(column: Column, { catalog }: StatementContext): string {
  return column.generated && !catalog.behaves('generated-column-refuses-value') ? '42601' : '428C9'
}

/** A row that leaves a NOT NULL column without a value, where no default and no trigger can give one (ExecConstraints). */
function requireFilled(
  query: SelectStmt | null,
  relation: Relation,
  targets: Column[] | null,
  { catalog }: StatementContext,
): void {
  const rows = query ? query.valuesLists?.flatMap((list) => ('List' in list ? [list.List.items ?? []] : [])) : [[]]
  if (!rows || !targets || relation.kind !== 'table' || relation.triggers.length > 0 || relation.rules.length > 0)
    return
  for (const column of relation.columns) {
    if (!column.notNull || column.generated || column.identity) continue
    const at = targets.indexOf(column)
    const leftOut = (row: Node[]): boolean => {
      const value = row[at]
      // A domain may have its own default.
      if (value === undefined || 'SetToDefault' in value)
        return column.default === null && !domainBase(parseType(column.type, catalog), catalog)
      return 'A_Const' in value && value.A_Const.isnull === true
    }
    if (!rows.some(leftOut)) continue
    const of = catalog.behaves('null-violation-names-relation') ? ` of relation "${relation.name}"` : ''
    throw notNullViolation(`null value in column "${column.name}"${of} violates not-null constraint`)
  }
}

function onConflict(
  context: StatementContext,
  clause: OnConflictClause,
  relation: Relation,
  scope: Scope,
  ctes: Ctes,
): void {
  const { infer, targetList, whereClause } = clause
  const elements = (infer?.indexElems ?? []).flatMap((elem) => ('IndexElem' in elem ? [elem.IndexElem] : []))
  const names = elements.flatMap((indexElem) => indexElem.name ?? [])
  requireColumns(relation, names, (name) => `column "${name}" does not exist`)
  const { conname } = infer ?? {}
  if (
    relation.known &&
    conname !== undefined &&
    !relation.constraints.some((constraint) => constraint.name === conname)
  ) {
    throw undefinedObject(`constraint "${conname}" for table "${relation.name}" does not exist`, {
      kind: 'constraint',
      name: conname,
    })
  }
  const arbiter = relation.indexes.some(
    ({ unique, valid, predicate, keys }) =>
      unique &&
      valid &&
      (predicate === null || infer?.whereClause !== undefined) &&
      keys.length === names.length &&
      keys.every((key) => key !== null && names.includes(key)),
  )
  // Expressions are compared by the server alone; a view is written through to a table.
  const comparable = relation.known && relation.kind !== 'view' && names.length === elements.length
  if (elements.length > 0 && comparable && !arbiter) {
    throw invalidColumnReference('there is no unique or exclusion constraint matching the ON CONFLICT specification')
  }
  const updating: Scope = {
    ...scope,
    sources: [...scope.sources, source('excluded', null, relation.known ? relation.columns : null, undefined)],
  }
  requireNames(context, [targetList, whereClause], updating, ctes)
  requireColumns(relation, setNames(targetList))
}

/** The names of an UPDATE; its FROM may be looked at by SET, WHERE and RETURNING. */
export function updateNames(node: UpdateStmt, context: StatementContext, relation: Relation, ctes: Ctes): void {
  const scope = fromAndTarget(context, relation, node.relation, node.fromClause, ctes)
  requireNames(context, [node.whereClause, node.targetList], scope, ctes)
  returning(context, node.returningClause, relation, scope, ctes)
  requireColumns(relation, setNames(node.targetList))
  for (const item of node.targetList ?? []) {
    const { name, val } = 'ResTarget' in item ? item.ResTarget : {}
    const column = relation.columns.find((known) => known.name === name)
    const given = val && !('SetToDefault' in val) && !('MultiAssignRef' in val)
    const whole = 'ResTarget' in item && item.ResTarget.indirection === undefined
    if (!column || !whole) continue
    requireLiteral(context, column, val, 'expression')
    requireAssignable(column, val, 'expression', (ref) => typeOfColumn(context, ref, scope), context.catalog)
    if (given && (column?.generated || column?.identity === 'always')) {
      throw new StatementFails(refusalCode(column, context), `column "${name}" can only be updated to DEFAULT`)
    }
  }
}

/** The names of a DELETE. */
export function deleteNames(node: DeleteStmt, context: StatementContext, relation: Relation, ctes: Ctes): void {
  const scope = fromAndTarget(context, relation, node.relation, node.usingClause, ctes)
  requireNames(context, node.whereClause, scope, ctes)
  returning(context, node.returningClause, relation, scope, ctes)
}

/** The names of a MERGE. */
export function mergeNames(node: MergeStmt, context: StatementContext, relation: Relation, ctes: Ctes): void {
  const from = node.sourceRelation ? [node.sourceRelation] : undefined
  const scope = fromAndTarget(context, relation, node.relation, from, ctes)
  requireNames(context, [node.joinCondition, node.mergeWhenClauses], scope, ctes)
  returning(context, node.returningClause, relation, scope, ctes)
  for (const clause of node.mergeWhenClauses ?? []) {
    if ('MergeWhenClause' in clause) requireColumns(relation, setNames(clause.MergeWhenClause.targetList))
  }
}

/** From 18 on RETURNING also knows the row as it was and as it is, by names that it may choose. */
function returning(
  context: StatementContext,
  clause: ReturningClause | undefined,
  relation: Relation,
  scope: Scope,
  ctes: Ctes,
): void {
  if (!clause) return
  const chosen = (clause.options ?? []).flatMap((option) =>
    'ReturningOption' in option ? [option.ReturningOption.value] : [],
  )
  const columns = relation.known ? relation.columns : null
  const versions = context.catalog.behaves('returning-old-and-new') ? ['old', 'new', ...chosen] : []
  const sources = versions.map((name) => source(name ?? '', null, columns, undefined))
  requireNames(context, clause.exprs, { ...scope, outer: scopeOf(sources) }, ctes)
}

function fromAndTarget(
  context: StatementContext,
  relation: Relation,
  name: RangeVar | undefined,
  from: Node[] | undefined,
  ctes: Ctes,
): Scope {
  const scope = scopeOf([sourceOf(relation, name?.alias)])
  fromItems(context, from, scope, ctes)
  return scope
}

/** The columns that SET, or the column list of MERGE's INSERT, names. */
function setNames(targets: Node[] | undefined): string[] {
  return (targets ?? []).flatMap((target) =>
    'ResTarget' in target && target.ResTarget.name ? [target.ResTarget.name] : [],
  )
}
