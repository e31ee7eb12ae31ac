import type { Relation } from '../../catalog/relation.ts'
import { inherited, partitionsOf } from '../inheritance.ts'
import { because, type Judging, StatementFails } from '../judging.ts'
import { hasRows } from '../rows.ts'

/** VALIDATE CONSTRAINT: the rows are read under SHARE UPDATE EXCLUSIVE; a foreign key’s other table takes ROW SHARE. */
export function validateConstraint(judging: Judging, relation: Relation, name: string, recurse: boolean): void {
  const { catalog } = judging
  const constraint = relation.constraints.find((constraint) => constraint.name === name)
  if (!constraint) {
    if (relation.known) {
      throw new StatementFails('42704', `constraint "${name}" of relation "${relation.name}" does not exist`, {
        kind: 'constraint',
        name,
      })
    }
    judging.touch(relation, 'ShareUpdateExclusiveLock', { scan: true })
    return
  }
  const kinds = ['foreign key', 'check', ...(catalog.major >= 18 ? ['not null'] : [])]
  if (!kinds.includes(constraint.kind)) {
    throw new StatementFails(
      '42809',
      catalog.major >= 18
        ? `cannot validate constraint "${name}" of relation "${relation.name}"`
        : `constraint "${name}" of relation "${relation.name}" is not a foreign key or check constraint`,
    )
  }
  const family = constraint.validated
    ? [relation]
    : constraint.kind === 'foreign key'
      ? partitionsOf(judging, relation)
      : recurse
        ? catalog.family(relation)
        : [relation]
  for (const member of family) {
    const own = member.constraints.find((item) => item.name === name)
    judging.touch(member, 'ShareUpdateExclusiveLock', {
      scan: own !== undefined && !own.validated && hasRows(member),
      ...inherited(member, relation),
    })
    const now = catalog.now(member)
    catalog.put({
      ...now,
      constraints: now.constraints.map((item) => (item.name === name ? { ...item, validated: true } : item)),
    })
  }
  const referenced = constraint.references && catalog.get(constraint.references.relation)
  if (referenced && !constraint.validated) {
    judging.touch(referenced, 'RowShareLock', {
      lookedUpBy: relation,
      through: because('the foreign key refers to it'),
    })
  }
  judging.mark({ kind: 'validates constraint', relation, constraint: name })
}
