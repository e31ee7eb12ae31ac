import { alternative, titleOf } from '../alternatives/alternative.ts'
import type { Step } from '../context/review-context.ts'
import { statementsOfKindInBothDirections } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'

const before = 'CREATE TABLE orders (id bigint PRIMARY KEY);'

export const hazard = defineHazard({
  id: 'rolled-back-by-itself',
  group: 'failure',
  title: 'ROLLBACK undoes the migration, and the tool takes it for applied',
  page: {
    what: 'ROLLBACK ends the transaction that the file runs in, and with it goes everything the file did before. It raises no error.',
    why: 'The tool records the migration as applied and never runs it again, so the schema lacks it.',
    instead: 'Leave it out. To give up on a condition, RAISE EXCEPTION, which the tool sees.',
    harmless: 'ROLLBACK TO a savepoint undoes only what came after it.',
  },
  facts: ['effects'],
  sqlstates: ['25P01'],
  source: 'UserAbortTransactionBlock in src/backend/access/transam/xact.c; the tool’s COMMIT then warns with 25P01.',
  detect: (context) =>
    statementsOfKindInBothDirections(context, 'TransactionStmt').flatMap(({ step, body: { kind = '' } }) => {
      const { transaction } = step
      if (kind !== 'TRANS_STMT_ROLLBACK' || !transaction) return []
      const undone = transaction.steps.slice(0, transaction.steps.indexOf(step)).filter(does)
      const [first] = undone
      if (!first) return []
      const relation = first.effects[0]?.effect.relation ?? null
      return [{ step, severity: 'high' as const, relation, rows: null, related: [{ step: first, relation }], undone }]
    }),
  describe: ({ step, undone }) => {
    const tool = step.migration.runner === 'plain' ? 'The migration tool' : titleOf(step.migration)
    return {
      message: `Undoes ${undone.length === 1 ? 'the statement' : `the ${undone.length} statements`} before it: ROLLBACK ends the transaction`,
      why: `${tool} sees no error, records the migration as applied and never runs it again.`,
      alternative: alternative('Leave it out; to give up on a condition, RAISE EXCEPTION in a DO block.', []),
    }
  },
  examples: {
    bad: [
      {
        title: 'in the tool’s transaction',
        before,
        migration: 'INSERT INTO orders VALUES (1);\nROLLBACK;',
      },
      {
        title: 'of a table that was just made',
        before,
        migration: 'CREATE TABLE refunds (id bigint PRIMARY KEY);\nROLLBACK;',
      },
    ],
    good: [
      {
        title: 'to a savepoint',
        before,
        migration: 'SAVEPOINT a;\nINSERT INTO orders VALUES (1);\nROLLBACK TO a;\nINSERT INTO orders VALUES (2);',
      },
      {
        title: 'left out',
        before,
        migration: 'INSERT INTO orders VALUES (1);',
      },
    ],
  },
})

/** It changes a row or the schema. */
function does({ analysis, effects }: Step): boolean {
  return effects.length > 0 || analysis.changes.some(({ kind }) => kind !== 'sets')
}
