import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { usageOf, usageText } from '../context/code-usage.ts'
import { relationRenames, viewUnderOldName } from '../context/relation-renames.ts'
import { defineHazard } from '../hazard.ts'

const before = 'CREATE TABLE items (id bigint PRIMARY KEY);'
const timeout = "SET LOCAL lock_timeout = '3s';\n"

export const hazard = defineHazard({
  id: 'rename-table',
  group: 'compatibility',
  title: 'A table that running code names is renamed',
  page: {
    what: 'RENAME TO takes a moment; from then on the old name is unknown.',
    why: 'The version of the code that still runs while this deploys fails on every query that names it, and so does a rollback.',
    instead:
      'Leave a view under the old name, in the same transaction, until no code uses it. GRANT on it what the table grants: a new view has none of the table’s grants, and roles that lack them get SQLSTATE 42501. The view reads the table with its owner’s rights; row level security of the caller takes WITH (security_invoker), from PostgreSQL 15.',
    harmless:
      'A table made in the same change is known to no code yet. A view or a table that takes the old name in the same transaction serves the old code.',
  },
  facts: ['effects', 'catalog', 'code'],
  sqlstates: ['42P01'],
  source:
    'RenameRelationInternal in tablecmds.c changes the name at once; RangeVarGetRelid looks it up again for each query.',
  detect: (context) => relationRenames(context, { moved: false }),
  describe: (renamed, context) => {
    const { relation, to } = renamed
    const name = { table: relation.name, column: null }
    return {
      message: `Breaks code that still names \`${quoteRelation(relation)}\`: it becomes \`${quoteName(to.name)}\``,
      why: usageText(usageOf(context, name), context, name),
      alternative: viewUnderOldName(renamed),
    }
  },
  examples: {
    bad: [
      {
        title: 'a table that existed before',
        before,
        migration: `${timeout}ALTER TABLE items RENAME TO articles;`,
        application: 'SELECT id FROM items',
      },
      {
        title: 'a materialized view',
        before: `${before}\nCREATE MATERIALIZED VIEW newest AS SELECT max(id) AS id FROM items;`,
        migration: `${timeout}ALTER MATERIALIZED VIEW newest RENAME TO latest;`,
        application: 'SELECT id FROM newest',
      },
    ],
    good: [
      {
        title: 'a view takes its name',
        before,
        migration: `${timeout}ALTER TABLE items RENAME TO articles;\nCREATE VIEW items AS SELECT * FROM articles;`,
      },
      {
        title: 'a table that was prepared takes the place of another',
        before: `${before}\nCREATE TABLE items_new (id bigint PRIMARY KEY);`,
        migration: `${timeout}ALTER TABLE items RENAME TO items_old;\nALTER TABLE items_new RENAME TO items;`,
        code: { 'app/items.py': 'rows = db.all("select id from items")\n' },
      },
      {
        title: 'a table made in the same change',
        before: '',
        migration: 'CREATE TABLE t (id bigint PRIMARY KEY);\nALTER TABLE t RENAME TO u;',
      },
    ],
  },
})
