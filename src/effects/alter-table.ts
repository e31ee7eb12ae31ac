import type { AlterTableCmd, AlterTableStmt, AlterTableType, Constraint as ConstraintNode } from '@pgsql/types'
import { columnOf, type Relation, relationName } from '../catalog/relation.ts'
import { print } from '../sql/quote.ts'
import { addColumn, alterColumnType, dropColumn, setExpression } from './alter-column.ts'
import { attachPartition, detachPartition, requireParentsColumns } from './alter-partition.ts'
import { isNull, requireDefault } from './columns.ts'
import { addConstraint, hasRows, isProven, membersToSetNotNull, partitionsOf, setNotNull } from './constraints.ts'
import { dropConstraint } from './drop-constraint.ts'
import { changeColumn, changeIdentity } from './identity.ts'
import { CannotBeJudged, type Judging, missingColumn, StatementFails } from './judging.ts'
import type { LockMode } from './locks.ts'
import { lockOfOptions } from './storage-options.ts'

/**
 * ALTER TABLE, also on views, sequences, indexes and foreign tables. The subcommands run in the server's passes, not in
 * the order written (tablecmds.h): drops before type changes before new columns before SET NOT NULL before constraints,
 * so a CHECK that is dropped in the same statement no longer saves SET NOT NULL its scan.
 */
