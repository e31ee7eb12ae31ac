import { quoteRelation } from '../../sql/quote.ts'
import { usageOf, usageText } from '../context/code-usage.ts'
import { relationRenames, viewUnderOldName } from '../context/relation-renames.ts'
import { defineHazard } from '../hazard.ts'

const before = 'CREATE TABLE items (id bigint PRIMARY KEY);\nCREATE SCHEMA archive;'
const timeout = "SET LOCAL lock_timeout = '3s';\n"

export const hazard = defineHazard({
  id: 'set-schema',
  group: 'compatibility',
  title: 'A table that running code names moves to another schema',
  page: {
    what: 'SET SCHEMA takes a moment; from then on the old name is unknown, unless the new schema is in the search path.',
    why: 'The version of the code that still runs while this deploys fails on every query that names it.',
    instead:
      'Leave a view in the old schema, in the same transaction, until no code uses it. GRANT on it what the table grants: a new view has none of the table’s grants, and roles that lack them get SQLSTATE 42501. The view reads the table with its owner’s rights; row level security of the caller takes WITH (security_invoker), from PostgreSQL 15.',
    harmless:
      'A table made in the same change is known to no code yet, and a view that takes its place serves the old code.',
  },
  facts: ['effects', 'catalog', 'code'],
  sqlstates: ['42P01'],
  source:
    'AlterTableNamespaceInternal in tablecmds.c moves the name; RangeVarGetRelid then looks for it along the search path.',
  detect: (context) => relationRenames(context, { moved: true }),
  describe: (renamed, context) => {
    const { relation, to } = renamed
    const name = { table: relation.name, column: null }
    return {
      message: `Breaks code that still names \`${quoteRelation(relation)}\`: it becomes \`${quoteRelation(to)}\``,
      why: usageText(usageOf(context, name), context, name),
      alternative: viewUnderOldName(renamed),
    }
  },
  examples: {
    bad: [
      {
        title: 'a table that existed before',
        before,
        migration: `${timeout}ALTER TABLE items SET SCHEMA archive;`,
        application: 'SELECT id FROM items',
      },
      {
        title: 'a view',
        before: `${before}\nCREATE VIEW newest AS SELECT max(id) AS id FROM items;`,
        migration: `${timeout}ALTER VIEW newest SET SCHEMA archive;`,
        application: 'SELECT id FROM newest',
      },
    ],
    good: [
      {
        title: 'a view takes its place',
        before,
        migration: `${timeout}ALTER TABLE items SET SCHEMA archive;\nCREATE VIEW items AS SELECT * FROM archive.items;`,
      },
      {
        title: 'another table takes its place',
        before: `${before}\nCREATE SCHEMA staging;`,
        migration: `${timeout}CREATE TABLE staging.items (id bigint PRIMARY KEY);\nALTER TABLE items SET SCHEMA archive;\nALTER TABLE staging.items SET SCHEMA public;`,
      },
      {
        title: 'a table made in the same change',
        before,
        migration: 'CREATE TABLE t (id bigint PRIMARY KEY);\nALTER TABLE t SET SCHEMA archive;',
      },
    ],
  },
})
