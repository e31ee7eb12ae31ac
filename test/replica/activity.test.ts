import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ActivityRead, RelationActivity } from '../../src/forecast/activity.ts'
import { activityMemory } from '../../src/replica/activity-memory.ts'
import { activityDefaults, activityFrom, counterOf, readActivity, takeSample } from '../../src/replica/read-activity.ts'
import { closedPort } from '../support/closed-port.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { sqlOf, urlAs } from '../support/roles.ts'
import { untilWaiting } from '../support/waiting.ts'

let server: PostgresServer
/** The least-privilege role of docs/activity.md. */
let activity: string
const open: pg.Client[] = []

/** Between the two readings, ms. */
const brief = { ...activityDefaults, interval: 10 }
const orders = [{ schema: 'public', name: 'orders' }]

beforeAll(async () => {
  server = await startPostgres({ settings: { autovacuum: 'off', max_prepared_transactions: '2' } })
  await server.run(sqlOf('activity.md'))
  await server.run(`
    ALTER ROLE lockcast_activity PASSWORD 'watching';
    CREATE ROLE shop LOGIN PASSWORD 'watching';
    CREATE ROLE plain LOGIN PASSWORD 'watching';
    CREATE TABLE orders (id bigint PRIMARY KEY, status text);
    CREATE TABLE quiet (id bigint);
    CREATE TABLE events (id bigint, at date) PARTITION BY RANGE (at);
    CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    GRANT SELECT ON orders TO shop;
  `)
  activity = urlAs(server, 'lockcast_activity', 'watching')
})

afterEach(async () => {
  for (const client of open.splice(0)) await client.end()
})

afterAll(() => server?.stop())

async function session(): Promise<pg.Client> {
  const client = await server.connect()
  open.push(client)
  return client
}

async function read(url = activity): Promise<ActivityRead> {
  const facts = await readActivity(url, orders, brief)
  if (facts.kind !== 'read') throw new Error(facts.reason)
  return facts
}

/** The rates between two looks, with this work between them, reported at once. */
async function ratesWhile(names: { schema: string; name: string }[], work: string): Promise<RelationActivity[]> {
  const looked = async () => {
    const outcome = await takeSample(activity, names, activityDefaults)
    if (outcome.kind !== 'read') throw new Error(outcome.reason)
    return outcome.value
  }
  const writer = await session()
  const first = await looked()
  await writer.query(work)
  await writer.query('SELECT pg_stat_force_next_flush(); SELECT 1')
  return activityFrom(await looked(), (relation) => counterOf(first, relation)).relations
}

test('rates are the difference of two readings, rows for writes and scans for reads', async () => {
  const [busy, quiet] = await ratesWhile(
    [...orders, { schema: 'public', name: 'quiet' }],
    "INSERT INTO orders SELECT n, 'new' FROM generate_series(1, 500) n; SELECT count(*) FROM orders",
  )
  expect(quiet).toMatchObject({ relation: 'public.quiet', readsPerSecond: 0, writesPerSecond: 0 })
  const { readsPerSecond = 0, writesPerSecond = 0 } = busy ?? {}
  expect(writesPerSecond / readsPerSecond).toBeCloseTo(500, 0)
})

test('a transaction is seen with its age, state and locks, and never with the text of a query', async () => {
  const reader = await session()
  await reader.query("SET application_name = 'nightly report'; BEGIN; SELECT 'very-secret' FROM orders")
  const facts = await read()
  const [seen] = facts.transactions
  expect(seen).toMatchObject({
    kind: 'client',
    role: 'postgres',
    application: 'nightly report',
    state: 'idle in transaction',
    running: true,
    blockedBy: [],
  })
  expect(seen?.locks).toContainEqual({
    relation: 'public.orders',
    lock: 'AccessShareLock',
    granted: true,
    waitedSeconds: null,
  })
  expect(seen?.ageSeconds).toBeGreaterThanOrEqual(0)
  expect(JSON.stringify(facts)).not.toContain('very-secret')
})

test('who waits is seen with whom it waits for', async () => {
  const [holder, waiter] = [await session(), await session()]
  await holder.query('BEGIN; SELECT 1 FROM orders')
  const waiting = waiter.query('ALTER TABLE orders ADD COLUMN note text').catch(() => {})
  await untilWaiting(holder)
  const { transactions } = await read()
  const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const blocked = transactions.find((transaction) => transaction.blockedBy.length > 0)
  expect(blocked?.blockedBy).toEqual([rows[0]?.pid])
  expect(blocked?.locks).toMatchObject([{ lock: 'AccessExclusiveLock', granted: false }])
  expect(blocked?.locks[0]?.waitedSeconds).toBeGreaterThan(0)
  await holder.query('ROLLBACK')
  await waiting
})

