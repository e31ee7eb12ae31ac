import type { Catalog } from '../catalog/catalog.ts'
import type { Relation } from '../catalog/relation.ts'
import type { Effect } from '../effects/model/effect.ts'
import { type Blocked, blockedBy } from '../effects/model/lock-modes.ts'
import type { SchemaChange } from '../effects/model/schema-change.ts'
import { cloudDisks } from './cloud-disks.ts'
import { reasonsOf, timeOf, type Work, walOf } from './cost.ts'
import { rowWork } from './row-work.ts'
import { serverMemory } from './server.ts'
import { tableWork } from './table-work.ts'
import { rowWidth } from './widths.ts'

export interface Forecast {
  /** Rows of the relation, or the rows written; null when unknown (then there is no work to forecast). */
  rows: number | null
  /** Bytes read or written; null when unknown. */
  bytes: number | null
  /** Bytes of WAL at most, which every replica has to replay; null when there is no work. */
  walBytes: number | null
  /** How long the work takes while the lock is held, ms. */
  lowMs: number
  highMs: number
  blocks: Blocked[]
  /** The parts that take the time, longest first, then what is uncertain; one short phrase each. */
  reasons: string[]
  /** Where each number came from, a short phrase each. */
  sources: string[]
}

/** A lock without work is held for the catalog change alone, ms. */
const brief = { low: 1, high: 20 }

/**
 * How long one effect keeps its lock busy, and who waits: the parts of its work by what one unit of each takes. `changes`
 * are the statement's. Null when there is work on a relation of unknown size: unknown counts as large, never as nothing.
 */
export function forecast(effect: Effect, changes: readonly SchemaChange[], catalog: Catalog): Forecast | null {
  const { relation } = effect
  const { size } = relation
  const blocks = blocksOf(effect)
  const sources = sourcesOf(relation, catalog)
  const works = effect.scan || effect.rewrite || effect.builds.length > 0
  if (!effect.writes && (!works || effect.emptied)) {
    const none = { rows: size.rows, bytes: size.heapBytes, walBytes: null, reasons: [] }
    return { ...none, lowMs: brief.low, highMs: brief.high, blocks, sources }
  }
  const server = serverMemory(catalog)
  const work = effect.writes ? rowWork(effect, changes, catalog, server) : tableWork(effect, changes, catalog, server)
  if (!work) return null
  const profile = catalog.snapshot?.profile ?? cloudDisks
  const { lowMs, highMs } = timeOf(withDoubts(work, relation), profile)
  return {
    rows: effect.writes?.rows ?? size.rows,
    bytes: bytesOf(effect),
    walBytes: Math.round(walOf(work)),
    lowMs: Math.round(lowMs) + brief.low,
    highMs: Math.round(highMs) + brief.high,
    blocks,
    reasons: reasonsOf(withDoubts(work, relation), profile),
    sources: [...sources, profileSource(catalog)],
  }
}

/** Facts about the table that are unknown. */
function withDoubts(work: Work, { size }: Relation): Work {
  return size.rowsFrom === 'bytes' ? { ...work, doubts: [...work.doubts, 'the table was never analysed'] } : work
}

function bytesOf({ relation, rewrite, writes }: Effect): number | null {
  const { heapBytes, toastBytes, indexBytes, rows } = relation.size
  if (writes) return writes.rows === null ? null : Math.round(writes.rows * rowWidth(relation))
  const heap = heapBytes ?? (rows ?? 0) * 100
  return rewrite ? heap + (toastBytes ?? 0) + (indexBytes ?? 0) : heap
}

function profileSource(catalog: Catalog): string {
  const profile = catalog.snapshot?.profile
  if (!profile) return 'uncalibrated profile for cloud disks'
  const when = profile.measuredAt?.slice(0, 10) ?? 'an unknown day'
  return `calibrated ${when}${profile.writes === 'assumed' ? ', writes as for cloud disks' : ''}`
}

/**
 * Who really waits; REINDEX stops reads too, since planning a query locks all indexes of its tables. Writers cannot use a
 * materialized view but REFRESH.
 */
export function blocksOf(effect: Effect): Blocked[] {
  const all: Blocked[] = effect.locksIndexes ? ['reads', 'writes', 'ddl'] : blockedBy(effect.lock)
  return effect.relation.kind === 'materialized view' ? all.filter((blocked) => blocked !== 'writes') : all
}

function sourcesOf(relation: Relation, catalog: Catalog): string[] {
  if (relation.isNew) return ['created in this review']
  if (relation.size.rows === null) return ['size unknown']
  const where = catalog.snapshot?.standby === false ? 'server' : 'replica'
  const from =
    relation.size.rowsFrom === 'bytes'
      ? 'never analysed: rows estimated from bytes and column widths'
      : relation.size.rowsFrom === 'declared'
        ? 'size as declared'
        : `rows from statistics and pages of the ${where}`
  const dead = relation.size.deadShare ?? 0
  return [
    from,
    ...(relation.size.current ? [] : ['locked while sizes were read: pages of the last ANALYZE']),
    ...(dead >= 0.1 ? [`${Math.round(dead * 100)} % of them dead`] : []),
  ]
}
