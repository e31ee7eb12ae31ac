import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { holdsData } from '../data-loss.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'cast-may-fail',
  group: 'failure',
  title: 'A type change whose cast may abort',
  page: {
    what: 'USING casts each value; text to a number, a date, a uuid or JSON aborts on the first value that is none.',
    why: 'The migration fails after reading part of the table under ACCESS EXCLUSIVE.',
    instead: 'Cast into a new column in batches, and look at what does not fit.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step) =>
      step.judgement.marks.flatMap((mark): Draft[] => {
        if (mark.kind !== 'changes type' || !mark.using || mark.narrows || !holdsData(mark.relation)) return []
        if (!/^(text|character)/.test(mark.from) || /^(text|character)/.test(mark.to)) return []
        const { relation } = mark
        return [
          {
            step,
            severity: 'high',
            relation,
            rows: relation.size.rows,
            message: `May fail: every value of \`${quoteRelation(relation)}.${quoteName(mark.column)}\` must cast from ${mark.from} to ${mark.to}`,
            why: 'The first value that does not cast aborts the migration (SQLSTATE 22P02).',
            related: [],
            alternative: null,
          },
        ]
      }),
    ),
})
