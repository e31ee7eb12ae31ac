import { type Draft, defineHazard } from '../hazard.ts'
import { unwritten } from '../unwritten.ts'

/** Failures that are neither about a missing or taken name nor about a transaction. */
const told = /^(42P01|42703|42704|3F000|42883|42P07|42701|42710|42P06|25001)$/

export const hazard = defineHazard({
  ...unwritten,
  id: 'dependent-objects',
  group: 'failure',
  title: 'The schema does not allow the statement',
  page: {
    what: 'A view, foreign key, generated column, policy or another rule of the schema stands in the way: PostgreSQL refuses the statement.',
    why: 'The migration aborts.',
    instead: 'Change what depends on it first, in the same migration.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step): Draft[] => {
      const { fails } = step.judgement
      if (!fails || told.test(fails.sqlstate) || !scene.exact || step.hasPlaceholder) return []
      const what = fails.object?.kind === 'dependent' ? ` \`${fails.object.name}\` is in the way.` : ''
      return [
        {
          step,
          severity: 'critical',
          relation: null,
          rows: null,
          message: `Will fail: ${fails.message}`,
          why: `PostgreSQL refuses it on this schema with SQLSTATE ${fails.sqlstate}.${what}`,
          related: [],
          alternative: null,
        },
      ]
    }),
})
