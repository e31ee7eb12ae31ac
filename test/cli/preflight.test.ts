import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { UsageError } from '../../src/cli/errors.ts'
import type { PreflightOptions } from '../../src/cli/preflight-command.ts'
import type { Preflight } from '../../src/review/preflight.ts'
import { inFolder, mainFile, preflightIn } from '../support/command-line.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { sqlOf, urlAs } from '../support/roles.ts'
import { untilWaiting } from '../support/waiting.ts'

/** The command against a real server with real blockers. */

let server: PostgresServer
let url: string
const open: pg.Client[] = []

const policy = { '.github/lockcast.yml': 'budget: { reads: 50ms }\n' }
const safe = { ...policy, 'm/1.sql': "SET LOCAL lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN note text;\n" }

beforeAll(async () => {
  server = await startPostgres({ settings: { autovacuum: 'off', max_prepared_transactions: '2' } })
  await server.run(sqlOf('activity.md'))
  await server.run(`
    ALTER ROLE lockcast_activity PASSWORD 'watching';
    CREATE TABLE orders (id bigint PRIMARY KEY, status text);
    CREATE TABLE other (id bigint);
    INSERT INTO orders SELECT n, 'new' FROM generate_series(1, 1000) n;
    CREATE INDEX orders_standing ON orders (status);
    ANALYZE orders;
  `)
  url = urlAs(server, 'lockcast_activity', 'watching')
})

afterEach(async () => {
  for (const client of open.splice(0)) await client.end()
})

afterAll(() => server?.stop())

async function session(sql: string): Promise<pg.Client> {
  const client = await server.connect()
  open.push(client)
  await client.query(sql)
  return client
}

async function ran(files: Record<string, string>, options: Partial<PreflightOptions> = {}) {
  const given = { activityUrl: url, activityInterval: '10ms', ...options }
  return inFolder(files, (folder) => preflightIn(folder, ['.'], given))
}

async function json(files: Record<string, string>, options: Partial<PreflightOptions> = {}) {
  const { exit, stdout } = await ran(files, options)
  return { exit, printed: JSON.parse(stdout) }
}

/** What is in the way of this migration now. */
async function obstacles(sql: string, config = policy): Promise<Preflight['obstacles']> {
  const { printed } = await json({ ...config, 'm/1.sql': sql })
  return printed.obstacles
}

test('with nothing in the way the exit code is 0, and what is printed fits schema/preflight.json', async () => {
  const { exit, printed } = await json(safe)
  expect(printed).toMatchObject({ ready: true, obstacles: [], lockTimeoutMs: 3_000, freeDiskBytes: null })
  expect(printed.review).toMatchObject({ verdict: 'pass', catalog: 'replica' })
  expect(exit).toBe(0)
  const ajv = formats.default(new Ajv2020({ allErrors: true, allowUnionTypes: true }))
  ajv.addSchema(JSON.parse(readFileSync('schema/review.json', 'utf8')), 'review.json')
  const validate = ajv.compile(JSON.parse(readFileSync('schema/preflight.json', 'utf8')))
  validate(printed)
  expect(validate.errors ?? []).toEqual([])
})

test('a reader that is older than the budget and who already waits behind it are in the way', async () => {
  const reader = await session("SET application_name = 'nightly'; BEGIN; SELECT 'very-secret' FROM orders")
  await reader.query('SELECT pg_sleep(0.1)')
  const waiter = await session('BEGIN')
  const waiting = waiter.query('LOCK TABLE orders').catch(() => {})
  await untilWaiting(reader)
  const { exit, printed } = await json(safe)
  expect(exit).toBe(1)
  const [held, waits] = printed.obstacles
  expect(held).toMatchObject({ kind: 'transaction', relation: 'public.orders', application: 'nightly' })
  expect(waits).toMatchObject({ kind: 'waiting', lock: 'AccessExclusiveLock' })
  expect(waits.message).toContain(`behind ${held.pid}.`)
  expect(JSON.stringify(printed)).not.toContain('very-secret')
  await reader.query('ROLLBACK')
  await waiting
})

test('a prepared transaction is in the way at any age, and a transaction on another table is not', async () => {
  await session('BEGIN; DELETE FROM other; SELECT pg_sleep(0.1)')
  const client = await session("BEGIN; DELETE FROM orders; PREPARE TRANSACTION 'forgotten'")
  try {
    const { printed } = await json(safe)
    expect(printed.obstacles).toMatchObject([{ kind: 'prepared transaction', relation: 'public.orders' }])
    expect(printed.obstacles[0].message).toContain('forgotten')
  } finally {
    await client.query("ROLLBACK PREPARED 'forgotten'")
  }
})

