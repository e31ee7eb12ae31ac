import { columnOf } from '../../catalog/catalog.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import type { Step } from '../scene.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'duplicates-likely',
  group: 'failure',
  covers: ['blocking-index-build', 'blocking-validation', 'blocking-unique'],
  title: 'A unique index over values that repeat',
  page: {
    what: 'The statistics of a column say that it holds fewer distinct values than rows, so a unique index over it aborts with SQLSTATE 23505.',
    why: 'The build fails after its work, and CONCURRENTLY leaves an invalid index behind.',
    instead: 'Find and merge the duplicates first.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step): Draft[] => {
      const unique = uniqueOf(step)
      if (unique?.columns.length !== 1) return []
      const { relation, columns } = unique
      const [name = ''] = columns
      const statistics = columnOf(relation, name)?.statistics
      const { rows } = relation.size
      if (!statistics || rows === null || rows < 2 || statistics.distinct === 0) return []
      const filled = rows * (1 - statistics.nullFraction)
      const distinct = statistics.distinct > 0 ? statistics.distinct : -statistics.distinct * rows
      // ANALYZE estimates from a sample: within a few per cent the values may well be unique.
      if (distinct >= filled * 0.95) return []
      const sure = distinct < filled * 0.5
      return [
        {
          step,
          severity: sure ? 'critical' : 'high',
          relation,
          rows: Math.round(filled - distinct),
          message: `${sure ? 'Will fail' : 'May fail'}: \`${quoteRelation(relation)}.${quoteName(name)}\` has about ${scene.say.rows(distinct).replace(/ rows?$/, '')} distinct values in ${scene.say.rows(filled)}`,
          why: 'A unique index aborts with SQLSTATE 23505 on the first value that repeats; the statistics say that values do.',
          related: [],
          alternative: {
            summary: 'Find the duplicates first and decide which row stays.',
            steps: [
              {
                sql: `SELECT ${quoteName(name)}, count(*) FROM ${quoteRelation(relation)} GROUP BY 1 HAVING count(*) > 1 LIMIT 100;`,
                transaction: 'none',
                file: 1,
              },
            ],
          },
        },
      ]
    }),
})

function uniqueOf(step: Step) {
  for (const mark of step.judgement.marks) {
    if (mark.kind === 'builds index' && mark.index.unique && mark.index.predicate === null && mark.skipped === null) {
      return { relation: mark.relation, columns: mark.index.keys.flatMap((key) => key ?? []) }
    }
    if (mark.kind === 'adds constraint' && (mark.type === 'unique' || mark.type === 'primary key') && !mark.usingIndex)
      return mark
  }
  return null
}
