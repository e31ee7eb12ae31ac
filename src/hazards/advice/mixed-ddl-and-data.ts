import { quoteRelation } from '../../sql/quote.ts'
import { keptLocks } from '../blocking/lock-kept-while-working.ts'
import { isUnseen, strongLocks } from '../context/blocked-statements.ts'
import { changesOf } from '../context/schema-changes.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'mixed-ddl-and-data',
  group: 'advice',
  title: 'One migration changes the schema and many rows',
  page: {
    what: 'A file changes existing tables and writes rows of existing tables, in one transaction.',
    why: 'When the data part fails or is slow the schema change waits with it, and neither can be tried again alone.',
    instead: 'Put the change of rows into a migration of its own.',
    harmless:
      'A few rows of reference data, or rows of a table made in the same file. Where a lock is held meanwhile, lock-kept-while-working says so with its time.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: 'Locks are released at the end of the transaction alone (LockReleaseAll in lock.c).',
  detect(context) {
    const reported = new Set(keptLocks(context).map(({ step }) => step.transaction))
    const changing = new Set([...strongLocks(context).keys()].map(({ transaction }) => transaction))
    const writes = changesOf(context, 'writes rows').filter(
      ({ step: { transaction }, change: { relation, bounded, rows } }) =>
        transaction !== null &&
        changing.has(transaction) &&
        !reported.has(transaction) &&
        !isUnseen(relation) &&
        !bounded &&
        (rows ?? many) >= many,
    )
    return [...Map.groupBy(writes, ({ step }) => step.transaction).values()].flatMap(([first]) => {
      if (!first) return []
      const { relation, rows } = first.change
      return [{ step: first.step, severity: 'low' as const, relation, rows }]
    })
  },
  describe: ({ relation }) => ({
    message: `Changes the schema and rows of \`${relation && quoteRelation(relation)}\` in one transaction`,
    why: 'When one part fails, neither can be tried again alone.',
    alternative: { summary: 'Put the change of rows into a migration of its own.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: 'a column and a fill',
        before: 'CREATE TABLE people (id bigint PRIMARY KEY, name text);\nCREATE TABLE log (id bigint PRIMARY KEY);',
        tables: { people: { rows: 5_000, bytes: 400_000 } },
        migration:
          "SET LOCAL lock_timeout = '3s';\nUPDATE people SET name = 'x';\nALTER TABLE log ADD COLUMN note text;",
      },
    ],
    good: [
      {
        title: 'rows of a new table',
        before: 'CREATE TABLE people (id bigint PRIMARY KEY, name text);',
        migration:
          "SET LOCAL lock_timeout = '3s';\nALTER TABLE people ADD COLUMN note text;\nCREATE TABLE kinds (id bigint PRIMARY KEY);\nINSERT INTO kinds VALUES (1), (2);",
      },
    ],
  },
})

/** Below that rows are reference data. */
const many = 1_000
