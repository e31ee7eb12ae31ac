import type { Relation } from '../../../catalog/relation.ts'
import { because } from '../../model/effect.ts'
import { undefinedObject, wrongObjectType } from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import { hasRows } from '../../tables/affected-rows.ts'
import { inherited, partitionsOf } from '../../tables/inheritance.ts'

/** VALIDATE CONSTRAINT: the rows are read under SHARE UPDATE EXCLUSIVE; a foreign key’s other table takes ROW SHARE. */
export function validateConstraint(
  context: StatementContext,
  relation: Relation,
  name: string,
  recurse: boolean,
): void {
  const { catalog } = context
  const constraint = relation.constraints.find((constraint) => constraint.name === name)
  if (!constraint) {
    if (relation.known) {
      throw undefinedObject(`constraint "${name}" of relation "${relation.name}" does not exist`, {
        kind: 'constraint',
        name,
      })
    }
    context.lock(relation, 'ShareUpdateExclusiveLock', { scan: true })
    return
  }
  const kinds = ['foreign key', 'check', ...(catalog.behaves('not-null-is-a-constraint') ? ['not null'] : [])]
  if (!kinds.includes(constraint.kind)) {
    throw wrongObjectType(
      catalog.behaves('not-null-is-a-constraint')
        ? `cannot validate constraint "${name}" of relation "${relation.name}"`
        : `constraint "${name}" of relation "${relation.name}" is not a foreign key or check constraint`,
    )
  }
  const family = constraint.validated
    ? [relation]
    : constraint.kind === 'foreign key'
      ? partitionsOf(context, relation)
      : recurse
        ? catalog.withDescendants(relation)
        : [relation]
  for (const member of family) {
    const own = member.constraints.find((item) => item.name === name)
    context.lock(member, 'ShareUpdateExclusiveLock', {
      scan: own !== undefined && !own.validated && hasRows(member),
      ...inherited(member, relation),
    })
    const now = catalog.current(member)
    catalog.put({
      ...now,
      constraints: now.constraints.map((item) => (item.name === name ? { ...item, validated: true } : item)),
      columns:
        constraint.kind === 'not null'
          ? now.columns.map((column) =>
              constraint.columns.includes(column.name) ? { ...column, notNull: true } : column,
            )
          : now.columns,
    })
  }
  const referenced = constraint.references && catalog.get(constraint.references.relation)
  if (referenced && !constraint.validated) {
    context.lock(referenced, 'RowShareLock', {
      lookedUpBy: relation,
      through: because('the foreign key refers to it'),
    })
  }
  context.recordChange({ kind: 'validates constraint', relation, constraint: name })
}
