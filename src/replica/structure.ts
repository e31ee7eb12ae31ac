import type { SnapshotConstraint, SnapshotIndex, SnapshotRelation } from '../catalog/snapshot.ts'
import { definitions } from './definitions.ts'
import { type ColumnFacts, columns } from './read-columns.ts'
import { constraints } from './read-constraints.ts'
import { indexes } from './read-indexes.ts'
import type { ServerFacts } from './read-server.ts'
import type { Session } from './session.ts'
import { partitionKeys, policies, rules, triggers } from './triggers.ts'

/** The parts of relations, one row each. */
export type Part = { relation: number } & (
  | { part: 'column'; data: ColumnFacts }
  | { part: 'constraint'; data: SnapshotConstraint }
  | { part: 'index'; data: Omit<SnapshotIndex, 'bytes'> & { id: number } }
  | { part: 'trigger'; data: SnapshotRelation['triggers'][number] }
  | { part: 'policy'; data: SnapshotRelation['policies'][number] }
  | { part: 'rule'; data: SnapshotRelation['rules'][number] }
  | { part: 'partition key'; data: string }
  | { part: 'definition'; data: NonNullable<SnapshotRelation['definition']> }
)

export interface Structure {
  parts: Part[]
  /** Relations some of whose definitions read `…`, because somebody holds or waits for ACCESS EXCLUSIVE on them. */
  locked: number[]
  /** All of them do: a lock came between looking for locks and reading definitions. */
  blind: boolean
}

/**
 * pg_get_indexdef, pg_get_constraintdef of a CHECK, pg_get_triggerdef with a WHEN and pg_get_expr over a relation open
 * that relation (ruleutils.c, set_relation_column_names), so they wait behind ACCESS EXCLUSIVE, like pg_relation_size.
 * Measured on 12, 17 and 18. For relations with such a lock those texts are left out.
 */
export async function askStructure(
  { ask, attempt }: Session,
  relations: number[],
  server: ServerParts,
): Promise<Structure> {
  if (relations.length === 0) return { parts: [], locked: [], blind: false }
  const rows = await attempt<Part | Locked>(sql(server), [relations, false])
  // Once more as if all were locked: that opens no relation, so it cannot wait.
  const blind = rows === null
  const answer = rows ?? (await ask<Part | Locked>(sql(server), [relations, true]))
  const locked = blind ? [] : answer.flatMap((row) => (row.part === 'locked' ? [row.relation] : []))
  return { parts: answer.filter((row) => row.part !== 'locked'), locked, blind }
}

/** The server facts that the queries depend on. */
type ServerParts = Pick<ServerFacts, 'statistics' | 'values' | 'standby' | 'version'>

interface Locked {
  part: 'locked'
  relation: number
}

const sql = (server: ServerParts) => `
WITH wanted AS MATERIALIZED (
  SELECT c.oid, c.relname, c.relkind, c.relnamespace, ns.nspname
  FROM unnest($1::oid[]) AS item(oid) JOIN pg_class c ON c.oid = item.oid JOIN pg_namespace ns ON ns.oid = c.relnamespace
),
-- Also who only waits for the lock: we would queue behind.
locked AS MATERIALIZED (
  SELECT oid FROM wanted WHERE $2::boolean
  UNION
  SELECT relation FROM pg_locks
  WHERE mode = 'AccessExclusiveLock' AND relation IS NOT NULL
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT json_build_object('part', part, 'relation', relation::bigint, 'data', data)
FROM (
  SELECT oid AS relation, 'locked' AS part, 0 AS position, NULL::text AS name, NULL::json AS data
  FROM wanted WHERE oid IN (SELECT oid FROM locked)
  ${[columns(server), constraints, indexes(server), triggers, policies, rules, partitionKeys, definitions(server.version)].map((part) => `UNION ALL ${part}`).join('\n  ')}
) AS parts
ORDER BY relation, part, position, name`
