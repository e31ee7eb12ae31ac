import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { addedColumns } from '../context/added-objects.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'prefer-timestamptz',
  group: 'advice',
  title: 'A new column holds a time without its zone',
  page: {
    what: 'A new column is timestamp, which keeps what the clock showed and not the moment.',
    why: 'Two sessions with different TimeZone settings read one value as different moments; putting it right later rewrites the table, unless the session’s TimeZone is UTC.',
    instead: 'Use timestamptz: it takes the same 8 bytes.',
    harmless: 'Times that are meant without a place, such as opening hours.',
  },
  facts: ['effects'],
  sqlstates: [],
  source: '`timestamp_in` and timestamptz_in in timestamp.c: only the second converts to UTC.',
  detect: (context) =>
    addedColumns(context, (type) => /^timestamp(\(\d\))? without time zone$/.test(type)).map((found) => ({
      ...found,
      severity: 'low' as const,
      rows: null,
    })),
  describe: ({ relation, column }) => ({
    message: `\`${quoteRelation(relation)}.${quoteName(column.name)}\` is a timestamp without its zone`,
    why: 'Sessions with different TimeZone settings read one value as different moments.',
    alternative: { summary: 'Use timestamptz; it takes the same 8 bytes.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: 'timestamp',
        before: '',
        migration: 'CREATE TABLE visits (id bigint PRIMARY KEY, at timestamp NOT NULL);',
      },
    ],
    good: [
      {
        title: 'timestamptz',
        before: '',
        migration: 'CREATE TABLE visits (id bigint PRIMARY KEY, at timestamptz NOT NULL, day date);',
      },
    ],
  },
})
