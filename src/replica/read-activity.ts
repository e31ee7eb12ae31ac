import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { ActivityFacts, ActivityRead, RelationActivity, SeenTransaction } from '../forecast/activity.ts'
import type { Needs } from '../review/facts.ts'
import { type Limits, readOnly } from './session.ts'
import type { Unreachable } from './unreachable.ts'

type Names = Needs['relations']

export interface ActivityOptions {
  limits: Limits
  /** Between the two readings of the counters, ms. Backends report theirs once a second at most. */
  interval: number
  /** Where unqualified names are looked for. */
  searchPath: string[]
}

export const activityDefaults: ActivityOptions = {
  limits: { connect: 5_000, statement: 5_000, lock: 1_000, total: 10_000 },
  interval: 5_000,
  searchPath: ['public'],
}

/** One sample of the primary's activity. */
export interface ActivitySample extends Omit<ActivityRead, 'kind' | 'relations'> {
  /** Seconds since 1970, by the server's clock. */
  at: number
  counters: { relation: string; reads: number; writes: number; inserts: number }[]
}

/**
 * Reads the activity on these relations of the primary: two samples of the cumulative counters, `interval` apart, and the holders of
 * locks there. Each sample is one read-only transaction of one query. Never throws on errors of the database or the network.
 */
export async function readActivity(
  connection: string | pg.ClientConfig,
  relations: Names,
  options: ActivityOptions,
): Promise<ActivityFacts> {
  const first = await takeSample(connection, relations, options)
  return first.kind === 'unreachable' ? first : rated(connection, first.value, relations, options)
}

/** A second look after the interval, and the rates since the first. */
export async function rated(
  connection: string | pg.ClientConfig,
  first: ActivitySample,
  relations: Names,
  options: ActivityOptions,
): Promise<ActivityFacts> {
  await sleep(options.interval)
  const second = await takeSample(connection, relations, options)
  if (second.kind === 'unreachable') return second
  return activityFrom(second.value, (relation) => counterOf(first, relation))
}

/** One look, without waiting for rates. */
export async function takeSample(
  connection: string | pg.ClientConfig,
  relations: Names,
  { limits, searchPath }: Pick<ActivityOptions, 'limits' | 'searchPath'>,
): Promise<{ kind: 'read'; value: ActivitySample } | Unreachable> {
  const outcome = await readOnly(connection, limits, async ({ ask }) => {
    const [answer] = await ask<Answer>(sql, [JSON.stringify(relations), searchPath])
    if (!answer) throw new Error('one row of JSON')
    const [promotion = null] = answer.lists && (answer.timeline ?? 1) > 1 ? await ask<string>(promotedAt, []) : []
    return { ...answer, promotion }
  })
  if (outcome.kind === 'unreachable') return outcome
  const { standby, sees, powers, timeline, lists: _, promotion, ...seen } = outcome.value
  if (standby) {
    return {
      kind: 'unreachable',
      reason: 'The activity connection leads to a standby, which knows only its own queries.',
      retry: 'Give it the address of the primary.',
    }
  }
  const warnings = [
    ...(sees
      ? []
      : [
          'Transactions of other roles and standbys are not visible: the activity role lacks pg_monitor (docs/activity.md).',
        ]),
    ...(powers.length > 0
      ? [`The activity role ${powers.join(' and ')}. It needs pg_monitor and nothing else: see docs/activity.md.`]
      : []),
  ]
  const countsSince = sinceThen(seen.countsSince, timeline, promotion)
  return { kind: 'read', value: { ...seen, countsSince, standbys: sees ? seen.standbys : null, warnings } }
}

/**
 * Since when this server counts what the primary does: a standby that was promoted has counted its own queries alone
 * until then. Null when the moment is not known. ISO 8601 in UTC sorts as text.
 */
function sinceThen(reset: string | null, timeline: number | null, promotion: string | null): string | null {
  if (timeline === null || reset === null) return null
  if (timeline === 1) return reset
  return promotion && (promotion > reset ? promotion : reset)
}

export interface Counter {
  at: number
  reads: number
  writes: number
  inserts: number
}

export function counterOf({ at, counters }: ActivitySample, relation: string): Counter | null {
  const found = counters.find((counter) => counter.relation === relation)
  return found ? { at, reads: found.reads, writes: found.writes, inserts: found.inserts } : null
}

