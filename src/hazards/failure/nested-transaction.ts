import { alternative, titleOf } from '../alternatives/alternative.ts'
import { statementsOfKindInBothDirections } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const before = 'CREATE TABLE orders (id bigint PRIMARY KEY);'

export const hazard = defineHazard({
  id: 'nested-transaction',
  group: 'failure',
  title: 'BEGIN or COMMIT inside the runner’s transaction',
  page: {
    what: 'The migration tool wraps the file in a transaction. BEGIN in it only warns; COMMIT ends the tool’s own transaction early.',
    why: 'After the COMMIT each statement is on its own: a failure leaves the migration half applied, and the tool may not record it.',
    instead: 'Leave BEGIN and COMMIT to the tool, or switch its transaction off for this file.',
    harmless: 'In a file that the tool runs without a transaction of its own.',
  },
  facts: ['effects'],
  sqlstates: ['25001', '25P01'],
  source: 'BeginTransactionBlock and EndTransactionBlock in src/backend/access/transam/xact.c warn, and go on.',
  detect: (context) =>
    statementsOfKindInBothDirections(context, 'TransactionStmt').flatMap(({ step, body: { kind = '' } }) => {
      if (step.migration.wrapping !== 'transaction') return []
      if (!['TRANS_STMT_COMMIT', 'TRANS_STMT_BEGIN', 'TRANS_STMT_START'].includes(kind)) return []
      const commits = kind === 'TRANS_STMT_COMMIT'
      const severity: Severity = commits ? 'medium' : 'low'
      return [{ step, severity, relation: null, rows: null, commits }]
    }),
  describe({ step, commits }) {
    const { optOut, runner } = step.migration
    const tool = runner === 'plain' ? 'the migration tool' : titleOf(step.migration)
    const own =
      runner === 'plain' ? ', or say with `transaction: none` in the policy that the file runs without one' : ''
    const out = own || (optOut ? `; to run without a transaction takes ${optOut}` : '')
    const way = alternative(`Leave it out${out}.`, [])
    return commits
      ? {
          message: `COMMIT ends the transaction that ${tool} opened`,
          why: 'What follows runs statement by statement, so a failure leaves the migration half applied.',
          alternative: way,
        }
      : {
          message: `BEGIN does nothing inside the transaction that ${tool} opened`,
          why: 'PostgreSQL only warns (SQLSTATE 25001), and the COMMIT that belongs to it ends the tool’s transaction.',
          alternative: way,
        }
  },
  examples: {
    bad: [
      {
        title: 'COMMIT in the middle',
        before,
        migration: 'INSERT INTO orders VALUES (1);\nCOMMIT;\nINSERT INTO orders VALUES (2);',
      },
      {
        title: 'BEGIN at the top',
        before,
        migration: 'BEGIN;\nINSERT INTO orders VALUES (1);',
      },
    ],
    good: [
      {
        title: 'left to the tool',
        before,
        migration: 'INSERT INTO orders VALUES (1);',
      },
      {
        title: 'a file without a transaction of the tool’s',
        before,
        transaction: 'none',
        migration: 'BEGIN;\nINSERT INTO orders VALUES (1);\nCOMMIT;',
      },
    ],
  },
})
