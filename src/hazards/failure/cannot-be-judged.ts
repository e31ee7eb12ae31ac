import { alternative } from '../alternatives/alternative.ts'
import { failing } from '../context/failing-statements.ts'
import type { Step } from '../context/review-context.ts'
import { defineHazard } from '../hazard.ts'

const before = 'CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);\nINSERT INTO orders VALUES (1, 10);'

export const hazard = defineHazard({
  id: 'cannot-be-judged',
  group: 'failure',
  title: 'What the statement does is not known',
  page: {
    what: 'The statement is good SQL, but its locks are not modelled, or depend on text that only the running database has, or that another file has (`\\i` and `\\gexec` of psql).',
    why: 'What cannot be judged is not safe.',
    instead: 'Write the change as plain statements, or have someone who knows the table look at it.',
    harmless:
      'When someone has looked: ignore it with the reason. The policy’s cannot_be_judged sets how much it weighs.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: 'Lockcast’s own model (docs/locks.md): a statement that it does not cover is reported, never skipped.',
  detect: (context) =>
    failing(context).flatMap((step) => {
      const reason = reasonOf(step, context.exact)
      return reason === null
        ? []
        : [{ step, severity: context.policy.cannot_be_judged, relation: null, rows: null, reason }]
    }),
  describe: ({ reason }) => ({
    message: `Cannot be judged: ${reason}`,
    why: 'What it locks, scans or rewrites is not known, so it does not count as safe.',
    alternative: alternative('Write it as plain statements, or have someone who knows the tables review it.', []),
  }),
  examples: {
    bad: [
      {
        title: 'text that is put together when it runs',
        before,
        migration: "DO $$ BEGIN EXECUTE 'ALTER TABLE orders ADD COLUMN by_' || current_user || ' int'; END $$;",
        seen: 'runs',
      },
      {
        title: 'every table of a tablespace',
        before,
        migration: 'ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default;',
        seen: 'runs',
      },
    ],
    good: [
      {
        title: 'text that is there to read',
        before,
        migration: "SET lock_timeout = '3s';\nDO $$ BEGIN EXECUTE 'ALTER TABLE orders ADD COLUMN note text'; END $$;",
      },
      {
        title: 'a plain statement',
        before,
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN note text;",
      },
    ],
  },
})

function reasonOf({ analysis, hasPlaceholder }: Step, exact: boolean): string | null {
  const { unknown, fails } = analysis
  if (unknown) return unknown.reason
  if (!fails) return null
  if (hasPlaceholder) return 'the statement contains a placeholder of the migration tool'
  return exact ? null : 'whether the database has these names is not shown here'
}
