import type { AlterTableCmd, ColumnDef, Node } from '@pgsql/types'
import { type Column, columnOf, type Relation, relationName } from '../catalog/catalog.ts'
import { parseType, printType, type TypeChange, type TypeRef, typeChange, typeOf } from '../catalog/types.ts'
import { newColumn, requireType } from './columns.ts'
import { addConstraint, hasRows, requireRecursion } from './constraints.ts'
import { removeConstraint } from './drop-constraint.ts'
import { type Judging, missingColumn, StatementFails } from './judging.ts'

/**
 * ADD COLUMN. One value for all rows is kept in the catalog (from 11) and costs nothing; a value of its own for each row
 * rewrites the table and every index.
 */
export function addColumn(judging: Judging, relation: Relation, command: AlterTableCmd, recurse: boolean): void {
  const { catalog } = judging
  const node = definitionIn(command)
  const name = node.colname ?? ''
  judging.touch(relation, 'AccessExclusiveLock')
  if (columnOf(relation, name)) {
    if (command.missing_ok) return
    throw new StatementFails('42701', `column "${name}" of relation "${relation.name}" already exists`, {
      kind: 'column',
      name: `${relationName(relation)}.${name}`,
    })
  }
  requireRecursion(judging, relation, recurse, 'column')
  const added = newColumn(judging, relation, node)
  const perRow =
    added.perRow ??
    (catalog.major < 11 && added.hasDefault ? 'before PostgreSQL 11 any default is written into every row' : null)
  const notNullWithoutDefault = added.column.notNull && !added.hasDefault
  for (const member of recurse ? catalog.family(relation) : [relation]) {
    if (columnOf(member, name)) continue
    const rewrite = perRow !== null && hasRows(member)
    judging.touch(member, 'AccessExclusiveLock', {
      rewrite,
      scan: (rewrite || notNullWithoutDefault) && hasRows(member),
      builds: rewrite ? member.indexes : [],
      ...(member.id === relation.id ? {} : { through: `it inherits from ${relationName(relation)}` }),
    })
    const now = catalog.now(member)
    catalog.put({ ...now, columns: [...now.columns, added.column] })
  }
  for (const constraint of added.constraints) {
    addConstraint(judging, relation, constraint, { column: name, recurse, allNull: !added.hasDefault })
  }
  judging.mark({ kind: 'adds column', relation, column: name, notNullWithoutDefault, fills: perRow })
}

