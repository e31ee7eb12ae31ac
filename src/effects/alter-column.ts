import type { AlterTableCmd, ColumnDef, Node } from '@pgsql/types'
import { converts } from '../catalog/coercion.ts'
import { type Column, columnOf, type Relation, relationName } from '../catalog/relation.ts'
import { parseType, printType, shortType, type TypeChange, type TypeRef, typeChange, typeOf } from '../catalog/types.ts'
import { columnsIn } from '../sql/walk.ts'
import { newColumn, requireExpressions, requireType } from './columns.ts'
import { addConstraint, hasRows, requireRecursion } from './constraints.ts'
import { dropRelation } from './drop.ts'
import { removeConstraint } from './drop-constraint.ts'
import { requireComparable } from './foreign-keys.ts'
import { requireClasses, requireColumns } from './indexes-of.ts'
import { partitionKeyOf, requireOwnColumn } from './inheritance.ts'
import { type Judging, missingColumn, StatementFails } from './judging.ts'

/**
 * ADD COLUMN. One value for all rows is kept in the catalog (from 11) and costs nothing; a value of its own for each row
 * rewrites the table and every index.
 */
export function addColumn(judging: Judging, relation: Relation, command: AlterTableCmd, recurse: boolean): void {
  const { catalog } = judging
  const node = definitionIn(command)
  const name = node.colname ?? ''
  requireTable(relation, catalog.major)
  judging.touch(relation, 'AccessExclusiveLock')
  if (relation.partitionOf) throw new StatementFails('42809', 'cannot add column to a partition')
  if (columnOf(relation, name)) {
    if (command.missing_ok) return
    throw new StatementFails('42701', `column "${name}" of relation "${relation.name}" already exists`, {
      kind: 'column',
      name: `${relationName(relation)}.${name}`,
    })
  }
  requireRecursion(judging, relation, recurse, 'column')
  const added = newColumn(judging, relation, node)
  if (added.column.identity && recurse && hasInheritors(judging, relation)) {
    throw new StatementFails('42P16', 'cannot recursively add identity column to table that has child tables')
  }
  const perRow =
    added.perRow ??
    (catalog.major < 11 && added.hasDefault ? 'before PostgreSQL 11 any default is written into every row' : null)
  const notNullWithoutDefault = added.column.notNull && !added.hasDefault
  for (const member of recurse ? catalog.family(relation) : [relation]) {
    if (columnOf(member, name)) {
      // A child that has the column already only comes to inherit it.
      judging.touch(member, 'AccessExclusiveLock', { through: `it inherits from ${relationName(relation)}` })
      continue
    }
    const rewrite = perRow !== null && hasRows(member)
    judging.touch(member, 'AccessExclusiveLock', {
      rewrite,
      scan: (rewrite || notNullWithoutDefault) && hasRows(member),
      builds: rewrite ? member.indexes : [],
      ...(member.id === relation.id ? {} : { through: `it inherits from \`${relationName(relation)}\`` }),
    })
    const now = catalog.now(member)
    catalog.put({ ...now, columns: [...now.columns, added.column] })
  }
  if (command.def && 'ColumnDef' in command.def)
    requireExpressions(judging, catalog.now(relation), command.def.ColumnDef)
  for (const constraint of added.constraints) {
    addConstraint(judging, relation, constraint, { column: name, recurse, allNull: !added.hasDefault })
  }
  judging.mark({ kind: 'adds column', relation, column: name, notNullWithoutDefault, fills: perRow })
}

function requireTable(relation: Relation, major: number): void {
  if (relation.kind !== 'view' && relation.kind !== 'materialized view') return
  throw new StatementFails(
    '42809',
    major < 15
      ? `"${relation.name}" is not a table, composite type, or foreign table`
      : `ALTER action ADD COLUMN cannot be performed on relation "${relation.name}"`,
  )
}

/** Until 16 partitions count too; from 17 they share their parent's identity (ATPrepAddColumn). */
function hasInheritors(judging: Judging, relation: Relation): boolean {
  const { catalog } = judging
  return catalog.children(relation).length > 0 && (catalog.major < 17 || relation.kind !== 'partitioned table')
}

