import { type Draft, defineHazard } from '../hazard.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'syntax-error',
  group: 'failure',
  title: 'A statement does not parse',
  page: {
    what: 'PostgreSQL’s own grammar does not accept the statement.',
    why: 'The migration aborts there; what the statement would do cannot be judged.',
    instead: 'Correct it; psql’s meta-commands and placeholders belong into no migration that a driver runs.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step): Draft[] => {
      const { error } = step.statement
      if (!error) return []
      const deep = /too deep/.test(error.message)
      return [
        {
          step,
          severity: 'critical',
          relation: null,
          rows: null,
          message: deep ? `Cannot be read: ${error.message}` : `Will fail: ${error.message}`,
          why: `PostgreSQL's grammar stops at line ${error.line}; the file's other statements are reviewed.`,
          related: [],
          alternative: null,
        },
      ]
    }),
})
