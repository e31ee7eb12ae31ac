import { provesNotNull } from '../../catalog/expressions.ts'
import { columnOf, type Relation } from '../../catalog/relation.ts'
import type { StatementContext } from '../model/statement-context.ts'

/** True when a valid CHECK already proves that the column holds no null. */
export function isProven(relation: Relation, column: string): boolean {
  return relation.constraints.some(
    (constraint) =>
      constraint.kind === 'check' &&
      constraint.validated &&
      constraint.columns.includes(column) &&
      provesNotNull(constraint.definition, column),
  )
}

/** Partitions of a column that is NOT NULL already are not looked at; plain children are (ATPrepSetNotNull). */
export function membersToSetNotNull(
  context: StatementContext,
  relation: Relation,
  columns: string[],
  recurse: boolean,
): Relation[] {
  const done = columns.every((column) => columnOf(relation, column)?.notNull)
  return !recurse || (done && relation.kind === 'partitioned table')
    ? [relation]
    : context.catalog.withDescendants(relation)
}
