import { type Constraint, type Relation, relationName } from '../../../catalog/relation.ts'
import { because } from '../../model/effect.ts'
import { dependentObjectsStillExist, invalidTableDefinition, undefinedObject } from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import { dependentKey } from '../../tables/dependents.ts'
import { inherited, inheritedFrom, inheritsConstraint, partitionsOf } from '../../tables/inheritance.ts'
import { dropNotNull } from './not-null.ts'

/** DROP CONSTRAINT: ACCESS EXCLUSIVE on the table, and for a foreign key on the referenced table too. */
export function dropConstraint(
  context: StatementContext,
  relation: Relation,
  name: string,
  options: { cascade: boolean; missingOk: boolean; recurse: boolean },
): void {
  context.lock(relation, 'AccessExclusiveLock')
  const constraint = relation.constraints.find((constraint) => constraint.name === name)
  if (!constraint) {
    if (!relation.known || options.missingOk) return
    throw undefinedObject(`constraint "${name}" of relation "${relation.name}" does not exist`, {
      kind: 'constraint',
      name,
    })
  }
  if (inheritsConstraint(context.catalog, relation, constraint)) {
    throw invalidTableDefinition(`cannot drop inherited constraint "${name}" of relation "${relation.name}"`)
  }
  // From 18: the column may hold nulls again.
  if (constraint.kind === 'not null') dropNotNull(context, relation, constraint.columns[0] ?? '', options.recurse)
  requireNoDependents(context, relation, constraint, options.cascade)
  context.recordChange({ kind: 'drops constraint', relation, constraint, cascade: false })
  dropBelow(context, relation, constraint, options.recurse)
}

/** The children's constraints are dropped under their own names; ONLY keeps them. */
function dropBelow(context: StatementContext, relation: Relation, constraint: Constraint, recurse: boolean): void {
  const { catalog } = context
  removeConstraint(context, relation, constraint.name)
  // A key's index goes with its partitions' indexes whether or not ONLY is written.
  if (!recurse && constraint.kind === 'check') return
  for (const child of catalog.children(relation)) {
    const own = inheritedFrom(child, constraint)
    if (!own) continue
    context.lock(child, 'AccessExclusiveLock', inherited(child, relation))
    if (!inheritsConstraint(catalog, child, own)) dropBelow(context, child, own, recurse)
  }
}

/** Takes a constraint and its index off one relation, locking the table that a foreign key refers to. */
export function removeConstraint(context: StatementContext, relation: Relation, name: string): void {
  const { catalog } = context
  const now = catalog.current(relation)
  const constraint = now.constraints.find((constraint) => constraint.name === name)
  if (!constraint) return
  context.lock(relation, 'AccessExclusiveLock')
  lockReferenced(context, relation, constraint)
  catalog.put({
    ...now,
    constraints: now.constraints.filter((item) => item.name !== name),
    indexes: constraint.index ? now.indexes.filter((index) => index.name !== constraint.index) : now.indexes,
  })
}

/** Removing a foreign key removes the triggers on the other table, which takes ACCESS EXCLUSIVE there. */
export function lockReferenced(context: StatementContext, relation: Relation, constraint: Constraint): void {
  const referenced = constraint.references && context.catalog.get(constraint.references.relation)
  if (!referenced) return
  for (const member of partitionsOf(context, referenced)) {
    if (member.id === relation.id) continue
    context.lock(member, 'AccessExclusiveLock', {
      through: because(`foreign key \`${constraint.name}\` of \`${relationName(relation)}\` refers to it`),
    })
  }
}

/** Foreign keys of other tables need the key they refer to: without CASCADE it cannot go. */
function requireNoDependents(
  context: StatementContext,
  relation: Relation,
  constraint: Constraint,
  cascade: boolean,
): void {
  if (constraint.kind !== 'primary key' && constraint.kind !== 'unique') return
  const wanted = [...constraint.columns].sort().join('\u0000')
  // Of several keys over the same columns a foreign key leans on the primary key, else on the oldest.
  const twins = relation.constraints.filter(
    (item) => ['primary key', 'unique'].includes(item.kind) && [...item.columns].sort().join('\u0000') === wanted,
  )
  const leaned = twins.find((twin) => twin.kind === 'primary key') ?? twins[0]
  if (leaned && leaned.name !== constraint.name) return
  for (const other of context.catalog.referencing(relation)) {
    for (const key of other.constraints) {
      if (key.references?.relation !== relation.id || [...key.references.columns].sort().join('\u0000') !== wanted)
        continue
      if (!cascade) {
        throw dependentObjectsStillExist(
          `cannot drop constraint ${constraint.name} on table ${relation.name} because other objects depend on it`,
          null,
          [dependentKey(other, key)],
        )
      }
      removeConstraint(context, other, key.name)
      context.recordChange({ kind: 'drops constraint', relation: other, constraint: key, cascade: true })
    }
  }
}
