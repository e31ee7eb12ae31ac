import type { AlterTableCmd, Node } from '@pgsql/types'
import { converts } from '../../../catalog/coercion.ts'
import { defaultType, isBareText } from '../../../catalog/default-type.ts'
import { type Column, columnOf, type Relation } from '../../../catalog/relation.ts'
import { greatest } from '../../../catalog/sequences.ts'
import {
  parseType,
  printType,
  shortType,
  type TypeChange,
  type TypeRef,
  typeChange,
  typeOf,
} from '../../../catalog/types.ts'
import { columnsIn } from '../../../sql/walk.ts'
import { because } from '../../model/effect.ts'
import { missingColumn } from '../../model/server-errors.ts'
import {
  cannotCoerce,
  datatypeMismatch,
  invalidColumnDefinition,
  invalidParameterValue,
  invalidTableDefinition,
} from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import { requireColumns } from '../../names/require-columns.ts'
import { hasRows } from '../../tables/affected-rows.ts'
import { requireComparable } from '../../tables/foreign-keys.ts'
import { inherited, requireOwnColumn } from '../../tables/inheritance.ts'
import { definitionIn, requireType } from '../../tables/new-column.ts'
import { classesOf, requireClasses } from '../../tables/new-index.ts'
import { requireOutsideKey } from '../../tables/partition-key.ts'
import { requireNoReaders } from './column-readers.ts'

/** SET EXPRESSION of a generated column (from 17) computes every row again. */
export function setExpression(context: StatementContext, relation: Relation, name: string): void {
  const rewrite = columnOf(relation, name)?.generated !== 'virtual' && hasRows(relation)
  context.lock(relation, 'AccessExclusiveLock', { rewrite, scan: rewrite, builds: rewrite ? relation.indexes : [] })
}

/** ALTER COLUMN … TYPE: nothing, a check of the rows, or a rewrite of the table and all its indexes. */
export function alterColumnType(
  context: StatementContext,
  relation: Relation,
  command: AlterTableCmd,
  recurse: boolean,
): void {
  const { catalog } = context
  const name = command.name ?? ''
  const node = definitionIn(command)
  const using = node.raw_default
  // The server reads USING before it looks at the column (transformAlterTableStmt).
  if (using) requireColumns(relation, columnsIn(using), (text) => `column "${text}" does not exist`)
  const casts = using ? castsOf(context, using, name) : []
  const column = columnOf(relation, name)
  if (column && casts) requireCasts(context, parseType(column.type, catalog), casts)
  if (!column && relation.known) throw missingColumn(relation, name)
  if (using && column?.generated) {
    throw invalidColumnDefinition('cannot specify USING when altering type of generated column')
  }
  if (
    column?.identity &&
    !['smallint', 'integer', 'bigint'].includes(printType(typeOf(node.typeName ?? {}, catalog)))
  ) {
    throw invalidParameterValue('identity column type must be smallint, integer, or bigint')
  }
  if (column) {
    requireOwnColumn(context, relation, name, 'alter')
    requireOutsideKey(relation, name, 'alter')
  }
  const to = typeOf(node.typeName ?? {}, catalog)
  requireType(context, to)
  if (!column) {
    context.lock(relation, 'AccessExclusiveLock', { rewrite: true, scan: true, builds: relation.indexes })
    context.recordChange({
      kind: 'changes type',
      relation,
      column: name,
      from: '',
      to: printType(to),
      narrows: false,
      using: using ?? null,
      fromLabels: null,
      toLabels: labelsOf(to),
    })
    return
  }
  const from = parseType(column.type, catalog)
  const change = changeOf(context, from, to, casts, node.collClause !== undefined)
  const given = casts?.at(-1) ?? (casts ? from : null)
  if (given && !converts(given, to, 'assignment', catalog)) {
    const subject = using ? `result of USING clause for column "${name}"` : `column "${name}"`
    throw datatypeMismatch(`${subject} cannot be cast automatically to type ${shortType(to)}`)
  }
  if (!recurse && catalog.children(relation).length > 0) {
    throw invalidTableDefinition(`type of inherited column "${name}" must be changed in child tables too`)
  }
  requireNoReaders(context, relation, name, null)
  requireDefault(context, column, from, to)
  for (const member of catalog.withDescendants(relation)) applyTypeChange(context, member, name, to, change, relation)
  context.recordChange({
    kind: 'changes type',
    relation,
    column: name,
    from: column.type,
    to: printType(to),
    narrows: change.narrows,
    using: using ?? null,
    fromLabels: labelsOf(from),
    toLabels: labelsOf(to),
  })
}

function labelsOf({ user, array }: TypeRef): readonly string[] | null {
  return user?.kind === 'enum' && !array ? user.labels : null
}

/** The work of all casts one after the other; `casts` null means an expression, which is computed for every row. */
function changeOf(
  context: StatementContext,
  from: TypeRef,
  to: TypeRef,
  casts: TypeRef[] | null,
  collates: boolean,
): TypeChange {
  if (casts === null || from.name === '') return { kind: 'rewrite', keepsIndexes: false, narrows: false }
  let current = from
  let worst: TypeChange = { kind: 'none', keepsIndexes: true, narrows: false }
  for (const step of [...casts, to]) {
    const change = typeChange(current, step, context.catalog, context.session.timeZone)
    worst = {
      kind: change.kind === 'none' ? worst.kind : 'rewrite',
      keepsIndexes: worst.keepsIndexes && change.keepsIndexes,
      narrows: worst.narrows || change.narrows,
    }
    current = step
  }
  return collates ? { ...worst, keepsIndexes: false } : worst
}

