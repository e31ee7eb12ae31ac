import type { Catalog, Relation } from '../catalog/catalog.ts'
import type { Effect } from '../effects/judging.ts'
import { type Blocked, blockedBy } from '../effects/locks.ts'

export interface Forecast {
  /** Rows of the relation, or the rows written; null when unknown (then there is no work to forecast). */
  rows: number | null
  /** Bytes read or written; null when unknown. */
  bytes: number | null
  /** How long the work takes while the lock is held, ms. */
  lowMs: number
  highMs: number
  blocks: Blocked[]
  /** Where each number came from, a short phrase each. */
  sources: string[]
}

/**
 * What the hardware does, low and high. Without calibration these are careful figures for cloud disks: the measured
 * ratios between scan, sort, lookup and write of postgres-facts.md, from a warm cache (low) to a network disk (high).
 */
const profile = {
  name: 'uncalibrated profile for cloud disks',
  /** Bytes a second. */
  read: { fast: 600e6, slow: 100e6 },
  write: { fast: 80e6, slow: 25e6 },
  /** Seconds a row. */
  check: { fast: 0.05e-6, slow: 0.2e-6 },
  sort: { fast: 0.4e-6, slow: 2e-6 },
  lookup: { fast: 0.4e-6, slow: 2e-6 },
  update: { fast: 5e-6, slow: 20e-6 },
  updateIndex: { fast: 3e-6, slow: 10e-6 },
  insert: { fast: 2e-6, slow: 8e-6 },
  delete: { fast: 3e-6, slow: 12e-6 },
} as const

/** A lock without work is held for the catalog change alone, ms. */
const brief = { low: 1, high: 20 }

/**
 * How long one effect keeps its lock busy, and who waits. Null when there is work on a relation of unknown size: unknown
 * counts as large, never as nothing.
 */
export function forecast(effect: Effect, catalog: Catalog): Forecast | null {
  const { relation } = effect
  const { size } = relation
  const blocks = blocksOf(effect)
  const works = effect.scan || effect.rewrite || effect.builds.length > 0
  if (effect.writes) return forecastWrites(effect, blocks)
  if (!works || effect.emptied) {
    return {
      rows: size.rows,
      bytes: size.heapBytes,
      lowMs: brief.low,
      highMs: brief.high,
      blocks,
      sources: sourcesOf(relation, catalog),
    }
  }
  if (size.rows === null) return null
  const rows = size.rows
  const heap = (size.heapBytes ?? rows * 100) + (effect.rewrite ? (size.toastBytes ?? 0) : 0)
  const scans = effect.concurrently ? 2 : 1
  let low = (heap / profile.read.fast + rows * profile.check.fast) * scans
  let high = (heap / profile.read.slow + rows * profile.check.slow) * scans
  if (effect.rewrite) {
    low += heap / profile.write.fast
    high += heap / profile.write.slow
  }
  for (const _index of effect.builds) {
    low += rows * profile.sort.fast
    high += rows * profile.sort.slow
  }
  if (isForeignKeyCheck(effect)) {
    low += rows * profile.lookup.fast
    high += rows * profile.lookup.slow
  }
  return {
    rows,
    bytes: heap + (effect.rewrite ? (size.indexBytes ?? 0) : 0),
    lowMs: Math.round(low * 1_000) + brief.low,
    highMs: Math.round(high * 1_000) + brief.high,
    blocks,
    sources: [...sourcesOf(relation, catalog), profile.name],
  }
}

function forecastWrites(effect: Effect, blocks: Blocked[]): Forecast | null {
  const { relation, writes } = effect
  if (!writes || writes.rows === null) return null
  const { rows, verb } = writes
  const indexes = relation.indexes.length
  const perRow = (speed: 'fast' | 'slow'): number =>
    verb === 'delete'
      ? profile.delete[speed]
      : verb === 'insert'
        ? profile.insert[speed] + indexes * profile.updateIndex[speed] * 0.3
        : profile.update[speed] + indexes * profile.updateIndex[speed]
  const reads =
    verb === 'insert' ? 0 : (relation.size.heapBytes ?? 0) * Math.min(1, rows / Math.max(1, relation.size.rows ?? rows))
  return {
    rows,
    bytes:
      relation.size.heapBytes === null || !relation.size.rows
        ? null
        : Math.round((relation.size.heapBytes / relation.size.rows) * rows),
    lowMs: Math.round((rows * perRow('fast') + reads / profile.read.fast) * 1_000) + brief.low,
    highMs: Math.round((rows * perRow('slow') + reads / profile.read.slow) * 1_000) + brief.high,
    blocks,
    sources: [profile.name],
  }
}

/** SHARE ROW EXCLUSIVE with a scan is the check of a foreign key: each row is looked up on the other side. */
function isForeignKeyCheck(effect: Effect): boolean {
  return effect.scan && effect.lock === 'ShareRowExclusiveLock'
}

/**
 * Who really waits; REINDEX stops reads too, since planning a query locks all indexes of its tables. Nobody writes to a
 * materialized view but REFRESH.
 */
export function blocksOf(effect: Effect): Blocked[] {
  const all: Blocked[] = effect.locksIndexes ? ['reads', 'writes', 'ddl'] : blockedBy(effect.lock)
  return effect.relation.kind === 'materialized view' ? all.filter((one) => one !== 'writes') : all
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
        : `rows from statistics and today's pages of the ${where}`
  return relation.size.current ? [from] : [from, 'locked while sizes were read: pages of the last ANALYZE']
}
