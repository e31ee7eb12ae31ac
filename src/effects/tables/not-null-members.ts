import { provesNotNull } from '../../catalog/expressions.ts'
import { type Constraint, columnOf, type Relation } from '../../catalog/relation.ts'
import { objectNotInPrerequisiteState } from '../model/sqlstate-errors.ts'
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

/** From 18 on: the NOT NULL constraint of the column that is NOT VALID; the column is marked NOT NULL all the same. */
export function unvalidatedNotNull(relation: Relation, column: string): Constraint | null {
  return (
    relation.constraints.find(
      (constraint) => constraint.kind === 'not null' && !constraint.validated && constraint.columns.includes(column),
    ) ?? null
  )
}

/** True when no row of the column can hold a null: NOT NULL, and validated. */
export function isNotNull(relation: Relation, column: string): boolean {
  return (columnOf(relation, column)?.notNull ?? false) && !unvalidatedNotNull(relation, column)
}

/** A key and an identity want NOT NULL of every row (verifyNotNullPKCompatible and ATExecAddIdentity in tablecmds.c). */
export function refuseUnvalidatedNotNull(relation: Relation, column: string): void {
  const constraint = unvalidatedNotNull(relation, column)
  if (!constraint) return
  throw objectNotInPrerequisiteState(
    `incompatible NOT VALID constraint "${constraint.name}" on relation "${relation.name}"`,
  )
}

/** Partitions of a column that is NOT NULL already are not looked at; plain children are (ATPrepSetNotNull). */
export function membersToSetNotNull(
  context: StatementContext,
  relation: Relation,
  columns: string[],
  recurse: boolean,
): Relation[] {
  const done = columns.every((column) => isNotNull(relation, column))
  return !recurse || (done && relation.kind === 'partitioned table')
    ? [relation]
    : context.catalog.withDescendants(relation)
}
