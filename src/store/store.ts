import pg from 'pg'
import { type HeldFolder, holdDataFolder } from './data-folder.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'
import { createHeadLocks, type HeadLocks } from './head-locks.ts'
import { migrate } from './migrations.ts'
import { joinProcesses, type Membership } from './processes.ts'
import { createRecords, type StoredRecords } from './records.ts'
import { StoreError } from './store-error.ts'

/** Where jobs and records are kept. */
export type StoreChoice =
  /** A PostgreSQL of the operator's, 14 or later, for any number of processes. */
  | { kind: 'url'; url: string }
  /** One that this process runs for itself. `folder`: `LOCKCAST_DATA`, null for `./data`. */
  | { kind: 'embedded'; folder: string | null }

/** An open store. */
export interface Store {
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

/** What is logged of the store; a connection string is never handed over. */
interface StoreLog {
  info(facts: object, message: string): void
  error(facts: object, message: string): void
}

const oldestMajor = 14

/** Statements of the store are short; one that takes longer waits for something that will not come, ms. */
const statementTimeoutMs = 30_000

/**
 * Opens the store and brings its tables up to date. `works`: this process runs jobs, not only takes events. Throws a
 * {@link StoreError}.
 */
export async function openStore(choice: StoreChoice, how: { works: boolean; log: StoreLog }): Promise<Store> {
  const place = await openPlace(choice, how.log)
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
    const membership = await joinProcesses(pool, place.url, { ...how, alone: choice.kind === 'embedded' })
    const locks = createHeadLocks(place.url)
    return {
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

async function openPlace(choice: StoreChoice, log: StoreLog): Promise<{ url: string; close(): Promise<void> }> {
  if (choice.kind === 'url') return { url: choice.url, close: async () => {} }
  const folder: HeldFolder = await holdDataFolder(choice.folder)
  let server: EmbeddedPostgres
  try {
    server = await startEmbeddedPostgres(folder.path)
  } catch (error) {
    await folder.release()
    throw error
  }
  log.info({ folder: folder.path }, 'embedded store')
  return {
    url: server.url,
    async close() {
      await server.stop()
      await folder.release()
    },
  }
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