export function alterTable(node: AlterTableStmt, judging: Judging): void {
  if (node.objtype === 'OBJECT_TYPE') return
  const commands = (node.cmds ?? []).flatMap((one) => ('AlterTableCmd' in one ? [one.AlterTableCmd] : []))
  if (node.objtype === 'OBJECT_INDEX') return
  if (node.missing_ok && !judging.findIfExists(node.relation)) return
  const target = judging.relation(node.relation)
  if (target.kind === 'composite type') throw new StatementFails('42809', `"${target.name}" is a composite type`)
  const recurse = node.relation?.inh ?? false
  for (const command of [...commands].sort((a, b) => passOf(a) - passOf(b))) {
    if (commands.length > 1) judging.parts.push({ command, marks: [], works: false })
    alter(judging, judging.catalog.now(target), command, recurse)
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
  // DROP DEFAULT goes with the drops, SET DEFAULT with what is added.
  if (subtype === 'AT_ColumnDefault' && !command.def) return 0
  const pass = passes.findIndex((names) => names.includes(subtype))
  if (pass >= 0) return pass
  if (subtype !== 'AT_AddConstraint') return 9
  const constraint = constraintOf(command)
  return constraint?.contype === 'CONSTR_FOREIGN' ? 8 : constraint?.contype === 'CONSTR_CHECK' ? 7 : 6
}

function alter(judging: Judging, relation: Relation, command: AlterTableCmd, recurse: boolean): void {
  const { catalog } = judging
  const name = command.name ?? ''
  const members = recurse ? catalog.family(relation) : [relation]
  switch (command.subtype) {
    case 'AT_AddColumn':
      return addColumn(judging, relation, command, recurse)
    case 'AT_DropColumn':
      return dropColumn(judging, relation, command, recurse)
    case 'AT_AlterColumnType':
      return alterColumnType(judging, relation, command, recurse)
    case 'AT_SetExpression':
      return setExpression(judging, relation, name)
    case 'AT_AddConstraint': {
      const constraint = constraintOf(command)
      if (!constraint) return
      // From 18 all children are locked first, whether or not they get the constraint (measured).
      if (catalog.major >= 18) {
        all(
          judging,
          relation,
          members,
          constraint.contype === 'CONSTR_FOREIGN' ? 'ShareRowExclusiveLock' : 'AccessExclusiveLock',
        )
      }
      return addConstraint(judging, relation, constraint, { column: null, recurse })
    }
    case 'AT_DropConstraint':
      return dropConstraint(judging, relation, name, {
        cascade: command.behavior === 'DROP_CASCADE',
        missingOk: command.missing_ok ?? false,
        recurse,
      })
    case 'AT_ValidateConstraint':
      return validateConstraint(judging, relation, name, recurse)
    case 'AT_SetNotNull':
      requireColumn(relation, name)
      for (const member of membersToSetNotNull(judging, relation, [name], recurse)) {
        const proven = columnOf(member, name)?.notNull || (catalog.major >= 12 && isProven(member, name))
        judging.touch(member, 'AccessExclusiveLock', {
          scan: !proven && hasRows(member),
          ...inherited(member, relation),
        })
        setNotNull(judging, member, name, true)
      }
      judging.mark({
        kind: 'sets not null',
        relation,
        column: name,
        proven: (columnOf(relation, name)?.notNull ?? false) || isProven(relation, name),
      })
      return
    case 'AT_DropNotNull':
      requireColumn(relation, name)
      if (columnOf(relation, name)?.identity) {
        throw new StatementFails('42601', `column "${name}" of relation "${relation.name}" is an identity column`)
      }
      if (relation.constraints.some((one) => one.kind === 'primary key' && one.columns.includes(name))) {
        throw new StatementFails('42P16', `column "${name}" is in a primary key`)
      }
      requireNullableInParent(judging, relation, name)
      requireOwnNotNull(judging, relation, name)
      // From 18 NOT NULL is a constraint: without one nothing is dropped below either.
      for (const member of catalog.major >= 18 && !columnOf(relation, name)?.notNull ? [relation] : members) {
        judging.touch(member, 'AccessExclusiveLock', inherited(member, relation))
        setNotNull(judging, member, name, false)
      }
      return
    case 'AT_ColumnDefault':
      requireColumn(relation, name)
      requireDefault(judging, command.def)
      for (const member of members) {
        judging.touch(member, 'AccessExclusiveLock', inherited(member, relation))
        const value = command.def && !isNull(command.def) ? print(command.def) : null
        changeColumn(catalog, member, name, { default: value })
      }
      if (!command.def && columnOf(relation, name)?.default !== null)
        judging.mark({ kind: 'drops default', relation, column: name })
      return
    case 'AT_AddIdentity':
    case 'AT_SetIdentity':
    case 'AT_DropIdentity':
      requireColumn(relation, name)
      changeIdentity(judging, relation, command)
      return all(judging, relation, members, 'AccessExclusiveLock')
    case 'AT_DropExpression':
      requireColumn(relation, name)
      all(judging, relation, members, 'AccessExclusiveLock')
      for (const member of members) changeColumn(catalog, member, name, { generated: null, default: null })
      return
    case 'AT_SetStorage':
    case 'AT_SetCompression':
    case 'AT_AlterColumnGenericOptions':
      requireColumn(relation, name)
      return all(judging, relation, members, 'AccessExclusiveLock')
    case 'AT_SetStatistics':
    case 'AT_SetOptions':
    case 'AT_ResetOptions':
      if (name) requireColumn(relation, name)
      return all(judging, relation, members, 'ShareUpdateExclusiveLock')
    case 'AT_ClusterOn':
      if (relation.known && !relation.indexes.some((index) => index.name === name)) {
        throw new StatementFails('42704', `index "${name}" for table "${relation.name}" does not exist`, {
          kind: 'index',
          name,
        })
      }
      return judging.touch(relation, 'ShareUpdateExclusiveLock')
    case 'AT_DropCluster':
      return judging.touch(relation, 'ShareUpdateExclusiveLock')
    case 'AT_SetRelOptions':
    case 'AT_ResetRelOptions':
    case 'AT_ReplaceRelOptions':
      if (relation.kind === 'partitioned table') throw noStorageParameters(judging, command)
      return judging.touch(relation, lockOfOptions(command.def))
    case 'AT_EnableTrig':
    case 'AT_EnableAlwaysTrig':
    case 'AT_EnableReplicaTrig':
    case 'AT_DisableTrig':
    case 'AT_EnableTrigAll':
    case 'AT_EnableTrigUser':
    case 'AT_DisableTrigAll':
    case 'AT_DisableTrigUser':
      if (name && relation.known && !relation.triggers.some((one) => one.name === name)) {
        throw new StatementFails('42704', `trigger "${name}" for table "${relation.name}" does not exist`, {
          kind: 'trigger',
          name,
        })
      }
      return all(
        judging,
        relation,
        partitionsIf(judging, relation, recurse && relation.triggers.length > 0),
        'ShareRowExclusiveLock',
      )
    case 'AT_SetTableSpace':
      return judging.touch(relation, 'AccessExclusiveLock', { rewrite: hasRows(relation) })
    case 'AT_SetLogged':
    case 'AT_SetUnLogged': {
      const wanted = command.subtype === 'AT_SetLogged' ? 'permanent' : 'unlogged'
      if (relation.kind === 'partitioned table') {
        if (catalog.major < 18) return judging.touch(relation, 'AccessExclusiveLock')
        const action = wanted === 'permanent' ? 'SET LOGGED' : 'SET UNLOGGED'
        throw new StatementFails('42809', `ALTER action ${action} cannot be performed on relation "${relation.name}"`)
      }
      const changes = relation.persistence !== wanted || !relation.known
      if (changes) requireLoggedAlike(judging, relation, wanted)
      rewriteAll(judging, relation, changes)
      catalog.change(relation, { persistence: wanted })
      return
    }
    case 'AT_SetAccessMethod':
      return rewriteAll(judging, relation, name !== 'heap')
    case 'AT_AttachPartition':
      return attachPartition(judging, relation, command)
    case 'AT_DetachPartition':
    case 'AT_DetachPartitionFinalize':
      return detachPartition(judging, relation, command)
    case 'AT_AddInherit':
    case 'AT_DropInherit':
      return inherit(judging, relation, command)
    case 'AT_ReplicaIdentity':
      requireReplicaIdentity(relation, command.def)
      judging.touch(relation, 'AccessExclusiveLock')
      return setReplicaIdentity(judging, relation, command.def)
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
      return judging.touch(relation, 'AccessExclusiveLock')
    case 'AT_DropOids':
      return judging.touch(relation, 'AccessExclusiveLock')
    default:
      throw new CannotBeJudged(`ALTER TABLE subcommand ${command.subtype} is not known`)
  }
}

/** Measured: to 15 the parameter is not recognized, from 16 it is refused by its place. */
function noStorageParameters(judging: Judging, command: AlterTableCmd): StatementFails {
  const [first] = command.def && 'List' in command.def ? (command.def.List.items ?? []) : []
  const name = first && 'DefElem' in first ? first.DefElem.defname : ''
  return judging.catalog.major < 16
    ? new StatementFails('22023', `unrecognized parameter "${name}"`)
    : new StatementFails('42809', 'cannot specify storage parameters for a partitioned table')
}

/** A partition's rows are its parent's (ATExecDropNotNull). */
function requireNullableInParent(judging: Judging, relation: Relation, column: string): void {
  const parent = relation.partitionOf && judging.catalog.get(relation.partitionOf.relation)
  if (!parent || !columnOf(parent, column)?.notNull || !columnOf(relation, column)?.notNull) return
  throw new StatementFails('42P16', `column "${column}" is marked NOT NULL in parent table`)
}

/** From 18 NOT NULL is a constraint, which a child has of its parents (dropconstraint_internal). */
function requireOwnNotNull(judging: Judging, relation: Relation, column: string): void {
  if (judging.catalog.major < 18 || !columnOf(relation, column)?.notNull) return
  const parents = relation.inherits.flatMap((id) => judging.catalog.get(id) ?? [])
  const parent = parents.find((one) => columnOf(one, column)?.notNull)
  if (!parent) return
  const own = relation.constraints.find((one) => one.kind === 'not null' && one.columns.includes(column))
  const name = own?.name ?? `${parent.name}_${column}_not_null`
  throw new StatementFails('42P16', `cannot drop inherited constraint "${name}" of relation "${relation.name}"`)
}

function validateConstraint(judging: Judging, relation: Relation, name: string, recurse: boolean): void {
  const { catalog } = judging
  const constraint = relation.constraints.find((one) => one.name === name)
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
    const own = member.constraints.find((one) => one.name === name)
    judging.touch(member, 'ShareUpdateExclusiveLock', {
      scan: own !== undefined && !own.validated && hasRows(member),
      ...inherited(member, relation),
    })
    const now = catalog.now(member)
    catalog.put({
      ...now,
      constraints: now.constraints.map((one) => (one.name === name ? { ...one, validated: true } : one)),
    })
  }
  const referenced = constraint.references && catalog.get(constraint.references.relation)
  if (referenced && !constraint.validated) {
    judging.touch(referenced, 'RowShareLock', { lookedUpBy: relation, through: 'the foreign key refers to it' })
  }
  judging.mark({ kind: 'validates constraint', relation, constraint: name })
}

