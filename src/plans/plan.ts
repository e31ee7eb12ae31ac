import type { LockMode } from '../effects/model/lock-modes.ts'

/** The steps that reach the same schema and data without the danger. Plain data, as the review prints it. */
export interface Plan {
  /** The pattern and a digest of its steps: the same on every finding of a statement. */
  id: string
  /** One sentence that says what to do; where there is no safe way, that, and what a maintenance window costs. */
  summary: string
  /** Lines of the statements that the steps stand for, in the file of the finding. */
  covers: number[]
  /** Lasting differences from the statement alone, in sentences. */
  changes: string[]
  /** Where the plan was run against the original; null: it was not. */
  proved: { postgresVersion: number; onSchema: boolean } | null
  /** Why it could not be proved here, as a clause; absent unless a proof was asked for. */
  notProved?: string
  /** Followed in this order, each once. Empty where there is no safe way. */
  steps: PlanStep[]
}

export interface PlanStep {
  /**
   * - `migration`: a file that the tool runs once
   * - `backfill`: one statement outside a transaction that runs to its end by itself
   * - `check`: a person looks
   * - `deployment`: what the application does before the next step
   */
  kind: 'migration' | 'backfill' | 'check' | 'deployment'
  /** One statement; null for a deployment. */
  sql: string | null
  /** Instructions, in sentences; null when the SQL says it. */
  text: string | null
  /** The same in the language of a migration tool; null where its files are SQL. */
  code: { language: string; text: string } | null
  /** `own`: a transaction of its own; `none`: outside any transaction; `same`: in the transaction of the step before. */
  transaction: 'own' | 'none' | 'same'
  /** Which of the files to write this step goes into, from 1; null when it is none of the tool's files. */
  file: number | null
  /** By Lockcast's own forecast: relations as `schema.name` with the strongest lock. */
  locks: { relation: string; lock: LockMode }[]
  /** How long it takes, ms; null when unknown. */
  lowMs: number | null
  highMs: number | null
  /** How to take it back; null when there is nothing to take back, or no way. */
  undo: string | null
}

/** The outcome of running a plan and the statements that it replaces on a throw-away server. */
export type Proof =
  | { kind: 'proved'; postgresVersion: number }
  /** It does not lead where the statements lead, or a step fails: sentences without a full stop. */
  | { kind: 'failed'; reasons: string[] }
  /** A clause: why it cannot be run here. */
  | { kind: 'not provable'; reason: string }

/** The output of a pattern: files, checks and deployments in their order. {@link assemble} numbers them. */
export type Part =
  /** One transaction. */
  | { kind: 'transaction'; sql: string[]; text?: string; undo?: string }
  /** Statements of a file without a transaction, in autocommit. */
  | { kind: 'outside'; sql: string[]; text?: string; undo?: string }
  /** One statement that commits by itself: it takes about as long as `like`. */
  | { kind: 'backfill'; sql: string; like: string; text: string; undo?: string }
  | { kind: 'check'; sql: string | null; text: string }
  | { kind: 'deployment'; text: string }

/** A pattern's plan for one statement. */
export interface Way {
  /** Name of the pattern: its file. */
  pattern: string
  summary: string
  changes: string[]
  /** Comes before the statement's own moment and needs nothing of it. */
  prepare: Part[]
  /** Brief statements in one transaction, also together with others. */
  finish: string[]
  /** How to take the moment back. */
  undo?: string
  /** Comes when that is committed. */
  after: Part[]
}

/** There is no safe way, and why: a sentence. */
export interface NoWay {
  pattern: 'no-safe-way'
  reason: string
}

/** One transaction. */
export function transaction(sql: string[], undo?: string): Part {
  return undo === undefined ? { kind: 'transaction', sql } : { kind: 'transaction', sql, undo }
}

/** Outside any transaction. */
export function outside(sql: string[], undo?: string, text?: string): Part {
  return { kind: 'outside', sql, ...(undo === undefined ? {} : { undo }), ...(text === undefined ? {} : { text }) }
}

/** Instructions for a CREATE INDEX CONCURRENTLY that fails. */
export const whenBuildFails = 'A build that fails leaves the index INVALID: drop it CONCURRENTLY, then run this again.'

export function noWay(reason: string): NoWay {
  return { pattern: 'no-safe-way', reason }
}

export function isNoWay(way: Way | NoWay): way is NoWay {
  return 'reason' in way
}

/** A way with nothing in it but what is given. */
export function way(fields: Pick<Way, 'pattern' | 'summary'> & Partial<Way>): Way {
  return { changes: [], prepare: [], finish: [], after: [], ...fields }
}
