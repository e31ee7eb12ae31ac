import { type Alternative, outside, outsideHow, own, titleOf } from '../alternatives/alternative.ts'
import { plainVacuum } from '../alternatives/without-rewrite.ts'
import { failing } from '../context/failing-statements.ts'
import type { Step } from '../context/review-context.ts'
import { medium } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const before = 'CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);\nINSERT INTO orders VALUES (1, 10);'

export const hazard = defineHazard({
  id: 'cannot-run-in-transaction',
  group: 'failure',
  title: 'A statement that refuses a transaction is in one',
  page: {
    what: 'CREATE INDEX CONCURRENTLY, VACUUM and some others abort inside a transaction block, be it the migration tool’s, the file’s own BEGIN, or the implicit one of several statements sent together.',
    why: 'The migration fails on every database, large or small.',
    instead: 'Give the statement a migration of its own and switch the tool’s transaction off for it.',
    harmless:
      'Never, as long as the transaction is there. Say in the policy how the files are run if Lockcast has it wrong.',
  },
  facts: ['effects'],
  sqlstates: ['25001'],
  source: 'PreventInTransactionBlock in src/backend/access/transam/xact.c.',
  detect: (context) =>
    failing(context).flatMap((step) => {
      if (step.refuses?.sqlstate !== '25001') return []
      const relation = step.effects[0]?.effect.relation ?? null
      const rows = relation?.size.rows ?? null
      // Who runs the file, and whether in a transaction, is only a guess.
      const guessed = step.migration.guessed === true && step.transaction?.explicit === false
      const severity: Severity = guessed ? 'high' : 'critical'
      return [{ step, severity, relation, rows, message: step.refuses.message, guessed }]
    }),
  describe: ({ step, message, guessed }) => ({
    message: guessed ? `Fails if your tool wraps the file in a transaction: ${message}` : `Will fail: ${message}`,
    why: guessed
      ? `Which tool runs the file is a guess by its path, and then the statement runs in a transaction: ${becauseOf(step)}. The policy can name the tool.`
      : `The statement runs in a transaction: ${becauseOf(step)}.`,
    alternative: plainly(step) ?? {
      summary: `Run it outside a transaction: ${outsideHow(step)}.`,
      steps: [
        ...(step.migration.optOut === null && step.migration.wrapping !== 'autocommit' ? [own(1, 'COMMIT;')] : []),
        outside(1, `${step.statement.sql};`),
      ],
    },
  }),
  examples: {
    bad: [
      {
        title: 'CONCURRENTLY in the tool’s transaction',
        before,
        tables: { orders: medium },
        migration: 'CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);',
      },
      {
        title: 'CONCURRENTLY beside another statement, sent as one query',
        before,
        tables: { orders: medium },
        runner: 'prisma',
        migration: 'CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);\nSELECT 1;',
      },
    ],
    good: [
      {
        title: 'a file without a transaction',
        before,
        tables: { orders: medium },
        transaction: 'none',
        migration: 'CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);',
      },
      {
        title: 'alone in a file that is sent as one query',
        before,
        tables: { orders: medium },
        runner: 'prisma',
        migration: 'CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);',
      },
    ],
  },
})

function becauseOf({ migration, transaction }: Step): string {
  if (transaction?.explicit) return 'the BEGIN above it opened one'
  const tool = titleOf(migration)
  if (migration.wrapping === 'implicit')
    return `${tool} sends the whole file as one query, and its ${transaction?.steps.length} statements are one implicit transaction`
  if (migration.runner === 'plain') return 'a file of plain SQL counts as one, unless the policy says otherwise'
  return `${tool} wraps the ${migration.batch ? 'whole batch of pending files' : 'file'} in one`
}

/** VACUUM FULL outside of the transaction would run, and block everyone. */
function plainly(step: Step): Alternative | null {
  const rewritten = step.effects.find(({ effect }) => effect.rewrite)
  return rewritten && 'VacuumStmt' in (step.statement.node ?? {}) ? plainVacuum(rewritten.effect.relation) : null
}
