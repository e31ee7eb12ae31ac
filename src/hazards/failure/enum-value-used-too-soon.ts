import { type AlternativeStep, alternative, own, same } from '../alternatives/alternative.ts'
import { failing } from '../context/failing-statements.ts'
import type { Step } from '../context/review-context.ts'
import { defineHazard } from '../hazard.ts'

const before = `CREATE TYPE mood AS ENUM ('calm', 'happy');
CREATE TABLE people (id bigint PRIMARY KEY, feels mood DEFAULT 'calm');
INSERT INTO people VALUES (1);`

export const hazard = defineHazard({
  id: 'enum-value-used-too-soon',
  group: 'failure',
  title: 'A new enum value is used in the transaction that adds it',
  page: {
    what: 'ALTER TYPE … ADD VALUE may run in a transaction from PostgreSQL 12 on, but nothing can use the new value before it commits.',
    why: 'The migration aborts on every database, large or small.',
    instead: 'Use the value in a migration of its own.',
    harmless: 'When the type itself is made in the same transaction, or when each statement commits by itself.',
  },
  facts: ['effects'],
  sqlstates: ['55P04'],
  source: 'check_safe_enum_use in src/backend/utils/adt/enum.c: unsafe use of new value of enum type.',
  detect: (context) =>
    failing(context).flatMap((step) => {
      if (step.refuses?.sqlstate !== '55P04') return []
      const relation = step.effects[0]?.effect.relation ?? null
      return [{ step, severity: 'critical' as const, relation, rows: null, message: step.refuses.message }]
    }),
  describe: ({ step, message }) => ({
    message: `Will fail: ${message}`,
    why: 'The value was added in this transaction, and PostgreSQL allows its use only after the commit (SQLSTATE 55P04).',
    alternative: alternative('Use the value in a later migration.', [
      ...adding(step),
      own(2, `${step.statement.sql};`),
    ]),
  }),
  examples: {
    bad: [
      {
        title: 'an UPDATE in the same file',
        before,
        migration: "ALTER TYPE mood ADD VALUE 'bored';\nUPDATE people SET feels = 'bored' WHERE id = 1;",
      },
      {
        title: 'an INSERT in a file that is sent as one query',
        before,
        runner: 'prisma',
        migration: "ALTER TYPE mood ADD VALUE 'bored';\nINSERT INTO people VALUES (2, 'bored');",
      },
    ],
    good: [
      {
        title: 'the value is used in the next file',
        before,
        migration: {
          '1.sql': "ALTER TYPE mood ADD VALUE 'bored';",
          '2.sql': "UPDATE people SET feels = 'bored' WHERE id = 1;",
        },
      },
      {
        title: 'the type is made in the same transaction',
        before,
        migration:
          "CREATE TYPE size AS ENUM ('s');\nALTER TYPE size ADD VALUE 'm';\nCREATE TABLE shirts (size size);\nINSERT INTO shirts VALUES ('m');",
      },
    ],
  },
})

/** Statements before it in the same transaction that add values. */
function adding(step: Step): AlternativeStep[] {
  const { steps = [] } = step.transaction ?? {}
  return steps
    .slice(0, steps.indexOf(step))
    .filter(({ analysis }) => analysis.changes.some(({ kind }) => kind === 'adds enum value'))
    .map(({ statement }, i) => (i === 0 ? own : same)(1, `${statement.sql};`))
}