describe('CONCURRENTLY takes a weak lock and still waits', () => {
  const build = 'CREATE INDEX CONCURRENTLY orders_status ON orders (status);'
  const drop = 'DROP INDEX CONCURRENTLY orders_standing;'
  const asBefore = 'DROP INDEX IF EXISTS orders_status; CREATE INDEX IF NOT EXISTS orders_standing ON orders (status)'
  const concurrent = { '.github/lockcast.yml': 'budget: { reads: 50ms }\ntraffic: { long_transaction: 100ms }\n' }
  const cases: { name: string; sql: string; held: string; waits: string; kind: string; message: RegExp }[] = [
    {
      name: 'building, for an old snapshot on whatever table',
      sql: build,
      held: 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM other',
      waits: 'virtualxid',
      kind: 'snapshot',
      message: /has held a snapshot for .*; building CONCURRENTLY waits for its end/,
    },
    {
      name: 'building, for a writer of the table that holds no snapshot',
      sql: build,
      held: "BEGIN; INSERT INTO orders VALUES (-1, 'new')",
      waits: 'virtualxid',
      kind: 'transaction',
      message: /public\.orders: .* holds a lock there/,
    },
    {
      name: 'dropping, for a reader of the table',
      sql: drop,
      held: 'BEGIN; SELECT 1 FROM orders',
      waits: 'virtualxid',
      kind: 'transaction',
      message: /public\.orders: .* holds a lock there/,
    },
  ]
  test.for(cases)('$name: preflight says it, and the server does it', async ({ sql, held, waits, kind, message }) => {
    const holder = await session(held)
    await holder.query('SELECT pg_sleep(0.15)')
    const found = await obstacles(sql, concurrent)
    expect(found).toMatchObject([{ kind, message: expect.stringMatching(message) }])
    const migrating = await session("SET lock_timeout = '2s'")
    const running = migrating.query(sql).catch((error: Error) => error)
    await untilWaiting(holder)
    const { rows } = await holder.query('SELECT locktype FROM pg_locks WHERE NOT granted')
    expect(rows).toEqual([{ locktype: waits }])
    await holder.query('ROLLBACK')
    await running
    await server.run(
      'DROP INDEX IF EXISTS orders_status; CREATE INDEX IF NOT EXISTS orders_standing ON orders (status)',
    )
  })

  test.for([
    { name: 'building, for a reader', sql: build, held: 'BEGIN; SELECT 1 FROM orders' },
    {
      name: 'dropping, for an old snapshot elsewhere',
      sql: drop,
      held: 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM other',
    },
  ])('and not $name', async ({ sql, held }) => {
    const holder = await session(held)
    await holder.query('SELECT pg_sleep(0.15)')
    expect(await obstacles(sql, concurrent)).toEqual([])
    const migrating = await session("SET statement_timeout = '20s'")
    await migrating.query(sql)
    await holder.query('ROLLBACK')
    await server.run(asBefore)
  })
})

test('an invalid index and a missing lock_timeout are on the screen, and the review has the last word', async () => {
  await server.run(`
    CREATE INDEX orders_left ON orders (status);
    UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_left'::regclass`)
  const { exit, stdout } = await ran(
    { 'm/1.sql': 'ALTER TABLE orders RENAME COLUMN status TO state;' },
    { format: 'text' },
  )
  await server.run('DROP INDEX orders_left')
  expect(stdout).toContain('public.orders_left')
  expect(stdout).toContain('would wait without end')
  expect(stdout).toContain('free disk      unknown')
  expect(stdout).toMatch(/^fail/)
  expect(exit).toBe(1)
})

test('--wait tells what it waits for and goes ahead when that is over', async () => {
  const reader = await session('BEGIN; SELECT 1 FROM orders; SELECT pg_sleep(0.1)')
  const ended = await inFolder(safe, async (folder) => {
    const child = waitingCommand(folder)
    await child.said('waiting up to')
    await reader.query('ROLLBACK')
    return child.ended
  })
  expect(ended).toMatchObject({ exit: 0, stderr: expect.stringMatching(/moment: public\.orders: pid \d+ /) })
  expect(ended.stdout).toContain('clear')
})

test('a reader that outlasts --wait is in the way at its end', async () => {
  await session('BEGIN; SELECT 1 FROM orders; SELECT pg_sleep(0.1)')
  const { exit, stdout, stderr } = await ran(safe, { wait: '500ms', format: 'text' })
  expect(stderr).toMatch(/^waiting up to [\d.]+ ms for a quiet moment: /)
  expect(stdout).toContain('in the way')
  expect(exit).toBe(1)
})

test('a primary that stops answering in the middle of a wait is asked again', async () => {
  const reader = await session('BEGIN; SELECT 1 FROM orders; SELECT pg_sleep(0.1)')
  const ended = await inFolder(safe, async (folder) => {
    const child = waitingCommand(folder)
    await child.said('holds a lock there')
    await server.run('ALTER ROLE lockcast_activity NOLOGIN')
    await child.said('The database rejects the role')
    await reader.query('ROLLBACK')
    await server.run('ALTER ROLE lockcast_activity LOGIN')
    return child.ended
  })
  expect(ended).toMatchObject({ exit: 0, stdout: expect.stringContaining('clear') })
})

test('SIGINT ends the wait at once with 130 and leaves no session behind', async () => {
  const reader = await session('BEGIN; SELECT 1 FROM orders; SELECT pg_sleep(0.1)')
  const ended = await inFolder(safe, async (folder) => {
    const child = waitingCommand(folder)
    await child.said('waiting up to')
    child.interrupt()
    return child.ended
  })
  expect(ended).toMatchObject({ exit: 130, stdout: '', stderr: expect.stringContaining('nothing was changed') })
  const { rows } = await reader.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'lockcast'")
  expect(rows).toEqual([])
})

test('a primary that cannot be asked is no quiet moment', async () => {
  const activityUrl = 'postgres://watcher:hidden@127.0.0.1:1/shop'
  const said = await ran(safe, { activityUrl }).catch((error: unknown) => error)
  expect(said).toBeInstanceOf(UsageError)
  expect(String(said)).toContain('The database server refuses connections')
  expect(String(said)).not.toContain('hidden')
})

function waitingCommand(folder: string) {
  const args = ['preflight', '.', '--activity-url', url, '--activity-interval', '10ms', '--wait', '10m']
  const child = spawn(process.execPath, [mainFile, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  const listeners = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    for (const listener of listeners) listener()
  })
  const ended = new Promise<{ exit: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (exit) => resolve({ exit, stdout, stderr })),
  )
  const said = (words: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => stderr.includes(words) && resolve()
      listeners.add(check)
      check()
      void ended.then(() => reject(new Error(`it ended: ${stderr}`)))
    })
  return { ended, said, interrupt: () => child.kill('SIGINT') }
}
