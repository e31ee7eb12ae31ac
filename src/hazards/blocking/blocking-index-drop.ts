import { lockText } from '../../effects/locks.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, outside, outsideHow } from '../alternatives.ts'
import { isUnseen } from '../blocked.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import { unwritten } from '../unwritten.ts'
import { queueSeverity, seenBusy, waitsWithoutEnd } from './lock-queue.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'blocking-index-drop',
  group: 'blocking',
  title: 'An index is dropped under ACCESS EXCLUSIVE',
  page: {
    what: 'DROP INDEX takes ACCESS EXCLUSIVE on the table of the index, for a moment.',
    why: 'The moment is short, but the wait for it is not: behind one long query every other query on the table queues.',
    instead: 'DROP INDEX CONCURRENTLY, outside a transaction.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step): Draft[] => {
      if (step.migration.direction === 'down' || step.refuses) return []
      return step.judgement.marks.flatMap((mark): Draft[] => {
        if (mark.kind !== 'drops index' || mark.concurrently || isUnseen(mark.relation)) return []
        const { relation, index } = mark
        const { rows } = relation.size
        const busy = waitsWithoutEnd(step, scene)
          ? seenBusy(
              step.effects.map(({ effect }) => effect),
              scene,
            )
          : null
        return [
          {
            step,
            severity: busy ? 'high' : waitsWithoutEnd(step, scene) ? queueSeverity([rows]) : 'low',
            relation,
            rows,
            message: `Takes ${lockText('AccessExclusiveLock')} on \`${quoteRelation(relation)}\` for a moment to drop \`${quoteName(index.name)}\`${rows === null ? '' : `: ${scene.say.rows(rows)}`}${busy?.text ?? ''}`,
            why: 'The drop itself is short, but it waits behind every running query of the table, and everything else queues behind it.',
            related: [],
            alternative:
              relation.kind === 'partitioned table'
                ? null
                : alternative(`Drop it CONCURRENTLY: ${outsideHow(step)}.`, [
                    outside(
                      1,
                      `DROP INDEX CONCURRENTLY ${quoteRelation({ schema: relation.schema, name: index.name })};`,
                    ),
                  ]),
          },
        ]
      })
    }),
})
