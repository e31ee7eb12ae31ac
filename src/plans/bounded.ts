import { relationName } from '../catalog/relation.ts'
import { blocksOf } from '../forecast/forecast.ts'
import { refusesTransaction } from '../sql/refuses-transaction.ts'
import { lockTimeout, numberedPlan } from './assemble.ts'
import { underSettings } from './carried-settings.ts'
import type { Plan } from './plan.ts'
import type { PlanContext, Subject } from './subject.ts'

type Bounded = Pick<Subject, 'effects' | 'analysis'> & {
  statement: { node: Subject['node'] | null; sql: string | null; line: number }
  lockTimeoutMs: number | null
}

/**
 * Statements that take only a moment: the same behind a lock_timeout. Null where one ends the wait already, where nothing
 * that others use is locked, and where one fails or is not understood.
 */
export function boundedPlan(steps: Bounded[], context: PlanContext): Plan | null {
  const locking = steps.filter(({ effects }) =>
    effects.some(({ effect }) => !effect.relation.isNew && blocksOf(effect).some((block) => block !== 'ddl')),
  )
  const { max_lock_timeout } = context.policy
  const waits = locking.some(({ lockTimeoutMs: ms }) => ms === null || ms === 0 || ms > max_lock_timeout)
  if (!waits) return null
  const unclear = steps.some(
    ({ statement: { node }, analysis }) =>
      node === null ||
      'LockStmt' in node ||
      analysis.fails !== null ||
      analysis.unknown !== null ||
      refusesTransaction(node) !== null,
  )
  if (unclear) return null
  const kept = steps.filter(({ statement: { node } }) => node && !('TransactionStmt' in node) && !isTimeout(node))
  const plan = numberedPlan(
    {
      pattern: 'lock-timeout',
      summary:
        'Set a lock_timeout before it and try again when it fires: it gives up instead of making every query queue.',
      covers: [...new Set(steps.map(({ statement }) => statement.line))],
      changes: [],
      parts: [
        ...underSettings(
          [{ kind: 'transaction', sql: [lockTimeout(context), ...kept.map(({ statement }) => `${statement.sql};`)] }],
          context.settings.filter(({ name }) => name !== 'lock_timeout'),
        ),
      ],
    },
    { ...context, waits: false },
    (sql) => {
      const step = kept.find(({ statement }) => `${statement.sql};` === sql)
      const seen = (step?.effects ?? []).map(({ effect, forecast }) => ({
        lock: { relation: relationName(effect.relation), lock: effect.lock },
        forecast,
      }))
      const sum = (end: 'lowMs' | 'highMs'): number | null =>
        seen.some(({ forecast }) => forecast === null)
          ? null
          : seen.reduce((total, { forecast }) => total + (forecast?.[end] ?? 0), 0)
      return { locks: seen.map(({ lock }) => lock), lowMs: sum('lowMs'), highMs: sum('highMs') }
    },
  )
  return plan
}

function isTimeout(node: Subject['node']): boolean {
  return 'VariableSetStmt' in node && node.VariableSetStmt.name === 'lock_timeout'
}
