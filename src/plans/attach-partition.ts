import type { AlterTableStmt, CreateStmt, Node, PartitionBoundSpec, PartitionCmd, RangeVar } from '@pgsql/types'
import { columnOf, type Index, type Relation } from '../catalog/relation.ts'
import { freeName } from '../effects/names/object-names.ts'
import { partitionKeyOf } from '../effects/tables/partition-key.ts'
import { print, quoteName } from '../sql/quote.ts'
import { faithful } from './faithful.ts'
import { indexAgain } from './index-again.ts'
import { freeConstraint, tableSql } from './names.ts'
import { type NoWay, noWay, outside, type Part, transaction, type Way, way } from './plan.ts'
import type { PlanContext, Subject } from './subject.ts'

/** ATTACH PARTITION: the bound is proven by a CHECK first, the default partition's rows too. */
export function attachPartition(
  statement: AlterTableStmt,
  command: PartitionCmd,
  subject: Subject,
  context: PlanContext,
): Way | NoWay | null {
  const { catalog } = context
  const parent = found(statement.relation, catalog)
  const part = found(command.name, catalog)
  const bound = command.bound
  if (!parent || !part || !bound) return null
  const proofs = boundProofs(parent, part.isNew ? null : part, bound, context)
  if ('reason' in proofs) return proofs
  const scans = subject.effects.some(({ effect }) => effect.scan)
  const indexes = missingIndexes(parent, part, subject, context)
  if (indexes === null) return noWay('An index of the parent cannot be written for the new partition.')
  if (!scans && indexes.length === 0) return null
  const sql = faithful({ AlterTableStmt: statement })
  if (sql === null) return noWay('The statement could not be written again.')
  return way({
    pattern: 'attach-partition',
    summary:
      'Prove with CHECK constraints, validated without blocking, that the rows fit; ATTACH then reads none and builds no index.',
    prepare: [...proofs.prepare, ...indexes],
    finish: [sql, ...proofs.drop],
    undo: `ALTER TABLE ${tableSql(parent, catalog)} DETACH PARTITION ${tableSql(part, catalog)};`,
  })
}

/** CREATE TABLE … PARTITION OF: the table alone, then attached, so that the parent and its queries go on. */
export function createThenAttach(node: CreateStmt, subject: Subject, context: PlanContext): Way | NoWay | null {
  const { catalog } = context
  const [parentName] = (node.inhRelations ?? []).flatMap((relation) =>
    'RangeVar' in relation ? [relation.RangeVar] : [],
  )
  const parent = found(parentName, catalog)
  const bound = node.partbound
  if (!parent || !bound || parent.isNew) return null
  if ((node.tableElts ?? []).length > 0 || node.partspec || node.options) {
    return noWay('Its own columns, options or key of partitions are left to a person.')
  }
  if (node.relation?.relpersistence !== 'p') return noWay('The table is not a permanent one.')
  const rows = subject.effects.some(({ effect }) => effect.scan)
  const proofs = rows ? boundProofs(parent, null, bound, context) : { prepare: [], drop: [] }
  if ('reason' in proofs) return proofs
  const schema = node.relation?.schemaname ?? catalog.creationSchema
  const name = tableSql({ schema, name: node.relation?.relname ?? '' }, catalog)
  const table = tableSql(parent, catalog)
  const values = boundSql(bound)
  if (values === null) return null
  return way({
    pattern: 'attach-partition',
    summary: 'Make the table alone, then attach it: ATTACH lets reads and writes of the other partitions go on.',
    prepare: [
      ...proofs.prepare,
      transaction(
        [
          `CREATE TABLE ${name} (LIKE ${table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE${catalog.major >= 14 ? ' INCLUDING COMPRESSION' : ''});`,
        ],
        `DROP TABLE ${name};`,
      ),
    ],
    finish: [`ALTER TABLE ${table} ATTACH PARTITION ${name} ${values};`, ...proofs.drop],
    undo: `ALTER TABLE ${table} DETACH PARTITION ${name};`,
  })
}

