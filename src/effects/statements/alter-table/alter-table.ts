import type { AlterTableCmd, AlterTableStmt, AlterTableType, Constraint as ConstraintNode } from '@pgsql/types'
import type { Relation } from '../../../catalog/relation.ts'
import type { LockMode } from '../../model/lock-modes.ts'
import { CannotBeJudged } from '../../model/server-errors.ts'
import { undefinedObject, wrongObjectType } from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import type { StatementHandlers } from '../../model/statement-handler.ts'
import { changeColumn, requireColumn } from '../../names/require-columns.ts'
import { addConstraint } from '../../tables/add-constraint.ts'
import { hasRows } from '../../tables/affected-rows.ts'
import { inherited, partitionsOf } from '../../tables/inheritance.ts'
import { nameNotNulls } from '../../tables/not-null-constraints.ts'
import { addColumn } from './add-column.ts'
import { dropColumn } from './alter-drop-column.ts'
import { dropConstraint } from './alter-drop-constraint.ts'
import { setReplicaIdentity } from './alter-replica-identity.ts'
import { alterColumnType, setExpression } from './column-type.ts'
import { changeDefault, requireDroppedLater } from './default.ts'
import { changeIdentity } from './identity.ts'
import { inherit } from './inherit.ts'
import { dropNotNull, setNotNull } from './not-null.ts'
import { attachPartition, detachPartition } from './partition.ts'
import { rewriteAll, setPersistence } from './storage.ts'
import { setStorageOptions } from './storage-options.ts'
import { validateConstraint } from './validate-constraint.ts'

export const handlers: StatementHandlers = { AlterTableStmt: alterTable }

/**
 * ALTER TABLE, also on views, sequences, indexes and foreign tables. The subcommands run in the server's passes, not in
 * the order written (tablecmds.h): drops before type changes before new columns before SET NOT NULL before constraints,
 * so a CHECK that is dropped in the same statement no longer saves SET NOT NULL its scan.
 */
function alterTable(node: AlterTableStmt, context: StatementContext): void {
  if (node.objtype === 'OBJECT_TYPE') return alterComposite(node, context)
  const commands = (node.cmds ?? []).flatMap((command) => ('AlterTableCmd' in command ? [command.AlterTableCmd] : []))
  if (node.objtype === 'OBJECT_INDEX') return
  if (node.missing_ok && !context.findIfExists(node.relation)) return
  const target = context.relation(node.relation)
  if (target.kind === 'composite type') throw wrongObjectType(`"${target.name}" is a composite type`)
  const recurse = node.relation?.inh ?? false
  const ordered = [...commands].sort((a, b) => passOf(a) - passOf(b))
  for (const [at, command] of ordered.entries()) {
    if (recurse && isDropDefault(command))
      requireDroppedLater(context, context.catalog.current(target), ordered.slice(at), command.name ?? '')
    if (commands.length > 1) context.subcommands.push({ command, changes: [], works: false })
    alter(context, context.catalog.current(target), command, recurse)
    for (const member of context.catalog.withDescendants(target)) nameNotNulls(context, member)
  }
}

const passes: AlterTableType[][] = [
  ['AT_DropColumn', 'AT_DropConstraint', 'AT_DropNotNull', 'AT_DropExpression', 'AT_DropIdentity'],
  ['AT_AlterColumnType'],
  ['AT_AddColumn'],
  ['AT_SetExpression'],
  ['AT_SetNotNull', 'AT_ColumnDefault', 'AT_AddIdentity', 'AT_SetIdentity'],
]

function passOf(command: AlterTableCmd): number {
  const subtype = command.subtype ?? 'AT_AddColumn'
  // DROP DEFAULT runs with the drops, SET DEFAULT with the additions.
  if (isDropDefault(command)) return 0
  const pass = passes.findIndex((names) => names.includes(subtype))
  if (pass >= 0) return pass
  if (subtype !== 'AT_AddConstraint') return 9
  const constraint = constraintOf(command)
  return constraint?.contype === 'CONSTR_FOREIGN' ? 8 : constraint?.contype === 'CONSTR_CHECK' ? 7 : 6
}

function isDropDefault({ subtype, def }: AlterTableCmd): boolean {
  return subtype === 'AT_ColumnDefault' && !def
}

