import { quoteName } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { statementsOfKindInBothDirections } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'

const before = 'CREATE TABLE orders (id bigint);'

export const hazard = defineHazard({
  id: 'drop-database',
  group: 'data loss',
  title: 'A database is dropped',
  page: {
    what: 'DROP DATABASE removes the database with everything in it, at once.',
    why: 'Only a backup brings it back, and Lockcast reads the database that is migrated: what is in another it cannot say.',
    instead: 'Leave databases to whoever runs the server; a migration changes the one it runs in.',
    harmless: 'Where it is a database of tests; then the statement belongs in the tests’ own set-up.',
  },
  facts: ['effects'],
  sqlstates: [],
  source:
    'dropdb in src/backend/commands/dbcommands.c removes the files of the database; no transaction can take it back.',
  detect: (context) =>
    statementsOfKindInBothDirections(context, 'DropdbStmt').flatMap(({ step, body: { dbname = '' } }) =>
      step.refuses ? [] : [{ step, severity: 'high' as const, relation: null, rows: null, name: dbname }],
    ),
  describe: ({ name }) => ({
    message: `Loses the database \`${quoteName(name)}\` with everything in it`,
    why: 'It goes at once and for good; only a backup brings it back.',
    alternative: alternative('Leave databases to whoever runs the server; a migration changes the one it runs in.', []),
  }),
  examples: {
    bad: [
      {
        title: 'DROP DATABASE',
        before: 'CREATE DATABASE reports;',
        transaction: 'none',
        migration: 'DROP DATABASE reports;',
      },
      {
        title: 'WITH (FORCE), which ends its sessions too',
        before: 'CREATE DATABASE reports;',
        transaction: 'none',
        migration: 'DROP DATABASE IF EXISTS reports WITH (FORCE);',
      },
    ],
    good: [
      {
        title: 'a table of this database that is empty',
        before,
        tables: { orders: { rows: 0, bytes: 0 } },
        migration: "SET lock_timeout = '3s';\nDROP TABLE orders;",
      },
      {
        title: 'a setting of a database',
        before,
        migration: 'ALTER DATABASE postgres SET statement_timeout = 0;',
      },
    ],
  },
})
