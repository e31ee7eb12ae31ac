import type { Relation } from '../../catalog/relation.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { type Alternative, alternative, own, same } from '../alternatives/alternative.ts'
import type { Severity } from '../severity.ts'
import { mayBeUsed, usageOf } from './code-usage.ts'
import type { ReviewContext, Step } from './review-context.ts'
import { changesOf } from './schema-changes.ts'

/** A relation that loses the name by which code knows it. */
interface Renamed {
  step: Step
  severity: Severity
  relation: Relation
  rows: number | null
  to: { schema: string; name: string }
}

/** By RENAME TO, or with `moved` by SET SCHEMA. A relation that another one replaces in the same transaction is never missing. */
export function relationRenames(context: ReviewContext, { moved }: { moved: boolean }): Renamed[] {
  return changesOf(context, 'renames relation').flatMap(({ step, change: { relation, to } }) => {
    if ((to.schema !== relation.schema) !== moved || relation.isNew) return []
    if (!kinds.includes(relation.kind) || isReplaced(step, relation)) return []
    const usage = usageOf(context, { table: relation.name, column: null })
    // It only waited to take another's place: code is there for the name that it gets.
    const takes = takesPlace(context, step, to)
    if (takes && !mayBeUsed(usage)) return []
    const severity: Severity = takes && usage.kind === 'not searched' ? 'medium' : 'high'
    return [{ step, severity, relation, rows: relation.size.rows, to }]
  })
}

/** Whether another relation gives this name up in the same transaction: a table is swapped for one that was prepared. */
function takesPlace(context: ReviewContext, { transaction }: Step, { schema, name }: Renamed['to']): boolean {
  if (!transaction) return false
  return [...changesOf(context, 'renames relation'), ...changesOf(context, 'drops relation')].some(
    ({ step, change: { relation } }) =>
      step.transaction === transaction && relation.schema === schema && relation.name === name && !relation.isNew,
  )
}

/** The relation under its new name, and a view where the old one was. */
export function viewUnderOldName({ step, relation, to }: Renamed): Alternative {
  return alternative(
    'Leave a view under the old name in the same transaction, with the table’s grants; reads and simple writes go through it. Drop it when no code uses it.',
    [
      own(1, `${step.statement.sql};`),
      same(1, `CREATE VIEW ${quoteRelation(relation)} AS SELECT * FROM ${quoteRelation(to)};`),
    ],
  )
}

const kinds = ['table', 'partitioned table', 'view', 'materialized view', 'foreign table']

function isReplaced(step: Step, { schema, name }: Relation): boolean {
  return (step.transaction?.steps ?? []).some(({ statement: { node }, analysis }) => {
    const view = node && 'ViewStmt' in node ? node.ViewStmt.view : undefined
    if (view?.relname === name && (view.schemaname ?? schema) === schema) return true
    return analysis.changes.some((change) => {
      const taker =
        change.kind === 'creates relation' ? change.relation : change.kind === 'renames relation' ? change.to : null
      return taker?.schema === schema && taker.name === name
    })
  })
}
