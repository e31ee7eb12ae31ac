import { connect, createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { calibrate, calibrateDefaults } from '../../src/replica/calibration/run-calibration.ts'
import { activityDefaults, readActivity } from '../../src/replica/read-activity.ts'
import { readCatalog, readDefaults } from '../../src/replica/read-replica.ts'
import { readOnly } from '../../src/replica/session.ts'
import { type PostgresServer, startPostgres, startStandby, waitForReplay } from '../support/postgres.ts'
import { urlAs } from '../support/roles.ts'

/** Servers in states that a reading must outlive. */

let primary: PostgresServer
let standby: PostgresServer
const orders = [{ schema: 'public', name: 'orders' }]
const needs = { relations: orders, cascades: false, code: [] }

beforeAll(async () => {
  primary = await startPostgres({ settings: { autovacuum: 'off' } })
  await primary.run(`
    CREATE TABLE orders (id bigint PRIMARY KEY);
    INSERT INTO orders SELECT generate_series(1, 1000);
    ANALYZE orders;
    CREATE ROLE hasty LOGIN PASSWORD 'hasty';
    ALTER ROLE hasty SET statement_timeout = '70ms'`)
  standby = await startStandby(primary)
  await waitForReplay(primary, standby)
})

afterAll(async () => {
  await standby?.stop()
  await primary?.stop()
})

test("a role's statement_timeout that is shorter than ours stays in force, and is named when it fires", async () => {
  const outcome = await readOnly(urlAs(primary, 'hasty', 'hasty'), readDefaults.limits, async ({ ask }) => {
    expect(await ask("SELECT to_json(current_setting('statement_timeout'))", [])).toEqual(['70ms'])
    return ask('SELECT pg_sleep(30)', [])
  })
  expect(outcome).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('statement_timeout in force') })
  const ours = await readOnly(primary.url, readDefaults.limits, ({ ask }) =>
    ask("SELECT to_json(current_setting('statement_timeout'))", []),
  )
  expect(ours).toMatchObject({ value: ['10s'] })
})

test('an activity connection to a standby is refused with what to do', async () => {
  const facts = await readActivity(standby.url, orders, { ...activityDefaults, interval: 10 })
  expect(facts).toMatchObject({ kind: 'unreachable', retry: 'Give it the address of the primary.' })
})

test('nothing is asked of a session that a pooler in transaction mode could not give', async () => {
  const sent: Buffer[] = []
  await through(
    (data) => {
      sent.push(data)
      return data
    },
    async (url) => expect(await readCatalog(url, needs, readDefaults)).toMatchObject({ kind: 'replica' }),
  )
  const [startup, ...rest] = sent
  // PgBouncer tracks these four and refuses what it does not know.
  const names = parametersOf(startup).map(([name]) => name)
  expect(names.filter((name) => !/^(user|database|application_name|client_encoding)$/.test(name))).toEqual([])
  const text = Buffer.concat(rest).toString('latin1')
  expect(text).not.toMatch(/\b(LISTEN|PREPARE|DECLARE)\b|SET (?!LOCAL)[a-z_]+ ?=/)
})

test('a scratch database behind a pooler is refused before anything is set or made there', async () => {
  let first = true
  // As PgBouncer with ignore_startup_parameters = options.
  const ignoring = (data: Buffer): Buffer => {
    if (!first) return data
    first = false
    const kept = parametersOf(data).filter(([name]) => name !== 'options')
    const body = Buffer.from(`${kept.flat().join('\0')}\0\0`)
    const head = Buffer.from(data.subarray(0, 8))
    head.writeInt32BE(8 + body.length)
    return Buffer.concat([head, body])
  }
  const given = { databaseUrl: primary.url, limits: calibrateDefaults, progress: () => {}, watch: null }
  await through(ignoring, async (scratchUrl) =>
    expect(await calibrate({ ...given, scratchUrl })).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringMatching(/^The scratch database: .*pooler/),
    }),
  )
})

/** The parameters of a startup packet. */
function parametersOf(startup: Buffer | undefined): [string, string][] {
  const words = startup?.subarray(8).toString().split('\0') ?? []
  return words.flatMap((word, i) => (i % 2 === 0 && word !== '' ? [[word, words[i + 1] ?? '']] : []))
}

/** Gives the primary's address by way of a proxy that hands on what `change` makes of each piece. */
async function through(change: (data: Buffer) => Buffer, work: (url: string) => Promise<void>): Promise<void> {
  const proxy = createServer((socket) => {
    const onward = connect(primary.port, '127.0.0.1')
    socket.on('data', (data) => onward.write(change(data)))
    socket.on('end', () => onward.end())
    onward.pipe(socket)
    for (const item of [socket, onward]) item.on('error', () => {})
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  const url = new URL(primary.url)
  url.port = String(typeof address === 'object' ? address?.port : '')
  try {
    await work(url.href)
  } finally {
    await new Promise((resolve) => proxy.close(resolve))
  }
}

test('a standby that is promoted while it is read gives what it had, and the next reading says what it is', async () => {
  const outcome = await readOnly(standby.url, readDefaults.limits, async ({ ask }) => {
    const before = await ask('SELECT to_json(pg_is_in_recovery())', [])
    await standby.run('SELECT pg_promote()')
    return [...before, ...(await ask("SELECT to_json(reltuples) FROM pg_class WHERE relname = 'orders'", []))]
  })
  expect(outcome).toEqual({ kind: 'read', value: [true, 1000] })
  const after = await readCatalog(standby.url, needs, readDefaults)
  expect(after).toMatchObject({ kind: 'replica', snapshot: { standby: false } })
})
