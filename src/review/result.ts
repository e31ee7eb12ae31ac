import type { Blocked, LockMode } from '../effects/model/lock-modes.ts'
import type { RelationActivity, ReplicaLag, SeenTransaction, Waiting } from '../forecast/activity.ts'
import type { Forecast } from '../forecast/forecast.ts'
import type { Severity } from '../hazards/severity.ts'
import type { Plan, PlanStep } from '../plans/plan.ts'
import type { SkippedFile } from '../runners/runner.ts'

export type { Forecast, Plan, PlanStep, Severity }

/** The Review: the data of `lockcast review --format json`, of comments and of the check. Plain data. */
export interface Review {
  verdict: 'pass' | 'fail'
  /** Major version the statements were judged for. */
  postgresVersion: number
  catalog: 'replica' | 'snapshot' | 'empty' | 'none'
  /** When the catalog was read, ISO 8601; null without one. */
  catalogTakenAt: string | null
  /** The observed activity of the primary; null when it was not read: traffic is unknown. */
  traffic: ReviewedTraffic | null
  files: ReviewedFile[]
  transactions: ReviewedTransaction[]
  findings: Finding[]
  /** Findings that a comment in the SQL silenced, and why. */
  ignored: IgnoredFinding[]
  /** Parts that could not be read; each is also a finding, and the command line exits with 2. */
  unread: { path: string | null; reason: string }[]
  /** Migrations that were left out on purpose: of another database, or none by the policy. No effect on the exit code. */
  skipped: SkippedFile[]
  /** Notes on the sources of the numbers; not findings. */
  notes: string[]
}

export interface ReviewedTraffic {
  /** ISO 8601. */
  takenAt: string
  relations: RelationActivity[]
  /** With a lock on these relations, the oldest first. */
  transactions: (Pick<SeenTransaction, 'kind' | 'state' | 'ageSeconds' | 'running' | 'wraparound'> & {
    locks: { relation: string; lock: LockMode }[]
  })[]
  replicas: ReplicaLag[]
}

export interface ReviewedFile {
  path: string
  runner: string
  statements: ReviewedStatement[]
}

export interface ReviewedStatement {
  line: number
  /** From 1, in UTF-16 code units. */
  column: number
  endLine: number
  /** As it is sent; null for a call of a code migration that cannot be read, and `unknown` says why. */
  sql: string | null
  /** The file's own text of it: the SQL, or the call that sends it. */
  source: string
  direction: 'up' | 'down'
  /** Unique over the whole review; null is autocommit. */
  transaction: string | null
  /** In force when it runs, ms; 0: switched off; null: unknown. */
  lockTimeoutMs: number | null
  unknown: { reason: string } | null
  fails: { sqlstate: string; message: string } | null
  effects: ReviewedEffect[]
  forecast: Forecast | null
}

export interface ReviewedEffect {
  /** `schema.name`. */
  relation: string
  kind: 'table' | 'partitioned table' | 'partition' | 'materialized view' | 'foreign table'
  lock: LockMode
  /** CONCURRENTLY: it also waits for whoever holds a lock that conflicts with this one; null otherwise. */
  awaits: LockMode | null
  /** The relation is read whole because the statement must. */
  scan: boolean
  /** New storage. */
  rewrite: boolean
  /** Names of the indexes built. */
  builds: string[]
  /** Made earlier in this review. */
  new: boolean
  when: 'always' | 'depends'
  forecast: Forecast | null
  /** How many reads and writes would wait for the forecast's high end; null when traffic is unknown. */
  waiting: Waiting | null
}

export interface ReviewedTransaction {
  id: string
  from: Place
  to: Place
  holds: Hold[]
}

export interface Place {
  path: string
  line: number
}

/** How long a lock is kept: from its statement to the end of its transaction, with all the work that happens meanwhile. */
export interface Hold {
  relation: string
  lock: LockMode
  from: Place
  to: Place
  /** Null when a size on the way is unknown. */
  lowMs: number | null
  highMs: number | null
  blocks: Blocked[]
  waiting: Waiting | null
}

export interface Finding {
  hazard: string
  severity: Severity
  /** Findings of a rollback never count for the verdict. */
  direction: 'up' | 'down'
  path: string
  line: number
  /** Where the statement begins on that line, from 1 in UTF-16 code units. */
  column: number
  /** Number of the statement among those that one call sends, from 0; left out for the first. */
  part?: number
  endLine: number
  relation: string | null
  rows: number | null
  /** Verdict and number first: one line. */
  message: string
  /** Why it matters, one or two sentences. */
  why: string
  related: { path: string; line: number; endLine: number; relation: string | null }[]
  /** Advice where no plan says it, or beside it: a sentence. */
  advice: string | null
  /** The way out of all findings of the statement. */
  alternative: Plan | null
  /** Hazard, path, relation, normalised statement, and a number among equals; never the line. */
  fingerprint: string
}

/** A finding that does not count, by a `lockcast-ignore` comment. */
export interface IgnoredFinding extends Finding {
  /** As the comment gives it. */
  reason: string
  /** The place of the comment. */
  comment: Place
}

/** The review of a change without a migration. */
export function emptyReview(postgresVersion: number, notes: string[], skipped: SkippedFile[] = []): Review {
  return {
    verdict: 'pass',
    postgresVersion,
    catalog: 'none',
    catalogTakenAt: null,
    traffic: null,
    files: [],
    transactions: [],
    findings: [],
    ignored: [],
    unread: [],
    skipped,
    notes,
  }
}
