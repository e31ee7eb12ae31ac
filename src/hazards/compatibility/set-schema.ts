import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, own, same } from '../alternatives/alternative.ts'
import { defineHazard } from '../hazard.ts'
import { usageOf, usageText } from '../scene/code-usage.ts'
import { marksOf } from '../scene/marks.ts'
import { isReplaced } from '../scene/renamed.ts'

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
  detect: (scene) =>
    marksOf(scene, 'renames relation').flatMap(({ step, mark }) => {
      const { relation, to } = mark
      if (relation.isNew || !isMove(mark)) return []
      if (!kinds.includes(relation.kind) || isReplaced(step, relation)) return []
      return [{ step, severity: 'high' as const, relation, rows: relation.size.rows, to }]
    }),
  tell: ({ step, relation, to }, scene) => {
    const name = { table: relation.name, column: null }
    return {
      message: `Breaks code that still names \`${quoteRelation(relation)}\`: it becomes \`${to}\``,
      why: usageText(usageOf(scene, name), scene, name),
      alternative: alternative(
        'Leave a view under the old name in the same transaction, with the table’s grants; reads and simple writes go through it. Drop it when no code uses it.',
        [
          own(1, `${step.statement.sql};`),
          same(
            1,
            `CREATE VIEW ${quoteRelation(relation)} AS SELECT * FROM ${quoteRelation({ schema: to.slice(0, to.indexOf('.')), name: relation.name })};`,
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
        title: 'a table made in the same change',
        before,
        migration: 'CREATE TABLE t (id bigint PRIMARY KEY);\nALTER TABLE t SET SCHEMA archive;',
      },
    ],
  },
})

const kinds = ['table', 'partitioned table', 'view', 'materialized view', 'foreign table']

/** SET SCHEMA notes the whole new name, RENAME TO the last part alone. */
function isMove({ relation, to }: { relation: { name: string }; to: string }): boolean {
  return to.endsWith(`.${relation.name}`) && quoteName(to) !== to
}
