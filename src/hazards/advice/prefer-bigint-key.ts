import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { addedTables } from '../context/added-objects.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'prefer-bigint-key',
  group: 'advice',
  title: 'A new key is a 4-byte integer',
  page: {
    what: 'The primary key of a new table is integer, smallint or serial.',
    why: 'It ends at 2,147,483,647, failed inserts count too, and making it bigint later rewrites the table and all that refer to it.',
    instead: 'Make it bigint from the start; four bytes more a row are rarely seen.',
    harmless:
      'Tables whose rows are few by nature, such as countries. A key that refers to another table has that one’s type.',
  },
  facts: ['effects'],
  sqlstates: [],
  source: '`nextval` in sequence.c stops at the maximum of the sequence’s type with SQLSTATE 2200H.',
  detect: (context) =>
    addedTables(context).flatMap(({ step, relation }) => {
      const [name, more] = relation.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? []
      const column = relation.columns.find((column) => column.name === name)
      const refers = relation.constraints.some(
        ({ kind, columns }) => kind === 'foreign key' && columns.includes(name ?? ''),
      )
      const counts = column && (column.identity !== null || /^nextval\(/.test(column.default ?? ''))
      if (more !== undefined || refers || !counts || !['integer', 'smallint'].includes(column.type)) return []
      return [{ step, severity: 'low' as const, relation, rows: null, column }]
    }),
  describe: ({ relation, column }) => ({
    message: `\`${quoteRelation(relation)}.${quoteName(column.name)}\` is ${column.type}: it ends at ${column.type === 'smallint' ? '32,767' : '2,147,483,647'}`,
    why: 'Making it bigint later rewrites the table and every one that refers to it.',
    alternative: { summary: 'Make it bigint while the table is empty.', steps: [] },
  }),
  examples: {
    bad: [{ title: 'serial', before: '', migration: 'CREATE TABLE visits (id serial PRIMARY KEY, url text);' }],
    good: [
      {
        title: 'bigint',
        before: '',
        migration: 'CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, url text);',
      },
    ],
  },
})
