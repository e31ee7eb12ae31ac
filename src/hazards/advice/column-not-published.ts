import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { addedColumns } from '../context/added-objects.ts'
import { defineHazard } from '../hazard.ts'

const before =
  'CREATE TABLE items (id bigint PRIMARY KEY, price int);\nCREATE PUBLICATION news FOR TABLE items (id, price);'
const migration = "SET lock_timeout = '3s';\nALTER TABLE items ADD COLUMN color text;"

export const hazard = defineHazard({
  id: 'column-not-published',
  group: 'advice',
  title: 'A new column that a column list leaves out',
  page: {
    what: 'A column is added to a table that a publication holds with a column list. The list stays as it is.',
    why: 'Subscribers get the rows without the column, and neither side reports an error.',
    instead: 'Where subscribers need it, give them the column first and then name it in the list.',
    harmless: 'Where the list is there to keep such columns back, or the same change puts the column into it.',
  },
  facts: ['catalog'],
  sqlstates: [],
  source:
    'pg_publication_rel.prattrs holds the list as column numbers, and ADD COLUMN does not touch it (seen on 15 to 18).',
  detect: (context) =>
    addedColumns(context, () => true).flatMap(({ step, relation, column }) => {
      const leavesOut = context.publications.find(({ parts }) =>
        parts.some((part) => part.relation === relation.id && part.columns && !part.columns.includes(column.name)),
      )
      // Where names are hidden, the existence of a publication is hidden too.
      if (!leavesOut || relation.isNew || !context.exact) return []
      const publication = leavesOut.name
      return [{ step, severity: 'low' as const, relation, rows: relation.size.rows, column, publication }]
    }),
  describe: ({ relation, column, publication }) => ({
    message: `\`${quoteRelation(relation)}.${quoteName(column.name)}\` is not published: the column list of \`${quoteName(publication)}\` does not name it`,
    why: 'Subscribers get the rows without it, and no error is reported.',
    alternative: alternative('Where they need it, give subscribers the column first, then name it in the list.', []),
  }),
  examples: {
    bad: [{ title: 'the list stays as it is', before, migration }],
    good: [
      {
        title: 'the list names it in the same change',
        before,
        migration: `${migration}\nALTER PUBLICATION news SET TABLE items (id, price, color);`,
      },
      { title: 'no column list', before: before.replace(' (id, price);', ';'), migration },
    ],
  },
})
