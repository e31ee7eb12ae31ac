import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { addedColumns } from '../context/added-objects.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'prefer-jsonb',
  group: 'advice',
  title: 'A new column is json, not jsonb',
  page: {
    what: 'A new column is json, which keeps the text as it came.',
    why: 'It is parsed again at every access, can be neither compared nor indexed as a whole, and changing it later rewrites the table.',
    instead: 'Use jsonb, unless spaces, double keys and their order have to stay.',
    harmless: 'Documents that must come back letter by letter.',
  },
  facts: ['effects'],
  sqlstates: [],
  source: '`json` has no equality operator in pg_operator.dat: DISTINCT, GROUP BY and UNIQUE fail with SQLSTATE 42883.',
  detect: (context) =>
    addedColumns(context, (type) => type === 'json').map((found) => ({
      ...found,
      severity: 'low' as const,
      rows: null,
    })),
  describe: ({ relation, column }) => ({
    message: `\`${quoteRelation(relation)}.${quoteName(column.name)}\` is json, not jsonb`,
    why: 'It is parsed at every access and cannot be compared or indexed; changing it later rewrites the table.',
    alternative: { summary: 'Use jsonb, unless the text has to stay letter by letter.', steps: [] },
  }),
  examples: {
    bad: [{ title: 'json', before: '', migration: 'CREATE TABLE visits (id bigint PRIMARY KEY, data json);' }],
    good: [{ title: 'jsonb', before: '', migration: 'CREATE TABLE visits (id bigint PRIMARY KEY, data jsonb);' }],
  },
})
