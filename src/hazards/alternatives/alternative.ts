import { durationWritten } from '../../policy/duration.ts'
import type { Policy } from '../../policy/policy.ts'
import { runnerNamed } from '../../runners/detection.ts'
import type { Migration } from '../../runners/runner.ts'
import type { Step } from '../context/review-context.ts'

/** The statements that reach the same schema without the danger, in the runner's own idiom. */
export interface Alternative {
  summary: string
  steps: AlternativeStep[]
}

export interface AlternativeStep {
  sql: string
  /** `own`: a transaction of its own; `none`: outside any transaction; `same`: in the transaction of the step before. */
  transaction: 'own' | 'none' | 'same'
  /** Which of the files to write this step goes into, from 1. */
  file: number
}

/** One statement of an alternative. Files are counted from 1; a step outside any transaction needs a file of its own. */
export function own(file: number, sql: string): AlternativeStep {
  return { sql, transaction: 'own', file }
}

/** Outside any transaction. */
export function outside(file: number, sql: string): AlternativeStep {
  return { sql, transaction: 'none', file }
}

/** In the transaction of the step before. */
export function same(file: number, sql: string): AlternativeStep {
  return { sql, transaction: 'same', file }
}

/** How this runner lets a statement run outside a transaction, as a clause of its own behind a colon. */
export function outsideHow(step: Step): string {
  const { optOut, wrapping } = step.migration
  if (wrapping === 'autocommit') return 'this file runs without one already'
  if (optOut !== null) return `that takes ${optOut}`
  return `${titleOf(step.migration)} runs every pending file in one transaction, so run it by hand before the deployment`
}

/** The migration tool as its users write it. */
export function titleOf({ runner }: Migration): string {
  return runnerNamed(runner)?.title ?? runner
}

/** The statement itself behind a lock_timeout, which may stand above it already. SET LOCAL does nothing outside a transaction. */
function withTimeout(step: Step, policy: Policy): AlternativeStep[] {
  const statement = `${step.statement.sql};`
  if (!waitsTooLong(step, policy)) return [step.transaction ? same(1, statement) : outside(1, statement)]
  if (step.transaction) return [same(1, `SET LOCAL ${lockTimeout(policy)};`), same(1, statement)]
  return [outside(1, `SET ${lockTimeout(policy)};`), outside(1, statement)]
}

/** As teams set it, 3 s, where the policy allows as much. */
export function lockTimeout({ max_lock_timeout }: Policy): string {
  return `lock_timeout = '${durationWritten(Math.min(3_000, max_lock_timeout))}'`
}

/** True when no lock_timeout ends the wait for a lock within the policy's bound. */
export function waitsTooLong({ lockTimeoutMs }: Pick<Step, 'lockTimeoutMs'>, policy: Policy): boolean {
  return lockTimeoutMs === null || lockTimeoutMs === 0 || lockTimeoutMs > policy.max_lock_timeout
}

/** Nothing to write where a lock_timeout ends the wait already. */
export function behindTimeout(step: Step, policy: Policy): Alternative {
  if (!waitsTooLong(step, policy)) return alternative('Try again when the lock_timeout ends the wait.', [])
  return alternative('Set a lock_timeout before it and try again when it fires.', withTimeout(step, policy))
}

/** For what PostgreSQL cannot do online. */
export function inQuietMoment(step: Step, policy: Policy): Alternative {
  return alternative(
    'PostgreSQL has no way to do this while others work: run it in a quiet moment, behind a lock_timeout, so that it gives up instead of making everyone queue.',
    withTimeout(step, policy),
  )
}

/** `summary`: one sentence that says what to do. */
export function alternative(summary: string, steps: AlternativeStep[]): Alternative {
  return { summary, steps }
}
