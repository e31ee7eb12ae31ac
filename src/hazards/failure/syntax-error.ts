import { alternative } from '../alternatives/alternative.ts'
import { failing } from '../context/failing-statements.ts'
import { defineHazard } from '../hazard.ts'

const before = 'CREATE TABLE orders (id bigint PRIMARY KEY);'

export const hazard = defineHazard({
  id: 'syntax-error',
  group: 'failure',
  title: 'A statement does not parse',
  page: {
    what: 'PostgreSQL’s own grammar does not accept the statement.',
    why: 'The migration aborts there; what the statement would do cannot be judged.',
    instead: 'Correct it; psql’s meta-commands (\\copy and the like) have no place in a migration that a driver runs.',
    harmless: 'Never. Placeholders that a migration tool fills in are read as names and are no error.',
  },
  facts: [],
  sqlstates: ['42601'],
  source: 'PostgreSQL’s own parser (src/backend/parser/gram.y), compiled to WebAssembly as libpg-query.',
  detect: (context) =>
    failing(context).flatMap((step) => {
      const { error } = step.statement
      return error ? [{ step, severity: 'critical' as const, relation: null, rows: null, error }] : []
    }),
  describe: ({ error }) => ({
    message: `${/too deep/.test(error.message) ? 'Cannot be read' : 'Will fail'}: ${error.message}`,
    why: `PostgreSQL’s grammar stops at line ${error.line}; the file’s other statements are reviewed.`,
    alternative: alternative(
      /at or near "\\\\"/.test(error.message)
        ? 'Leave psql’s meta-commands out: only psql knows them.'
        : 'Correct the statement; what it would lock is reviewed then.',
      [],
    ),
  }),
  examples: {
    bad: [
      {
        title: 'a slip of the pen',
        before,
        migration: 'ALTER TABEL orders ADD COLUMN total int;',
      },
      {
        title: 'a comma too many',
        before,
        migration: 'CREATE TABLE refunds (\n  id bigint,\n);',
      },
    ],
    good: [
      {
        title: 'without the slip',
        before,
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN total int;",
      },
      {
        title: 'without the comma',
        before,
        migration: 'CREATE TABLE refunds (\n  id bigint\n);',
      },
    ],
  },
})
