import { columnOf, type Relation } from '../../../catalog/relation.ts'
import { invalidTableDefinition, syntaxError } from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import { changeColumn, requireColumn } from '../../names/require-columns.ts'
import { hasRows } from '../../tables/affected-rows.ts'
import { inherited } from '../../tables/inheritance.ts'
import { isNotNull, isProven, membersToSetNotNull, unvalidatedNotNull } from '../../tables/not-null-members.ts'

/** SET NOT NULL: every row is read for nulls, unless the column is so already or (from 12) a valid CHECK proves it. */
export function setNotNull(context: StatementContext, relation: Relation, column: string, recurse: boolean): void {
  const { catalog } = context
  requireColumn(relation, column)
  for (const member of membersToSetNotNull(context, relation, [column], recurse)) {
    const proven =
      isNotNull(member, column) ||
      (catalog.behaves('check-proves-not-null') && isProven(member, column) && !unvalidatedNotNull(member, column))
    context.lock(member, 'AccessExclusiveLock', {
      scan: !proven && hasRows(member),
      ...inherited(member, relation),
    })
    changeColumn(catalog, member, column, { notNull: true })
    validateNotNull(context, member, column)
  }
  context.recordChange({
    kind: 'sets not null',
    relation,
    column,
    proven: isNotNull(relation, column) || isProven(relation, column),
  })
}

/** A NOT NULL that is NOT VALID is validated by SET NOT NULL (ATExecSetNotNull in tablecmds.c, 18). */
function validateNotNull({ catalog }: StatementContext, relation: Relation, column: string): void {
  const pending = unvalidatedNotNull(catalog.current(relation), column)
  if (!pending) return
  const now = catalog.current(relation)
  catalog.put({
    ...now,
    constraints: now.constraints.map((item) => (item.name === pending.name ? { ...item, validated: true } : item)),
  })
}

/** DROP NOT NULL. From 18 it is a constraint: without one nothing is dropped below either. */
export function dropNotNull(context: StatementContext, relation: Relation, column: string, recurse: boolean): void {
  const { catalog } = context
  requireColumn(relation, column)
  if (columnOf(relation, column)?.identity) {
    throw syntaxError(`column "${column}" of relation "${relation.name}" is an identity column`)
  }
  if (
    relation.constraints.some((constraint) => constraint.kind === 'primary key' && constraint.columns.includes(column))
  ) {
    throw invalidTableDefinition(`column "${column}" is in a primary key`)
  }
  requireNullableInParent(context, relation, column)
  requireOwnNotNull(context, relation, column)
  const below = recurse && (!catalog.behaves('not-null-is-a-constraint') || columnOf(relation, column)?.notNull)
  for (const member of below ? catalog.withDescendants(relation) : [relation]) {
    context.lock(member, 'AccessExclusiveLock', inherited(member, relation))
    changeColumn(catalog, member, column, { notNull: false })
    const now = catalog.current(member)
    const constraints = now.constraints.filter(
      (constraint) => constraint.kind !== 'not null' || !constraint.columns.includes(column),
    )
    if (constraints.length < now.constraints.length) catalog.put({ ...now, constraints })
  }
}

/** A partition's rows are its parent's (ATExecDropNotNull). */
function requireNullableInParent(context: StatementContext, relation: Relation, column: string): void {
  const parent = relation.partitionOf && context.catalog.get(relation.partitionOf.relation)
  if (!parent || !columnOf(parent, column)?.notNull || !columnOf(relation, column)?.notNull) return
  throw invalidTableDefinition(`column "${column}" is marked NOT NULL in parent table`)
}

/** From 18 NOT NULL is a constraint, which a child has of its parents (dropconstraint_internal). */
function requireOwnNotNull(context: StatementContext, relation: Relation, column: string): void {
  if (!context.catalog.behaves('not-null-is-a-constraint') || !columnOf(relation, column)?.notNull) return
  const parents = relation.inherits.flatMap((id) => context.catalog.get(id) ?? [])
  const parent = parents.find((parent) => columnOf(parent, column)?.notNull)
  if (!parent) return
  const own = relation.constraints.find(
    (constraint) => constraint.kind === 'not null' && constraint.columns.includes(column),
  )
  const name = own?.name ?? `${parent.name}_${column}_not_null`
  throw invalidTableDefinition(`cannot drop inherited constraint "${name}" of relation "${relation.name}"`)
}
