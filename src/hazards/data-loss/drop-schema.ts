import { quoteName } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import type { ReviewContext } from '../context/review-context.ts'
import { changesOf } from '../context/schema-changes.ts'
import { statementsOfKind } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'

const before = 'CREATE SCHEMA old;\nCREATE TABLE old.notes (id bigint);\nINSERT INTO old.notes VALUES (1);'

export const hazard = defineHazard({
  id: 'drop-schema',
  group: 'data loss',
  title: 'A schema is dropped with everything in it',
  page: {
    what: 'DROP SCHEMA … CASCADE removes every table, view, type and function of the schema, and everything elsewhere that depends on them.',
    why: 'Only a backup brings them back. A catalog that was read for the named tables does not show what else is in the schema.',
    instead:
      'Drop what is known to be unused by name; then DROP SCHEMA without CASCADE, which refuses when something is left.',
    harmless: 'When these migrations make the schema themselves.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: 'performDeletion with DROP_CASCADE in src/backend/catalog/dependency.c.',
  detect: (context) =>
    changesOf(context, 'drops schema').flatMap(({ step, at, change: { schema } }) =>
      madeHere(schema, at, context) ? [] : [{ step, severity: 'high' as const, relation: null, rows: null, schema }],
    ),
  describe: ({ schema }) => ({
    message: `Loses everything in schema \`${quoteName(schema)}\``,
    why: 'CASCADE takes every table with its rows, and everything in other schemas that depends on them; only a backup brings them back.',
    alternative: alternative(
      'Drop by name what is known to be unused; DROP SCHEMA without CASCADE then refuses when something is left.',
      [],
    ),
  }),
  examples: {
    bad: [
      {
        title: 'a schema with a table',
        before,
        migration: "SET lock_timeout = '3s';\nDROP SCHEMA old CASCADE;",
      },
      {
        title: 'IF EXISTS makes it no safer',
        before,
        migration: "SET lock_timeout = '3s';\nDROP SCHEMA IF EXISTS old CASCADE;",
      },
    ],
    good: [
      {
        title: 'without CASCADE, once it is empty',
        before: 'CREATE SCHEMA old;',
        migration: 'DROP SCHEMA old;',
      },
      {
        title: 'a schema that the migration makes itself',
        before,
        migration: 'CREATE SCHEMA scratch;\nCREATE TABLE scratch.t (id int);\nDROP SCHEMA scratch CASCADE;',
      },
    ],
  },
})

/** These migrations made the schema themselves before. */
function madeHere(schema: string, before: number, context: ReviewContext): boolean {
  return statementsOfKind(context, 'CreateSchemaStmt').some(
    ({ at, body }) => at < before && body.schemaname === schema && !body.if_not_exists,
  )
}
