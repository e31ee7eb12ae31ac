import type { Node } from '@pgsql/types'
import type { Migration } from '../runners/runner.ts'
import { qualifiedName } from '../sql/walk.ts'

/** A table that a migration locks strongly, at the statement that does it first. */
export interface OrderedLock {
  /** Bare name, as the statement writes it. */
  table: string
  line: number
}

/**
 * The tables that a migration locks against writes in one transaction, in the order in which it does, told by the names in
 * the statements alone: good enough for files that are not reviewed here. Tables that it makes itself are left out.
 */
export function lockOrder({ wrapping, statements }: Migration): OrderedLock[] {
  if (wrapping === 'autocommit') return []
  const made = new Set<string>()
  const order = new Map<string, OrderedLock>()
  for (const { node, line } of statements) {
    if (!node) continue
    if ('CreateStmt' in node) made.add(node.CreateStmt.relation?.relname ?? '')
    for (const table of lockedBy(node)) if (!made.has(table) && !order.has(table)) order.set(table, { table, line })
  }
  return [...order.values()]
}

function lockedBy(node: Node): string[] {
  if ('AlterTableStmt' in node && node.AlterTableStmt.objtype === 'OBJECT_TABLE') {
    const { relation, cmds = [] } = node.AlterTableStmt
    const referenced = cmds.flatMap((one) => {
      const def = 'AlterTableCmd' in one ? one.AlterTableCmd.def : undefined
      return def && 'Constraint' in def && def.Constraint.pktable ? [def.Constraint.pktable.relname ?? ''] : []
    })
    return [relation?.relname ?? '', ...referenced]
  }
  if ('IndexStmt' in node) return node.IndexStmt.concurrent ? [] : [node.IndexStmt.relation?.relname ?? '']
  if ('CreateTrigStmt' in node) return [node.CreateTrigStmt.relation?.relname ?? '']
  if ('RenameStmt' in node) return node.RenameStmt.relation ? [node.RenameStmt.relation.relname ?? ''] : []
  if ('LockStmt' in node) return names(node.LockStmt.relations)
  if ('TruncateStmt' in node) return names(node.TruncateStmt.relations)
  if ('DropStmt' in node && node.DropStmt.removeType === 'OBJECT_TABLE')
    return (node.DropStmt.objects ?? []).map((one) => qualifiedName('List' in one ? one.List.items : undefined).name)
  return []
}

function names(nodes: Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((one) => ('RangeVar' in one ? [one.RangeVar.relname ?? ''] : []))
}