/** DROP COLUMN only marks the column; its indexes and constraints go, and a foreign key's other table is locked. */
export function dropColumn(judging: Judging, relation: Relation, command: AlterTableCmd, recurse: boolean): void {
  const { catalog } = judging
  const name = command.name ?? ''
  const cascade = command.behavior === 'DROP_CASCADE'
  judging.touch(relation, 'AccessExclusiveLock')
  const column = columnOf(relation, name)
  if (!column) {
    if (!relation.known) judging.mark({ kind: 'drops column', relation, column: name })
    if (!relation.known || command.missing_ok) return
    throw missingColumn(relation, name)
  }
  requireOwnColumn(judging, relation, name, 'drop')
  requireOutsideKey(relation, name, 'drop')
  if (!recurse && relation.kind === 'partitioned table' && catalog.children(relation).length > 0) {
    throw new StatementFails('42P16', 'cannot drop column from only the partitioned table when partitions exist')
  }
  const family = recurse ? catalog.family(relation) : [relation]
  const refusal =
    family.length > 1
      ? 'cannot drop desired object(s) because other objects depend on them'
      : `cannot drop ${catalog.major < 11 ? `table ${relation.name} column ${name}` : `column ${name} of table ${relation.name}`} because other objects depend on it`
  for (const member of family) {
    if (!cascade) requireNoReaders(judging, member, name, refusal)
    else dropReaders(judging, member, name)
  }
  for (const other of catalog.referencing(relation)) {
    for (const key of other.constraints) {
      if (
        key.references?.relation !== relation.id ||
        !key.references.columns.includes(name) ||
        other.id === relation.id
      )
        continue
      if (!cascade) {
        throw new StatementFails('2BP01', refusal)
      }
      removeConstraint(judging, other, key.name, null)
    }
  }
  for (const member of family) {
    judging.touch(
      member,
      'AccessExclusiveLock',
      member.id === relation.id ? {} : { through: `it inherits from \`${relationName(relation)}\`` },
    )
    for (const constraint of member.constraints) {
      if (constraint.columns.includes(name)) removeConstraint(judging, member, constraint.name, null)
    }
    const now = catalog.now(member)
    const gone = new Set([name, ...generatedFrom(now, name)])
    catalog.put({
      ...now,
      columns: now.columns.filter((one) => !gone.has(one.name)),
      indexes: now.indexes.filter((one) => !one.uses.some((used) => gone.has(used))),
    })
  }
  judging.mark({ kind: 'drops column', relation, column: name })
}

/** SET EXPRESSION of a generated column (from 17) computes every row again. */
export function setExpression(judging: Judging, relation: Relation, name: string): void {
  const rewrite = columnOf(relation, name)?.generated !== 'virtual' && hasRows(relation)
  judging.touch(relation, 'AccessExclusiveLock', { rewrite, scan: rewrite, builds: rewrite ? relation.indexes : [] })
}

/** ALTER COLUMN … TYPE: nothing, a check of the rows, or a rewrite of the table and all its indexes. */
export function alterColumnType(judging: Judging, relation: Relation, command: AlterTableCmd, recurse: boolean): void {
  const { catalog } = judging
  const name = command.name ?? ''
  const node = definitionIn(command)
  const using = node.raw_default
  // The server reads USING before it looks at the column (transformAlterTableStmt).
  if (using) requireColumns(relation, columnsIn(using), (one) => `column "${one}" does not exist`)
  const casts = using ? castsOf(judging, using, name) : []
  const column = columnOf(relation, name)
  if (column && casts) requireCasts(judging, parseType(column.type, catalog), casts)
  if (!column && relation.known) throw missingColumn(relation, name)
  if (using && column?.generated) {
    throw new StatementFails('42611', 'cannot specify USING when altering type of generated column')
  }
  if (
    column?.identity &&
    !['smallint', 'integer', 'bigint'].includes(printType(typeOf(node.typeName ?? {}, catalog)))
  ) {
    throw new StatementFails('22023', 'identity column type must be smallint, integer, or bigint')
  }
  if (column) {
    requireOwnColumn(judging, relation, name, 'alter')
    requireOutsideKey(relation, name, 'alter')
  }
  const to = typeOf(node.typeName ?? {}, catalog)
  requireType(judging, to)
  if (!column) {
    judging.touch(relation, 'AccessExclusiveLock', { rewrite: true, scan: true, builds: relation.indexes })
    judging.mark({
      kind: 'changes type',
      relation,
      column: name,
      from: '',
      to: printType(to),
      narrows: false,
      using: using !== undefined,
    })
    return
  }
  const from = parseType(column.type, catalog)
  const change = changeOf(judging, from, to, casts, node.collClause !== undefined)
  const given = casts?.at(-1) ?? (casts ? from : null)
  if (given && !converts(given, to, 'assignment', catalog)) {
    const subject = using ? `result of USING clause for column "${name}"` : `column "${name}"`
    throw new StatementFails('42804', `${subject} cannot be cast automatically to type ${shortType(to)}`)
  }
  if (!recurse && catalog.children(relation).length > 0) {
    throw new StatementFails('42P16', `type of inherited column "${name}" must be changed in child tables too`)
  }
  requireNoReaders(judging, relation, name, null)
  requireDefault(judging, column, from, to)
  for (const member of catalog.family(relation)) applyTypeChange(judging, member, name, to, change, relation)
  judging.mark({
    kind: 'changes type',
    relation,
    column: name,
    from: column.type,
    to: printType(to),
    narrows: change.narrows,
    using: using !== undefined,
  })
}

