import type { SnapshotColumn } from '../catalog/snapshot.ts'

/** A migration against a database, both small enough to read. */
export interface Example {
  /** Its special feature, as a clause: `the column holds nulls`. */
  title: string
  /**
   * SQL that creates the schema before, with a few rows. A real server runs it, and the catalog that the migration is
   * reviewed against is made by applying it.
   */
  before: string
  /** Sizes of production's tables, by name; {@link small} unless said. */
  tables?: Readonly<Record<string, Figures>>
  /** Indexes that are INVALID, as a CREATE INDEX CONCURRENTLY that failed leaves them. */
  invalid?: readonly string[]
  /** The value that a sequence gave out last, by name; not readable unless said. */
  sequences?: Readonly<Record<string, number>>
  /** Indexes that nothing has read for so many days, by name; how often one is read is not known unless said. */
  unread?: Readonly<Record<string, number>>
  /** Activity of the primary, by table; not read unless given. */
  traffic?: Readonly<Record<string, ExampleTraffic>>
  /** The migration's SQL: one file, or several by path. */
  migration: string | Readonly<Record<string, string>>
  /** Files of the repository's code by path; not searched unless said. */
  code?: Readonly<Record<string, string>>
  /** Migrations of the base branch by path; there is none unless said. One that `migration` lacks is taken as kept. */
  base?: Readonly<Record<string, string>>
  /** Paths of the base branch that the change removes. */
  removes?: readonly string[]
  /** The migration tool; plain SQL unless said. `detected`: as the paths and texts of the files say. */
  runner?: string
  /** For plain SQL: one transaction a file (the default), or each statement on its own. */
  transaction?: 'file' | 'none'
  /** The policy file, in YAML. */
  policy?: string
  /** The behaviour that a real server must show for a bad example; the group's unless given. */
  seen?: ObservedDanger
  /** A statement of the application; see {@link ObservedDanger}. */
  application?: string
}

/**
 * - `blocks`: with the finding's statement done and its transaction open, reads or writes of a second session wait, as
 *   the finding says
 * - `queues`: behind an open reader of the table the statement waits, and behind the statement a read or write waits
 * - `fails`: a statement of the migration, or the application's after it, fails or warns with an SQLSTATE of the page
 * - `loses`: rows, values or a change that the migration itself made are gone afterwards
 * - `grows`: before the migration's transaction ends, the database holds more bytes than before by half and more
 * - `breaks`: the application's statement works before and fails afterwards
 * - `admits`: the application's statement is refused before and works afterwards
 * - `runs`: the migration runs, and the server shows nothing
 */
export type ObservedDanger = 'blocks' | 'queues' | 'fails' | 'loses' | 'grows' | 'breaks' | 'admits' | 'runs'

/** The behaviour that the group's bad examples must show. */
export const seenByGroup = {
  blocking: 'blocks',
  failure: 'fails',
  'data loss': 'loses',
  compatibility: 'breaks',
  advice: 'runs',
} as const satisfies Record<string, ObservedDanger>

interface ExampleTraffic {
  /** A second. */
  reads: number
  writes: number
  /** Of the writes; none unless said. */
  inserts?: number
  /** A transaction that reads the table has run for so long, seconds. */
  longest?: number
}

/** A table's size and the statistics of its columns. */
export interface Figures {
  /** Null: unknown. */
  rows: number | null
  bytes: number | null
  /** By column; many values without nulls unless said. Null for the table: never analysed, or not readable. */
  columns?: Readonly<Record<string, ColumnFigures>> | null
}

export interface ColumnFigures {
  /** Share of nulls, 0 to 1. */
  nulls?: number
  /** As `pg_stats.n_distinct`: above 0 a count, below 0 minus the share of the rows. */
  distinct?: number
  /** Average width, bytes. */
  width?: number
  /** What the values in the statistics require of a type; not read unless given. */
  known?: Partial<NonNullable<NonNullable<SnapshotColumn['statistics']>['known']>>
}

/** 80 M rows, 41 GB. */
export const big: Figures = { rows: 80_000_000, bytes: 41 * 1024 ** 3 }

/** 2 M rows, 300 MB. */
export const medium: Figures = { rows: 2_000_000, bytes: 300 * 1024 ** 2 }

/** 120 rows. */
export const small: Figures = { rows: 120, bytes: 16_384 }

/** Nothing is known of it. */
export const unknown: Figures = { rows: null, bytes: null, columns: null }
