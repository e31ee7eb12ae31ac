import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { DemoPostgres, DemoSupport } from './support.ts'

/** A small shop in production: a primary with rows, and a streaming standby that Lockcast may read as its own role. */
export interface Shop {
  primary: DemoPostgres
  standby: DemoPostgres
  /** Superuser's connection strings for the database `shop`. */
  primaryUrl: string
  standbyUrl: string
  /** Lockcast's: the standby, as the role of docs/replica.md. */
  lockcastUrl: string
  /** PostgreSQL's message when the unique index could not be built. */
  brokenIndex: string
}

interface ShopPlan {
  /** Rows of `orders`; the other tables follow. */
  orders: number
  /** DDL of the base branch. */
  schema: string
  /** The SQL that makes Lockcast's role. */
  role: string
  /** Called as rows are written. */
  progress: (table: string, done: number, total: number) => void
  /** Called when a part is ready. */
  told: (sentence: string) => void
  /** Makes sure that it is stopped at the end, whatever happens. */
  atEnd: (stop: () => Promise<void>) => void
  stopping: AbortSignal
}

/** Big enough that no checkpoint comes in between; the rest is given to be quick on a small machine. */
const settings = { max_wal_size: '4GB', autovacuum: 'off', maintenance_work_mem: '256MB' }

/** Starts the primary, fills it, and lets a standby follow it. */
export async function startShop(support: DemoSupport, plan: ShopPlan): Promise<Shop> {
  const primary = await support.startPostgres({ settings })
  plan.atEnd(() => primary.stop())
  plan.stopping.throwIfAborted()
  await withClient(primary.url, (client) => client.query('CREATE DATABASE shop'))
  const primaryUrl = databaseUrl(primary.url, 'shop')
  const password = randomBytes(12).toString('hex')
  plan.told(`PostgreSQL 17 on port ${primary.port}, with the tables of the base branch (V1__shop.sql)`)
  await withClient(primaryUrl, async (client) => {
    await client.query(plan.schema)
    await fill(client, plan)
  })
  // On another connection: counts that the first has not sent yet would come on top of those of ANALYZE.
  const brokenIndex = await withClient(primaryUrl, async (client) => {
    const message = await failIndexBuild(client)
    await client.query('ANALYZE')
    await client.query(plan.role)
    await client.query(`ALTER ROLE lockcast PASSWORD '${password}'`)
    return message
  })
  plan.told(`an index build that failed once: ${brokenIndex}; the INVALID index is still there`)
  plan.told('the role `lockcast`, made by the SQL of docs/replica.md: it may SELECT from no table')
  plan.stopping.throwIfAborted()
  const standby = await support.startStandby(primary)
  plan.atEnd(() => standby.stop())
  await support.waitForReplay(primary, standby)
  plan.told(`a streaming standby on port ${standby.port}: the only database that Lockcast is given`)
  const standbyUrl = databaseUrl(standby.url, 'shop')
  return { primary, standby, primaryUrl, standbyUrl, lockcastUrl: asRole(standbyUrl, password), brokenIndex }
}

/** Opens a connection for the time of one task. */
export async function withClient<T>(url: string, task: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  // A server that stops under an open connection must not end the process; the query in flight says it.
  client.on('error', () => {})
  await client.connect()
  try {
    return await task(client)
  } finally {
    await client.end()
  }
}

async function fill(client: pg.Client, { orders, progress, stopping }: ShopPlan): Promise<void> {
  const customers = Math.ceil(orders / 10)
  // Foreign keys would be looked up row by row; the rows are right by the way they are made.
  await client.query('SET session_replication_role = replica')
  await client.query(`
    INSERT INTO countries
    SELECT chr(65 + n / 26) || chr(65 + n % 26), 'Country ' || n FROM generate_series(0, 119) n`)
  // Two customers share an address.
  await client.query(`
    INSERT INTO customers (email, country_code)
    SELECT 'customer' || greatest(n, 2) || '@shop.test', chr(65 + n % 120 / 26) || chr(65 + n % 120 % 26)
    FROM generate_series(1, ${customers}) n`)
  progress('countries', 120, 120)
  progress('customers', customers, customers)
  await inChunks('orders', orders, async (from, to) => {
    await client.query(`
      INSERT INTO orders (customer_id, ship_to, status, total_cents, coupon_code, created_at)
      SELECT 1 + n % ${customers}, chr(65 + n % 120 / 26) || chr(65 + n % 120 % 26),
        (ARRAY['paid', 'sent', 'returned'])[1 + n % 3], n % 90000, CASE WHEN n % 8 > 0 THEN 'C' || n % 500 END,
        timestamptz '2024-01-01 00:00+00' + n * interval '30 seconds'
      FROM generate_series(${from}, ${to}) n`)
  })
  await inChunks('events', Math.ceil(orders * 0.6), async (from, to) => {
    await client.query(`
      INSERT INTO events (order_id, kind, at)
      SELECT n, 'sent', timestamptz '2024-01-01 00:00+00' + n * interval '1 minute'
      FROM generate_series(${from}, ${to}) n`)
  })
  await client.query('RESET session_replication_role')

  async function inChunks(table: string, total: number, insert: (from: number, to: number) => Promise<void>) {
    const size = Math.ceil(total / 20)
    for (let from = 1; from <= total; from += size) {
      stopping.throwIfAborted()
      const to = Math.min(total, from + size - 1)
      await insert(from, to)
      progress(table, to, total)
    }
  }
}

/** A real failure, which leaves the same state as a failed deployment. */
async function failIndexBuild(client: pg.Client): Promise<string> {
  try {
    await client.query('CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON customers (email)')
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the unique index of the demo was built although two customers share an address')
}

function databaseUrl(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

function asRole(url: string, password: string): string {
  const changed = new URL(url)
  changed.username = 'lockcast'
  changed.password = password
  return changed.href
}