/** The types a USING expression casts the column through; null when it is more than the column and casts. */
function castsOf(context: StatementContext, expression: Node, column: string): TypeRef[] | null {
  if ('TypeCast' in expression && expression.TypeCast.arg && expression.TypeCast.typeName) {
    const inner = castsOf(context, expression.TypeCast.arg, column)
    if (inner === null) return null
    const type = typeOf(expression.TypeCast.typeName, context.catalog)
    requireType(context, type)
    return [...inner, type]
  }
  const last = 'ColumnRef' in expression ? expression.ColumnRef.fields?.at(-1) : undefined
  return last && 'String' in last && last.String.sval === column ? [] : null
}

function requireCasts(context: StatementContext, from: TypeRef, casts: TypeRef[]): void {
  let current = from
  for (const type of casts) {
    if (!converts(current, type, 'explicit', context.catalog)) {
      throw cannotCoerce(`cannot cast type ${shortType(current)} to ${shortType(type)}`)
    }
    current = type
  }
}

/** A default is kept, so it must fit the new type by itself. */
function requireDefault(context: StatementContext, column: Column, from: TypeRef, to: TypeRef): void {
  if (column.default === null || column.generated) return
  const { catalog } = context
  const given = defaultType(column.default, from, catalog)
  if (converts(given ?? from, to, 'assignment', catalog)) return
  if (given === null) {
    const type = shortType(to)
    return context.markUnknown(`whether the default of column ${column.name} can be cast to type ${type} is not known`)
  }
  throw datatypeMismatch(`default for column "${column.name}" cannot be cast automatically to type ${shortType(to)}`)
}

function applyTypeChange(
  context: StatementContext,
  member: Relation,
  name: string,
  to: TypeRef,
  change: TypeChange,
  named: Relation,
): void {
  const { catalog } = context
  const type = printType(to)
  const rewrite = change.kind === 'rewrite' && hasRows(member)
  const dependent = member.indexes.filter((index) => index.uses.includes(name))
  // An index with an expression or a predicate is rebuilt even where the values stay (CheckIndexCompatible).
  const anew = dependent.filter((item) => !change.keepsIndexes || item.predicate !== null || item.keys.includes(null))
  const builds = !hasRows(member) ? [] : rewrite ? member.indexes : anew
  const checked = member.constraints.some(
    (constraint) => constraint.kind === 'check' && constraint.validated && constraint.columns.includes(name),
  )
  context.lock(member, 'AccessExclusiveLock', {
    rewrite,
    builds,
    scan:
      hasRows(member) &&
      (rewrite ||
        builds.length > 0 ||
        (checked && (!catalog.behaves('checks-survive-same-type') || columnOf(member, name)?.type !== type))),
    ...inherited(member, named),
  })
  lockForeignKeys(context, member, name, change)
  const now = catalog.current(member)
  catalog.put({
    ...now,
    columns: now.columns.map((column) =>
      column.name === name ? { ...column, type, default: keptDefault(column), statistics: null } : column,
    ),
  })
  widenIdentity(context, member, name, type)
  for (const index of dependent) requireClasses(context, member, index, classesOf(index))
  requireKeysStillFit(context, member, name)
}

/** The sequence of an identity column gets the new type; that of a serial keeps its own (ATParseTransformCmd). */
function widenIdentity({ catalog }: StatementContext, relation: Relation, name: string, type: string): void {
  if (!columnOf(catalog.current(relation), name)?.identity) return
  for (const sequence of catalog.ownedSequences(relation)) {
    if (sequence.ownedBy?.column === name && sequence.sequence)
      catalog.change(sequence, {
        sequence: { ...sequence.sequence, maximum: greatest[type] ?? sequence.sequence.maximum },
      })
  }
}

/** A text constant keeps the type it had under a cast, and the default is tied to that type on. */
function keptDefault(column: Column): string | null {
  if (column.default === null || column.generated || !isBareText(column.default)) return column.default
  return `${column.default}::${column.type}`
}

/** Foreign keys over the column are created again on both sides. */
function lockForeignKeys(context: StatementContext, relation: Relation, column: string, change: TypeChange): void {
  const checks = change.kind !== 'none' || !change.keepsIndexes
  const { catalog } = context
  for (const key of relation.constraints) {
    const referenced = key.references && key.columns.includes(column) ? catalog.get(key.references.relation) : null
    if (referenced && referenced.id !== relation.id) {
      context.lock(referenced, 'AccessExclusiveLock', {
        through: because(`foreign key \`${key.name}\` refers to it`),
        ...(checks ? { lookedUpBy: relation } : {}),
      })
    }
  }
  for (const other of catalog.referencing(relation)) {
    const key = other.constraints.find(
      (constraint) => constraint.references?.relation === relation.id && constraint.references.columns.includes(column),
    )
    if (key && other.id !== relation.id) {
      context.lock(other, 'AccessExclusiveLock', {
        scan: checks && hasRows(other),
        through: because(`its foreign key \`${key.name}\` refers to the column`),
      })
    }
  }
}

/** Foreign keys are created again over the new type. */
function requireKeysStillFit(context: StatementContext, relation: Relation, column: string): void {
  const { catalog } = context
  // Their keys are rebuilt in the order of their creation.
  const owners = catalog.referencing(relation).sort((a, b) => a.id - b.id)
  for (const owner of [relation, ...owners]) {
    for (const { name, columns, references } of catalog.current(owner).constraints) {
      const referenced = references && catalog.get(references.relation)
      if (!referenced) continue
      const concerned =
        (owner.id === relation.id && columns.includes(column)) ||
        (referenced.id === relation.id && references.columns.includes(column))
      if (concerned) requireComparable(context, name, owner, columns, referenced, references.columns)
    }
  }
}