/** DROP COLUMN only marks the column; its indexes and constraints go, and a foreign key's other table is locked. */
export function dropColumn(judging: Judging, relation: Relation, command: AlterTableCmd, recurse: boolean): void {
  const { catalog } = judging
  const name = command.name ?? ''
  const cascade = command.behavior === 'DROP_CASCADE'
  judging.touch(relation, 'AccessExclusiveLock')
  const column = columnOf(relation, name)
  if (!column) {
    if (!relation.known || command.missing_ok) return
    throw missingColumn(relation, name)
  }
  if (!cascade) requireNoReaders(judging, relation, name, 'drop')
  for (const other of catalog.referencing(relation)) {
    for (const key of other.constraints) {
      if (
        key.references?.relation !== relation.id ||
        !key.references.columns.includes(name) ||
        other.id === relation.id
      )
        continue
      if (!cascade) {
        throw new StatementFails(
          '2BP01',
          `cannot drop column ${name} of table ${relation.name} because other objects depend on it`,
        )
      }
      removeConstraint(judging, other, key.name, null)
    }
  }
  for (const member of recurse ? catalog.family(relation) : [relation]) {
    judging.touch(
      member,
      'AccessExclusiveLock',
      member.id === relation.id ? {} : { through: `it inherits from ${relationName(relation)}` },
    )
    for (const constraint of member.constraints) {
      if (constraint.columns.includes(name)) removeConstraint(judging, member, constraint.name, null)
    }
    const now = catalog.now(member)
    catalog.put({
      ...now,
      columns: now.columns.filter((one) => one.name !== name),
      indexes: now.indexes.filter((one) => !one.uses.includes(name)),
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
export function alterColumnType(judging: Judging, relation: Relation, command: AlterTableCmd): void {
  const { catalog } = judging
  const name = command.name ?? ''
  const node = definitionIn(command)
  const to = typeOf(node.typeName ?? {}, catalog)
  requireType(judging, to)
  const column = columnOf(relation, name)
  if (!column) {
    if (relation.known) throw missingColumn(relation, name)
    judging.touch(relation, 'AccessExclusiveLock', { rewrite: true, scan: true, builds: relation.indexes })
    judging.mark({
      kind: 'changes type',
      relation,
      column: name,
      from: '',
      to: printType(to),
      narrows: false,
      using: node.raw_default !== undefined,
    })
    return
  }
  requireAlterable(judging, relation, column)
  const from = parseType(column.type, catalog)
  const change = changeOf(judging, column, from, to, node)
  if (change.kind === 'impossible') {
    throw new StatementFails(
      '42804',
      `column "${name}" cannot be cast automatically to type ${printType({ ...to, mods: [] })}`,
    )
  }
  for (const member of catalog.family(relation)) applyTypeChange(judging, member, name, printType(to), change, relation)
  judging.mark({
    kind: 'changes type',
    relation,
    column: name,
    from: column.type,
    to: printType(to),
    narrows: change.narrows,
    using: node.raw_default !== undefined,
  })
}

function changeOf(judging: Judging, column: Column, from: TypeRef, to: TypeRef, node: ColumnDef): TypeChange {
  const { catalog, session } = judging
  const using = node.raw_default ? castsOf(node.raw_default, column.name) : []
  if (using === null) return { kind: 'rewrite', keepsIndexes: false, narrows: false }
  let current = from
  let worst: TypeChange = { kind: 'none', keepsIndexes: true, narrows: false }
  for (const step of [...using.map((type) => typeOf(type, catalog)), to]) {
    let change = typeChange(current, step, catalog, session.timeZone)
    // An explicit cast reaches further than the assignment cast that the server adds by itself.
    if (change.kind === 'impossible' && step !== to) change = { ...change, kind: 'rewrite' }
    worst = {
      kind: change.kind === 'none' ? worst.kind : worst.kind === 'none' ? change.kind : worst.kind,
      keepsIndexes: worst.keepsIndexes && change.keepsIndexes,
      narrows: worst.narrows || change.narrows,
    }
    current = step
  }
  const collates = node.collClause !== undefined
  return collates ? { ...worst, keepsIndexes: false } : worst
}

/** The types a USING expression casts the column through; null when it is more than the column and casts. */
function castsOf(expression: Node, column: string): NonNullable<ColumnDef['typeName']>[] | null {
  if ('TypeCast' in expression && expression.TypeCast.arg && expression.TypeCast.typeName) {
    const inner = castsOf(expression.TypeCast.arg, column)
    return inner && [...inner, expression.TypeCast.typeName]
  }
  const last = 'ColumnRef' in expression ? expression.ColumnRef.fields?.at(-1) : undefined
  return last && 'String' in last && last.String.sval === column ? [] : null
}

function applyTypeChange(
  judging: Judging,
  member: Relation,
  name: string,
  type: string,
  change: TypeChange,
  named: Relation,
): void {
  const { catalog } = judging
  const rewrite = change.kind === 'rewrite' && hasRows(member)
  const dependent = member.indexes.filter((index) => index.uses.includes(name))
  const builds = !hasRows(member) ? [] : rewrite ? member.indexes : change.keepsIndexes ? [] : dependent
  const checked = member.constraints.some((one) => one.kind === 'check' && one.columns.includes(name))
  judging.touch(member, 'AccessExclusiveLock', {
    rewrite,
    builds,
    scan: hasRows(member) && (rewrite || builds.length > 0 || (checked && columnOf(member, name)?.type !== type)),
    ...(member.id === named.id ? {} : { through: `it inherits from ${relationName(named)}` }),
  })
  lockForeignKeys(judging, member, name, change)
  const now = catalog.now(member)
  catalog.put({
    ...now,
    columns: now.columns.map((one) => (one.name === name ? { ...one, type, statistics: null } : one)),
  })
}

/** Foreign keys over the column are made anew on both sides. */
function lockForeignKeys(judging: Judging, relation: Relation, column: string, change: TypeChange): void {
  const checks = change.kind !== 'none' || !change.keepsIndexes
  const { catalog } = judging
  for (const key of relation.constraints) {
    const referenced = key.references && key.columns.includes(column) ? catalog.get(key.references.relation) : null
    if (referenced && referenced.id !== relation.id) {
      judging.touch(referenced, 'AccessExclusiveLock', { through: `foreign key ${key.name} refers to it` })
    }
  }
  for (const other of catalog.referencing(relation)) {
    const key = other.constraints.find(
      (one) => one.references?.relation === relation.id && one.references.columns.includes(column),
    )
    if (key && other.id !== relation.id) {
      judging.touch(other, 'AccessExclusiveLock', {
        scan: checks && hasRows(other),
        through: `its foreign key ${key.name} refers to the column`,
      })
    }
  }
}

function requireAlterable(judging: Judging, relation: Relation, column: Column): void {
  if (relation.partitionKey !== null && keyNames(relation.partitionKey).includes(column.name)) {
    throw new StatementFails(
      '42P16',
      `cannot alter column "${column.name}" because it is part of the partition key of relation "${relation.name}"`,
    )
  }
  requireNoReaders(judging, relation, column.name, 'alter')
}

function keyNames(partitionKey: string): string[] {
  return (
    partitionKey
      .match(/"(?:[^"]|"")+"|[A-Za-z_][\w$]*/g)
      ?.slice(1)
      .map((name) => name.replace(/^"(.*)"$/, '$1')) ?? []
  )
}

/** Views, generated columns and policies that read the column stand in the way. */
function requireNoReaders(judging: Judging, relation: Relation, column: string, what: 'drop' | 'alter'): void {
  const reader = judging.catalog
    .readers(relation)
    .find((view) => view.reads.some((read) => read.relation === relation.id && read.columns.includes(column)))
  const generated = relation.columns.find(
    (one) => one.generated && one.name !== column && one.default !== null && mentions(one.default, column),
  )
  const policy = relation.policies.find((one) => one.uses.includes(column))
  if (what === 'drop' && (reader || generated || policy)) {
    throw new StatementFails(
      '2BP01',
      `cannot drop column ${column} of table ${relation.name} because other objects depend on it`,
      { kind: 'dependent', name: reader ? relationName(reader) : (policy?.name ?? generated?.name ?? '') },
    )
  }
  if (what === 'drop') return
  if (reader)
    throw new StatementFails('0A000', 'cannot alter type of a column used by a view or rule', {
      kind: 'dependent',
      name: relationName(reader),
    })
  if (generated)
    throw new StatementFails('0A000', 'cannot alter type of a column used by a generated column', {
      kind: 'dependent',
      name: generated.name,
    })
  if (policy)
    throw new StatementFails('0A000', 'cannot alter type of a column used in a policy definition', {
      kind: 'dependent',
      name: policy.name,
    })
}

function mentions(expression: string, column: string): boolean {
  return new RegExp(`(?<![\\w"])"?${column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"?(?![\\w"])`).test(expression)
}

function definitionIn(command: AlterTableCmd): ColumnDef {
  return command.def && 'ColumnDef' in command.def ? command.def.ColumnDef : {}
}
