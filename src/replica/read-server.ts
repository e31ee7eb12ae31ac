import type { Ask } from './session.ts'

/** Facts about the server and the reading role, read before any relation. */
export interface ServerFacts {
  /** ISO 8601, UTC, by the server's clock. */
  takenAt: string
  /** `server_version_num`. */
  version: number
  standby: boolean
  /** Since when the counters of a standby count, ISO 8601; null on a primary. */
  countsSince: string | null
  /** Seconds since the newest replayed transaction; 0 when all that was received is replayed, null on a primary. */
  lag: number | null
  /** A standby that has no connection to its primary. */
  detached: boolean
  /** Bytes of a page. */
  blockSize: number
  settings: Record<string, string>
  /** reset_val and unit of those settings that this transaction has changed for itself. */
  ownSettings: { name: string; value: string; unit: string | null }[]
  roleSettings: { role: string | null; database: boolean; name: string; value: string }[]
  searchPath: string[]
  schemas: string[]
  extensions: string[]
  /** Privileges of the role beyond reading, in words. */
  powers: string[]
  /** Where column statistics are read: `own` pg_statistic itself, `view` the granted view, `stats` pg_stats. */
  statistics: 'own' | 'view' | 'stats'
  /** Sizes of the values in statistics: not asked for, read by the granted view, or not granted. */
  values: 'off' | 'view' | 'missing'
}

/** Asked before names are qualified, because the role's search path is one of the answers. */
export async function askServer(ask: Ask, values: boolean): Promise<ServerFacts> {
  const [facts] = await ask<ServerFacts>(sql(values), [settingNames, ownNames, migratingNames])
  if (!facts) throw new Error('one row of JSON')
  return facts
}

/** Settings that decide how long a migration takes or what it waits for. */
const settingNames = [
  'TimeZone',
  'maintenance_work_mem',
  'work_mem',
  'shared_buffers',
  'max_parallel_maintenance_workers',
  'max_parallel_workers',
  'max_parallel_workers_per_gather',
  'min_parallel_table_scan_size',
  'wal_level',
  'max_wal_size',
  'effective_cache_size',
  'full_page_writes',
  'synchronous_commit',
  'search_path',
  'default_table_access_method',
  'default_tablespace',
  'hot_standby_feedback',
  'max_standby_streaming_delay',
]

/** Those that this transaction sets for itself: their value is what the session would have without. */
const ownNames = ['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout']

/**
 * Only these are read of ALTER ROLE … SET and ALTER DATABASE … SET: applications keep secrets there under names of their
 * own (PostgREST's app.settings.jwt_secret).
 */
const migratingNames = [
  ...settingNames,
  ...ownNames,
  'role',
  'default_transaction_isolation',
  'default_transaction_read_only',
].map((name) => name.toLowerCase())

/**
 * The schema `lockcast` holds only our own view (docs/replica.md). It must not count: through `"$user"` it would be
 * first in the search path of a role of that name, and new tables would be taken to land there.
 *
 * Aurora has no pg_last_xact_replay_timestamp and its kind: calling one is an error there, so CASE keeps away from them.
 */
const sql = (values: boolean) => `
SELECT pg_catalog.json_build_object(
  'takenAt', pg_catalog.to_char(pg_catalog.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'version', pg_catalog.current_setting('server_version_num')::int,
  'standby', pg_catalog.pg_is_in_recovery(),
  -- From 15 a crash leaves the database's own null and sets the background writer's; measured on 13 to 18.
  'countsSince', CASE WHEN pg_catalog.pg_is_in_recovery() THEN (
    SELECT pg_catalog.to_char(greatest(d.stats_reset, w.stats_reset) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    FROM pg_catalog.pg_stat_database d, pg_catalog.pg_stat_bgwriter w WHERE d.datname = pg_catalog.current_database()
  ) END,
  'lag', CASE
    WHEN NOT pg_catalog.pg_is_in_recovery() OR host.aurora THEN NULL
    WHEN pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() THEN 0
    ELSE pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())
  END,
  'detached', CASE
    WHEN NOT pg_catalog.pg_is_in_recovery() OR host.aurora THEN false
    ELSE NOT EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver)
  END,
  'blockSize', pg_catalog.current_setting('block_size')::int,
  'settings', (
    SELECT pg_catalog.json_object_agg(name, pg_catalog.current_setting(name, true))
    FROM pg_catalog.unnest($1::text[]) AS wanted(name)
    WHERE pg_catalog.current_setting(name, true) IS NOT NULL
  ),
  'ownSettings', (
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', name, 'value', reset_val, 'unit', unit))
    FROM pg_catalog.pg_settings WHERE name = ANY ($2::text[])
  ),
  'roleSettings', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
        'role', role.rolname,
        'database', s.setdatabase <> 0,
        'name', pg_catalog.split_part(entry, '=', 1),
        'value', pg_catalog.substr(entry, pg_catalog.strpos(entry, '=') + 1)
      ) ORDER BY role.rolname NULLS FIRST, s.setdatabase, entry), '[]')
    FROM pg_catalog.pg_db_role_setting s
    CROSS JOIN pg_catalog.unnest(s.setconfig) AS entry
    LEFT JOIN pg_catalog.pg_roles role ON role.oid = s.setrole
    WHERE s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
      AND (s.setrole = 0 OR role.oid IS NOT NULL)
      AND pg_catalog.lower(pg_catalog.split_part(entry, '=', 1)) = ANY ($3::text[])
  ),
  'searchPath', (
    SELECT coalesce(pg_catalog.json_agg(path.schema ORDER BY path.position), '[]')
    FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS path(schema, position)
    WHERE path.schema NOT IN ('pg_catalog', 'lockcast')
  ),
  'schemas', (
    SELECT coalesce(pg_catalog.json_agg(nspname ORDER BY nspname), '[]') FROM pg_catalog.pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'lockcast')
  ),
  'extensions', (SELECT coalesce(pg_catalog.json_agg(extname ORDER BY extname), '[]') FROM pg_catalog.pg_extension),
  'powers', (
    SELECT pg_catalog.array_remove(ARRAY[
        CASE WHEN rolsuper THEN 'is a superuser' END,
        CASE WHEN rolcreaterole AND NOT rolsuper THEN 'may create roles' END,
        CASE WHEN rolcreatedb AND NOT rolsuper THEN 'may create databases' END,
        CASE WHEN NOT rolsuper AND EXISTS (
          SELECT FROM pg_catalog.pg_roles granted
          WHERE granted.rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program')
            AND pg_catalog.pg_has_role(me.oid, granted.oid, 'USAGE')
        ) THEN 'may write by a predefined role' END
      ], NULL)
    FROM pg_catalog.pg_roles me WHERE me.rolname = current_user
  ),
  'statistics', CASE
    WHEN pg_catalog.has_table_privilege('pg_catalog.pg_statistic', 'SELECT') THEN 'own'
    WHEN ${isGranted('column_statistics')} THEN 'view'
    ELSE 'stats'
  END,
  'values', ${values ? `CASE WHEN ${isGranted('value_sizes')} THEN 'view' ELSE 'missing' END` : "'off'"}
)
FROM (SELECT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE proname = 'aurora_version')) AS host(aurora)`

/** A view of the schema `lockcast` that the role may read. */
function isGranted(view: string): string {
  return `EXISTS (
      SELECT FROM pg_catalog.pg_class view JOIN pg_catalog.pg_namespace n ON n.oid = view.relnamespace
      WHERE n.nspname = 'lockcast' AND view.relname = '${view}'
        AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(view.oid, 'SELECT')
    )`
}
