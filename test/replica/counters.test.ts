import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import type { ActivityRead } from '../../src/forecast/activity.ts'
import { activityDefaults, readActivity } from '../../src/replica/read-activity.ts'
import { readCatalog, readDefaults, readWholeCatalog, wholeDefaults } from '../../src/replica/read-replica.ts'
import { type PostgresServer, startPostgres, startStandby, waitForReplay } from '../support/postgres.ts'
import { reviewSql } from '../support/review.ts'
import { sqlBlocks, sqlOf, urlAs } from '../support/roles.ts'

/** What servers count of themselves: sequences, and how often indexes are read, each server its own. */

let primary: PostgresServer
let standby: PostgresServer
const day = 86_400_000

beforeAll(async () => {
  primary = await startPostgres({ settings: { autovacuum: 'off' } })
  await primary.run(`${sqlOf('replica.md')} ALTER ROLE lockcast PASSWORD 'reading'`)
  await primary.run(`
    CREATE TABLE visits (id serial PRIMARY KEY, at int, note text);
    INSERT INTO visits (at, note) SELECT n, repeat('x', 500) || n FROM generate_series(1, 20000) n;
    CREATE INDEX visits_note ON visits (note);
    CREATE INDEX visits_at ON visits (at);
    CREATE SEQUENCE tickets;
    CREATE TABLE guests (id int PRIMARY KEY DEFAULT nextval('tickets'));
    CREATE UNLOGGED TABLE carts (id serial PRIMARY KEY);
    INSERT INTO carts DEFAULT VALUES;
    CREATE TABLE parcels (id bigserial PRIMARY KEY);
    CREATE TABLE boxes (id smallint PRIMARY KEY GENERATED ALWAYS AS IDENTITY);
    SELECT setval('tickets', 70), setval('boxes_id_seq', 300);
    ANALYZE`)
  standby = await startStandby(primary)
})

afterAll(async () => {
  await standby?.stop()
  await primary?.stop()
})

async function snapshotOf(server: PostgresServer, names?: string[], lock = 200): Promise<CatalogSnapshot> {
  const url = urlAs(server, 'lockcast', 'reading')
  const relations = (names ?? []).map((name) => ({ schema: null, name }))
  const limits = { ...readDefaults.limits, lock }
  const facts = await (names
    ? readCatalog(url, { relations, cascades: false, code: [] }, { ...readDefaults, limits })
    : readWholeCatalog(url, wholeDefaults))
  if (facts.kind !== 'replica') throw new Error(JSON.stringify(facts))
  return facts.snapshot
}

function lastValues({ relations }: CatalogSnapshot): Record<string, number | null> {
  return Object.fromEntries(relations.flatMap(({ name, sequence }) => (sequence ? [[name, sequence.last]] : [])))
}

describe('sequences', () => {
  test('are not read without the grant, and their limits are', async () => {
    const snapshot = await snapshotOf(primary, ['visits', 'guests', 'boxes'])
    expect(lastValues(snapshot)).toEqual({ visits_id_seq: null, tickets: null, boxes_id_seq: null })
    expect(snapshot.relations.find(({ name }) => name === 'boxes_id_seq')?.sequence).toEqual({
      increment: 1,
      minimum: 1,
      maximum: 32_767,
      cycles: false,
      last: null,
    })
  })

  test('with the grant tell the value given out last, by whatever way a column takes from them', async () => {
    await primary.run(sqlBlocks('replica.md')[1] ?? '')
    expect(lastValues(await snapshotOf(primary, ['visits', 'guests', 'boxes', 'carts']))).toEqual({
      visits_id_seq: 20_000,
      tickets: 70,
      boxes_id_seq: 300,
      carts_id_seq: 1,
    })
  })

  test('are read on a standby, but for an unlogged one, and none that lasts as long as bigint', async () => {
    await waitForReplay(primary, standby)
    const values = lastValues(await snapshotOf(standby))
    expect(values).toMatchObject({ tickets: 70, boxes_id_seq: 300, carts_id_seq: null, parcels_id_seq: null })
    // A standby may be ahead by as many as are logged at once (SEQ_LOG_VALS).
    expect(values.visits_id_seq).toBeGreaterThanOrEqual(20_000)
    expect(values.visits_id_seq).toBeLessThanOrEqual(20_032)
  })

  test.each(['ALTER SEQUENCE tickets CACHE 10', 'LOCK TABLE guests; DROP SEQUENCE tickets CASCADE'])(
    'one that another session changes is left out, and nothing else is lost: %s',
    async (change) => {
      const holder = await primary.connect()
      try {
        await holder.query(`BEGIN; ${change}`)
        const snapshot = await snapshotOf(primary, ['visits', 'guests'])
        expect(lastValues(snapshot)).toEqual({ visits_id_seq: 20_000, tickets: null })
        expect(snapshot.warnings.join()).toContain('how far they are is not known: public.tickets.')
        expect(snapshot.relations.find(({ name }) => name === 'visits')?.size.rows).toBe(20_000)
      } finally {
        await holder.end()
      }
    },
  )
})

