import type { Session } from './session.ts'

/** Storage of one relation, its TOAST table or one of its indexes. */
export interface Storage {
  relation: number
  part: 'heap' | 'toast' | 'index'
  /** The OID of the object itself. */
  id: number
  /** Bytes today; null while somebody's lock forbids to look. */
  bytes: number | null
  /** `pg_class.relpages`, as of the last ANALYZE or VACUUM. */
  pages: number
  /** Dead rows among all of a heap, 0 to 1; null on a standby, and where nothing was counted yet. */
  dead: number | null
}

/**
 * Today's sizes. pg_relation_size opens the relation, so it waits behind ACCESS EXCLUSIVE: what somebody holds or awaits
 * that lock on is not asked. Null when a lock came in between all the same; the caller then has relpages for all.
 */
export async function askSizes({ attempt }: Session, relations: number[]): Promise<Storage[] | null> {
  if (relations.length === 0) return []
  return attempt<Storage>(sql, [relations])
}

const sql = `
WITH wanted AS MATERIALIZED (
  SELECT c.oid, c.relkind, c.relpages, c.reltoastrelid FROM unnest($1::oid[]) AS item(oid) JOIN pg_class c ON c.oid = item.oid WHERE c.relkind IN ('r', 'm', 'p')
),
locked AS MATERIALIZED (
  SELECT relation FROM pg_locks
  WHERE mode = 'AccessExclusiveLock' AND relation IS NOT NULL
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
),
object AS (
  SELECT oid AS relation, 'heap' AS part, oid, relpages FROM wanted WHERE relkind <> 'p'
  UNION ALL
  SELECT wanted.oid, 'toast', toast.oid, toast.relpages
  FROM wanted JOIN pg_class toast ON toast.oid = wanted.reltoastrelid
  UNION ALL
  SELECT i.indrelid, 'index', ic.oid, ic.relpages
  FROM wanted JOIN pg_index i ON i.indrelid = wanted.oid JOIN pg_class ic ON ic.oid = i.indexrelid AND ic.relkind = 'i'
)
SELECT json_build_object(
  'relation', relation::bigint,
  'part', part,
  'id', oid::bigint,
  'bytes', CASE WHEN oid NOT IN (SELECT relation FROM locked) THEN pg_relation_size(oid) END,
  'pages', relpages,
  -- Cumulative statistics are not replicated: what a standby has is nothing, or old.
  'dead', CASE WHEN part = 'heap' AND NOT pg_is_in_recovery() THEN
    pg_stat_get_dead_tuples(oid)::float8 / nullif(pg_stat_get_live_tuples(oid) + pg_stat_get_dead_tuples(oid), 0)
  END
)
FROM object`
