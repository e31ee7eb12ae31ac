import type { ColumnRef, FuncCall, Node, SelectStmt, WithClause } from '@pgsql/types'
import type { Column, Relation } from '../../catalog/relation.ts'
import { printType, typeOf } from '../../catalog/types.ts'
import { strings, walk } from '../../sql/walk.ts'
import { syntaxError } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { Ctes } from '../model/statement-handler.ts'
import { figuredName, targetName } from './column-names.ts'
import { requireOperator, requireTruth } from './operator-types.ts'
import { columnFor, noteRead, type Scope, type Source, scopeOf, source, sourceOf } from './query-scope.ts'
import { requireSequence } from './sequence-names.ts'
import { requireUnread } from './unread-names.ts'

/**
 * The columns a query returns, by name and, for a plain column or cast, by type (else the type is '').
 * Null when a star or a name over something unknown hides them. Fails on every relation and column in it that surely
 * does not exist, subqueries and WITH queries included.
 */
export function outputColumns(
  context: StatementContext,
  query: SelectStmt,
  outer: Scope | null = null,
  around: Ctes = new Map(),
): Column[] | null {
  const ctes = ctesOf(context, query.withClause, outer, around)
  if (query.larg && query.rarg) {
    const columns = outputColumns(context, query.larg, outer, ctes)
    outputColumns(context, query.rarg, outer, ctes)
    return columns
  }
  const scope = scopeOf([], outer)
  fromItems(context, query.fromClause, scope, ctes)
  if (query.valuesLists) return valuesColumns(context, query.valuesLists, scope, ctes)
  const { whereClause, havingClause, groupClause, sortClause, distinctClause, windowClause } = query
  requireNames(context, [query.targetList, whereClause, havingClause, windowClause], scope, ctes)
  const columns = (query.targetList ?? []).map((target) => targetColumns(context, target, scope))
  // These may name a column of the output too.
  const given = (query.targetList ?? [])
    .flatMap((target) => targetName(target, context.catalog.major) ?? [])
    .map((name) => plain(name, ''))
  const ordering: Scope = { sources: [source('', null, given, undefined)], merged: true, outer: scope }
  requireNames(context, [groupClause, sortClause, distinctClause], ordering, ctes)
  requireNames(context, [query.limitCount, query.limitOffset], scope, ctes)
  return columns.length === 0 || columns.includes(null) ? null : columns.flatMap((some) => some ?? [])
}

/** Fails on every name in these expressions that surely means nothing here. */
export function requireNames(context: StatementContext, expressions: unknown, scope: Scope, ctes: Ctes): void {
  walk(expressions, (name, value) => {
    if (name === 'ColumnRef') columnFor(context, value as ColumnRef, scope)
    if (name === 'FuncCall') requireSequence(context, value as FuncCall)
    requireOperator(name, value, (ref) => typeOfColumn(context, ref, scope), context.catalog)
    if (name !== 'SelectStmt') return undefined
    outputColumns(context, value as SelectStmt, scope, ctes)
    return false
  })
}

/** Fails on every name and operator of a condition over one relation that surely means nothing, and where it is no boolean. */
export function requireCondition(
  context: StatementContext,
  relation: Relation,
  condition: Node | undefined,
  of: 'CHECK' | 'WHERE',
): void {
  if (!relation.known) return
  const scope = scopeOf([sourceOf(relation, undefined)])
  requireNames(context, condition, scope, new Map())
  requireTruth(condition, of, (ref) => typeOfColumn(context, ref, scope), context.catalog)
}

/** As {@link requireCondition}, of an expression of any type. */
export function requireExpression(context: StatementContext, relation: Relation, expression: Node | undefined): void {
  if (relation.known) requireNames(context, expression, scopeOf([sourceOf(relation, undefined)]), new Map())
}

/** As `format_type` prints it; '' for a name that may be a variable, or whose column is not known. */
export function typeOfColumn(context: StatementContext, ref: ColumnRef, scope: Scope): string {
  return context.hasVariables ? '' : (columnFor(context, ref, scope)?.type ?? '')
}

/** Adds the WITH queries to the outer ones. Data-modifying ones are analyzed by their own handler. */
export function ctesOf(
  context: StatementContext,
  clause: WithClause | undefined,
  outer: Scope | null,
  around: Ctes,
): Ctes {
  if (!clause) return around
  const ctes = new Map(around)
  const queries = (clause.ctes ?? []).flatMap((cte) => ('CommonTableExpr' in cte ? [cte.CommonTableExpr] : []))
  // A recursive one sees itself, and its columns are known only after it was read.
  if (clause.recursive) for (const query of queries) ctes.set(query.ctename ?? '', null)
  for (const { ctename = '', ctequery, aliascolnames, search_clause, cycle_clause } of queries) {
    const columns =
      ctequery && 'SelectStmt' in ctequery ? outputColumns(context, ctequery.SelectStmt, outer, ctes) : null
    const more = search_clause !== undefined || cycle_clause !== undefined
    ctes.set(ctename, more ? null : source('', null, columns, { colnames: aliascolnames }).columns)
  }
  return ctes
}

