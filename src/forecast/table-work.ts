import type { Catalog } from '../catalog/catalog.ts'
import type { Index, Relation } from '../catalog/relation.ts'
import type { Effect } from '../effects/model/effect.ts'
import type { SchemaChange } from '../effects/model/schema-change.ts'
import { cost, together, type Work } from './cost.ts'
import { buildWork } from './index-work.ts'
import type { ServerMemory } from './server.ts'

/** A relation whose size is known. */
interface Sized {
  relation: Relation
  rows: number
  heap: number
  toast: number
}

/** Null when the number of rows is unknown. */
export function withSizes(relation: Relation): Sized | null {
  const { rows, heapBytes, toastBytes } = relation.size
  return rows === null ? null : { relation, rows, heap: heapBytes ?? rows * 100, toast: toastBytes ?? 0 }
}

/** Scans, rewrites and index builds: the parts that one effect is made of. Null when a size it needs is unknown. */
export function tableWork(
  effect: Effect,
  changes: readonly SchemaChange[],
  catalog: Catalog,
  server: ServerMemory,
): Work | null {
  const table = withSizes(effect.relation)
  if (!table) return null
  const parts: (Work | null)[] = []
  if (effect.rewrite) parts.push(rewriteWork(effect, table, changes, server))
  else if (effect.scan && effect.builds.length === 0) parts.push(scanWork(table))
  for (const index of effect.builds) parts.push(indexWork(index, table, effect, server))
  if (effect.scan)
    for (const other of referredBy(effect.relation, changes, catalog)) parts.push(keyWork(table, other, server))
  if (effect.relation.kind === 'materialized view') parts.push(queryWork(effect.relation, catalog))
  return parts.includes(null) ? null : together(...parts.filter((part) => part !== null))
}

function scanWork({ heap, rows }: Sized): Work {
  return { costs: [cost('read heap', heap), cost('walk rows', rows), cost('evaluate', rows)], doubts: [] }
}

/** Writes every row to new storage and computes its expressions; SET TABLESPACE copies pages as they are. */
function rewriteWork(effect: Effect, table: Sized, changes: readonly SchemaChange[], server: ServerMemory): Work {
  const { rows, heap, toast, relation } = table
  const logged = server.logsNewStorage && relation.persistence === 'permanent'
  const bytes = heap + toast
  const copying = [cost('read heap', bytes), cost('write heap', bytes), ...(logged ? [cost('write WAL', bytes)] : [])]
  if (!effect.scan && effect.builds.length === 0 && relation.kind === 'table') return { costs: copying, doubts: [] }
  // A chunk of TOAST is a row of some 2,000 bytes with an entry in its index.
  const chunks = toast / 2_000
  const calls = changes.flatMap((change) =>
    change.kind === 'adds column' && change.fills !== null ? [change.fills] : [],
  )
  // Random numbers for keys are among the slowest of the built-in functions, which the profile's call represents.
  const slow = calls.filter((fills) => /uuid/.test(fills)).length
  const computed = changes.filter((change) => change.kind === 'changes type' && change.using)
  return {
    costs: [
      ...copying,
      cost('walk rows', rows),
      cost('write rows', rows + chunks),
      ...(chunks > 0
        ? [cost('look up by index', chunks, { low: 0 }), cost('add index entries', chunks, { low: 0 })]
        : []),
      ...(calls.length > 0
        ? [cost('call function', rows * calls.length, { low: rows * (slow + (calls.length - slow) * 0.15) })]
        : []),
      ...(computed.length > 0 ? [cost('call function', rows * computed.length, { low: 0 })] : []),
    ],
    doubts: [],
  }
}

/** Two scans when it is built CONCURRENTLY, the second to find rows written meanwhile. */
function indexWork(index: Index, { relation, rows, heap }: Sized, effect: Effect, server: ServerMemory): Work {
  const building = buildWork(index, relation, rows, heap, server)
  if (effect.awaits === null) return building
  const again = [cost('read heap', heap), cost('walk rows', rows), cost('sort', rows * Math.log2(Math.max(2, rows)))]
  return together(building, { costs: again, doubts: ['it waits for every older transaction'] })
}

/** The tables that the new or validated foreign keys of this table refer to. */
function referredBy(relation: Relation, changes: readonly SchemaChange[], catalog: Catalog): Relation[] {
  const family = (item: Relation): boolean =>
    item.id === relation.id || item.id === relation.partitionOf?.relation || relation.inherits.includes(item.id)
  return changes.flatMap((change): Relation[] => {
    if (change.kind === 'adds constraint')
      return change.validated && change.references && family(change.relation) ? [change.references] : []
    if (change.kind !== 'validates constraint' || !family(change.relation)) return []
    const key = change.relation.constraints.find((constraint) => constraint.name === change.constraint)?.references
    const other = key ? catalog.get(key.relation) : null
    return other ? [other] : []
  })
}

/**
 * One query joins both tables (RI_Initial_Check): both are read, one goes into a hash table, or into files. A few rows are
 * looked up by the other's key instead: beside 200,000 rows on 3,449 pages PostgreSQL 17 did so for 15, 300 and 1,000, and
 * no longer for 3,000.
 */
function keyWork({ rows }: Sized, referenced: Relation, server: ServerMemory): Work | null {
  const other = withSizes(referenced)
  if (!other) return null
  if (rows * 8 < other.heap / 8_192 + other.rows / 100) return { costs: [cost('look up by index', rows)], doubts: [] }
  const files = other.rows * 48 > server.maintenance ? (rows + other.rows) * 32 : 0
  return {
    costs: [
      cost('read heap', other.heap),
      cost('walk rows', other.rows),
      cost('look up in hash', rows + other.rows),
      ...(files > 0 ? [cost('spill', files)] : []),
    ],
    doubts: [],
  }
}

/** A materialized view's query at least reads its tables. */
function queryWork(view: Relation, catalog: Catalog): Work | null {
  const tables = view.reads.map(({ relation }) => {
    const table = catalog.get(relation)
    return table ? withSizes(table) : null
  })
  const costs = tables.flatMap((table) => (table ? [cost('read heap', table.heap), cost('walk rows', table.rows)] : []))
  return { costs, doubts: ['what the query of the view does beside reading'] }
}
