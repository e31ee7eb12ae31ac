import pg from 'pg'

/** This process among those that share the store. */
export interface Membership {
  /** Notes a worker of this process, so that others free its jobs when the process dies. */
  addWorker(id: string): Promise<void>
  /** Removes the processes that are gone and returns their workers. */
  removeDead(client: pg.ClientBase): Promise<string[]>
  /** Processes that run jobs, this one included, at least 1. */
  working(): Promise<number>
  leave(): Promise<void>
}

/** First key of the advisory locks of processes; the second is the process's number. */
const lockSpace = 4_711

/**
 * Joins. Each process holds an advisory lock of its number on a connection of its own: PostgreSQL frees it when the
 * process ends, also by kill -9, so that its jobs go on elsewhere within seconds. graphile-worker alone would wait for
 * four hours. `alone`: the store is this process's own, so that every other process is gone.
 */
export async function joinProcesses(
  pool: pg.Pool,
  url: string,
  { works, alone, log }: { works: boolean; alone: boolean; log: { error(facts: object, message: string): void } },
): Promise<Membership> {
  const { rows } = await pool.query<{ id: number }>('INSERT INTO lockcast.processes (works) VALUES ($1) RETURNING id', [
    works,
  ])
  const id = rows[0]?.id ?? 0
  let isLeaving = false
  let session: pg.Client | null = null
  const hold = async (): Promise<void> => {
    if (isLeaving) return
    const client = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'lockcast process' })
    let isLost = false
    const again = (): void => {
      if (isLost || isLeaving) return
      isLost = true
      setTimeout(() => void hold(), 1_000).unref()
    }
    client.on('error', again)
    client.on('end', again)
    try {
      await client.connect()
      await client.query('SELECT pg_advisory_lock($1, $2)', [lockSpace, id])
      // Whoever took this process for dead while the connection was away has removed it.
      await client.query(
        'INSERT INTO lockcast.processes (id, works) OVERRIDING SYSTEM VALUE VALUES ($1, $2) ON CONFLICT DO NOTHING',
        [id, works],
      )
      session = client
    } catch (error) {
      log.error({ name: (error as Error).name }, 'the store does not answer')
      await client.end().catch(() => {})
      again()
    }
  }
  await hold()
  return {
    async addWorker(worker) {
      await pool.query('UPDATE lockcast.processes SET workers = array_append(workers, $2) WHERE id = $1', [id, worker])
    },
    async removeDead(client) {
      // Right after the store itself started, live processes may not have their locks back yet.
      const found = await client.query<{ workers: string[] }>(
        `DELETE FROM lockcast.processes AS process
         WHERE id <> $2 AND ($3 OR (
           started_at < now() - interval '2 seconds'
           AND pg_postmaster_start_time() < now() - interval '10 seconds'
           AND NOT EXISTS (
             SELECT FROM pg_locks
             WHERE locktype = 'advisory' AND classid = $1 AND objid = process.id::oid AND objsubid = 2 AND granted
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           )
         ))
         RETURNING workers`,
        [lockSpace, id, alone],
      )
      return found.rows.flatMap(({ workers }) => workers)
    },
    async working() {
      const found = await pool.query<{ count: number }>(
        'SELECT count(*)::integer AS count FROM lockcast.processes WHERE works',
      )
      return Math.max(1, found.rows[0]?.count ?? 1)
    },
    async leave() {
      isLeaving = true
      await pool.query('DELETE FROM lockcast.processes WHERE id = $1', [id]).catch(() => {})
      await session?.end().catch(() => {})
    },
  }
}
