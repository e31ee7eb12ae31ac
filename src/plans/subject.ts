import type { Node } from '@pgsql/types'
import type { Catalog } from '../catalog/catalog.ts'
import type { Relation } from '../catalog/relation.ts'
import type { StatementAnalysis } from '../effects/analyze.ts'
import type { Effect } from '../effects/model/effect.ts'
import type { Forecast } from '../forecast/forecast.ts'
import type { NumberFormat } from '../forecast/numbers.ts'
import type { Policy } from '../policy/policy.ts'
import type { Migration } from '../runners/runner.ts'
import type { SessionSetting } from './carried-settings.ts'

/** One statement for which a way is looked for. */
export interface Subject {
  node: Node
  /** Without the last semicolon. */
  sql: string
  analysis: StatementAnalysis
  effects: { effect: Effect; forecast: Forecast | null }[]
  /** A relation as the statement leaves it; null when it is gone. */
  after: (relation: Relation) => Relation | null
}

/** The facts that patterns use beside the statement. */
export interface PlanContext {
  /** As it is before the statement. */
  catalog: Catalog
  policy: Policy
  /** Prints numbers for the readers of the review. */
  format: NumberFormat
  migration: Migration
  timeZone: string | null
  /** Settings of the file that are in force when the statement runs. */
  settings: SessionSetting[]
  /** No lock_timeout ends the wait for a lock within the policy's bound. */
  waits: boolean
  /** The statement runs in a transaction. */
  inTransaction: boolean
  /** Names of indexes and constraints that earlier statements of the same transaction drop: taken until it commits. */
  freed: Set<string>
  /** Names of indexes that statements of the same transaction make. */
  made: Set<string>
  /** In force when the statement runs, ms; null when none. */
  statementTimeoutMs: number | null
}