function alter(context: StatementContext, relation: Relation, command: AlterTableCmd, recurse: boolean): void {
  const { catalog } = context
  const name = command.name ?? ''
  const members = recurse ? catalog.withDescendants(relation) : [relation]
  switch (command.subtype) {
    case 'AT_AddColumn':
      return addColumn(context, relation, command, recurse)
    case 'AT_DropColumn':
      return dropColumn(context, relation, command, recurse)
    case 'AT_AlterColumnType':
      return alterColumnType(context, relation, command, recurse)
    case 'AT_SetExpression':
      return setExpression(context, relation, name)
    case 'AT_AddConstraint': {
      const constraint = constraintOf(command)
      if (!constraint) return
      // From 18 all children are locked first, whether or not they get the constraint (measured).
      if (catalog.behaves('add-constraint-locks-children-first')) {
        all(
          context,
          relation,
          members,
          constraint.contype === 'CONSTR_FOREIGN' ? 'ShareRowExclusiveLock' : 'AccessExclusiveLock',
        )
      }
      return addConstraint(context, relation, constraint, { column: null, recurse })
    }
    case 'AT_DropConstraint':
      return dropConstraint(context, relation, name, {
        cascade: command.behavior === 'DROP_CASCADE',
        missingOk: command.missing_ok ?? false,
        recurse,
      })
    case 'AT_ValidateConstraint':
      return validateConstraint(context, relation, name, recurse)
    case 'AT_SetNotNull':
      return setNotNull(context, relation, name, recurse)
    case 'AT_DropNotNull':
      return dropNotNull(context, relation, name, recurse)
    case 'AT_ColumnDefault':
      return changeDefault(context, relation, command, members)
    case 'AT_AddIdentity':
    case 'AT_SetIdentity':
    case 'AT_DropIdentity':
      requireColumn(relation, name)
      changeIdentity(context, relation, command)
      return all(context, relation, members, 'AccessExclusiveLock')
    case 'AT_DropExpression':
      requireColumn(relation, name)
      all(context, relation, members, 'AccessExclusiveLock')
      for (const member of members) changeColumn(catalog, member, name, { generated: null, default: null })
      return
    case 'AT_SetStorage':
    case 'AT_SetCompression':
    case 'AT_AlterColumnGenericOptions':
      requireColumn(relation, name)
      return all(context, relation, members, 'AccessExclusiveLock')
    case 'AT_SetStatistics':
    case 'AT_SetOptions':
    case 'AT_ResetOptions':
      if (name) requireColumn(relation, name)
      return all(context, relation, members, 'ShareUpdateExclusiveLock')
    case 'AT_ClusterOn':
      if (relation.known && !relation.indexes.some((index) => index.name === name)) {
        throw undefinedObject(`index "${name}" for table "${relation.name}" does not exist`, {
          kind: 'index',
          name,
        })
      }
      return context.lock(relation, 'ShareUpdateExclusiveLock')
    case 'AT_DropCluster':
      return context.lock(relation, 'ShareUpdateExclusiveLock')
    case 'AT_SetRelOptions':
    case 'AT_ResetRelOptions':
    case 'AT_ReplaceRelOptions':
      return setStorageOptions(context, relation, command)
    case 'AT_EnableTrig':
    case 'AT_EnableAlwaysTrig':
    case 'AT_EnableReplicaTrig':
    case 'AT_DisableTrig':
    case 'AT_EnableTrigAll':
    case 'AT_EnableTrigUser':
    case 'AT_DisableTrigAll':
    case 'AT_DisableTrigUser':
      if (name && relation.known && !relation.triggers.some((trigger) => trigger.name === name)) {
        throw undefinedObject(`trigger "${name}" for table "${relation.name}" does not exist`, {
          kind: 'trigger',
          name,
        })
      }
      return all(
        context,
        relation,
        partitionsIf(context, relation, recurse && relation.triggers.length > 0),
        'ShareRowExclusiveLock',
      )
    case 'AT_SetTableSpace':
      return context.lock(relation, 'AccessExclusiveLock', { rewrite: hasRows(relation) })
    case 'AT_SetLogged':
      return setPersistence(context, relation, 'permanent')
    case 'AT_SetUnLogged':
      return setPersistence(context, relation, 'unlogged')
    case 'AT_SetAccessMethod':
      return rewriteAll(context, relation, name !== 'heap')
    case 'AT_AttachPartition':
      return attachPartition(context, relation, command)
    case 'AT_DetachPartition':
    case 'AT_DetachPartitionFinalize':
      return detachPartition(context, relation, command)
    case 'AT_AddInherit':
    case 'AT_DropInherit':
      return inherit(context, relation, command)
    case 'AT_ReplicaIdentity':
      return setReplicaIdentity(context, relation, command.def)
    case 'AT_AlterConstraint':
    case 'AT_ChangeOwner':
    case 'AT_EnableRule':
    case 'AT_EnableAlwaysRule':
    case 'AT_EnableReplicaRule':
    case 'AT_DisableRule':
    case 'AT_AddOf':
    case 'AT_DropOf':
    case 'AT_EnableRowSecurity':
    case 'AT_DisableRowSecurity':
    case 'AT_ForceRowSecurity':
    case 'AT_NoForceRowSecurity':
    case 'AT_GenericOptions':
    case 'AT_DropOids':
      return context.lock(relation, 'AccessExclusiveLock')
    default:
      throw new CannotBeJudged(`ALTER TABLE subcommand ${command.subtype} is not known`)
  }
}

function all(context: StatementContext, relation: Relation, members: Relation[], lock: LockMode): void {
  for (const member of members) context.lock(member, lock, inherited(member, relation))
}

function partitionsIf(context: StatementContext, relation: Relation, recurse: boolean): Relation[] {
  return recurse ? partitionsOf(context, relation) : [relation]
}

function constraintOf(command: AlterTableCmd): ConstraintNode | null {
  return command.def && 'Constraint' in command.def ? command.def.Constraint : null
}

/**
 * ALTER TYPE … on a composite type: it locks no table, but what columns of the type hold of an attribute is gone with it,
 * and ALTER ATTRIBUTE fails where a column uses the type (find_composite_type_dependencies in tablecmds.c). Which columns
 * use it is not modelled. An attribute that is added is null everywhere.
 */
function alterComposite(node: AlterTableStmt, context: StatementContext): void {
  for (const cmd of node.cmds ?? []) {
    const { subtype, name = '' } = 'AlterTableCmd' in cmd ? cmd.AlterTableCmd : {}
    if (subtype === 'AT_DropColumn')
      context.markUnknown(`it drops the attribute ${name}, and which columns hold values of the type is not known`)
    if (subtype === 'AT_AlterColumnType')
      context.markUnknown(`it changes the attribute ${name}, and fails where a column uses the type`)
  }
}