/** The work of all casts one after the other; `casts` null means an expression, which is computed for every row. */
function changeOf(
  judging: Judging,
  from: TypeRef,
  to: TypeRef,
  casts: TypeRef[] | null,
  collates: boolean,
): TypeChange {
  if (casts === null || from.name === '') return { kind: 'rewrite', keepsIndexes: false, narrows: false }
  let current = from
  let worst: TypeChange = { kind: 'none', keepsIndexes: true, narrows: false }
  for (const step of [...casts, to]) {
    const change = typeChange(current, step, judging.catalog, judging.session.timeZone)
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
function castsOf(judging: Judging, expression: Node, column: string): TypeRef[] | null {
  if ('TypeCast' in expression && expression.TypeCast.arg && expression.TypeCast.typeName) {
    const inner = castsOf(judging, expression.TypeCast.arg, column)
    if (inner === null) return null
    const type = typeOf(expression.TypeCast.typeName, judging.catalog)
    requireType(judging, type)
    return [...inner, type]
  }
  const last = 'ColumnRef' in expression ? expression.ColumnRef.fields?.at(-1) : undefined
  return last && 'String' in last && last.String.sval === column ? [] : null
}

function requireCasts(judging: Judging, from: TypeRef, casts: TypeRef[]): void {
  let current = from
  for (const type of casts) {
    if (!converts(current, type, 'explicit', judging.catalog)) {
      throw new StatementFails('42846', `cannot cast type ${shortType(current)} to ${shortType(type)}`)
    }
    current = type
  }
}

/** A default is kept, so it must fit the new type by itself. Literals have the column's type already. */
function requireDefault(judging: Judging, column: Column, from: TypeRef, to: TypeRef): void {
  if (column.default === null || column.generated) return
  const { catalog } = judging
  const given = /\bnextval\(/.test(column.default) ? parseType('bigint', catalog) : from
  if (converts(given, to, 'assignment', catalog)) return
  throw new StatementFails(
    '42804',
    `default for column "${column.name}" cannot be cast automatically to type ${shortType(to)}`,
  )
}

function applyTypeChange(
  judging: Judging,
  member: Relation,
  name: string,
  to: TypeRef,
  change: TypeChange,
  named: Relation,
): void {
  const { catalog } = judging
  const type = printType(to)
  const rewrite = change.kind === 'rewrite' && hasRows(member)
  const dependent = member.indexes.filter((index) => index.uses.includes(name))
  const builds = !hasRows(member) ? [] : rewrite ? member.indexes : change.keepsIndexes ? [] : dependent
  const checked = member.constraints.some((one) => one.kind === 'check' && one.validated && one.columns.includes(name))
  judging.touch(member, 'AccessExclusiveLock', {
    rewrite,
    builds,
    scan:
      hasRows(member) &&
      (rewrite || builds.length > 0 || (checked && (catalog.major < 14 || columnOf(member, name)?.type !== type))),
    ...(member.id === named.id ? {} : { through: `it inherits from \`${relationName(named)}\`` }),
  })
  lockForeignKeys(judging, member, name, change)
  const now = catalog.now(member)
  catalog.put({
    ...now,
    columns: now.columns.map((one) => (one.name === name ? { ...one, type, statistics: null } : one)),
  })
  for (const index of dependent) requireClasses(judging, member, index)
  requireKeysStillFit(judging, member, name)
}

/** Foreign keys over the column are made anew on both sides. */
function lockForeignKeys(judging: Judging, relation: Relation, column: string, change: TypeChange): void {
  const checks = change.kind !== 'none' || !change.keepsIndexes
  const { catalog } = judging
  for (const key of relation.constraints) {
    const referenced = key.references && key.columns.includes(column) ? catalog.get(key.references.relation) : null
    if (referenced && referenced.id !== relation.id) {
      judging.touch(referenced, 'AccessExclusiveLock', {
        through: `foreign key \`${key.name}\` refers to it`,
        ...(checks ? { lookedUpBy: relation } : {}),
      })
    }
  }
  for (const other of catalog.referencing(relation)) {
    const key = other.constraints.find(
      (one) => one.references?.relation === relation.id && one.references.columns.includes(column),
    )
    if (key && other.id !== relation.id) {
      judging.touch(other, 'AccessExclusiveLock', {
        scan: checks && hasRows(other),
        through: `its foreign key \`${key.name}\` refers to the column`,
      })
    }
  }
}

function requireOutsideKey(relation: Relation, column: string, verb: 'alter' | 'drop'): void {
  if (!partitionKeyOf(relation)?.uses.includes(column)) return
  throw new StatementFails(
    '42P16',
    `cannot ${verb} column "${column}" because it is part of the partition key of relation "${relation.name}"`,
  )
}

/** Foreign keys are made anew over the new type. */
function requireKeysStillFit(judging: Judging, relation: Relation, column: string): void {
  const { catalog } = judging
  // Their keys are built anew in the order in which they were made.
  const owners = catalog.referencing(relation).sort((a, b) => a.id - b.id)
  for (const owner of [relation, ...owners]) {
    for (const { name, columns, references } of catalog.now(owner).constraints) {
      const referenced = references && catalog.get(references.relation)
      if (!referenced) continue
      const concerned =
        (owner.id === relation.id && columns.includes(column)) ||
        (referenced.id === relation.id && references.columns.includes(column))
      if (concerned) requireComparable(judging, name, owner, columns, referenced, references.columns)
    }
  }
}

function dropReaders(judging: Judging, relation: Relation, column: string): void {
  const { catalog } = judging
  for (const view of catalog.readers(relation)) {
    const reads = view.reads.some((read) => read.relation === relation.id && read.columns.includes(column))
    if (reads && catalog.get(view.id)) dropRelation(judging, view, true, new Set())
  }
}

/** Views, functions, generated columns and policies that read the column stand in the way; `drop` is the message for a drop. */
function requireNoReaders(judging: Judging, relation: Relation, column: string, drop: string | null): void {
  const { catalog } = judging
  const reader = catalog
    .readers(relation)
    .find((view) => view.reads.some((read) => read.relation === relation.id && read.columns.includes(column)))
  const [fn] = catalog.functionsReading(relation, column)
  const [generated] = generatedFrom(relation, column)
  const policy = relation.policies.find((one) => one.uses.includes(column))
  const refuse = (sqlstate: string, message: string, name: string): never => {
    throw new StatementFails(sqlstate, message, { kind: 'dependent', name })
  }
  if (drop !== null) {
    // To 14 a generated column goes with what it reads.
    const held = catalog.major >= 15 ? generated : undefined
    const tied = reader ?? fn
    const name = tied ? relationName(tied) : (policy?.name ?? held)
    if (name !== undefined) refuse('2BP01', drop, name)
    return
  }
  const alter = 'cannot alter type of a column used'
  if (reader) refuse('0A000', `${alter} by a view or rule`, relationName(reader))
  if (fn) refuse('0A000', `${alter} by a function or procedure`, relationName(fn))
  if (generated) refuse(catalog.major >= 15 ? '0A000' : '42601', `${alter} by a generated column`, generated)
  if (policy) refuse('0A000', `${alter} in a policy definition`, policy.name)
}

/** Generated columns that read the column: they go with it, by CASCADE or on an old server. */
function generatedFrom(relation: Relation, column: string): string[] {
  return relation.columns
    .filter((one) => one.generated && one.name !== column && one.default !== null && mentions(one.default, column))
    .map((one) => one.name)
}

function mentions(expression: string, column: string): boolean {
  return new RegExp(`(?<![\\w"])"?${column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"?(?![\\w"])`).test(expression)
}

function definitionIn(command: AlterTableCmd): ColumnDef {
  return command.def && 'ColumnDef' in command.def ? command.def.ColumnDef : {}
}
