import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { addedColumns } from '../context/added-objects.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'prefer-text',
  group: 'advice',
  title: 'A new column has a length that nothing asks for',
  page: {
    what: 'A new column is varchar(n) or char(n).',
    why: 'It saves nothing against text, and another limit later is a change of type; char(n) also pads with spaces.',
    instead: 'Use text, with a CHECK on the length where there is a rule.',
    harmless: 'A matter of style: reported only where the policy sets advice.style.',
  },
  facts: ['effects'],
  sqlstates: [],
  source: '`varchar` and text share their storage (varlena in postgres.h); only the length check differs.',
  detect: (context) =>
    (context.policy.advice.style
      ? addedColumns(context, (type) => /^character( varying)?\(\d+\)$/.test(type))
      : []
    ).map((found) => ({ ...found, severity: 'low' as const, rows: null })),
  describe: ({ relation, column }) => ({
    message: `\`${quoteRelation(relation)}.${quoteName(column.name)}\` is ${column.type}`,
    why: 'It saves nothing against text, and another limit later is a change of type.',
    alternative: { summary: 'Use text, with a CHECK on the length where there is a rule.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: 'varchar with a length',
        before: '',
        policy: 'advice: { style: true }',
        migration: 'CREATE TABLE visits (id bigint PRIMARY KEY, url varchar(200));',
      },
    ],
    good: [
      {
        title: 'style is not asked for',
        before: '',
        migration: 'CREATE TABLE visits (id bigint PRIMARY KEY, url varchar(200));',
      },
    ],
  },
})