/** DETACH PARTITION: CONCURRENTLY (from 14), unless there is a default partition. */
export function detachConcurrently(
  statement: AlterTableStmt,
  command: PartitionCmd,
  { catalog }: PlanContext,
): Way | null {
  const parent = found(statement.relation, catalog)
  const part = found(command.name, catalog)
  if (!parent || !part || command.concurrent || catalog.major < 14) return null
  if (catalog.children(parent).some(({ partitionOf }) => partitionOf?.default)) return null
  const columns = keyColumns(parent, catalog)
  if (columns === null) return null
  // The name that the server gives it (AddRelationNewConstraints): after its column where it reads one.
  const check = freeName(part.name, columns.length === 1 ? columns : [], 'check', (name) =>
    catalog.constraintNameTaken(part.schema, name),
  )
  const [from, name] = [tableSql(parent, catalog), tableSql(part, catalog)]
  return way({
    pattern: 'detach-concurrently',
    summary: 'Detach it CONCURRENTLY, outside a transaction: queries of the parent go on.',
    prepare: [
      outside(
        [`ALTER TABLE ${from} DETACH PARTITION ${name} CONCURRENTLY;`],
        undefined,
        `When it is interrupted, run: ALTER TABLE ${from} DETACH PARTITION ${name} FINALIZE;`,
      ),
    ],
    // CONCURRENTLY leaves the former bound as a CHECK.
    finish: [`ALTER TABLE ${name} DROP CONSTRAINT IF EXISTS ${quoteName(check)};`],
  })
}

/** The columns that the bounds of a partition read, those of the levels above with them; null when a key is an expression. */
function keyColumns(parent: Relation, catalog: PlanContext['catalog']): string[] | null {
  const found = new Set<string>()
  for (
    let level: Relation | null = parent;
    level;
    level = level.partitionOf && catalog.get(level.partitionOf.relation)
  ) {
    const key = partitionKeyOf(level)
    if (!key || key.columns.includes(null)) return null
    for (const column of key.columns) if (column !== null) found.add(column)
  }
  return [...found]
}

/** CHECK constraints that prove the bound inside the new partition and outside the default one. */
function boundProofs(
  parent: Relation,
  part: Relation | null,
  bound: PartitionBoundSpec,
  context: PlanContext,
): { prepare: Part[]; drop: string[] } | NoWay {
  const { catalog } = context
  const fallback = catalog.children(parent).find(({ partitionOf }) => partitionOf?.default) ?? null
  const prepare: Part[] = []
  const drop: string[] = []
  if (bound.is_default) return noWay('A default partition must hold no row of any other: that is read under the lock.')
  const inside = conditionOf(parent, bound)
  if (inside === null) return noWay('Lockcast writes a proof for range and list partitions by one plain column.')
  const prove = (table: Relation, condition: string, label: string): void => {
    const check = quoteName(freeConstraint(table, table.name, label, catalog))
    const name = tableSql(table, catalog)
    prepare.push(
      transaction(
        [`ALTER TABLE ${name} ADD CONSTRAINT ${check} CHECK (${condition}) NOT VALID;`],
        `ALTER TABLE ${name} DROP CONSTRAINT ${check};`,
      ),
      transaction([`ALTER TABLE ${name} VALIDATE CONSTRAINT ${check};`]),
    )
    drop.push(`ALTER TABLE ${name} DROP CONSTRAINT ${check};`)
  }
  if (part) prove(part, inside, 'bound')
  if (fallback) {
    if (fallback.kind !== 'table') return noWay('The default partition is partitioned itself.')
    prove(fallback, `NOT (${inside})`, 'without_new')
  }
  return { prepare, drop }
}

