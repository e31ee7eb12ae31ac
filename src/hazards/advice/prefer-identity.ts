import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { addedTables } from '../context/added-objects.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'prefer-identity',
  group: 'advice',
  title: 'A new column is serial, not an identity',
  page: {
    what: 'A new table has a serial column.',
    why: 'Anybody who may write it can put in any value, and the sequence needs rights of its own.',
    instead:
      'Use GENERATED ALWAYS AS IDENTITY in new tables. For an existing table it is no remedy: it costs the same rewrite.',
    harmless: 'A matter of style: reported only where the policy sets advice.style.',
  },
  facts: ['effects'],
  sqlstates: [],
  source:
    '`transformColumnDefinition` in parse_utilcmd.c makes a sequence and a default of serial, an owned sequence of an identity.',
  detect: (context) =>
    (context.policy.advice.style ? addedTables(context) : []).flatMap(({ step, relation }) =>
      relation.columns
        .filter((column) => /^nextval\(/.test(column.default ?? ''))
        .map((column) => ({ step, relation, column, severity: 'low' as const, rows: null })),
    ),
  describe: ({ relation, column }) => ({
    message: `\`${quoteRelation(relation)}.${quoteName(column.name)}\` is serial, not an identity`,
    why: 'An identity refuses values that are put in by mistake, and needs no rights on a sequence.',
    alternative: { summary: 'Use GENERATED ALWAYS AS IDENTITY while the table is new.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: 'bigserial',
        before: '',
        policy: 'advice: { style: true }',
        migration: 'CREATE TABLE visits (id bigserial PRIMARY KEY);',
      },
    ],
    good: [
      {
        title: 'an identity',
        before: '',
        policy: 'advice: { style: true }',
        migration: 'CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);',
      },
    ],
  },
})
