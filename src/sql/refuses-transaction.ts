import type { Node } from '@pgsql/types'

/**
 * The command's name as PostgreSQL's error says it when the statement refuses to run inside a transaction block, or null
 * when it does not refuse. Source: the calls of PreventInTransactionBlock in the server.
 */
export function refusesTransaction(node: Node): string | null {
  if ('IndexStmt' in node) return node.IndexStmt.concurrent ? 'CREATE INDEX CONCURRENTLY' : null
  if ('DropStmt' in node) return node.DropStmt.concurrent ? 'DROP INDEX CONCURRENTLY' : null
  if ('ReindexStmt' in node) {
    const { kind, params } = node.ReindexStmt
    if (params?.some((param) => 'DefElem' in param && param.DefElem.defname === 'concurrently')) {
      return 'REINDEX CONCURRENTLY'
    }
    if (kind === 'REINDEX_OBJECT_SCHEMA') return 'REINDEX SCHEMA'
    if (kind === 'REINDEX_OBJECT_SYSTEM') return 'REINDEX SYSTEM'
    return kind === 'REINDEX_OBJECT_DATABASE' ? 'REINDEX DATABASE' : null
  }
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd ? 'VACUUM' : null
  if ('ClusterStmt' in node) return node.ClusterStmt.relation ? null : 'CLUSTER'
  if ('CreatedbStmt' in node) return 'CREATE DATABASE'
  if ('DropdbStmt' in node) return 'DROP DATABASE'
  if ('CreateTableSpaceStmt' in node) return 'CREATE TABLESPACE'
  if ('DropTableSpaceStmt' in node) return 'DROP TABLESPACE'
  if ('AlterSystemStmt' in node) return 'ALTER SYSTEM'
  if ('DiscardStmt' in node) return node.DiscardStmt.target === 'DISCARD_ALL' ? 'DISCARD ALL' : null
  if ('AlterTableStmt' in node) {
    const detaches = node.AlterTableStmt.cmds?.some(
      (cmd) =>
        'AlterTableCmd' in cmd &&
        cmd.AlterTableCmd.subtype === 'AT_DetachPartition' &&
        cmd.AlterTableCmd.def &&
        'PartitionCmd' in cmd.AlterTableCmd.def &&
        cmd.AlterTableCmd.def.PartitionCmd.concurrent,
    )
    return detaches ? 'ALTER TABLE ... DETACH CONCURRENTLY' : null
  }
  return null
}
