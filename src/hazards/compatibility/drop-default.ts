import { columnOf } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { isUnseen } from '../context/blocked-statements.ts'
import { changesOf, changesOn } from '../context/schema-changes.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const timeout = "SET LOCAL lock_timeout = '3s';\n"
const insert = 'INSERT INTO wishes (id) SELECT coalesce(max(id), 0) + 1 FROM wishes'

export const hazard = defineHazard({
  id: 'drop-default',
  group: 'compatibility',
  title: 'The default goes that running code leans on',
  page: {
    what: 'From this moment an INSERT that leaves the column out writes NULL, or is refused where the column is NOT NULL.',
    why: 'The version of the code that still runs while this deploys leaves it out. Of a column that was added in the same change it cannot know: some tools (Django before 5.0) add a column with a default and drop the default at once.',
    instead: 'Keep the default until the version that runs writes the column; drop it in a later deployment.',
    harmless:
      'On a table made in the same change nothing runs yet. Where the column may be null, nothing is refused: the finding is low.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: ['23502'],
  source:
    '`rewriteTargetListIU` in rewriteHandler.c puts the default in when a column is left out; without one it is NULL.',
  detect: (context) =>
    changesOf(context, 'drops default').flatMap(({ step, at, change: { relation, column } }) => {
      if (isUnseen(relation)) return []
      const added = changesOn(context, 'adds column', relation)
      const isNew = added.some((changed) => changed.at < at && changed.change.column === column)
      const after = context.after(relation)
      const now = after && columnOf(after, column)
      // Another default, an identity, or the column itself gone, by the end of the change.
      if (after?.known && (!now || now.default !== null || now.identity !== null)) return []
      const severity: Severity =
        (now?.notNull ?? columnOf(relation, column)?.notNull) === false ? 'low' : isNew ? 'high' : 'medium'
      return [{ step, severity, relation, rows: relation.size.rows, column, isNew }]
    }),
  describe: ({ relation, column, severity, isNew }) => {
    const name = `${quoteRelation(relation)}.${quoteName(column)}`
    return {
      message:
        severity === 'low'
          ? `Rows of old code get NULL in \`${name}\`: its default is dropped`
          : `Breaks INSERTs that leave out \`${name}\`: it is required and its default is dropped`,
      why: isNew
        ? 'The column is new, so the version that runs while this deploys cannot write it, and only the default would.'
        : 'The version that runs while this deploys may leave the column to its default.',
      alternative: {
        summary: 'Keep the default until every version that runs writes the column; drop it in a later deployment.',
        steps: [],
      },
    }
  },
  examples: {
    bad: [
      {
        title: 'of a column that the same change adds, as Django writes it',
        before: 'CREATE TABLE wishes (id bigint PRIMARY KEY);',
        migration: `${timeout}ALTER TABLE wishes ADD COLUMN rank int DEFAULT 0 NOT NULL;\nALTER TABLE wishes ALTER COLUMN rank DROP DEFAULT;`,
        application: insert,
      },
      {
        title: 'of a required column',
        before: 'CREATE TABLE wishes (id bigint PRIMARY KEY, rank int NOT NULL DEFAULT 0);',
        migration: `${timeout}ALTER TABLE wishes ALTER COLUMN rank DROP DEFAULT;`,
        application: insert,
      },
    ],
    good: [
      {
        title: 'another default instead',
        before: 'CREATE TABLE wishes (id bigint PRIMARY KEY, rank int NOT NULL DEFAULT 0);',
        migration: `${timeout}ALTER TABLE wishes ALTER COLUMN rank SET DEFAULT 1;`,
      },
      {
        title: 'a table made in the same change',
        before: '',
        migration:
          'CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL DEFAULT 0);\nALTER TABLE t ALTER COLUMN a DROP DEFAULT;',
      },
    ],
  },
})
