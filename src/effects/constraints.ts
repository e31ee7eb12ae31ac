import type { Constraint as ConstraintNode } from '@pgsql/types'
import { provesNotNull } from '../catalog/expressions.ts'
import { type Constraint, columnOf, type Relation } from '../catalog/relation.ts'
import { print } from '../sql/quote.ts'
import { columnsIn, strings } from '../sql/walk.ts'
import { addForeignKey } from './foreign-keys.ts'
import { requireColumns } from './indexes-of.ts'
import { inheritsConstraint } from './inheritance.ts'
import { type Judging, StatementFails } from './judging.ts'
import { addKey } from './keys.ts'
import { freeName, storedName } from './object-names.ts'

/**
 * Adds one table constraint. `column` is set for a constraint written behind a column.
 *
 * Locks and work are recorded by the relation's own age: a table made by this statement is touched by no one else.
 * Sources: AlterTableGetLockLevel and ATAddForeignKeyConstraint in tablecmds.c; measured in postgres-facts.md.
 */
export function addConstraint(
  judging: Judging,
  target: Relation,
  node: ConstraintNode,
  options: ConstraintOptions,
): void {
  const relation = judging.catalog.now(target)
  switch (node.contype) {
    case 'CONSTR_CHECK':
      return addCheck(judging, relation, node, options)
    case 'CONSTR_NOTNULL':
      return addNotNull(judging, relation, node, options)
    case 'CONSTR_FOREIGN':
      return addForeignKey(judging, relation, node, options)
    case 'CONSTR_PRIMARY':
    case 'CONSTR_UNIQUE':
    case 'CONSTR_EXCLUSION':
      return addKey(judging, relation, node, options)
  }
}

/** `column`: the one it is written behind; `allNull`: that column was just added and holds only nulls. */
export interface ConstraintOptions {
  column: string | null
  recurse: boolean
  allNull?: boolean
}

const nothing = { deferrable: false, references: null, index: null } as const

function addCheck(judging: Judging, relation: Relation, node: ConstraintNode, options: ConstraintOptions): void {
  const columns = columnsIn(node.raw_expr)
  requireColumns(relation, columns, (name) => `column "${name}" does not exist`)
  requireRecursion(judging, relation, options.recurse || (node.is_no_inherit ?? false), 'constraint')
  // Named after its column only when it reads exactly one (AddRelationNewConstraints).
  const standing = node.conname
    ? relation.constraints.find((one) => one.name === storedName(node.conname ?? ''))
    : undefined
  // The same CHECK as a parent's is merged into it (MergeWithExistingConstraint).
  if (standing?.kind === 'check' && inheritsConstraint(judging.catalog, relation, standing)) {
    return judging.touch(relation, 'AccessExclusiveLock')
  }
  const name = nameFor(judging, relation, node, columns.length === 1 ? columns : [], 'check')
  const definition = print({ Constraint: { ...node, conname: undefined } })
  const validated = !node.skip_validation
  const enforced = (node as { is_enforced?: boolean }).is_enforced !== false
  const family = options.recurse && !node.is_no_inherit ? judging.catalog.family(relation) : [relation]
  for (const member of family) {
    if (member.id !== relation.id && member.constraints.some((one) => one.name === name)) {
      judging.touch(member, 'AccessExclusiveLock', { through: `it inherits from ${relation.name}` })
      continue
    }
    judging.touch(member, 'AccessExclusiveLock', {
      scan: validated && enforced && hasRows(member),
      ...(member.id === relation.id ? {} : { through: `it inherits from \`${relation.name}\`` }),
    })
    putConstraint(judging, member, {
      name,
      kind: 'check',
      columns,
      validated: validated && enforced,
      definition,
      ...nothing,
    })
  }
  noteConstraint(judging, relation, { name, kind: 'check', columns, validated, definition, ...nothing }, node)
}