test('a prepared transaction is seen by the name that ends it', async () => {
  const client = await session()
  await client.query("BEGIN; DELETE FROM orders; PREPARE TRANSACTION 'forgotten'")
  try {
    const { transactions } = await read()
    expect(transactions).toMatchObject([{ kind: 'prepared', gid: 'forgotten', pid: null }])
    expect(transactions[0]?.locks).toContainEqual(expect.objectContaining({ lock: 'RowExclusiveLock', granted: true }))
  } finally {
    await client.query("ROLLBACK PREPARED 'forgotten'")
  }
})

test('what comes to a partition is counted there, by whatever name it came', async () => {
  const names = ['events', 'events_2026'].map((name) => ({ schema: 'public', name }))
  const rates = await ratesWhile(names, "INSERT INTO events SELECT n, '2026-05-05' FROM generate_series(1, 300) n")
  expect(rates.map(({ relation, writesPerSecond }) => [relation, writesPerSecond > 0])).toEqual([
    ['public.events', false],
    ['public.events_2026', true],
  ])
})

test('inserts are told on average since the counters were reset, where that is a day and more', async () => {
  const outcome = await takeSample(activity, orders, activityDefaults)
  if (outcome.kind !== 'read') throw new Error(outcome.reason)
  const [counter] = outcome.value.counters
  if (!counter) throw new Error('no counter')
  const insertsAfter = (days: number): number | undefined => {
    const countsSince = new Date((outcome.value.at - days * 86_400) * 1_000).toISOString()
    const now = { ...outcome.value, countsSince, counters: [{ ...counter, inserts: 172_800 }] }
    const before = { at: now.at - 10, reads: 0, writes: 0, inserts: 172_800 - 500 }
    return activityFrom(now, () => before).relations[0]?.insertsPerSecond
  }
  expect([insertsAfter(2), insertsAfter(0.5)]).toEqual([1, 50])
})

test('a counter that was reset between the readings tells no rate', async () => {
  await server.run("SELECT pg_stat_reset_single_table_counters('orders'::regclass)")
  const filled = await ratesWhile(orders, "INSERT INTO orders SELECT n, 'new' FROM generate_series(501, 600) n")
  expect(filled).toHaveLength(1)
  expect(await ratesWhile(orders, "SELECT pg_stat_reset_single_table_counters('orders'::regclass)")).toEqual([])
})

describe('a role with other rights', () => {
  test('without pg_monitor it says that ages are not visible, and still sees locks', async () => {
    const reader = await session()
    await reader.query('BEGIN; SELECT 1 FROM orders')
    const { warnings, transactions } = await read(urlAs(server, 'plain', 'watching'))
    expect(warnings).toEqual([expect.stringContaining('lacks pg_monitor')])
    expect(transactions).toMatchObject([{ ageSeconds: null, state: null, locks: [{ lock: 'AccessShareLock' }] }])
  })

  test('with rights on a table, or as superuser, it is warned of', async () => {
    expect((await read(urlAs(server, 'shop', 'watching'))).warnings).toContainEqual(
      'The activity role may read or write the tables. It needs pg_monitor and nothing else: see docs/activity.md.',
    )
    expect((await read(server.url)).warnings).toEqual([expect.stringContaining('is a superuser')])
  })
})

test('a primary that cannot be reached is told without its address', async () => {
  const url = `postgres://watcher:hidden@127.0.0.1:${await closedPort()}/shop`
  const facts = await readActivity(url, orders, brief)
  expect(facts).toMatchObject({ kind: 'unreachable', reason: 'The database server refuses connections.' })
  expect(JSON.stringify(facts)).not.toContain('hidden')
})

describe('a process that stays', () => {
  test('remembers a long transaction that has ended since', async () => {
    const memory = activityMemory(activity, brief, { long: 0.1 })
    await memory.read(orders, null)
    const reader = await session()
    await reader.query('BEGIN; SELECT 1 FROM orders')
    await new Promise((resolve) => setTimeout(resolve, 200))
    await memory.watch()
    await reader.query('ROLLBACK')
    const facts = await memory.read(orders, null)
    expect(facts).toMatchObject({ transactions: [{ running: false, state: 'idle in transaction' }] })
  })
})
