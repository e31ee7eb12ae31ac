import type { Constraint as ConstraintNode } from '@pgsql/types'
import { columnOf, type Relation } from '../../catalog/relation.ts'
import { print, quoteName } from '../../sql/quote.ts'
import { columnsIn, strings } from '../../sql/walk.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { objectName, storedName } from '../names/object-names.ts'
import { requireCondition } from '../names/query-columns.ts'
import { changeColumn, requireColumns } from '../names/require-columns.ts'
import { addKey } from './add-key.ts'
import { hasRows } from './affected-rows.ts'
import { addForeignKey } from './foreign-keys.ts'
import { inherited, inheritsConstraint, requireRecursion } from './inheritance.ts'
import { type ConstraintOptions, nameFor, noteConstraint, putConstraint } from './new-constraint.ts'
import { refuseUnvalidatedNotNull } from './not-null-members.ts'

/**
 * Adds one table constraint. `column` is set for a constraint written behind a column.
 *
 * Locks and work are recorded only for relations that existed before the statement.
 * Sources: AlterTableGetLockLevel and ATAddForeignKeyConstraint in tablecmds.c; measured in postgres-facts.md.
 */
export function addConstraint(
  context: StatementContext,
  target: Relation,
  node: ConstraintNode,
  options: ConstraintOptions,
): void {
  const relation = context.catalog.current(target)
  switch (node.contype) {
    case 'CONSTR_CHECK':
      return addCheck(context, relation, node, options)
    case 'CONSTR_NOTNULL':
      return addNotNull(context, relation, node, options)
    case 'CONSTR_FOREIGN':
      return addForeignKey(context, relation, node, options)
    case 'CONSTR_PRIMARY':
    case 'CONSTR_UNIQUE':
    case 'CONSTR_EXCLUSION':
      return addKey(context, relation, node, options)
  }
}

const nothing = { deferrable: false, references: null, index: null } as const

function addCheck(
  context: StatementContext,
  relation: Relation,
  node: ConstraintNode,
  options: ConstraintOptions,
): void {
  const columns = columnsIn(node.raw_expr)
  requireColumns(relation, columns, (name) => `column "${name}" does not exist`)
  requireCondition(context, relation, node.raw_expr, 'CHECK')
  requireRecursion(context, relation, options.recurse || (node.is_no_inherit ?? false), 'constraint')
  // Named after its column only when it reads exactly one (AddRelationNewConstraints).
  const given = node.conname ? storedName(node.conname) : null
  const standing = relation.constraints.find((constraint) => constraint.name === given)
  // The same CHECK as a parent's is merged into it (MergeWithExistingConstraint).
  if (standing?.kind === 'check' && inheritsConstraint(context.catalog, relation, standing)) {
    return context.lock(relation, 'AccessExclusiveLock')
  }
  const name = nameFor(context, relation, node, columns.length === 1 ? columns : [], 'check')
  const definition = print({ Constraint: { ...node, conname: undefined } })
  const validated = !node.skip_validation
  const enforced = (node as { is_enforced?: boolean }).is_enforced !== false
  const family = options.recurse && !node.is_no_inherit ? context.catalog.withDescendants(relation) : [relation]
  for (const member of family) {
    if (member.id !== relation.id && member.constraints.some((constraint) => constraint.name === name)) {
      context.lock(member, 'AccessExclusiveLock', inherited(member, relation))
      continue
    }
    context.lock(member, 'AccessExclusiveLock', {
      scan: validated && enforced && hasRows(member),
      ...inherited(member, relation),
    })
    putConstraint(context, member, {
      name,
      kind: 'check',
      columns,
      validated: validated && enforced,
      definition,
      ...nothing,
    })
  }
  noteConstraint(context, relation, { name, kind: 'check', columns, validated, definition, ...nothing }, node)
}

/** `ADD CONSTRAINT … NOT NULL column`, from 18 also NOT VALID. */
function addNotNull(
  context: StatementContext,
  relation: Relation,
  node: ConstraintNode,
  options: { recurse: boolean },
): void {
  const [column = ''] = strings(node.keys)
  requireColumns(relation, [column])
  for (const member of options.recurse ? context.catalog.withDescendants(relation) : [relation]) {
    const already = columnOf(member, column)?.notNull ?? false
    if (!node.skip_validation) refuseUnvalidatedNotNull(member, column)
    context.lock(member, 'AccessExclusiveLock', { scan: !node.skip_validation && !already && hasRows(member) })
    const validated = !node.skip_validation
    // The column is marked NOT NULL also where its rows are not checked yet.
    changeColumn(context.catalog, member, column, { notNull: true })
    const known = context.catalog
      .current(member)
      .constraints.some((constraint) => constraint.kind === 'not null' && constraint.columns.includes(column))
    if (known) continue
    const name = node.conname ? storedName(node.conname) : objectName(relation.name, column, 'not_null')
    const definition = `NOT NULL ${quoteName(column)}`
    putConstraint(context, member, { name, kind: 'not null', columns: [column], validated, definition, ...nothing })
  }
  context.recordChange({ kind: 'sets not null', relation, column, proven: node.skip_validation ?? false })
}
