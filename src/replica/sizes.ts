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

/** The value that a sequence gave out last, or the one before its first; null when the role may not read it. */
export interface SequenceValue {
  relation: number
  part: 'sequence'
  last: number | null
  /** Somebody's lock was in the way. */
  locked: boolean
}

/**
 * Today's sizes, and how far sequences are. pg_relation_size opens the relation, so it waits behind ACCESS EXCLUSIVE, and
 * pg_sequence_last_value takes ROW EXCLUSIVE: what somebody holds or awaits a lock on that is in the way is not asked.
 * Null when a lock came in between all the same; the caller then has relpages for all.
 *
 * Of sequences only those that end before bigint does. The lock on each is kept until the transaction ends
 * (lock_and_open_sequence in sequence.c) and takes room that all sessions share, so not more than 500. Without SELECT
 * or USAGE the function fails up to 17 and says NULL from 18; an unlogged sequence has no value on a standby. Measured
 * on 13 to 18, on a primary and a standby.
 */
export async function askSizes({ attempt }: Session, relations: number[]): Promise<(Storage | SequenceValue)[] | null> {
  if (relations.length === 0) return []
  return attempt<Storage | SequenceValue>(sql, [relations])
}

const sql = `
WITH wanted AS MATERIALIZED (
  SELECT c.oid, c.relkind, c.relpages, c.reltoastrelid FROM unnest($1::oid[]) AS item(oid) JOIN pg_class c ON c.oid = item.oid WHERE c.relkind IN ('r', 'm', 'p')
),
taken AS MATERIALIZED (
  SELECT relation, mode FROM pg_locks
  WHERE mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') AND relation IS NOT NULL
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
),
sequence AS (
  SELECT c.oid, s.seqstart, s.seqincrement,
    has_sequence_privilege(c.oid, 'SELECT, USAGE') AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
      AND row_number() OVER (ORDER BY c.oid) <= 500 AS readable,
    c.oid IN (SELECT relation FROM taken) AS locked
  FROM unnest($1::oid[]) AS item(oid)
  JOIN pg_class c ON c.oid = item.oid AND c.relkind = 'S'
  JOIN pg_sequence s ON s.seqrelid = c.oid
  WHERE s.seqmax <= 2147483647 OR EXISTS (
    SELECT FROM pg_depend d
    JOIN pg_attrdef def ON def.oid = d.objid
    JOIN pg_attribute a ON a.attrelid = def.adrelid AND a.attnum = def.adnum AND a.atttypid IN (21, 23)
    WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
  )
)
SELECT json_build_object(
  'relation', oid::bigint,
  'part', 'sequence',
  'locked', locked AND readable,
  'last', CASE WHEN readable AND NOT locked THEN coalesce(pg_sequence_last_value(oid)::float8, seqstart::float8 - seqincrement) END
)
FROM sequence
UNION ALL
SELECT json_build_object(
  'relation', relation::bigint,
  'part', part,
  'id', oid::bigint,
  'bytes', CASE WHEN oid NOT IN (SELECT relation FROM taken WHERE mode = 'AccessExclusiveLock') THEN pg_relation_size(oid) END,
  'pages', relpages,
  -- Cumulative statistics are not replicated: what a standby has is nothing, or old.
  'dead', CASE WHEN part = 'heap' AND NOT pg_is_in_recovery() THEN
    pg_stat_get_dead_tuples(oid)::float8 / nullif(pg_stat_get_live_tuples(oid) + pg_stat_get_dead_tuples(oid), 0)
  END
)
FROM object`