/** Rates from the difference to the earlier counters; a counter that was reset in between gives none. Pure. */
export function activityFrom(now: ActivitySample, before: (relation: string) => Counter | null): ActivityRead {
  const { at, counters, ...rest } = now
  const counted = rest.countsSince === null ? 0 : at - Date.parse(rest.countsSince) / 1_000
  const relations = counters.flatMap(({ relation, reads, writes, inserts }): RelationActivity[] => {
    const then = before(relation)
    if (!then || at <= then.at || reads < then.reads || writes < then.writes || inserts < then.inserts) return []
    const seconds = at - then.at
    const perSecond = (count: number): number => Number((count / seconds).toPrecision(4))
    return [
      {
        relation,
        readsPerSecond: perSecond(reads - then.reads),
        writesPerSecond: perSecond(writes - then.writes),
        insertsPerSecond:
          counted >= day ? Number((inserts / counted).toPrecision(4)) : perSecond(inserts - then.inserts),
        seconds: Number(seconds.toPrecision(3)),
      },
    ]
  })
  return { kind: 'read', relations, ...rest }
}

/** Seconds. A shorter time does not show how fast a table grows. */
const day = 86_400

interface Answer extends Omit<ActivitySample, 'warnings'> {
  standby: boolean
  /** The role sees other roles' sessions. */
  sees: boolean
  powers: string[]
  /** Of the WAL: 1 for a server that was never promoted; null where that cannot be asked. */
  timeline: number | null
  /** The role may list the WAL directory. */
  lists: boolean
  transactions: SeenTransaction[]
}

/**
 * One statement, so that locks and sessions are of one moment as nearly as may be. Counters are asked by function: the
 * view pg_stat_all_tables groups over every table of the database.
 *
 * A name without a schema is looked for in all schemas of the search path. $1 of `[]` with locks on no named relation
 * leaves only the oldest transactions. A prepared transaction has no pid and keeps the virtual transaction of the session
 * that prepared it, `-1/xid` after a restart (MarkAsPreparing): its lock on its own id shows which. Parallel workers hold
 * what their leader holds. The text of an autovacuum is the server's own (autovac_report_activity) and does not leave it.
 */
