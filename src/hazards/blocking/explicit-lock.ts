import { lockText } from '../../effects/locks.ts'
import { alternative, withTimeout } from '../alternatives.ts'
import { namesOf, stopsQueries } from '../blocked.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'explicit-lock',
  group: 'blocking',
  title: 'LOCK TABLE in a migration',
  page: {
    what: 'LOCK TABLE takes its lock at once and keeps it to the end of the transaction; without a mode it is ACCESS EXCLUSIVE.',
    why: 'Everything after it in the transaction happens while others wait.',
    instead: 'Let each statement take the lock it needs; use a lock_timeout.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step): Draft[] => {
      const { node } = step.statement
      if (!node || !('LockStmt' in node) || step.migration.direction === 'down') return []
      const strong = step.effects
        .filter(({ effect }) => stopsQueries(effect) && !effect.relation.isNew)
        .map(({ effect }) => effect)
      const [first] = strong
      if (!first) return []
      return [
        {
          step,
          severity: 'medium',
          relation: first.relation,
          rows: first.relation.size.rows,
          message: `Locks ${namesOf(strong.map((effect) => effect.relation))} ${lockText(first.lock)} to the end of the transaction`,
          why: 'Each statement takes the lock it needs by itself; this one only makes it stronger or longer.',
          related: [],
          alternative: alternative('Leave it out, or wait for it no longer than a lock_timeout.', withTimeout(step)),
        },
      ]
    }),
})
