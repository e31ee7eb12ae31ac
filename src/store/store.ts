import { createHash } from 'node:crypto'
import pg from 'pg'
import { type HeldFolder, heldElsewhere, holdDataFolder } from './data-folder.ts'
import { type EmbeddedPostgres, embeddedUrl, startEmbeddedPostgres } from './embedded-postgres.ts'
import { createHeadLocks, type HeadLocks } from './head-locks.ts'
import { migrate } from './migrations.ts'
import { joinProcesses, type Membership } from './processes.ts'
import { StoreError } from './store-error.ts'
import { createRecords, type StoredRecords } from './stored-records.ts'

/** Where jobs and records are kept. */
export type StoreChoice =
  /** A PostgreSQL of the operator's, 14 or later, for any number of processes. */
  | { kind: 'url'; url: string }
  /** One that this process runs for itself. `folder`: `LOCKCAST_DATA`, null for `./data`; `app`: whose data it is. */
  | { kind: 'embedded'; folder: string | null; app: string }

/** An open store. */
export interface Store {
  /** Connection string for another process of this server; never logged. */
  url: string
  pool: pg.Pool
  records: StoredRecords
  locks: HeadLocks
  membership: Membership
  /** Runs the task in one transaction. Throws when the store does not answer. */
  transaction<T>(task: (client: pg.ClientBase) => Promise<T>): Promise<T>
  /** Throws when the store does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** The store's log; it never gets a connection string. */
interface StoreLog {
  info(facts: object, message: string): void
  error(facts: object, message: string): void
}

const oldestMajor = 14

/** Statements of the store are short; one that takes longer waits for something that will not come, ms. */
const statementTimeoutMs = 30_000

/**
 * Opens the store and brings its tables up to date. `works`: this process runs jobs, not only takes events.
 * `beside`: an embedded store that its server runs already is used as it is. Throws a {@link StoreError}.
 */
export async function openStore(
  choice: StoreChoice,
  how: { works: boolean; beside: boolean; log: StoreLog },
): Promise<Store> {
  const place = await openPlace(choice, how)
  const pool = new pg.Pool({
    connectionString: place.url,
    max: 12,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    keepAlive: true,
    application_name: 'lockcast',
  })
  // A connection that breaks while it is in use fails its query; without a listener it would end the process too.
  pool.on('connect', (client) => void client.on('error', () => {}))
  pool.on('error', (error) => how.log.error({ name: error.name }, 'a connection to the store broke'))
  try {
    await prepare(pool)
    const membership = await joinProcesses(pool, place.url, { ...how, alone: place.alone })
    const locks = createHeadLocks(place.url)
    return {
      url: place.url,
      pool,
      records: createRecords(pool),
      locks,
      membership,
      transaction: (task) => inTransaction(pool, task),
      ping: async () => void (await pool.query('SELECT 1')),
      async close() {
        await locks.close()
        await membership.leave()
        await pool.end()
        await place.close()
      },
    }
  } catch (error) {
    await pool.end()
    await place.close()
    if (error instanceof StoreError) throw error
    const { code } = error as { code?: string }
    throw new StoreError(`LOCKCAST_STORE_URL: the store cannot be used (${code ?? (error as Error).name}).`)
  }
}

async function inTransaction<T>(pool: pg.Pool, task: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let isBroken = false
  try {
    await client.query('BEGIN')
    const result = await task(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      isBroken = true
    })
    throw error
  } finally {
    client.release(isBroken)
  }
}

async function openPlace(
  choice: StoreChoice,
  { beside, log }: { beside: boolean; log: StoreLog },
): Promise<{ url: string; alone: boolean; close(): Promise<void> }> {
  if (choice.kind === 'url') return { url: choice.url, alone: false, close: async () => {} }
  const running = beside ? await runningPostgres(choice.folder) : null
  if (running) return { url: await databaseOf(running, choice.app), alone: false, close: async () => {} }
  const folder: HeldFolder = await holdDataFolder(choice.folder)
  let server: EmbeddedPostgres
  try {
    server = await startEmbeddedPostgres(folder.path)
  } catch (error) {
    await folder.release()
    throw error
  }
  log.info({ folder: folder.path }, 'embedded store')
  const close = async (): Promise<void> => {
    await server.stop()
    await folder.release()
  }
  try {
    return { url: await databaseOf(server.url, choice.app), alone: true, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Connection string of the embedded server that another process runs; null when none does. */
async function runningPostgres(folder: string | null): Promise<string | null> {
  const path = await heldElsewhere(folder)
  return path === null ? null : embeddedUrl(path)
}

/** Each app has a database of its own: jobs and records of another one must not be taken up. */
async function databaseOf(url: string, app: string): Promise<string> {
  const name = `app_${createHash('sha256').update(app).digest('hex').slice(0, 16)}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${name}`)
  } finally {
    await client.end()
  }
  const own = new URL(url)
  own.pathname = `/${name}`
  return own.toString()
}

async function prepare(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num')
    const major = Math.floor(Number(rows[0]?.server_version_num ?? 0) / 10_000)
    if (major < oldestMajor) {
      throw new StoreError(
        `LOCKCAST_STORE_URL: PostgreSQL ${major} is too old for the store; it needs ${oldestMajor} or later.`,
      )
    }
    await migrate(client)
  } finally {
    client.release()
  }
}
