import type { Relation } from '../../catalog/relation.ts'
import type { Step } from './scene.ts'

/** A view or table takes the old name in the same transaction, so that code never misses it. */
export function isReplaced(step: Step, { schema, name }: Relation): boolean {
  return (step.transaction?.steps ?? []).some(({ statement: { node }, judgement }) => {
    const view = node && 'ViewStmt' in node ? node.ViewStmt.view : undefined
    if (view?.relname === name && (view.schemaname ?? schema) === schema) return true
    return judgement.marks.some(
      (mark) =>
        (mark.kind === 'creates relation' && mark.relation.schema === schema && mark.relation.name === name) ||
        (mark.kind === 'renames relation' && mark.relation.schema === schema && mark.to === name),
    )
  })
}