/** The review of one more index on visits, as if both servers had counted for so long. */
async function adviceAfter(days: number, change: Partial<ActivityRead> = {}): Promise<string[]> {
  const [activity, snapshot] = [await activityOf(), await snapshotOf(standby, ['visits'])]
  const since = (at: string): string => new Date(Date.parse(at) - days * day).toISOString()
  const { findings } = reviewSql('CREATE INDEX CONCURRENTLY visits_at_id ON visits (at, id);', {
    autocommit: true,
    snapshot: { ...snapshot, countsSince: since(snapshot.takenAt) },
    facts: { activity: { ...activity, countsSince: since(activity.takenAt), ...change } },
  })
  return findings.filter(({ hazard }) => hazard === 'wide-or-unused-index').map(({ message }) => message)
}

async function activityOf(url = primary.url): Promise<ActivityRead> {
  const facts = await readActivity(url, [{ schema: 'public', name: 'visits' }], {
    ...activityDefaults,
    interval: 1,
  })
  if (facts.kind !== 'read') throw new Error(facts.reason)
  return facts
}

async function readIndex(server: PostgresServer, sql: string): Promise<void> {
  const client = await server.connect()
  await client.query(`SET enable_seqscan = off`)
  await client.query(sql)
  // A backend reports its counters when it ends.
  await client.end()
}

describe('indexes that nothing reads', () => {
  test('are told beside one more, by the counters of the primary and the standby', async () => {
    await readIndex(primary, 'SELECT * FROM visits WHERE at = 5')
    await waitForReplay(primary, standby)
    expect(await adviceAfter(40)).toEqual([
      expect.stringMatching(/^`visits_at_id` joins an index of `visits` .* `visits_note` \(5 weeks, \d+ MB\)$/),
    ])
    expect(await adviceAfter(20)).toEqual([])
    // Of a second standby, and where standbys cannot be seen, nobody knows what is read there.
    expect(await adviceAfter(40, { standbys: 2 })).toEqual([])
    expect(await adviceAfter(40, { standbys: null })).toEqual([])
    expect(await adviceAfter(40, { countsSince: null })).toEqual([])
  })

  test('standbys are counted, for a role that may see them', async () => {
    expect((await activityOf()).standbys).toBe(1)
    expect((await activityOf(urlAs(primary, 'lockcast', 'reading'))).standbys).toBeNull()
  })

  test('a reset on the primary begins anew', async () => {
    const before = await activityOf()
    await primary.run('SELECT pg_stat_reset()')
    const after = await activityOf()
    expect(Date.parse(after.countsSince ?? '')).toBeGreaterThan(Date.parse(before.countsSince ?? ''))
    expect(after.indexes).toContainEqual(expect.objectContaining({ name: 'visits_at', scans: 0, lastScan: null }))
  })

  test('a query on the standby counts, though the primary does not know of it', async () => {
    await readIndex(standby, "SELECT * FROM visits WHERE note = 'x'")
    expect((await activityOf()).indexes).toContainEqual(expect.objectContaining({ name: 'visits_note', scans: 0 }))
    expect(await adviceAfter(40)).toEqual([])
  })

  test('a standby that is promoted counts from then on: before, the queries were another server’s', async () => {
    const client = await standby.connect()
    const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now')
    await client.query('SELECT pg_promote()')
    await client.end()
    const { countsSince } = await activityOf(standby.url)
    expect(Date.parse(countsSince ?? '')).toBeGreaterThanOrEqual(
      Math.floor((rows[0]?.now.getTime() ?? 0) / 1_000) * 1_000,
    )
    await standby.run("CREATE ROLE plain LOGIN PASSWORD 'reading'")
    expect((await activityOf(urlAs(standby, 'plain', 'reading'))).countsSince).toBeNull()
  })
})
