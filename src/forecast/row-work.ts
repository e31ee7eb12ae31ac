import type { Catalog } from '../catalog/catalog.ts'
import type { Relation } from '../catalog/relation.ts'
import type { Effect } from '../effects/model/effect.ts'
import type { SchemaChange } from '../effects/model/schema-change.ts'
import { cost, type Work } from './cost.ts'
import { share } from './index-work.ts'
import type { ServerMemory } from './server.ts'
import { withSizes } from './table-work.ts'
import { comesInOrder, rowWidth, tupleWidth } from './widths.ts'

/** Bytes of WAL beside the row or the index tuple itself: record headers and block references. */
const recordBytes = 60

/** UPDATE, DELETE and INSERT of many rows. Null when the number of rows is unknown. */
export function rowWork(
  effect: Effect,
  changes: readonly SchemaChange[],
  catalog: Catalog,
  server: ServerMemory,
): Work | null {
  const { relation, writes } = effect
  if (!writes || writes.rows === null) return null
  const { rows, verb } = writes
  const indexes = verb === 'delete' ? null : indexEntries(relation, rows)
  const width = Math.min(rowWidth(relation), 8_000)
  const written = verb === 'delete' ? 0 : rows * width
  const triggers = firing(relation, verb)
  return {
    costs: [
      // Rows that follow by a foreign key are found through the statement's own table, which counts them.
      ...(verb === 'insert' || effect.through !== null ? [] : finding(relation, rows, isLedTo(relation, changes))),
      cost(`${verb} rows`, rows),
      ...(written > 0 ? [cost('write heap', written)] : []),
      ...(relation.persistence === 'permanent'
        ? [
            cost('write WAL', rows * recordBytes + written + (indexes?.bytes ?? 0), {
              low: rows * recordBytes + written,
            }),
          ]
        : []),
      ...(relation.persistence === 'permanent' && server.fullPages ? wholePages(relation, rows, verb) : []),
      ...(indexes ? [cost('add index entries', indexes.entries, { low: indexes.least })] : []),
      ...missing(relation, rows, indexes?.entries ?? 0, server),
      ...(triggers.length > 0 ? [cost('fire triggers', rows * triggers.length)] : []),
      ...(verb === 'insert' ? referring(relation, rows) : []),
      ...(verb === 'delete' ? referred(relation, rows, catalog) : []),
    ],
    doubts: [
      ...(triggers.length > 0 ? [`what the trigger ${triggers[0]} does`] : []),
      ...(verb === 'insert' && rows > 1_000 ? ['what the query that gives the rows takes'] : []),
    ],
  }
}

/** A unique key that is pinned, or a batch that ends at its LIMIT. */
function isLedTo({ id }: Relation, changes: readonly SchemaChange[]): boolean {
  return changes.some(
    (change) => change.kind === 'writes rows' && change.relation.id === id && (change.bounded || change.batch),
  )
}

/** The table is read whole, unless few rows are wanted: then an index may lead to them. */
function finding(relation: Relation, rows: number, led: boolean) {
  const table = withSizes(relation)
  if (!table) return []
  if (led) return [cost('look up by index', rows)]
  const few = rows < table.rows * 0.1 ? 0 : 1
  return [
    cost('read heap', table.heap, { low: table.heap * few }),
    cost('walk rows', table.rows, { low: table.rows * few + rows }),
    cost('evaluate', table.rows, { low: table.rows * few }),
  ]
}

/** One new entry in every index, whether its columns changed or not: full pages leave no room for HOT updates. */
function indexEntries(relation: Relation, rows: number): { entries: number; least: number; bytes: number } {
  let [entries, least, bytes] = [0, 0, 0]
  for (const index of relation.indexes) {
    const many = rows * share(index, relation, relation.size.rows ?? rows) * (index.method === 'gin' ? 5 : 1)
    if (index.method === 'brin') continue
    entries += many
    // The end of an index is always in memory and never split in the middle.
    least += many * (comesInOrder(index, relation) ? 0.2 : 0.7)
    bytes += many * (tupleWidth(index, relation) + recordBytes)
  }
  return { entries, least, bytes }
}

/** After a checkpoint the first change of a page puts all of it into the WAL. */
function wholePages({ size, indexes }: Relation, rows: number, verb: 'update' | 'delete' | 'insert') {
  if (verb === 'insert') return []
  const heap = Math.min(size.heapBytes ?? 0, rows * 8192)
  const inIndexes =
    verb === 'update' && indexes.length > 0 ? Math.min(size.indexBytes ?? 0, rows * 8192 * indexes.length) : 0
  return [cost('write WAL', heap + inIndexes, { low: 0 })]
}

/** Index pages that are not in memory are read one by one. */
function missing({ size }: Relation, rows: number, entries: number, { cache }: ServerMemory) {
  const bytes = size.indexBytes ?? 0
  if (entries < rows || bytes <= cache) return []
  return [cost('read at random', entries * (1 - cache / bytes), { low: 0 })]
}

/** Row triggers for this verb, by name. */
function firing({ triggers }: Relation, verb: 'update' | 'delete' | 'insert'): string[] {
  return triggers
    .filter(({ enabled, definition }) => enabled && /FOR EACH ROW/.test(definition) && mentions(definition, verb))
    .map(({ name }) => name)
}

function mentions(definition: string, verb: string): boolean {
  return new RegExp(`\\b${verb}\\b`, 'i').test(definition.slice(0, definition.indexOf(' ON ')))
}

/** Each foreign key looks its row up on the other side. */
function referring({ constraints }: Relation, rows: number) {
  const keys = constraints.filter(({ kind }) => kind === 'foreign key').length
  return keys > 0 ? [cost('look up by index', rows * keys)] : []
}

/** Each row that goes is looked for in every table that refers to it; without an index there, by reading it whole. */
function referred(relation: Relation, rows: number, catalog: Catalog) {
  return catalog.referencing(relation).flatMap((other) => {
    const table = readForEachRow(relation, other) ? withSizes(other) : null
    if (!table) return [cost('look up by index', rows)]
    return [cost('read heap', rows * table.heap), cost('walk rows', rows * table.rows)]
  })
}

/** True when the table is read whole for each row that its foreign key refers to and that goes. */
export function readForEachRow(referenced: Relation, { constraints, indexes, ...other }: Relation): boolean {
  const key = constraints.find((constraint) => constraint.references?.relation === referenced.id)
  const indexed = indexes.some((index) => index.valid && index.keys[0] === key?.columns[0])
  return !indexed && (other.size.rows ?? 1_000) >= 1_000
}
