import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ActivityRead } from '../../src/forecast/activity.ts'
import { activityDefaults, readActivity } from '../../src/replica/read-activity.ts'
import { inFolder, preflightIn } from '../support/command-line.ts'
import { type PostgresServer, startPostgres, startStandby, waitForReplay } from '../support/postgres.ts'
import { until } from '../support/waiting.ts'

/** What makes a migration wait and is no session of a client: a real standby, a real autovacuum to prevent wraparound. */

let primary: PostgresServer
let standby: PostgresServer
let client: pg.Client
const change = "SET LOCAL lock_timeout = '3s'; ALTER TABLE orders ADD COLUMN note text;"

beforeAll(async () => {
  primary = await startPostgres({
    settings: {
      // The least that is allowed. The cost settings keep the vacuum on its table until the test is over.
      autovacuum_freeze_max_age: '100000',
      autovacuum_naptime: '1s',
      autovacuum_vacuum_cost_delay: '100ms',
      autovacuum_vacuum_cost_limit: '1',
      deadlock_timeout: '10ms',
    },
  })
  await primary.run(`
    CREATE TABLE orders (id bigint PRIMARY KEY, status text) WITH (autovacuum_enabled = off);
    INSERT INTO orders SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n`)
  standby = await startStandby(primary)
  await waitForReplay(primary, standby)
  client = await primary.connect()
})

afterAll(async () => {
  await client?.end()
  await standby?.stop()
  await primary?.stop()
})

async function seen(): Promise<ActivityRead> {
  const relations = [{ schema: 'public', name: 'orders' }]
  const facts = await readActivity(primary.url, relations, { ...activityDefaults, interval: 1 })
  if (facts.kind !== 'read') throw new Error(facts.reason)
  return facts
}

async function obstacles(policy: string): Promise<string[]> {
  const files = { '.github/lockcast.yml': policy, 'm/1.sql': change }
  const options = { activityUrl: primary.url, activityInterval: '1ms' }
  const { stdout } = await inFolder(files, (folder) => preflightIn(folder, ['.'], options))
  return JSON.parse(stdout).obstacles.map(({ message }: { message: string }) => message)
}

test('a standby that does not replay is behind, and in the way unless the policy says that it is meant to be', async () => {
  await standby.run('SELECT pg_wal_replay_pause()')
  await client.query('CREATE TABLE more (id bigint)')
  // A standby says where it is when it has written what came, not when it would replay.
  await until(async () => {
    await client.query('INSERT INTO more VALUES (1)')
    const [replica] = (await seen()).replicas
    return (replica?.seconds ?? 0) > 0.2 && (replica?.bytes ?? 0) > 0
  })
  expect(await obstacles('traffic: { lag: 200ms }')).toEqual([
    expect.stringMatching(/^The standby walreceiver is .* behind\.$/),
  ])
  expect(await obstacles('traffic: { lag: 200ms, delayed_standbys: [walreceiver] }')).toEqual([])
  await standby.run('SELECT pg_wal_replay_resume()')
})

test('an autovacuum to prevent wraparound is in the way, and a migration does not end it', async () => {
  // A transaction id for each block with EXCEPTION that writes.
  await client.query(`
    CREATE TABLE used (id int) WITH (autovacuum_enabled = off);
    DO $$ BEGIN
      FOR n IN 1..110000 LOOP
        BEGIN INSERT INTO used VALUES (1); EXCEPTION WHEN division_by_zero THEN NULL; END;
      END LOOP;
    END $$`)
  await until(async () =>
    (await seen()).transactions.some((transaction) => transaction.wraparound && transaction.locks.length > 0),
  )
  expect(await obstacles('traffic: { lag: 1d }')).toEqual([
    expect.stringMatching(/^public\.orders: an autovacuum to prevent wraparound of /),
  ])
  const migrating = client.query(`BEGIN; SET LOCAL lock_timeout = '500ms'; ALTER TABLE orders ADD COLUMN note text`)
  await expect(migrating).rejects.toThrow('lock timeout')
  await client.query('ROLLBACK')
})
