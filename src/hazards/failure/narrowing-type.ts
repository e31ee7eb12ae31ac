import { columnOf } from '../../catalog/catalog.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { holdsData } from '../data-loss.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'narrowing-type',
  group: 'failure',
  title: 'A type that holds less',
  page: {
    what: 'A shorter length, a smaller integer or a lower precision: a value that does not fit makes the statement abort, or is rounded.',
    why: 'The migration fails after reading part of the table under ACCESS EXCLUSIVE, or changes values silently.',
    instead: 'Look for values that do not fit first.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step) =>
      step.judgement.marks.flatMap((mark): Draft[] => {
        if (mark.kind !== 'changes type' || !mark.narrows || !holdsData(mark.relation)) return []
        const { relation, column } = mark
        const name = `${quoteRelation(relation)}.${quoteName(column)}`
        const width = columnOf(relation, column)?.statistics?.averageWidth
        return [
          {
            step,
            severity: 'high',
            relation,
            rows: relation.size.rows,
            message: `May fail: \`${name}\` goes from ${mark.from} to ${mark.to}, which holds less`,
            why: `PostgreSQL aborts on the first value that does not fit (SQLSTATE 22001 or 22003), or rounds it.${width === undefined || !scene.exact ? '' : ` The average value is ${width} bytes wide.`}`,
            related: [],
            alternative: {
              summary: 'Look for values that do not fit first.',
              steps: [
                {
                  sql: `SELECT count(*) FROM ${quoteRelation(relation)} WHERE ${quoteName(column)} IS DISTINCT FROM ${quoteName(column)}::${mark.to};`,
                  transaction: 'none',
                  file: 1,
                },
              ],
            },
          },
        ]
      }),
    ),
})