const sql = `
WITH
name AS (
  SELECT (value ->> 'schema')::name AS schema, (value ->> 'name')::name AS name FROM pg_catalog.json_array_elements($1::json)
),
wanted AS MATERIALIZED (
  SELECT DISTINCT c.oid, ns.nspname || '.' || c.relname AS relation
  FROM name
  JOIN pg_catalog.pg_class c ON c.relname = name.name AND c.relkind IN ('r', 'p', 'm', 'f')
  JOIN pg_catalog.pg_namespace ns ON ns.oid = c.relnamespace
  WHERE ns.nspname = name.schema OR (name.schema IS NULL AND ns.nspname = ANY ($2::name[]))
),
lock AS MATERIALIZED (
  SELECT l.pid, l.virtualtransaction, pg_catalog.json_agg(pg_catalog.json_build_object(
      'relation', wanted.relation,
      'lock', l.mode,
      'granted', l.granted,
      'waitedSeconds', pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()
        - (pg_catalog.to_json(l) ->> 'waitstart')::timestamptz)
    ) ORDER BY wanted.relation, l.mode) AS locks
  FROM pg_catalog.pg_locks l JOIN wanted ON wanted.oid = l.relation
  WHERE l.locktype = 'relation'
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  GROUP BY l.pid, l.virtualtransaction
),
session AS (
  SELECT CASE a.backend_type WHEN 'client backend' THEN 'client' WHEN 'autovacuum worker' THEN 'autovacuum' ELSE 'other' END AS kind,
    a.pid, NULL::text AS gid, a.usename AS role, a.application_name AS application, a.state,
    pg_catalog.clock_timestamp() - a.xact_start AS age,
    coalesce(a.backend_type = 'autovacuum worker' AND a.query LIKE '%(to prevent wraparound)', false) AS wraparound,
    a.backend_xmin IS NOT NULL AS snapshot,
    (SELECT locks FROM lock WHERE lock.pid = a.pid) AS locks,
    CASE WHEN a.wait_event_type = 'Lock' THEN pg_catalog.pg_blocking_pids(a.pid) ELSE '{}' END AS blockers
  FROM pg_catalog.pg_stat_activity a
  WHERE a.datid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND a.pid <> pg_catalog.pg_backend_pid() AND a.backend_type IS DISTINCT FROM 'parallel worker'
  UNION ALL
  SELECT 'prepared', NULL, p.gid, p.owner, NULL, 'prepared', pg_catalog.clock_timestamp() - p.prepared, false, false,
    (
      SELECT lock.locks
      FROM pg_catalog.pg_locks own JOIN lock ON lock.virtualtransaction = own.virtualtransaction
      WHERE own.locktype = 'transactionid' AND own.transactionid = p.transaction AND own.pid IS NULL AND lock.pid IS NULL
    ), '{}'
  FROM pg_catalog.pg_prepared_xacts p
  WHERE p.database = pg_catalog.current_database()
)
SELECT pg_catalog.json_build_object(
  'at', pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()),
  'takenAt', pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'serverVersion', pg_catalog.current_setting('server_version_num')::int,
  'standby', pg_catalog.pg_is_in_recovery(),
  'sees', (
    SELECT coalesce(pg_catalog.bool_or(pg_catalog.pg_has_role(oid, 'USAGE')), false)
    FROM pg_catalog.pg_roles WHERE rolname = 'pg_read_all_stats'
  ),
  'powers', (
    SELECT pg_catalog.array_remove(ARRAY[
        CASE WHEN rolsuper THEN 'is a superuser' END,
        CASE WHEN NOT rolsuper AND EXISTS (
          SELECT FROM wanted WHERE pg_catalog.has_table_privilege(wanted.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
        ) THEN 'may read or write the tables' END
      ], NULL)
    FROM pg_catalog.pg_roles WHERE rolname = current_user
  ),
  'counters', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
        'relation', relation,
        'reads', pg_catalog.pg_stat_get_numscans(oid) + (
          SELECT coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_numscans(i.indexrelid)), 0)
          FROM pg_catalog.pg_index i WHERE i.indrelid = wanted.oid
        ),
        'writes', pg_catalog.pg_stat_get_tuples_inserted(oid) + pg_catalog.pg_stat_get_tuples_updated(oid)
          + pg_catalog.pg_stat_get_tuples_deleted(oid),
        'inserts', pg_catalog.pg_stat_get_tuples_inserted(oid)
      ) ORDER BY relation), '[]')
    FROM wanted
  ),
  'timeline', CASE
    WHEN pg_catalog.pg_is_in_recovery() OR EXISTS (SELECT FROM pg_catalog.pg_proc WHERE proname = 'aurora_version') THEN NULL
    ELSE ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::int
  END,
  'lists', pg_catalog.has_function_privilege('pg_catalog.pg_ls_waldir()', 'EXECUTE'),
  -- From 15 a crash leaves the database's own null and sets the background writer's; measured on 13 to 18.
  'countsSince', (
    SELECT pg_catalog.to_char(greatest(d.stats_reset, w.stats_reset) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    FROM pg_catalog.pg_stat_database d, pg_catalog.pg_stat_bgwriter w WHERE d.datname = pg_catalog.current_database()
  ),
  'indexes', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
        'relation', wanted.relation, 'name', s.indexrelname, 'scans', s.idx_scan,
        -- From 16.
        'lastScan', pg_catalog.to_json(s) ->> 'last_idx_scan'
      ) ORDER BY wanted.relation, s.indexrelname), '[]')
    FROM wanted JOIN pg_catalog.pg_stat_all_indexes s ON s.relid = wanted.oid
  ),
  'transactions', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
        'kind', kind, 'pid', pid, 'gid', gid, 'role', role, 'application', application, 'state', state,
        'ageSeconds', pg_catalog.round(pg_catalog.date_part('epoch', age)::numeric, 1),
        'running', true, 'wraparound', wraparound, 'snapshot', snapshot,
        'locks', coalesce(locks, '[]'), 'blockedBy', pg_catalog.to_json(blockers)
      ) ORDER BY age DESC NULLS LAST), '[]')
    FROM (
      SELECT * FROM session WHERE locks IS NOT NULL OR age > interval '100 ms'
      ORDER BY age DESC NULLS LAST LIMIT 500
    ) AS oldest
  ),
  -- A subscriber of a publication streams too, and answers no query of this database.
  'standbys', (
    SELECT count(*) FROM pg_catalog.pg_stat_replication sender
    WHERE replay_lsn IS NOT NULL AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_replication_slots slot WHERE slot.active_pid = sender.pid AND slot.slot_type = 'logical'
    )
  ),
  'replicas', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
        'name', coalesce(nullif(application_name, ''), 'standby'),
        'state', state,
        'seconds', pg_catalog.date_part('epoch', replay_lag),
        'bytes', CASE WHEN NOT pg_catalog.pg_is_in_recovery()
          THEN pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), replay_lsn) END
      ) ORDER BY application_name), '[]')
    -- pg_receivewal streams too, and replays nothing.
    FROM pg_catalog.pg_stat_replication WHERE state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL
  )
)`

/** The promotion writes the history file of its timeline. The right to list is looked at before the query runs. */
const promotedAt = `
SELECT pg_catalog.to_json(pg_catalog.to_char(max(modification) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
FROM pg_catalog.pg_ls_waldir() WHERE name LIKE '%.history'`
