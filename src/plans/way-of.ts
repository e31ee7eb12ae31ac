import type { AlterTableCmd, AlterTableStmt } from '@pgsql/types'
import { blocksOf } from '../forecast/forecast.ts'
import { addColumnThenFill } from './add-column-then-fill.ts'
import { attachPartition, createThenAttach, detachConcurrently } from './attach-partition.ts'
import { batchedBackfill } from './batched-backfill.ts'
import { buildConcurrently } from './build-concurrently.ts'
import { expandAndContract } from './expand-and-contract.ts'
import { keyOverIndex } from './key-over-index.ts'
import { notNullByCheck } from './not-null-by-check.ts'
import { notValidThenValidate } from './not-valid-then-validate.ts'
import { type NoWay, noWay, transaction, type Way, way } from './plan.ts'
import { dropConcurrently, rebuildConcurrently, refreshConcurrently } from './rebuild-concurrently.ts'
import type { PlanContext, Subject } from './subject.ts'

/**
 * The way of one statement (of an ALTER TABLE: with one subcommand). Null when it takes only a moment, so that it can stay
 * as it is, behind a lock_timeout.
 */
export function wayOf(subject: Subject, context: PlanContext): Way | NoWay | null {
  const { node } = subject
  if ('IndexStmt' in node) return works(subject) ? buildConcurrently(node.IndexStmt, subject, context) : null
  if ('ReindexStmt' in node) return rebuildConcurrently(node.ReindexStmt, subject, context)
  if ('DropStmt' in node && node.DropStmt.removeType === 'OBJECT_INDEX') return dropConcurrently(node.DropStmt, context)
  if ('RefreshMatViewStmt' in node) return works(subject) ? refreshConcurrently(node.RefreshMatViewStmt, context) : null
  if ('CreateStmt' in node && node.CreateStmt.partbound) return createThenAttach(node.CreateStmt, subject, context)
  if ('UpdateStmt' in node || 'DeleteStmt' in node) return writes(subject) ? batchedBackfill(subject, context) : null
  if ('AlterTableStmt' in node) return alterTable(node.AlterTableStmt, subject, context)
  if (!works(subject))
    return writes(subject)
      ? noWay('Lockcast splits UPDATE and DELETE by ranges of the key, and this is neither.')
      : null
  if ('VacuumStmt' in node || 'ClusterStmt' in node) {
    return noWay(
      'PostgreSQL copies a table only under ACCESS EXCLUSIVE; an extension such as pg_repack copies it online, and a plain VACUUM makes its space usable again.',
    )
  }
  return noWay('PostgreSQL has no other form of this statement.')
}

function alterTable(statement: AlterTableStmt, subject: Subject, context: PlanContext): Way | NoWay | null {
  const [command] = commandsOf(statement)
  if (!command) return null
  const { def, subtype } = command
  switch (subtype) {
    case 'AT_AddConstraint':
      if (!def || !('Constraint' in def) || !works(subject)) return null
      switch (def.Constraint.contype) {
        case 'CONSTR_UNIQUE':
        case 'CONSTR_PRIMARY':
        case 'CONSTR_EXCLUSION':
          return keyOverIndex(statement, def.Constraint, subject, context)
        case 'CONSTR_NOTNULL':
          return notNullByCheck(subject, context)
        default:
          return notValidThenValidate(statement, def.Constraint, subject, context)
      }
    case 'AT_SetNotNull':
      return works(subject) ? notNullByCheck(subject, context) : null
    case 'AT_AddColumn':
      return def && 'ColumnDef' in def && works(subject)
        ? addColumnThenFill(statement, def.ColumnDef, subject, context)
        : null
    case 'AT_AlterColumnType':
      return def && 'ColumnDef' in def && (works(subject) || isUnderView(subject.node, subject.analysis))
        ? expandAndContract(statement, def.ColumnDef, subject, context)
        : null
    case 'AT_AttachPartition':
      return def && 'PartitionCmd' in def && works(subject)
        ? attachPartition(statement, def.PartitionCmd, subject, context)
        : null
    case 'AT_DetachPartition':
      return def && 'PartitionCmd' in def ? detachConcurrently(statement, def.PartitionCmd, context) : null
    case 'AT_ValidateConstraint':
      return null
    default:
      return works(subject) ? noWay('PostgreSQL has no other form of this change.') : null
  }
}

