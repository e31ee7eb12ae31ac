import type { Catalog } from '../../catalog/catalog.ts'
import { type Constraint, columnOf, type Relation, relationName } from '../../catalog/relation.ts'
import type { Through } from '../model/effect.ts'
import { datatypeMismatch, invalidObjectDefinition, invalidTableDefinition } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { unvalidatedNotNull } from './not-null-members.ts'

/** The partitioned table a partition belongs to, or the tables a child inherits from. */
function parentsOf(catalog: Catalog, relation: Relation): Relation[] {
  const ids = [...(relation.partitionOf ? [relation.partitionOf.relation] : []), ...relation.inherits]
  return ids.flatMap((id) => catalog.get(id) ?? [])
}

/** `attinhcount` above zero: a child has every column of its parents. */
export function inheritsColumn(catalog: Catalog, relation: Relation, column: string): boolean {
  return parentsOf(catalog, relation).some((parent) => columnOf(parent, column) !== null)
}

/** `coninhcount` above zero: CHECKs come down to every child by name, keys and foreign keys to partitions by columns. */
export function inheritsConstraint(catalog: Catalog, relation: Relation, constraint: Constraint): boolean {
  return parentsOf(catalog, relation).some((parent) =>
    parent.constraints.some((item) => comesDown(relation, item, constraint)),
  )
}

/** A parent's primary key takes a partition's unique constraint for its own, and the reverse (DefineIndex). */
export function isSameKey(a: Constraint['kind'], b: Constraint['kind']): boolean {
  const unique = ['primary key', 'unique']
  return a === b || (unique.includes(a) && unique.includes(b))
}

function comesDown(child: Relation, above: Constraint, below: Constraint): boolean {
  if (!isSameKey(above.kind, below.kind)) return false
  if (above.kind === 'check') return above.name === below.name && !isNoInherit(above)
  if (!child.partitionOf || above.kind === 'not null') return false
  return above.columns.join() === below.columns.join() && above.references?.relation === below.references?.relation
}

/** The constraint of a child that came down from one of its parent's. */
export function inheritedFrom(child: Relation, above: Constraint): Constraint | null {
  return child.constraints.find((constraint) => comesDown(child, above, constraint)) ?? null
}

/** A CHECK that children do not get. */
export function isNoInherit(constraint: Constraint): boolean {
  return /\bNO INHERIT\b/.test(constraint.definition)
}

/** The columns a statement names are the parent's to change. */
export function requireOwnColumn(context: StatementContext, relation: Relation, column: string, verb: string): void {
  if (inheritsColumn(context.catalog, relation, column)) {
    throw invalidTableDefinition(`cannot ${verb} inherited column "${column}"`)
  }
}

/** The relation with its partitions; plain inheritance children take no part in foreign keys. */
export function partitionsOf(context: StatementContext, relation: Relation): Relation[] {
  const now = context.catalog.current(relation)
  if (now.kind !== 'partitioned table') return [now]
  return [now, ...context.catalog.children(now).flatMap((child) => partitionsOf(context, child))]
}

/** A constraint that every child must have cannot be added to the parent alone. */
export function requireRecursion(
  context: StatementContext,
  relation: Relation,
  recurses: boolean,
  what: 'column' | 'constraint',
): void {
  if (!recurses && context.catalog.children(relation).length > 0) {
    throw invalidTableDefinition(`${what} must be added to child tables too`)
  }
}

/** Requirements on a child of its parent (MergeAttributesIntoExisting, MergeConstraintsIntoExisting). */
export function requireParentsColumns(context: StatementContext, parent: Relation, child: Relation): void {
  if (!parent.known || !child.known) return
  const refuse = (message: string): never => {
    throw datatypeMismatch(message)
  }
  for (const { name, type, notNull } of parent.columns) {
    const own = columnOf(child, name)
    if (!own) return refuse(`child table is missing column "${name}"`)
    if (own.type !== type && own.type !== '' && type !== '') {
      return refuse(`child table "${child.name}" has different type for column "${name}"`)
    }
    if (notNull && !own.notNull) {
      const where = context.catalog.behaves('child-named-in-not-null-error')
        ? `child table "${child.name}"`
        : 'child table'
      return refuse(`column "${name}" in ${where} must be marked NOT NULL`)
    }
    const pending = notNull ? unvalidatedNotNull(child, name) : null
    if (pending && !unvalidatedNotNull(parent, name)) {
      throw invalidObjectDefinition(
        `constraint "${pending.name}" conflicts with NOT VALID constraint on child table "${child.name}"`,
      )
    }
  }
  for (const constraint of parent.constraints) {
    if (constraint.kind !== 'check' || isNoInherit(constraint)) continue
    if (!child.constraints.some((item) => item.kind === 'check' && item.name === constraint.name)) {
      return refuse(`child table is missing constraint "${constraint.name}"`)
    }
  }
}

/** For the reader: why a relation that the statement does not name is touched. */
export function inherited(member: Relation, relation: Relation): { through?: Through } {
  return member.id === relation.id
    ? {}
    : {
        through: {
          kind: 'family',
          text: `it is a ${member.partitionOf ? 'partition' : 'child'} of \`${relationName(relation)}\``,
        },
      }
}
