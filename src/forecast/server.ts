import type { Catalog } from '../catalog/catalog.ts'

/** Memory settings of the server, in bytes. */
export interface ServerMemory {
  maintenance: number
  /** How much of all tables and indexes may be in memory. */
  cache: number
  /** Smallest table that a parallel scan is made of. */
  parallelFrom: number
  workers: number
  /** False when new storage needs no WAL: wal_level = minimal. */
  logsNewStorage: boolean
  /** A page that changes for the first time after a checkpoint goes whole into the WAL. */
  fullPages: boolean
  major: number
}

/** The settings of the reviewed server, PostgreSQL's defaults where they were not read. */
export function serverMemory(catalog: Catalog): ServerMemory {
  const settings = catalog.snapshot?.settings ?? {}
  const { maintenance_work_mem, effective_cache_size, min_parallel_table_scan_size } = settings
  return {
    maintenance: bytes(maintenance_work_mem) ?? 64 * 1024 ** 2,
    cache: bytes(effective_cache_size) ?? 4 * 1024 ** 3,
    parallelFrom: bytes(min_parallel_table_scan_size) ?? 8 * 1024 ** 2,
    workers: Number(settings.max_parallel_maintenance_workers ?? 2),
    logsNewStorage: settings.wal_level !== 'minimal',
    fullPages: settings.full_page_writes !== 'off',
    major: catalog.major,
  }
}

/** `64MB` as SHOW prints it; null when it is none. */
function bytes(text: string | undefined): number | null {
  const match = /^(\d+)(B|kB|MB|GB|TB)$/.exec(text ?? '')
  return match ? Number(match[1]) * 1024 ** ['B', 'kB', 'MB', 'GB', 'TB'].indexOf(match[2] ?? 'B') : null
}

/**
 * Workers of a parallel index build (plan_create_index_workers): one more for each threefold size, and 32 MB of
 * maintenance_work_mem for each of them and the leader.
 */
export function buildWorkers(heapBytes: number, server: ServerMemory): number {
  if (heapBytes < server.parallelFrom) return 0
  const bySize = 1 + Math.floor(Math.log(heapBytes / server.parallelFrom) / Math.log(3))
  const byMemory = Math.floor(server.maintenance / (32 * 1024 ** 2)) - 1
  return Math.max(0, Math.min(bySize, byMemory, server.workers))
}
