import type { Relation } from '../../catalog/catalog.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, own, same } from '../alternatives.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import type { Step } from '../scene.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'rename-table',
  group: 'compatibility',
  title: 'A table that running code names is renamed or moved',
  page: {
    what: 'RENAME TO and SET SCHEMA take a moment; from then on the old name is unknown.',
    why: 'The version of the code that still runs while this deploys fails on every query that names it.',
    instead: 'Leave a view under the old name, in the same transaction, until no code uses it.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step) =>
      step.judgement.marks.flatMap((mark): Draft[] => {
        if (mark.kind !== 'renames relation' || mark.relation.isNew || step.migration.direction === 'down') return []
        if (standsAgain(step, mark.relation)) return []
        const { relation, to } = mark
        if (!['table', 'partitioned table', 'view', 'materialized view', 'foreign table'].includes(relation.kind))
          return []
        const table = quoteRelation(relation)
        const [home, name] = to.includes('.') ? [to.slice(0, to.indexOf('.')), relation.name] : [relation.schema, to]
        return [
          {
            step,
            severity: 'high',
            relation,
            rows: relation.size.rows,
            message: `Breaks code that still names \`${table}\`: it becomes \`${to.includes('.') ? to : quoteName(to)}\``,
            why: 'Old and new versions of the application run side by side while this deploys; the old one fails on every query that names it.',
            related: [],
            alternative: alternative(
              'Leave a view under the old name in the same transaction; reads and simple writes go through it. Drop it when no code uses it.',
              [
                own(1, `${step.statement.sql};`),
                same(1, `CREATE VIEW ${table} AS SELECT * FROM ${quoteRelation({ schema: home, name })};`),
              ],
            ),
          },
        ]
      }),
    ),
})

/** A view takes the old name in the same transaction. */
function standsAgain(step: Step, { schema, name }: Relation): boolean {
  return (step.transaction?.steps ?? []).some(({ statement: { node } }) => {
    const view = node && 'ViewStmt' in node ? node.ViewStmt.view : undefined
    return view?.relname === name && (view.schemaname ?? schema) === schema
  })
}
