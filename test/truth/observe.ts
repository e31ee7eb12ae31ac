import type pg from 'pg'

/** What a server was seen to do with one statement, on relations that stood before it. */
export interface Observation {
  sqlstate: string | null
  message: string | null
  relations: Record<string, { lock: string; scan: boolean; rewrite: boolean; builds: string[] }>
}

const reported = `c.relkind in ('r', 'p', 'm', 'f') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`
const strong = [
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
]

interface State {
  name: string
  oid: number
  filenode: string
  scans: number
  indexes: Record<string, string>
}

/** Storage of every relation and index, by OID. */
export async function observeState(client: pg.Client): Promise<Map<number, State>> {
  const { rows } = await client.query<State>(`
    select n.nspname || '.' || c.relname as name, c.oid::int as oid, c.relfilenode::text as filenode,
           coalesce(s.seq_scan, 0)::int as scans,
           coalesce((select jsonb_object_agg(i.relname, i.relfilenode::text) from pg_index x join pg_class i on i.oid = x.indexrelid and i.relkind = 'i' where x.indrelid = c.oid), '{}') as indexes
    from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_stat_xact_all_tables s on s.relid = c.oid
    where ${reported}`)
  return new Map(rows.map((row) => [row.oid, row]))
}

/** Runs a statement in a transaction of its own, looks, and rolls back, or keeps what it did. */
export async function observe(
  client: pg.Client,
  sql: string,
  end: 'rollback' | 'commit' = 'rollback',
): Promise<Observation> {
  await client.query('begin')
  try {
    const before = await observeState(client)
    try {
      await client.query(sql)
    } catch (error) {
      const { code, message } = error as { code?: string; message: string }
      return { sqlstate: code ?? null, message, relations: {} }
    }
    const { rows: locks } = await client.query<{ oid: number; mode: string }>(
      `select relation::int as oid, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation' and database is not null and granted`,
    )
    const after = await observeState(client)
    const relations: Observation['relations'] = {}
    for (const [oid, was] of before) {
      const modes = locks.filter((lock) => lock.oid === oid).map((lock) => strong.indexOf(lock.mode))
      const strongest = strong[Math.max(-1, ...modes)]
      if (strongest === undefined) continue
      const is = after.get(oid)
      const builds = Object.entries(is?.indexes ?? {}).flatMap(([name, filenode]) =>
        filenode !== '0' && !Object.values(was.indexes).includes(filenode) ? [name] : [],
      )
      relations[was.name] = {
        lock: strongest,
        scan: is !== undefined && is.scans > was.scans,
        rewrite: is !== undefined && is.filenode !== was.filenode,
        builds: builds.sort(),
      }
    }
    if (end === 'commit') await client.query('commit')
    return { sqlstate: null, message: null, relations }
  } finally {
    await client.query('rollback')
  }
}
