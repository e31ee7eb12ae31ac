import type { AlterTableCmd } from '@pgsql/types'
import type { Relation } from '../../../catalog/relation.ts'
import { StatementFails } from '../../model/server-errors.ts'
import { undefinedTable, wrongObjectType } from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import { requireParentsColumns } from '../../tables/inheritance.ts'

/** INHERIT and NO INHERIT: ACCESS EXCLUSIVE on the child, SHARE UPDATE EXCLUSIVE on a new parent. */
export function inherit(context: StatementContext, relation: Relation, command: AlterTableCmd): void {
  const { catalog } = context
  const parent = context.relation(command.def && 'RangeVar' in command.def ? command.def.RangeVar : undefined)
  context.lock(relation, 'AccessExclusiveLock')
  const adds = command.subtype === 'AT_AddInherit'
  if (adds) {
    context.lock(parent, 'ShareUpdateExclusiveLock')
    requireInheritable(context, relation, parent)
    requireParentsColumns(context, parent, relation)
  } else if (relation.partitionOf) {
    throw wrongObjectType('cannot change inheritance of a partition')
  } else if (relation.known && !relation.inherits.includes(parent.id)) {
    throw undefinedTable(
      parent.kind === 'partitioned table'
        ? `relation "${relation.name}" is not a partition of relation "${parent.name}"`
        : `relation "${parent.name}" is not a parent of relation "${relation.name}"`,
    )
  }
  const others = relation.inherits.filter((id) => id !== parent.id)
  catalog.change(relation, { inherits: adds ? [...others, parent.id] : others })
}

/** In the order of ATPrepAddInherit, ATExecAddInherit and CreateInheritance. */
function requireInheritable(context: StatementContext, relation: Relation, parent: Relation): void {
  const refuse = (sqlstate: string, message: string): never => {
    throw new StatementFails(sqlstate, message)
  }
  if (relation.partitionOf) refuse('42809', 'cannot change inheritance of a partition')
  if (relation.kind === 'partitioned table') refuse('42809', 'cannot change inheritance of partitioned table')
  if (parent.kind === 'partitioned table') refuse('42809', `cannot inherit from partitioned table "${parent.name}"`)
  if (parent.partitionOf) refuse('42809', 'cannot inherit from a partition')
  if (context.catalog.withDescendants(relation).some((item) => item.id === parent.id)) {
    refuse('42P07', 'circular inheritance not allowed')
  }
  if (relation.inherits.includes(parent.id)) {
    refuse('42P07', `relation "${parent.name}" would be inherited from more than once`)
  }
}