/** SET LOGGED, SET UNLOGGED and SET ACCESS METHOD write the table and all its indexes anew. */
function rewriteAll(judging: Judging, relation: Relation, changes: boolean): void {
  const rewrite = changes && hasRows(relation)
  judging.touch(relation, 'AccessExclusiveLock', { rewrite, scan: rewrite, builds: rewrite ? relation.indexes : [] })
}

/** A logged table may not refer to an unlogged one (ATPrepChangePersistence). */
function requireLoggedAlike(judging: Judging, relation: Relation, wanted: 'permanent' | 'unlogged'): void {
  const { catalog } = judging
  const others =
    wanted === 'unlogged'
      ? catalog.referencing(relation)
      : relation.constraints.flatMap((one) => (one.references ? (catalog.get(one.references.relation) ?? []) : []))
  const other = others.find((one) => one.id !== relation.id && one.persistence !== wanted && one.known)
  if (!other) return
  const [to, has] = wanted === 'unlogged' ? ['unlogged', 'logged'] : ['logged', 'unlogged']
  throw new StatementFails(
    '42P16',
    `could not change table "${relation.name}" to ${to} because it references ${has} table "${other.name}"`,
  )
}

function inherit(judging: Judging, relation: Relation, command: AlterTableCmd): void {
  const { catalog } = judging
  const parent = judging.relation(command.def && 'RangeVar' in command.def ? command.def.RangeVar : undefined)
  judging.touch(relation, 'AccessExclusiveLock')
  const adds = command.subtype === 'AT_AddInherit'
  if (adds) {
    judging.touch(parent, 'ShareUpdateExclusiveLock')
    requireInheritable(judging, relation, parent)
    requireParentsColumns(judging, parent, relation)
  } else if (relation.partitionOf) {
    throw new StatementFails('42809', 'cannot change inheritance of a partition')
  } else if (relation.known && !relation.inherits.includes(parent.id)) {
    throw new StatementFails(
      '42P01',
      parent.kind === 'partitioned table'
        ? `relation "${relation.name}" is not a partition of relation "${parent.name}"`
        : `relation "${parent.name}" is not a parent of relation "${relation.name}"`,
    )
  }
  const others = relation.inherits.filter((id) => id !== parent.id)
  catalog.change(relation, { inherits: adds ? [...others, parent.id] : others })
}

