import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { activityDefaults, readActivity } from '../../src/replica/read-activity.ts'
import { readCatalog, readDefaults } from '../../src/replica/read-replica.ts'
import { needs } from '../../src/review/review.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { migrationsOf, only, reviewSql } from '../support/review.ts'
import { untilWaiting } from '../support/waiting.ts'

/**
 * The incident of scenario 9, played on a real server: a report reads a table, a change of milliseconds waits for it, and
 * every query that comes later waits behind the change. Told by states of locks, never by times.
 */

const change = "ALTER TABLE orders ADD COLUMN device_type text DEFAULT 'unknown';"
const bounded = `SET LOCAL lock_timeout = '1s'; ${change}`
const policy = 'traffic: { long_transaction: 10ms }'

let server: PostgresServer
let sessions: Record<'report' | 'migration' | 'page' | 'writer' | 'watcher', pg.Client>
const pids: Record<string, number> = {}

beforeAll(async () => {
  server = await startPostgres({ settings: { autovacuum: 'off' } })
  await server.run(`
    CREATE TABLE orders (id bigint PRIMARY KEY, status text);
    INSERT INTO orders SELECT n, 'new' FROM generate_series(1, 150000) n;
    ANALYZE orders`)
  const connected = async () => server.connect()
  sessions = {
    report: await connected(),
    migration: await connected(),
    page: await connected(),
    writer: await connected(),
    watcher: await connected(),
  }
  for (const [name, client] of Object.entries(sessions)) {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    pids[name] = rows[0]?.pid ?? 0
  }
})

afterAll(async () => {
  for (const client of Object.values(sessions ?? {})) await client.end()
  await server?.stop()
})

/** Who waits behind whom, by the names of the sessions. */
async function queue(): Promise<Record<string, string[]>> {
  const { rows } = await sessions.watcher.query<{ pid: number; blockers: number[] }>(
    'SELECT pid, pg_blocking_pids(pid) AS blockers FROM pg_locks WHERE NOT granted',
  )
  const nameOf = (pid: number): string => Object.keys(pids).find((name) => pids[name] === pid) ?? `${pid}`
  return Object.fromEntries(rows.map(({ pid, blockers }) => [nameOf(pid), blockers.map(nameOf)]))
}

/** The review of a migration with the activity of now. */
async function reviewed(sql: string) {
  const catalog = await readCatalog(server.url, needs(migrationsOf(sql)), readDefaults)
  const relations = [{ schema: 'public', name: 'orders' }]
  const activity = await readActivity(server.url, relations, { ...activityDefaults, interval: 20 })
  return reviewSql(sql, { policy, facts: { catalog, activity } })
}

describe('while a report reads the table', () => {
  beforeAll(() => sessions.report.query('BEGIN; SELECT count(*) FROM orders; SELECT pg_sleep(0.05)'))

  test('the review says it before: high without lock_timeout, nothing with one', async () => {
    const finding = only(await reviewed(change), 'lock-queue')
    expect(finding).toMatchObject({ severity: 'high', relation: 'public.orders' })
    expect(finding.message).toContain('a transaction there ran for')
    expect((await reviewed(bounded)).findings).toEqual([])
  })

  test('without lock_timeout every later query queues behind the change, as long as the report runs', async () => {
    const changed = sessions.migration.query(change)
    await untilWaiting(sessions.watcher, 1)
    const read = sessions.page.query('SELECT 1 FROM orders WHERE id = 1')
    const written = sessions.writer.query("UPDATE orders SET status = 'paid' WHERE id = 2")
    await untilWaiting(sessions.watcher, 3)
    const waits = await queue()
    expect(waits).toMatchObject({ migration: ['report'], page: ['migration'], writer: ['migration'] })
    await sessions.report.query('COMMIT')
    await Promise.all([changed, read, written])
    expect(await queue()).toEqual({})
  })

  test('with lock_timeout the change gives up, and who queued goes on while the report still runs', async () => {
    await sessions.report.query('BEGIN; SELECT count(*) FROM orders')
    const again = "SET LOCAL lock_timeout = '1s'; ALTER TABLE orders ADD COLUMN device text DEFAULT 'unknown'"
    const refused = sessions.migration.query(again).then(
      () => null,
      (error: { code?: string }) => error.code,
    )
    await untilWaiting(sessions.watcher, 1)
    const read = sessions.page.query('SELECT 1 FROM orders WHERE id = 1')
    expect(await refused).toBe('55P03')
    await read
    expect(await queue()).toEqual({})
    const { rows } = await sessions.watcher.query<{ held: boolean }>(
      `SELECT count(*) > 0 AS held FROM pg_locks WHERE pid = ${pids.report} AND relation = 'orders'::regclass`,
    )
    expect(rows[0]?.held).toBe(true)
    await sessions.report.query('COMMIT')
    await sessions.migration.query(again)
  })
})
