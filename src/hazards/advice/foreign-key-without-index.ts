import type { Relation } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { changesOf } from '../context/schema-changes.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'foreign-key-without-index',
  group: 'advice',
  title: 'A foreign key without an index on its own side',
  page: {
    what: 'A foreign key is added and no valid index begins with its columns.',
    why: 'Every DELETE, and every UPDATE of the key, in the referenced table reads the whole referencing table for each row; joins along it do too.',
    instead: 'Build an index over its columns, CONCURRENTLY where the table exists already.',
    harmless:
      'A prefix of another index will do. Where the referencing table holds fewer than 10,000 rows, reading it costs nothing that matters.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: 'RI_FKey_noaction_del and its like in ri_triggers.c look the rows up with an ordinary query.',
  detect: (context) =>
    changesOf(context, 'adds constraint').flatMap(({ step, change }) => {
      const relation = change.type === 'foreign key' ? context.after(change.relation) : null
      if (!relation?.known || relation.partitionOf || isIndexed(relation, change.columns)) return []
      if (!change.relation.isNew && change.relation.size.rows !== null && change.relation.size.rows < few) return []
      return [{ step, severity: 'low' as const, relation, rows: relation.size.rows, change }]
    }),
  describe: ({ relation, change }) => ({
    message: `No index of \`${quoteRelation(relation)}\` serves its foreign key over \`${change.columns.map(quoteName).join(', ')}\``,
    why: 'Each DELETE in the table that it refers to reads all of this one.',
    alternative: {
      summary: 'Build an index over its columns.',
      steps: [
        {
          sql: `CREATE INDEX ${change.relation.isNew ? '' : 'CONCURRENTLY '}ON ${quoteRelation(relation)} (${change.columns.map(quoteName).join(', ')});`,
          transaction: change.relation.isNew ? 'own' : 'none',
          file: 1,
        },
      ],
    },
  }),
  examples: {
    bad: [
      {
        title: 'a new table',
        before: 'CREATE TABLE people (id bigint PRIMARY KEY);',
        migration:
          "SET LOCAL lock_timeout = '3s';\nCREATE TABLE visits (id bigint PRIMARY KEY, person bigint REFERENCES people);",
      },
    ],
    good: [
      {
        title: 'the first column of another index',
        before: 'CREATE TABLE people (id bigint PRIMARY KEY);',
        migration:
          "SET LOCAL lock_timeout = '3s';\nCREATE TABLE visits (id bigint PRIMARY KEY, person bigint REFERENCES people, at date);\nCREATE INDEX ON visits (person, at);",
      },
    ],
  },
})

const few = 10_000

function isIndexed(relation: Relation, columns: string[]): boolean {
  return relation.indexes.some(
    ({ valid, keys, predicate }) =>
      valid && predicate === null && columns.every((column) => keys.slice(0, columns.length).includes(column)),
  )
}
