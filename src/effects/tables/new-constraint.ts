import type { Constraint as ConstraintNode } from '@pgsql/types'
import type { Constraint, Relation } from '../../catalog/relation.ts'
import { duplicateObject } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { freeName, storedName } from '../names/object-names.ts'

/** `column`: the one it is written behind; `allNull`: that column was just added and holds only nulls. */
export interface ConstraintOptions {
  column: string | null
  recurse: boolean
  allNull?: boolean
}

/** The name a constraint gets: the one that is given, else made up as the server does. Fails when the given one is taken. */
export function nameFor(
  context: StatementContext,
  relation: Relation,
  node: ConstraintNode,
  columns: string[],
  label: string,
): string {
  const taken = (name: string): boolean =>
    context.catalog.current(relation).constraints.some((constraint) => constraint.name === name)
  // A made-up name is free in the whole schema (ChooseConstraintName), a given one on its table.
  if (!node.conname) {
    return freeName(relation.name, columns, label, (name) => context.catalog.constraintNameTaken(relation.schema, name))
  }
  const name = storedName(node.conname)
  if (taken(name)) {
    throw duplicateObject(`constraint "${name}" for relation "${relation.name}" already exists`, {
      kind: 'constraint',
      name,
    })
  }
  return name
}

/** The relation with one constraint more. */
export function putConstraint(context: StatementContext, relation: Relation, constraint: Constraint): void {
  const now = context.catalog.current(relation)
  context.catalog.put({ ...now, constraints: [...now.constraints, constraint] })
}

/** Notes for the hazards that the statement adds it. */
export function noteConstraint(
  context: StatementContext,
  relation: Relation,
  constraint: Constraint,
  node: ConstraintNode,
): void {
  context.recordChange({
    kind: 'adds constraint',
    relation,
    constraint: constraint.name,
    type: constraint.kind,
    columns: constraint.columns,
    validated: constraint.validated,
    definition: constraint.definition,
    references: constraint.references ? context.catalog.get(constraint.references.relation) : null,
    usingIndex: node.indexname ?? null,
  })
}