/** The subcommands in the order in which the server runs them (AlterTablePass in tablecmds.c). */
export function commandsOf(statement: AlterTableStmt): AlterTableCmd[] {
  const commands = (statement.cmds ?? []).flatMap((command) =>
    'AlterTableCmd' in command ? [command.AlterTableCmd] : [],
  )
  return commands.toSorted((a, b) => passOf(a) - passOf(b))
}

function passOf({ subtype, def }: AlterTableCmd): number {
  switch (subtype) {
    case 'AT_DropColumn':
    case 'AT_DropConstraint':
    case 'AT_DropNotNull':
    case 'AT_DropIdentity':
    case 'AT_DropExpression':
      return 0
    case 'AT_AlterColumnType':
      return 1
    case 'AT_AddColumn':
      return 2
    case 'AT_SetNotNull':
      return 4
    case 'AT_ColumnDefault':
      return def ? 7 : 0
    case 'AT_AddConstraint': {
      const type = def && 'Constraint' in def ? def.Constraint.contype : undefined
      if (type === 'CONSTR_PRIMARY' || type === 'CONSTR_UNIQUE' || type === 'CONSTR_EXCLUSION') return 5
      return type === 'CONSTR_NOTNULL' ? 4 : 6
    }
    default:
      return 8
  }
}

/** A change of type that the server refuses because a view, a rule or a policy reads the column. */
export function isUnderView(node: Subject['node'] | null, { fails }: Subject['analysis']): boolean {
  if (fails?.sqlstate !== '0A000' || !node || !('AlterTableStmt' in node)) return false
  return commandsOf(node.AlterTableStmt).some(({ subtype }) => subtype === 'AT_AlterColumnType')
}

/** It makes reads or writes of a table wait that others use. */
export function locksStrongly({ effects }: Pick<Subject, 'effects'>): boolean {
  return effects.some(({ effect }) => !effect.relation.isNew && blocksOf(effect).some((block) => block !== 'ddl'))
}

/** It reads or writes many rows without making others wait by its own lock. */
export function isLong({ effects, analysis }: Pick<Subject, 'effects' | 'analysis'>): boolean {
  const busy = effects.some(
    ({ effect }) => (effect.scan || effect.builds.length > 0) && effect.relation.size.rows !== 0,
  )
  return busy || writes({ analysis, effects })
}

/** A transaction of its own for what works for long, behind those that lock for a moment; null for what does not. */
export function commitBefore(subject: Subject): Way | null {
  const { node } = subject
  const splits = 'UpdateStmt' in node || 'DeleteStmt' in node
  if (!isLong(subject) || locksStrongly(subject) || splits) return null
  return way({
    pattern: 'commit-between',
    summary:
      'Commit the brief change first, then do the work in a transaction of its own: no strong lock is kept meanwhile.',
    prepare: [transaction([subject.sql])],
  })
}

/** Takes only a moment, but has a form that makes fewer wait. */
export function hasWay(node: Subject['node'] | null): boolean {
  if (node === null) return false
  if ('DropStmt' in node) return node.DropStmt.removeType === 'OBJECT_INDEX'
  if ('ReindexStmt' in node) return true
  if ('CreateStmt' in node) return node.CreateStmt.partbound !== undefined
  return (
    'AlterTableStmt' in node && commandsOf(node.AlterTableStmt).some(({ subtype }) => subtype === 'AT_DetachPartition')
  )
}

/** It reads, writes anew or indexes rows that others use, and makes reads or writes wait. */
export function works({ effects }: Pick<Subject, 'effects'>): boolean {
  const busy = effects.some(
    ({ effect }) =>
      (effect.scan || effect.rewrite || effect.builds.length > 0) && !effect.emptied && effect.relation.size.rows !== 0,
  )
  return (
    busy && effects.some(({ effect }) => !effect.relation.isNew && blocksOf(effect).some((block) => block !== 'ddl'))
  )
}

/** It writes many rows of a table that others use. */
export function writes({ analysis, effects }: Pick<Subject, 'analysis' | 'effects'>): boolean {
  const change = analysis.changes.find((schemaChange) => schemaChange.kind === 'writes rows')
  if (change?.kind !== 'writes rows' || change.relation.isNew || change.batch) return false
  const follows = effects.some(
    ({ effect }) => effect.through?.kind === 'cascade' && (effect.writes?.rows ?? most) >= most,
  )
  return follows || !(change.bounded || (change.rows !== null && change.rows <= most))
}

/** Rows that one statement may write at a time. */
const most = 10_000