/** Adds the entries of FROM to the scope, then reads the conditions and subqueries that may look at all of them. */
export function fromItems(context: StatementContext, items: Node[] | undefined, scope: Scope, ctes: Ctes): void {
  const conditions: Node[] = []
  for (const node of items ?? []) fromItem(context, node, scope, ctes, conditions)
  requireNames(context, conditions, scope, ctes)
}

function fromItem(context: StatementContext, node: Node, scope: Scope, ctes: Ctes, conditions: Node[]): void {
  const { sources } = scope
  if ('RangeVar' in node) {
    const { alias, relname = '', schemaname } = node.RangeVar
    const cte = schemaname === undefined ? ctes.get(relname) : undefined
    if (cte !== undefined) {
      sources.push(source(alias?.aliasname ?? relname, relname, cte, alias))
      return
    }
    const relation = context.find(node.RangeVar)
    if (relation) sources.push(sourceOf(relation, alias))
    else {
      requireUnread(context, node.RangeVar)
      sources.push(source(alias?.aliasname ?? relname, relname, null, alias))
    }
  } else if ('RangeSubselect' in node) {
    const { alias, subquery } = node.RangeSubselect
    // With LATERAL it sees the entries before it; without, a name of theirs fails all the same.
    const columns =
      subquery && 'SelectStmt' in subquery ? outputColumns(context, subquery.SelectStmt, scope, ctes) : null
    sources.push(source(alias?.aliasname ?? '', null, columns, alias))
  } else if ('JoinExpr' in node) {
    const { larg, rarg, quals, alias, usingClause, isNatural } = node.JoinExpr
    const start = sources.length
    if (larg) fromItem(context, larg, scope, ctes, conditions)
    const middle = sources.length
    if (rarg) fromItem(context, rarg, scope, ctes, conditions)
    if (quals) conditions.push(quals)
    if (usingClause || isNatural || alias) scope.merged = true
    const by = isNatural ? shared(sources.slice(start, middle), sources.slice(middle)) : strings(usingClause)
    for (const name of by) for (const entry of sources.slice(start)) noteRead(context, entry, name)
    if (alias) sources.push(source(alias.aliasname ?? '', null, null, alias))
  } else if ('RangeTableSample' in node && node.RangeTableSample.relation) {
    fromItem(context, node.RangeTableSample.relation, scope, ctes, conditions)
  } else {
    const alias = 'RangeFunction' in node ? node.RangeFunction.alias : undefined
    sources.push(source(alias?.aliasname ?? '', null, null, undefined))
    conditions.push(node)
  }
}

/** The names by which NATURAL joins. */
function shared(left: Source[], right: Source[]): string[] {
  const names = (sources: Source[]) => sources.flatMap(({ columns }) => (columns ?? []).map(({ name }) => name))
  const others = new Set(names(right))
  return names(left).filter((name) => others.has(name))
}

/** VALUES names its columns column1, column2 and so on. */
function valuesColumns(context: StatementContext, lists: Node[], scope: Scope, ctes: Ctes): Column[] | null {
  requireNames(context, lists, scope, ctes)
  const rows = lists.flatMap((list) => ('List' in list ? [list.List.items ?? []] : []))
  if (rows.some((row) => row.some(isStar))) return null
  const width = rows[0]?.length ?? 0
  if (rows.some((row) => row.length !== width)) {
    throw syntaxError('VALUES lists must all be the same length')
  }
  return Array.from({ length: width }, (_, i) => plain(`column${i + 1}`, ''))
}

/** `t.*` and `(row).*`: as many columns as it has. */
function isStar(node: Node): boolean {
  if ('ColumnRef' in node) return (node.ColumnRef.fields ?? []).some((field) => 'A_Star' in field)
  return 'A_Indirection' in node && (node.A_Indirection.indirection ?? []).some((item) => 'A_Star' in item)
}

function targetColumns(context: StatementContext, target: Node, scope: Scope): Column[] | null {
  if (!('ResTarget' in target) || !target.ResTarget.val) return null
  const { name, val } = target.ResTarget
  if (isStar(val)) return 'ColumnRef' in val ? starColumns(context, val.ColumnRef, scope) : null
  return [plain(name ?? figuredName(val, context.catalog.major).name, typeIn(context, val, scope))]
}

function starColumns(context: StatementContext, ref: ColumnRef, { sources, merged }: Scope): Column[] | null {
  const of = strings(ref.fields).at(-1)
  const chosen = of === undefined ? sources : sources.filter((item) => item.name === of)
  for (const item of chosen) noteRead(context, item)
  // USING merges columns: a star would count them twice.
  if (of === undefined && merged) return null
  if (chosen.length === 0 || chosen.some(({ columns }) => columns === null)) return null
  return chosen.flatMap(({ columns }) => (columns ?? []).map((column) => plain(column.name, column.type)))
}

/** As `format_type` prints it; '' when it is more than a column or a cast. */
function typeIn(context: StatementContext, node: Node, scope: Scope): string {
  if ('TypeCast' in node && node.TypeCast.typeName) return printType(typeOf(node.TypeCast.typeName, context.catalog))
  return ('ColumnRef' in node && columnFor(context, node.ColumnRef, scope)?.type) || ''
}

function plain(name: string, type: string): Column {
  return {
    name,
    type,
    notNull: false,
    default: null,
    identity: null,
    generated: null,
    collation: null,
    statistics: null,
  }
}
