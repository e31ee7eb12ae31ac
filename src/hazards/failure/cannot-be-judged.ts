import { type Draft, defineHazard } from '../hazard.ts'
import type { Step } from '../scene.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'cannot-be-judged',
  group: 'failure',
  title: 'What the statement does is not known',
  page: {
    what: 'The statement is good SQL, but what it locks is not modelled, or hangs on text that only the running database has.',
    why: 'What cannot be judged is not safe.',
    instead: 'Write the change as plain statements, or have someone who knows the table look at it.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step): Draft[] => {
      const reason = reasonOf(step, scene.exact)
      if (reason === null) return []
      return [
        {
          step,
          severity: scene.policy.cannot_be_judged,
          relation: null,
          rows: null,
          message: `Cannot be judged: ${reason}`,
          why: 'What it locks, scans or rewrites is not known, so it does not count as safe. Write it as plain statements, or review it by hand.',
          related: [],
          alternative: null,
        },
      ]
    }),
})

function reasonOf(step: Step, exact: boolean): string | null {
  const { unknown, fails } = step.judgement
  if (unknown) return unknown.reason
  if (!fails) return null
  if (step.hasPlaceholder) return 'a placeholder of the migration tool stands in the statement'
  return exact ? null : 'whether what it names stands in the database is not shown here'
}