/** `ADD CONSTRAINT … NOT NULL column`, from 18 also NOT VALID. */
function addNotNull(judging: Judging, relation: Relation, node: ConstraintNode, options: { recurse: boolean }): void {
  const [column = ''] = strings(node.keys)
  requireColumns(relation, [column])
  for (const member of options.recurse ? judging.catalog.family(relation) : [relation]) {
    const already = columnOf(member, column)?.notNull ?? false
    judging.touch(member, 'AccessExclusiveLock', { scan: !node.skip_validation && !already && hasRows(member) })
    setNotNull(judging, member, column, !node.skip_validation)
  }
  judging.mark({ kind: 'sets not null', relation, column, proven: node.skip_validation ?? false })
}

export function setNotNull(judging: Judging, relation: Relation, column: string, value: boolean): void {
  const now = judging.catalog.now(relation)
  judging.catalog.put({
    ...now,
    columns: now.columns.map((one) => (one.name === column ? { ...one, notNull: value } : one)),
  })
}

/** Partitions of a column that is NOT NULL already are not looked at; plain children are (ATPrepSetNotNull). */
export function membersToSetNotNull(
  judging: Judging,
  relation: Relation,
  columns: string[],
  recurse: boolean,
): Relation[] {
  const done = columns.every((column) => columnOf(relation, column)?.notNull)
  return !recurse || (done && relation.kind === 'partitioned table') ? [relation] : judging.catalog.family(relation)
}

/** True when a valid CHECK already proves that the column holds no null. */
export function isProven(relation: Relation, column: string): boolean {
  return relation.constraints.some(
    (one) =>
      one.kind === 'check' && one.validated && one.columns.includes(column) && provesNotNull(one.definition, column),
  )
}

/** What every child must have cannot be added to the parent alone. */
export function requireRecursion(
  judging: Judging,
  relation: Relation,
  recurses: boolean,
  what: 'column' | 'constraint',
): void {
  if (!recurses && judging.catalog.children(relation).length > 0) {
    throw new StatementFails('42P16', `${what} must be added to child tables too`)
  }
}

/** The relation with its partitions; plain inheritance children take no part in foreign keys. */
export function partitionsOf(judging: Judging, relation: Relation): Relation[] {
  const now = judging.catalog.now(relation)
  if (now.kind !== 'partitioned table') return [now]
  return [now, ...judging.catalog.children(now).flatMap((child) => partitionsOf(judging, child))]
}

export function putConstraint(judging: Judging, relation: Relation, constraint: Constraint): void {
  const now = judging.catalog.now(relation)
  judging.catalog.put({ ...now, constraints: [...now.constraints, constraint] })
}

export function nameFor(
  judging: Judging,
  relation: Relation,
  node: ConstraintNode,
  columns: string[],
  label: string,
): string {
  const taken = (name: string): boolean => judging.catalog.now(relation).constraints.some((one) => one.name === name)
  // A made-up name is free in the whole schema (ChooseConstraintName), a given one on its table.
  if (!node.conname) {
    return freeName(relation.name, columns, label, (name) => judging.catalog.constraintNameTaken(relation.schema, name))
  }
  const name = storedName(node.conname)
  if (taken(name)) {
    throw new StatementFails('42710', `constraint "${name}" for relation "${relation.name}" already exists`, {
      kind: 'constraint',
      name,
    })
  }
  return name
}

/** Tables hold rows; a partitioned parent and a foreign table hold none to read here. */
export function hasRows(relation: Relation): boolean {
  return relation.kind !== 'partitioned table' && relation.kind !== 'foreign table'
}

export function noteConstraint(
  judging: Judging,
  relation: Relation,
  constraint: Constraint,
  node: ConstraintNode,
): void {
  judging.mark({
    kind: 'adds constraint',
    relation,
    constraint: constraint.name,
    type: constraint.kind,
    columns: constraint.columns,
    validated: constraint.validated,
    definition: constraint.definition,
    references: constraint.references ? judging.catalog.get(constraint.references.relation) : null,
    usingIndex: node.indexname ?? null,
  })
}
