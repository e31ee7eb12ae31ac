import type pg from 'pg'

/** A signed label event as it was received. */
interface LabelEventRecord {
  guid: string
  action: 'labeled' | 'unlabeled'
  label: string
  actor: string
  /** When the pull request had changed by GitHub's clock, ms since 1970; null where it is not known. */
  changedAt: number | null
  /** When it was received first, ms since 1970. */
  receivedAt: number
  /** Id of the event in the timeline that it confirmed; null: none yet. */
  confirms: number | null
}

/** A reason as its signed event brought it. */
interface ReasonRecord {
  actor: string
  reason: string
  /** ISO 8601, by GitHub's clock. */
  at: string
}

/** Facts about a pull request from an event. */
interface PullSighting {
  number: number
  installationId: number
  open: boolean
  head: string
  base: string
  /** When GitHub changed it last, ISO 8601. */
  changedAt: string
}

/** A verdict and the state that it was made for. The app's own type, kept as it is. */
interface StoredPull<Verdict> {
  number: number
  open: boolean
  head: string
  base: string
  verdict: Verdict | null
}

/** News that an event brought, noted in the transaction that adds its jobs. */
interface EventNews {
  guid: string
  event: string
  /** `owner/name`; null for an event of no repository. */
  repository: string | null
  labels: { number: number; action: 'labeled' | 'unlabeled'; label: string; actor: string; changedAt: string }[]
  reasons: { number: number; actor: string; reason: string; at: string }[]
  pulls: PullSighting[]
}

export type StoredRecords = ReturnType<typeof createRecords>

/** Rows that nobody needs any more go after this time. GitHub keeps deliveries for 3 days. */
const retention = { deliveries: '7 days', heads: '90 days' }