/** In the order of ATPrepAddInherit, ATExecAddInherit and CreateInheritance. */
function requireInheritable(judging: Judging, relation: Relation, parent: Relation): void {
  const refuse = (sqlstate: string, message: string): never => {
    throw new StatementFails(sqlstate, message)
  }
  if (relation.partitionOf) refuse('42809', 'cannot change inheritance of a partition')
  if (relation.kind === 'partitioned table') refuse('42809', 'cannot change inheritance of partitioned table')
  if (parent.kind === 'partitioned table') refuse('42809', `cannot inherit from partitioned table "${parent.name}"`)
  if (parent.partitionOf) refuse('42809', 'cannot inherit from a partition')
  if (judging.catalog.family(relation).some((one) => one.id === parent.id)) {
    refuse('42P07', 'circular inheritance not allowed')
  }
  if (relation.inherits.includes(parent.id)) {
    refuse('42P07', `relation "${parent.name}" would be inherited from more than once`)
  }
}

function all(judging: Judging, relation: Relation, members: Relation[], lock: LockMode): void {
  for (const member of members) judging.touch(member, lock, inherited(member, relation))
}

function partitionsIf(judging: Judging, relation: Relation, recurse: boolean): Relation[] {
  return recurse ? partitionsOf(judging, relation) : [relation]
}

/** For the reader: why a relation that the statement does not name is touched. */
export function inherited(member: Relation, relation: Relation): { through?: string } {
  return member.id === relation.id
    ? {}
    : { through: `it is a ${member.partitionOf ? 'partition' : 'child'} of \`${relationName(relation)}\`` }
}

const identities: Record<string, Relation['replicaIdentity']> = { d: 'default', n: 'nothing', f: 'full', i: 'index' }

function setReplicaIdentity(judging: Judging, relation: Relation, def: AlterTableCmd['def']): void {
  const replicaIdentity = def && 'ReplicaIdentityStmt' in def && identities[def.ReplicaIdentityStmt.identity_type ?? '']
  if (replicaIdentity) judging.catalog.change(relation, { replicaIdentity })
}

/** REPLICA IDENTITY USING INDEX takes a unique index that stands (ATExecReplicaIdentity). */
function requireReplicaIdentity(relation: Relation, def: AlterTableCmd['def']): void {
  const name = def && 'ReplicaIdentityStmt' in def ? def.ReplicaIdentityStmt.name : undefined
  if (name === undefined || !relation.known) return
  const index = relation.indexes.find((one) => one.name === name)
  if (!index) {
    throw new StatementFails('42704', `index "${name}" for table "${relation.name}" does not exist`, {
      kind: 'index',
      name,
    })
  }
  if (!index.unique) throw new StatementFails('42809', `cannot use non-unique index "${name}" as replica identity`)
}

export function requireColumn(relation: Relation, name: string): void {
  if (relation.known && !columnOf(relation, name)) throw missingColumn(relation, name)
}

function constraintOf(command: AlterTableCmd): ConstraintNode | null {
  return command.def && 'Constraint' in command.def ? command.def.Constraint : null
}
