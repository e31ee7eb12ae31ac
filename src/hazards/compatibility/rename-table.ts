import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, own, same } from '../alternatives/alternative.ts'
import { defineHazard } from '../hazard.ts'
import { usageOf, usageText } from '../scene/code-usage.ts'
import { marksOf } from '../scene/marks.ts'
import { isReplaced } from '../scene/renamed.ts'

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
    'RenameRelationInternal in tablecmds.c changes the name at once; RangeVarGetRelid looks it up anew for each query.',
  detect: (scene) =>
    marksOf(scene, 'renames relation').flatMap(({ step, mark }) => {
      const { relation, to } = mark
      // SET SCHEMA notes the whole new name.
      if (relation.isNew || to.endsWith(`.${relation.name}`)) return []
      if (!kinds.includes(relation.kind) || isReplaced(step, relation)) return []
      return [{ step, severity: 'high' as const, relation, rows: relation.size.rows, to }]
    }),
  tell: ({ step, relation, to }, scene) => {
    const name = { table: relation.name, column: null }
    return {
      message: `Breaks code that still names \`${quoteRelation(relation)}\`: it becomes \`${quoteName(to)}\``,
      why: usageText(usageOf(scene, name), scene, name),
      alternative: alternative(
        'Leave a view under the old name in the same transaction, with the table’s grants; reads and simple writes go through it. Drop it when no code uses it.',
        [
          own(1, `${step.statement.sql};`),
          same(
            1,
            `CREATE VIEW ${quoteRelation(relation)} AS SELECT * FROM ${quoteRelation({ schema: relation.schema, name: to })};`,
          ),
        ],
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'a table that stood before',
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
        title: 'a table made in the same change',
        before: '',
        migration: 'CREATE TABLE t (id bigint PRIMARY KEY);\nALTER TABLE t RENAME TO u;',
      },
    ],
  },
})

const kinds = ['table', 'partitioned table', 'view', 'materialized view', 'foreign table']
