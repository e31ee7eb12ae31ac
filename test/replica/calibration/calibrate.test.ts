import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseProfile } from '../../../src/catalog/catalog-files.ts'
import { partUnits } from '../../../src/catalog/profile.ts'
import { cloudDisks } from '../../../src/forecast/cloud-disks.ts'
import { calibrate, calibrateDefaults } from '../../../src/replica/calibration/run-calibration.ts'
import { closedPort } from '../../support/closed-port.ts'
import { inFolder, lockcast } from '../../support/command-line.ts'
import { type PostgresServer, startPostgres, startStandby, waitForReplay } from '../../support/postgres.ts'

let primary: PostgresServer
let standby: PostgresServer

beforeAll(async () => {
  primary = await startPostgres()
  await primary.run(`
    CREATE TABLE orders (id bigint PRIMARY KEY, note text);
    INSERT INTO orders SELECT i, 'hidden-' || i FROM generate_series(1, 60000) i;
    CREATE TABLE secrets AS SELECT * FROM orders;
    CREATE ROLE reader LOGIN PASSWORD 'hunter2'; GRANT SELECT ON orders TO reader;
    CREATE ROLE nobody LOGIN PASSWORD 'hunter2';
  `)
  for (const sql of ['VACUUM ANALYZE', 'CREATE DATABASE scratch']) await primary.run(sql)
  standby = await startStandby(primary)
  await waitForReplay(primary, standby)
})

afterAll(async () => {
  await standby?.stop()
  await primary?.stop()
})

const as = (role: string, { url }: PostgresServer): string => url.replace(/\/\/[^@]*@/, `//${role}:hunter2@`)
const options = {
  scratchUrl: null,
  limits: { ...calibrateDefaults, scratchRows: 5_000 },
  progress: () => {},
  watch: null,
}

test('a role that may SELECT one table measures reading and sorting on a standby; writes stay those of cloud disks', async () => {
  const words: string[] = []
  const result = await calibrate({
    ...options,
    databaseUrl: as('reader', standby),
    progress: (word) => void words.push(word),
  })
  if (result.kind !== 'calibrated') throw new Error(JSON.stringify(result))
  expect(words).toEqual(['sampling public.orders'])
  expect(result).toMatchObject({ tables: 1, profile: { writes: 'assumed', serverVersion: expect.any(Number) } })
  const { parts } = result.profile
  expect(parts['walk rows']).not.toEqual(cloudDisks.parts['walk rows'])
  expect(parts.sort).not.toEqual(cloudDisks.parts.sort)
  expect(parts['update rows'].high).toBe(cloudDisks.parts['update rows'].high)
})

test('a scratch database measures every part, and nothing is left in it', async () => {
  const scratchUrl = primary.url.replace(/\/postgres$/, '/scratch')
  const result = await calibrate({ ...options, databaseUrl: as('reader', standby), scratchUrl })
  if (result.kind !== 'calibrated') throw new Error(JSON.stringify(result))
  expect(result.profile.writes).toBe('measured')
  for (const part of Object.keys(partUnits) as (keyof typeof partUnits)[]) {
    const { low, high } = result.profile.parts[part]
    expect(low, part).toBeGreaterThan(0)
    expect(high, part).toBeGreaterThan(low)
    expect(high, part).toBeLessThan(0.01)
  }
  expect(parseProfile(JSON.stringify(result.profile)).problem).toBeNull()
  const facts = await calibrate({ ...options, databaseUrl: scratchUrl })
  expect(facts).toMatchObject({ kind: 'nothing' })
})

test('a table under somebody’s lock is passed over, and the others are measured', async () => {
  const client = await primary.connect()
  await client.query('BEGIN; LOCK TABLE secrets')
  const result = await calibrate({ ...options, databaseUrl: primary.url }).finally(() => client.end())
  expect(result).toMatchObject({ kind: 'calibrated', tables: 1 })
})

test.each<[string, () => Promise<Partial<Parameters<typeof calibrate>[0]>>, RegExp]>([
  ['no table may be read', async () => ({ databaseUrl: as('nobody', primary) }), /no table of 1 MB.*--scratch-url/],
  [
    'the server is not there',
    async () => ({ databaseUrl: `postgres://a:hunter2@127.0.0.1:${await closedPort()}/x` }),
    /refuses connections/,
  ],
  [
    'the scratch database is a standby',
    async () => ({ databaseUrl: primary.url, scratchUrl: standby.url }),
    /The scratch database: it is read-only/,
  ],
  [
    'the scratch database lets nobody make a schema',
    async () => ({ databaseUrl: primary.url, scratchUrl: as('nobody', primary) }),
    /The scratch database: its role may not create/,
  ],
])('when %s, that is said without a secret', async (_words, change, sentence) => {
  const result = await calibrate({ ...options, databaseUrl: '', ...(await change()) })
  expect(result.kind).not.toBe('calibrated')
  expect('reason' in result && result.reason).toMatch(sentence)
  expect(JSON.stringify(result)).not.toContain('hunter2')
})

test('the command writes a profile that a review takes, tells its progress, and no value of a row', async () => {
  await inFolder({ '1.sql': 'CREATE INDEX ON orders (note);\n' }, async (cwd) => {
    const database = ['--database-url', as('reader', standby)]
    const made = await lockcast(['calibrate', ...database, '--output', 'profile.json'], { cwd })
    expect(made).toMatchObject({ exit: 0, stdout: '' })
    expect(made.stderr).toMatch(
      /^sampling public\.orders …\ncalibrated: samples of 1 table, .*; writes as for cloud disks\n$/,
    )
    const profile = readFileSync(join(cwd, 'profile.json'), 'utf8')
    expect(profile).not.toMatch(/hidden|orders/)
    const reviewed = await lockcast(['review', '1.sql', ...database, '--profile', 'profile.json', '--format', 'json'], {
      cwd,
    })
    expect(reviewed.stdout).toMatch(/calibrated \d{4}-\d\d-\d\d, writes as for cloud disks/)
    const wrong = await lockcast(['review', '1.sql', ...database, '--profile', '1.sql'], { cwd })
    expect(wrong).toMatchObject({
      exit: 2,
      stderr: expect.stringMatching(/1\.sql: not JSON .*make one with lockcast calibrate/),
    })
  })
})
