import type { AlterTableCmd } from '@pgsql/types'
import { columnOf, type Relation, relationName } from '../../../catalog/relation.ts'
import { duplicateColumn, invalidTableDefinition, wrongObjectType } from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import { addConstraint } from '../../tables/add-constraint.ts'
import { hasRows } from '../../tables/affected-rows.ts'
import { inherited, requireRecursion } from '../../tables/inheritance.ts'
import { definitionIn, newColumn, requireExpressions } from '../../tables/new-column.ts'
import { keepNotNullName } from '../../tables/not-null-constraints.ts'

/**
 * ADD COLUMN. One value for all rows is kept in the catalog (from 11) and costs nothing; a different value for each row
 * rewrites the table and every index.
 */
export function addColumn(
  context: StatementContext,
  relation: Relation,
  command: AlterTableCmd,
  recurse: boolean,
): void {
  const { catalog } = context
  const node = definitionIn(command)
  const name = node.colname ?? ''
  requireTable(relation, context)
  context.lock(relation, 'AccessExclusiveLock')
  if (relation.partitionOf) throw wrongObjectType('cannot add column to a partition')
  if (columnOf(relation, name)) {
    if (command.missing_ok) return
    throw duplicateColumn(`column "${name}" of relation "${relation.name}" already exists`, {
      kind: 'column',
      name: `${relationName(relation)}.${name}`,
    })
  }
  requireRecursion(context, relation, recurse, 'column')
  const added = newColumn(context, relation, node)
  if (added.column.identity && recurse && hasInheritors(context, relation)) {
    throw invalidTableDefinition('cannot recursively add identity column to table that has child tables')
  }
  const perRow =
    added.perRow ??
    (!catalog.behaves('constant-default-writes-no-row') && added.hasDefault
      ? 'before PostgreSQL 11 any default is written into every row'
      : null)
  const notNullWithoutDefault = added.column.notNull && !added.hasDefault
  for (const member of recurse ? catalog.withDescendants(relation) : [relation]) {
    if (columnOf(member, name)) {
      // A child that has the column already only comes to inherit it.
      context.lock(member, 'AccessExclusiveLock', inherited(member, relation))
      continue
    }
    const rewrite = perRow !== null && hasRows(member)
    context.lock(member, 'AccessExclusiveLock', {
      rewrite,
      scan: (rewrite || notNullWithoutDefault) && hasRows(member),
      builds: rewrite ? member.indexes : [],
      ...inherited(member, relation),
    })
    const now = catalog.current(member)
    catalog.put({ ...now, columns: [...now.columns, added.column] })
    keepNotNullName(context, now, node)
  }
  if (command.def && 'ColumnDef' in command.def)
    requireExpressions(context, catalog.current(relation), command.def.ColumnDef)
  for (const constraint of added.constraints) {
    addConstraint(context, relation, constraint, { column: name, recurse, allNull: !added.hasDefault })
  }
  context.recordChange({ kind: 'adds column', relation, column: name, notNullWithoutDefault, fills: perRow })
}

function requireTable(relation: Relation, { catalog }: StatementContext): void {
  if (relation.kind !== 'view' && relation.kind !== 'materialized view') return
  throw wrongObjectType(
    catalog.behaves('wrong-kind-names-the-action')
      ? `ALTER action ADD COLUMN cannot be performed on relation "${relation.name}"`
      : `"${relation.name}" is not a table, composite type, or foreign table`,
  )
}

/** Until 16 partitions count too; from 17 they share their parent's identity (ATPrepAddColumn). */
function hasInheritors(context: StatementContext, relation: Relation): boolean {
  const { catalog } = context
  return (
    catalog.children(relation).length > 0 &&
    (!catalog.behaves('partitions-share-identity') || relation.kind !== 'partitioned table')
  )
}
