import { columnOf, type Relation } from '../../catalog/relation.ts'
import { changeColumn, requireColumn } from '../columns.ts'
import { inherited } from '../inheritance.ts'
import { type Judging, StatementFails } from '../judging.ts'
import { isProven, membersToSetNotNull } from '../not-null.ts'
import { hasRows } from '../rows.ts'

/** SET NOT NULL: every row is read for nulls, unless the column is so already or (from 12) a valid CHECK proves it. */
export function setNotNull(judging: Judging, relation: Relation, column: string, recurse: boolean): void {
  const { catalog } = judging
  requireColumn(relation, column)
  for (const member of membersToSetNotNull(judging, relation, [column], recurse)) {
    const proven = columnOf(member, column)?.notNull || (catalog.major >= 12 && isProven(member, column))
    judging.touch(member, 'AccessExclusiveLock', {
      scan: !proven && hasRows(member),
      ...inherited(member, relation),
    })
    changeColumn(catalog, member, column, { notNull: true })
  }
  judging.mark({
    kind: 'sets not null',
    relation,
    column,
    proven: (columnOf(relation, column)?.notNull ?? false) || isProven(relation, column),
  })
}

/** DROP NOT NULL. From 18 it is a constraint: without one nothing is dropped below either. */
export function dropNotNull(judging: Judging, relation: Relation, column: string, recurse: boolean): void {
  const { catalog } = judging
  requireColumn(relation, column)
  if (columnOf(relation, column)?.identity) {
    throw new StatementFails('42601', `column "${column}" of relation "${relation.name}" is an identity column`)
  }
  if (
    relation.constraints.some((constraint) => constraint.kind === 'primary key' && constraint.columns.includes(column))
  ) {
    throw new StatementFails('42P16', `column "${column}" is in a primary key`)
  }
  requireNullableInParent(judging, relation, column)
  requireOwnNotNull(judging, relation, column)
  const below = recurse && (catalog.major < 18 || columnOf(relation, column)?.notNull)
  for (const member of below ? catalog.family(relation) : [relation]) {
    judging.touch(member, 'AccessExclusiveLock', inherited(member, relation))
    changeColumn(catalog, member, column, { notNull: false })
  }
}

/** A partition's rows are its parent's (ATExecDropNotNull). */
function requireNullableInParent(judging: Judging, relation: Relation, column: string): void {
  const parent = relation.partitionOf && judging.catalog.get(relation.partitionOf.relation)
  if (!parent || !columnOf(parent, column)?.notNull || !columnOf(relation, column)?.notNull) return
  throw new StatementFails('42P16', `column "${column}" is marked NOT NULL in parent table`)
}

/** From 18 NOT NULL is a constraint, which a child has of its parents (dropconstraint_internal). */
function requireOwnNotNull(judging: Judging, relation: Relation, column: string): void {
  if (judging.catalog.major < 18 || !columnOf(relation, column)?.notNull) return
  const parents = relation.inherits.flatMap((id) => judging.catalog.get(id) ?? [])
  const parent = parents.find((parent) => columnOf(parent, column)?.notNull)
  if (!parent) return
  const own = relation.constraints.find(
    (constraint) => constraint.kind === 'not null' && constraint.columns.includes(column),
  )
  const name = own?.name ?? `${parent.name}_${column}_not_null`
  throw new StatementFails('42P16', `cannot drop inherited constraint "${name}" of relation "${relation.name}"`)
}
