import type { CatalogSnapshot } from '../catalog/snapshot.ts'
import type { ActivityFacts } from '../forecast/activity.ts'
import type { HistoryFacts } from '../hazards/context/history-facts.ts'
import type { Migration, SkippedFile } from '../runners/runner.ts'
import type { CodeFacts } from '../uses/code-uses.ts'
import type { CodeName } from '../uses/named-in-code.ts'

/** The facts that a review wants, from `needs`. */
export interface Needs {
  /** Relations that the migrations name; `schema` null when the name is to be looked for in the search path. */
  relations: { schema: string | null; name: string }[]
  /** A TRUNCATE or DELETE may reach on along foreign keys: tables that refer to those that refer, and so on. */
  cascades: boolean
  /** Columns and tables that are dropped, renamed or retyped: whether the repository's code names them. */
  code: CodeName[]
}

/** Where the catalog comes from. `takenAt` and warnings are the snapshot's own. */
export type CatalogFacts =
  | {
      kind: 'replica' | 'snapshot'
      snapshot: CatalogSnapshot
      /** Other names are hidden, so that a name that is not in it may exist all the same (public-catalog.ts). */
      onlyPublicNames?: boolean
    }
  /** The files are the whole history. `sizes`: rows and bytes by `schema.name`. */
  | { kind: 'empty'; sizes: Record<string, { rows: number; bytes: number | null }> }
  /** Nothing was given: sizes and existence unknown. */
  | { kind: 'none' }
  /** It should have been read and could not be: `reason` is a sentence without secrets, `retry` says what to do. */
  | { kind: 'unreachable'; reason: string; retry: string }

export type { HistoryFacts }

/** The facts that the adapters gathered. Plain data. */
export interface Facts {
  catalog: CatalogFacts
  /** The activity of the primary; null when it was not read: traffic is unknown. */
  activity: ActivityFacts | null
  /** Major version asked for by the caller; wins over the catalog's. */
  postgresVersion: number | null
  /** When the review is made, ISO 8601: the core has no clock. Null: the age of a snapshot is not looked at. */
  now: string | null
  /** The base branch's migrations in the runner's order, as far as they were read. */
  base: Migration[]
  /** Null when the code was not searched: nothing was asked, there is none, or the policy turns it off. */
  code: CodeFacts | null
  /** Null without a base branch. */
  history: HistoryFacts | null
  /** How exact the numbers of the review may be: `buckets` and `none` on public repositories and for forks. */
  disclosure: 'exact' | 'buckets' | 'none'
  /** Migrations that are left out: of other databases, or none by the policy. */
  skipped: SkippedFile[]
}

/** Facts of a review of the migrations alone, to be spread where some are known. */
export const nothingGathered: Facts = {
  catalog: { kind: 'none' },
  activity: null,
  postgresVersion: null,
  now: null,
  base: [],
  code: null,
  history: null,
  disclosure: 'exact',
  skipped: [],
}