/** The bound as the server tests it, for one plain key column. */
function conditionOf(parent: Relation, bound: PartitionBoundSpec): string | null {
  const key = partitionKeyOf(parent)
  const column = key?.columns[0] ?? null
  if (key?.columns.length !== 1 || column === null) return null
  const name = quoteName(column)
  const type = columnOf(parent, column)?.type
  const value = (node: Node): string => `${print(node)}${type === undefined ? '' : `::${type}`}`
  if (bound.strategy === 'l') {
    const values = bound.listdatums ?? []
    const nulls = values.some((node) => 'A_Const' in node && node.A_Const.isnull)
    const rest = values.filter((node) => !('A_Const' in node && node.A_Const.isnull))
    const some = `${name} = ANY (ARRAY[${rest.map(value).join(', ')}])`
    if (rest.length === 0) return `${name} IS NULL`
    return nulls ? `${name} IS NULL OR ${some}` : `${name} IS NOT NULL AND ${some}`
  }
  if (bound.strategy !== 'r') return null
  const limit = (nodes: Node[] | undefined, operator: string): string[] => {
    const [only] = nodes ?? []
    if (!only) return []
    if ('ColumnRef' in only) return []
    return [`${name} ${operator} ${value(only)}`]
  }
  return [`${name} IS NOT NULL`, ...limit(bound.lowerdatums, '>='), ...limit(bound.upperdatums, '<')].join(' AND ')
}

/** The bound as ATTACH and CREATE TABLE write it. */
function boundSql(bound: PartitionBoundSpec): string | null {
  if (bound.is_default) return 'DEFAULT'
  const list = (nodes: Node[] | undefined): string => (nodes ?? []).map(print).join(', ')
  if (bound.strategy === 'l') return `FOR VALUES IN (${list(bound.listdatums)})`
  if (bound.strategy === 'r') return `FOR VALUES FROM (${list(bound.lowerdatums)}) TO (${list(bound.upperdatums)})`
  return bound.strategy === 'h' ? `FOR VALUES WITH (MODULUS ${bound.modulus}, REMAINDER ${bound.remainder ?? 0})` : null
}

/**
 * Indexes that ATTACH would build on the new partition, to be built CONCURRENTLY before under the same names, and the
 * constraints over them; null when one cannot be written.
 */
function missingIndexes(parent: Relation, part: Relation, { after }: Subject, { catalog }: PlanContext): Part[] | null {
  if (part.isNew || part.size.rows === 0) return []
  const fits = (item: Index, index: Index): boolean =>
    item.valid &&
    item.unique === index.unique &&
    item.method === index.method &&
    item.keys.join('\u0000') === index.keys.join('\u0000') &&
    item.predicate === index.predicate
  const parts: Part[] = []
  for (const index of parent.indexes) {
    if (part.indexes.some((item) => fits(item, index))) continue
    if (part.kind !== 'table') return null
    const made = after(part)?.indexes.find(
      (item) => !part.indexes.some(({ name }) => name === item.name) && fits(item, index),
    )
    const key = parent.constraints.find((constraint) => constraint.index === index.name)
    if (!made || key?.kind === 'exclusion') return null
    if (key?.kind === 'primary key' && key.columns.some((column) => !columnOf(part, column)?.notNull)) return null
    const sql = indexAgain(index, part, { name: made.name, concurrent: true })
    if (sql === null) return null
    const name = quoteName(made.name)
    parts.push(
      outside([sql], `DROP INDEX CONCURRENTLY ${tableSql({ schema: part.schema, name: made.name }, catalog)};`),
    )
    if (key) {
      const kind = key.kind === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE'
      const timing = key.deferrable
        ? ` DEFERRABLE${/INITIALLY DEFERRED/.test(key.definition) ? ' INITIALLY DEFERRED' : ''}`
        : ''
      parts.push(
        transaction([
          `ALTER TABLE ${tableSql(part, catalog)} ADD CONSTRAINT ${name} ${kind} USING INDEX ${name}${timing};`,
        ]),
      )
    }
  }
  return parts
}

function found(name: RangeVar | undefined, catalog: PlanContext['catalog']): Relation | null {
  return catalog.find(name?.schemaname ?? null, name?.relname ?? '')
}
