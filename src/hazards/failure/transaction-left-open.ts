import { alternative, outside } from '../alternatives/alternative.ts'
import type { Step } from '../context/review-context.ts'
import { defineHazard } from '../hazard.ts'

const before = 'CREATE TABLE orders (id bigint PRIMARY KEY);\nINSERT INTO orders VALUES (1);'

/** Statements of a transaction that are shown again; longer ones are only mentioned. */
const mostShown = 10

const ends = ['TRANS_STMT_COMMIT', 'TRANS_STMT_ROLLBACK', 'TRANS_STMT_PREPARE']

export const hazard = defineHazard({
  id: 'transaction-left-open',
  group: 'failure',
  title: 'BEGIN without COMMIT',
  page: {
    what: 'The file opens a transaction and does not end it.',
    why: 'When the connection closes, the changes are rolled back, though the tool may have recorded them as done; while it stays open, the locks stay too.',
    instead: 'End it with COMMIT in the same file.',
    harmless:
      'When the migration tool wraps the file in its own transaction, which it commits: then BEGIN does nothing.',
  },
  facts: ['effects'],
  sqlstates: [],
  source: 'ShutdownPostgres in src/backend/utils/init/postinit.c aborts what is open when a session ends.',
  detect: (context) =>
    context.transactions.flatMap(({ explicit, steps }) => {
      const [step] = steps
      if (!explicit || !step || step.migration.wrapping === 'transaction') return []
      if (steps.some(({ statement }) => ends.includes(controlOf(statement.node) ?? ''))) return []
      return [{ step, severity: 'high' as const, relation: null, rows: null, steps }]
    }),
  describe: ({ steps }) => ({
    message: 'Leaves its transaction open: BEGIN has no COMMIT',
    why: 'When the connection closes its changes are rolled back, and until then its locks stay.',
    alternative: alternative(
      'End it with COMMIT in the same file.',
      steps.length > mostShown
        ? []
        : [...steps.map(({ statement }) => `${statement.sql};`), 'COMMIT;'].map((sql) => outside(1, sql)),
    ),
  }),
  examples: {
    bad: [
      {
        title: 'BEGIN alone',
        before,
        transaction: 'none',
        migration: 'BEGIN;\nINSERT INTO orders VALUES (2);',
        seen: 'loses',
      },
      {
        title: 'a ROLLBACK TO ends nothing',
        before,
        transaction: 'none',
        migration: 'BEGIN;\nSAVEPOINT a;\nINSERT INTO orders VALUES (2);\nROLLBACK TO a;',
        seen: 'loses',
      },
    ],
    good: [
      {
        title: 'BEGIN and COMMIT',
        before,
        transaction: 'none',
        migration: 'BEGIN;\nINSERT INTO orders VALUES (2);\nCOMMIT;',
      },
      {
        title: 'no BEGIN at all',
        before,
        transaction: 'none',
        migration: 'INSERT INTO orders VALUES (2);',
      },
    ],
  },
})

/** BEGIN, COMMIT and their kind, as the parser calls them; null for other statements. */
function controlOf(node: Step['statement']['node']): string | null {
  return node && 'TransactionStmt' in node ? (node.TransactionStmt.kind ?? null) : null
}
