import type { Relation } from '../../catalog/catalog.ts'
import { lockText } from '../../effects/locks.ts'
import { forecast } from '../../forecast/forecast.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { alternative, withTimeout } from '../alternatives.ts'
import { blockedStatement, blocksText, isUnseen, stopsQueries } from '../blocked.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import type { Step } from '../scene.ts'
import { ofBlocking } from '../severity.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'lock-on-other-table',
  group: 'blocking',
  title: 'A table that the statement does not change is locked too',
  page: {
    what: 'A foreign key locks the table it refers to, when it is added (SHARE ROW EXCLUSIVE) and when it is dropped, by itself or with its table (ACCESS EXCLUSIVE). A new partition locks its parent.',
    why: 'The lock waits behind the other table’s running transactions, and its queries queue behind the lock.',
    instead: 'Set a lock_timeout, and add a foreign key NOT VALID in a step of its own.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step): Draft[] => {
      if (step.migration.direction === 'down' || step.judgement.fails || blockedStatement(step, scene)) return []
      const others = step.effects.filter(
        ({ effect }) =>
          effect.through !== null &&
          !isFamily(effect.through) &&
          !isLost(effect.relation, step) &&
          stopsQueries(effect) &&
          !isUnseen(effect.relation),
      )
      return others.map(({ effect }): Draft => {
        const known = forecast(effect, scene.catalog)
        const { relation } = effect
        const { rows } = relation.size
        return {
          step,
          severity: ofBlocking(known?.highMs ?? null, known?.blocks ?? ['reads', 'writes'], relation, scene.policy),
          relation,
          rows,
          message: `Also locks \`${quoteRelation(relation)}\` ${lockText(effect.lock)}${rows === null ? '' : `: ${scene.say.rows(rows)}`}, for a moment`,
          why: `The statement does not change this table, but ${effect.through}; ${blocksText(known?.blocks ?? [])} wait while the lock is waited for and held.`,
          related: [],
          alternative: alternative('Set a lock_timeout before it and try again when it fires.', withTimeout(step)),
        }
      })
    }),
})

/** Emptied or dropped along with the named one: that loss is told already. */
function isLost(relation: Relation, step: Step): boolean {
  return step.judgement.marks.some(
    (mark) => (mark.kind === 'truncates' || mark.kind === 'drops relation') && mark.relation.id === relation.id,
  )
}

/** Partitions and children go with their parent: no surprise. */
function isFamily(through: string): boolean {
  return /^it (is a (partition|child)|inherits)/.test(through)
}
