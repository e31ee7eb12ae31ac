import { type Draft, defineHazard } from '../hazard.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'enum-value-used-too-soon',
  group: 'failure',
  title: 'A new enum value is used in the transaction that adds it',
  page: {
    what: 'ALTER TYPE … ADD VALUE may run in a transaction, but the new value cannot be used before it commits: SQLSTATE 55P04. A type made in the same transaction is free of that.',
    why: 'The migration aborts on every database.',
    instead: 'Use the value in a migration of its own.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step): Draft[] => {
      if (step.refuses?.sqlstate !== '55P04') return []
      return [
        {
          step,
          severity: 'critical',
          relation: step.effects[0]?.effect.relation ?? null,
          rows: null,
          message: `Will fail: ${step.refuses.message}`,
          why: 'The value was added in this transaction, and PostgreSQL lets no one use it before the commit.',
          related: [],
          alternative: {
            summary: 'Use the value in a later migration.',
            steps: [{ sql: `${step.statement.sql};`, transaction: 'own', file: 1 }],
          },
        },
      ]
    }),
})
