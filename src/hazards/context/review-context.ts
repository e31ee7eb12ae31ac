import type { Catalog, Publication } from '../../catalog/catalog.ts'
import type { Relation } from '../../catalog/relation.ts'
import type { StatementAnalysis } from '../../effects/analyze.ts'
import type { Effect } from '../../effects/model/effect.ts'
import type { Traffic } from '../../forecast/activity.ts'
import type { Forecast } from '../../forecast/forecast.ts'
import type { NumberFormat } from '../../forecast/numbers.ts'
import type { SessionSetting } from '../../plans/carried-settings.ts'
import type { Plan } from '../../plans/plan.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Migration } from '../../runners/runner.ts'
import type { Statement } from '../../sql/statement.ts'
import type { CodeFacts } from '../../uses/code-uses.ts'
import type { HistoryFacts } from './history-facts.ts'

/** One statement of the review with everything known about it. */
export interface Step {
  migration: Migration
  statement: Statement
  analysis: StatementAnalysis
  effects: { effect: Effect; forecast: Forecast | null }[]
  /** The transaction it runs in; null in autocommit. */
  transaction: Transaction | null
  /** In force when it runs, ms; null when none, 0 when switched off. */
  lockTimeoutMs: number | null
  statementTimeoutMs: number | null
  /** The session's TimeZone; null unknown. */
  timeZone: string | null
  /** Settings that earlier statements of its file made and that are in force. */
  settings: SessionSetting[]
  /** Trigger events that wait for the end of the transaction and stop it, or may; null when there are none. */
  pending: PendingEvent | null
  /** PostgreSQL's error when the statement refuses the transaction it is in. */
  refuses: { sqlstate: string; message: string } | null
  /** It contains a placeholder of the migration tool: names may differ. */
  hasPlaceholder: boolean
  /** The way out of all that is found in it; null where it needs none. */
  plan: Plan | null
}

/** A write of the same transaction left a check for its end, and DDL on that table fails meanwhile. */
export interface PendingEvent {
  /** The deferred constraint or constraint trigger. */
  constraint: string
  /** The write surely queued it. */
  certain: boolean
  writer: Step
}

export interface Transaction {
  id: string
  steps: Step[]
  /** Opened by BEGIN in the file itself, not by the runner. */
  explicit: boolean
  holds: LockHold[]
}

/** A lock from the step that took it to the one before which it was given back. */
export interface LockHold {
  effect: Effect
  /** Positions in the transaction's steps, both inclusive. */
  from: number
  to: number
}

/** Everything that hazards see. */
export interface ReviewContext {
  steps: Step[]
  transactions: Transaction[]
  /** Migrations of which no statement could be read. */
  unreviewed: Migration[]
  catalog: Catalog
  policy: Policy
  format: NumberFormat
  traffic: Traffic
  /** No lock_timeout of the session or the role ends the wait for a lock within the policy's bound. */
  sessionWaits: boolean
  /** Existence and exact numbers may be said. */
  exact: boolean
  /** Uses found in the repository's code; null when it was not searched. */
  code: CodeFacts | null
  /** The base branch's migrations and how this change edits them; null without a base. */
  history: HistoryFacts | null
  /** A relation after the up migrations; null when it does not exist then. */
  after: (relation: Relation) => Relation | null
  /** Publications as the up migrations leave them. */
  publications: readonly Publication[]
  /** The relation of a name after the up migrations. */
  existingAfter: (schema: string | null, name: string) => Relation | null
  /** How the base branch's files explain a name that the server lacks; null when they do not. */
  whyMissing: (name: string) => string | null
}