/** The app's records. Repositories are `owner/name` in any case. */
export function createRecords(pool: pg.Pool) {
  const item = async <T>(sql: string, values: unknown[]): Promise<T | null> => {
    const { rows } = await pool.query(sql, values)
    return (rows[0] as T | undefined) ?? null
  }
  return {
    /** Notes an event. False when it was taken before: GitHub sent it twice. */
    async note(
      client: pg.ClientBase,
      { guid, event, repository, labels, reasons, pulls }: EventNews,
    ): Promise<boolean> {
      const known = await client.query(
        'INSERT INTO lockcast.deliveries (guid, event) VALUES ($1, $2) ON CONFLICT DO NOTHING',
        [guid, event],
      )
      if (known.rowCount === 0 || repository === null) return known.rowCount !== 0
      const name = repository.toLowerCase()
      for (const { number, action, label, actor, changedAt } of labels) {
        await client.query(
          `INSERT INTO lockcast.label_events (guid, repository, number, action, label, actor, changed_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
          [guid, name, number, action, label, actor, changedAt],
        )
      }
      for (const { number, actor, reason, at } of reasons) {
        await client.query(
          `INSERT INTO lockcast.reasons (guid, repository, number, actor, reason, written_at)
           VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
          [guid, name, number, actor, reason, at],
        )
      }
      for (const pull of pulls) await see(client, name, pull)
      return true
    },
    async see(repository: string, pull: PullSighting): Promise<void> {
      await see(pool, repository.toLowerCase(), pull)
    },
    /** Which of these deliveries were taken. */
    async taken(guids: string[]): Promise<Set<string>> {
      const { rows } = await pool.query<{ guid: string }>(
        'SELECT guid FROM lockcast.deliveries WHERE guid = ANY ($1)',
        [guids],
      )
      return new Set(rows.map(({ guid }) => guid))
    },
    async labelEvents(repository: string, number: number): Promise<LabelEventRecord[]> {
      const { rows } = await pool.query<LabelEventRecord>(
        `SELECT guid, action, label, actor, (extract(epoch FROM received_at) * 1000)::float8 AS "receivedAt",
           (extract(epoch FROM changed_at) * 1000)::float8 AS "changedAt", confirms::float8 AS confirms
         FROM lockcast.label_events WHERE repository = $1 AND number = $2 ORDER BY received_at, guid`,
        [repository.toLowerCase(), number],
      )
      return rows
    },
    /** Notes that a signed event belongs to this event of the timeline, and to no other. */
    async confirm(guid: string, event: number): Promise<void> {
      await pool.query('UPDATE lockcast.label_events SET confirms = $2 WHERE guid = $1', [guid, event])
    },
    async reasons(repository: string, number: number): Promise<ReasonRecord[]> {
      const { rows } = await pool.query<{ actor: string; reason: string; at: Date }>(
        `SELECT actor, reason, written_at AS at FROM lockcast.reasons
         WHERE repository = $1 AND number = $2 ORDER BY written_at, guid`,
        [repository.toLowerCase(), number],
      )
      return rows.map(({ actor, reason, at }) => ({ actor, reason, at: at.toISOString() }))
    },
    async pull<Verdict>(repository: string, number: number): Promise<StoredPull<Verdict> | null> {
      return item(
        `SELECT number, open, head, base, verdict FROM lockcast.pulls WHERE repository = $1 AND number = $2`,
        [repository.toLowerCase(), number],
      )
    },
    async openPulls<Verdict>(repository: string): Promise<StoredPull<Verdict>[]> {
      const { rows } = await pool.query<StoredPull<Verdict>>(
        `SELECT number, open, head, base, verdict FROM lockcast.pulls WHERE repository = $1 AND open ORDER BY number`,
        [repository.toLowerCase()],
      )
      return rows
    },
    async allPulls<Verdict>(repository: string): Promise<StoredPull<Verdict>[]> {
      const { rows } = await pool.query<StoredPull<Verdict>>(
        `SELECT number, open, head, base, verdict FROM lockcast.pulls WHERE repository = $1 ORDER BY number`,
        [repository.toLowerCase()],
      )
      return rows
    },
    /** Numbers of the open pull requests with this head. */
    async openPullsWith(repository: string, head: string): Promise<number[]> {
      const { rows } = await pool.query<{ number: number }>(
        'SELECT number FROM lockcast.pulls WHERE repository = $1 AND head = $2 AND open ORDER BY number',
        [repository.toLowerCase(), head],
      )
      return rows.map(({ number }) => number)
    },
    async closePull(repository: string, number: number): Promise<void> {
      await pool.query('UPDATE lockcast.pulls SET open = false WHERE repository = $1 AND number = $2', [
        repository.toLowerCase(),
        number,
      ])
    },
    async saveVerdict(repository: string, number: number, verdict: object): Promise<void> {
      await pool.query('UPDATE lockcast.pulls SET verdict = $3 WHERE repository = $1 AND number = $2', [
        repository.toLowerCase(),
        number,
        JSON.stringify(verdict),
      ])
    },
    /** The newest check of a commit, as the app wrote it. */
    async check<Check>(repository: string, sha: string): Promise<Check | null> {
      const found = await item<{ check_run: Check }>(
        'SELECT check_run FROM lockcast.heads WHERE repository = $1 AND sha = $2',
        [repository.toLowerCase(), sha],
      )
      return found?.check_run ?? null
    },
    async saveCheck(repository: string, sha: string, check: object): Promise<void> {
      await pool.query(
        `INSERT INTO lockcast.heads (repository, sha, check_run) VALUES ($1, $2, $3)
         ON CONFLICT (repository, sha) DO UPDATE SET check_run = excluded.check_run, written_at = now()`,
        [repository.toLowerCase(), sha, JSON.stringify(check)],
      )
    },
    async forgetCheck(repository: string, sha: string): Promise<void> {
      await pool.query('DELETE FROM lockcast.heads WHERE repository = $1 AND sha = $2', [repository.toLowerCase(), sha])
    },
    /** The records of a pull request, of its oldest head first. */
    async pullRecords<Record>(repository: string, number: number): Promise<{ head: string; record: Record }[]> {
      const { rows } = await pool.query<{ head: string; record: Record }>(
        `SELECT head, record FROM lockcast.pull_records WHERE repository = $1 AND number = $2 ORDER BY written_at`,
        [repository.toLowerCase(), number],
      )
      return rows
    },
    async savePullRecord(repository: string, number: number, head: string, record: object): Promise<void> {
      await pool.query(
        `INSERT INTO lockcast.pull_records (repository, number, head, record) VALUES ($1, $2, $3, $4)
         ON CONFLICT (repository, number, head)
         DO UPDATE SET record = excluded.record, written_at = clock_timestamp()`,
        [repository.toLowerCase(), number, head, JSON.stringify(record)],
      )
    },
    async wantedComments<Wanted>(repository: string, number: number): Promise<Wanted | null> {
      const found = await item<{ wanted: Wanted }>(
        'SELECT wanted FROM lockcast.comments WHERE repository = $1 AND number = $2',
        [repository.toLowerCase(), number],
      )
      return found?.wanted ?? null
    },
    async forgetComments(repository: string, number: number): Promise<void> {
      await pool.query('DELETE FROM lockcast.comments WHERE repository = $1 AND number = $2', [
        repository.toLowerCase(),
        number,
      ])
    },
    async saveWantedComments(repository: string, number: number, wanted: object): Promise<void> {
      await pool.query(
        `INSERT INTO lockcast.comments (repository, number, wanted) VALUES ($1, $2, $3)
         ON CONFLICT (repository, number) DO UPDATE SET wanted = excluded.wanted, written_at = now()`,
        [repository.toLowerCase(), number, JSON.stringify(wanted)],
      )
    },
    async value<T>(name: string): Promise<T | null> {
      const found = await item<{ value: T }>('SELECT value FROM lockcast.values WHERE name = $1', [name])
      return found?.value ?? null
    },
    async saveValue(name: string, value: unknown): Promise<void> {
      await pool.query(
        `INSERT INTO lockcast.values (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        [name, JSON.stringify(value)],
      )
    },
    /** The value under this name, made by the first who asks: all processes get the same one. */
    async valueOnce<T>(name: string, make: () => T): Promise<T> {
      await pool.query('INSERT INTO lockcast.values (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        name,
        JSON.stringify(make()),
      ])
      const found = await item<{ value: T }>('SELECT value FROM lockcast.values WHERE name = $1', [name])
      if (!found) throw new Error(`no value ${name}`)
      return found.value
    },
    /** Why a change with these blobs could not be reviewed; null when nothing is known against it. */
    async poison(blobs: string): Promise<string | null> {
      const found = await item<{ reason: string }>('SELECT reason FROM lockcast.poisoned WHERE blobs = $1', [blobs])
      return found?.reason ?? null
    },
    async savePoison(blobs: string, reason: string): Promise<void> {
      await pool.query(
        `INSERT INTO lockcast.poisoned (blobs, reason) VALUES ($1, $2)
         ON CONFLICT (blobs) DO UPDATE SET reason = excluded.reason, noted_at = now()`,
        [blobs, reason],
      )
    },
    /** Removes what is older than it has to be kept. */
    async clean(): Promise<void> {
      await pool.query(`DELETE FROM lockcast.deliveries WHERE received_at < now() - interval '${retention.deliveries}'`)
      await pool.query(
        `DELETE FROM lockcast.heads AS old WHERE written_at < now() - interval '${retention.heads}' AND NOT EXISTS (
           SELECT FROM lockcast.pulls WHERE repository = old.repository AND head = old.sha AND open
         )`,
      )
    },
    /**
     * Removes all that is known of an installation: its repositories' records, its jobs that do not run at the moment,
     * and its key. Returns the names of these repositories.
     */
    async forget(installationId: number, keyName: string): Promise<string[]> {
      const { rows } = await pool.query<{ repository: string }>(
        'SELECT DISTINCT repository FROM lockcast.pulls WHERE installation_id = $1 ORDER BY 1',
        [installationId],
      )
      const names = rows.map(({ repository }) => repository)
      for (const table of ['label_events', 'reasons', 'heads', 'pull_records', 'comments', 'pulls']) {
        await pool.query(`DELETE FROM lockcast.${table} WHERE repository = ANY ($1)`, [names])
      }
      await pool.query(
        `SELECT graphile_worker.remove_job(key) FROM graphile_worker.jobs WHERE key ~ ('^[a-z]+ ' || $1 || '( |$)')`,
        [String(installationId)],
      )
      await pool.query('DELETE FROM lockcast.values WHERE name = $1', [keyName])
      return names
    },
  }
}

/** An older event changes nothing. */
async function see(
  client: pg.ClientBase | pg.Pool,
  name: string,
  { number, installationId, open, head, base, changedAt }: PullSighting,
): Promise<void> {
  await client.query(
    `INSERT INTO lockcast.pulls (repository, number, installation_id, open, head, base, changed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (repository, number) DO UPDATE
     SET installation_id = excluded.installation_id, open = excluded.open, head = excluded.head,
       base = excluded.base, changed_at = excluded.changed_at
     WHERE pulls.changed_at <= excluded.changed_at`,
    [name, number, installationId, open, head, base, changedAt],
  )
}
