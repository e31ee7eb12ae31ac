import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { catalogSource } from '../../src/cli/catalog-source.ts'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { readCatalog, readDefaults } from '../../src/replica/read-replica.ts'
import { type Database, databaseSource } from '../../src/server/databases.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { reviewSql } from '../support/review.ts'
import { sqlBlocks, urlAs } from '../support/roles.ts'

/** What the policy's value_statistics turns on: a view tells what a type must hold, and no value leaves the database. */

let server: PostgresServer
let url: string
const secret = 'secret-value-of-a-row'

beforeAll(async () => {
  server = await startPostgres({ settings: { autovacuum: 'off' } })
  const [role = '', , view = ''] = sqlBlocks('replica.md')
  await server.run(role)
  await server.run("ALTER ROLE lockcast PASSWORD 'reading'; CREATE ROLE plain LOGIN PASSWORD 'reading'")
  await server.run(view)
  await server.run(`
    CREATE TABLE orders (id bigint, units bigint, few int, edge int, share numeric, code text, label varchar(40), tag uuid, at date, lists int[]);
    INSERT INTO orders SELECT n, 3000000000 - n, -32768 + n, 2147483647, n * 0.125, n::text, '${secret}' || n, gen_random_uuid(), now(), ARRAY[n]
      FROM generate_series(0, 999) n;
    UPDATE orders SET code = ' 1e3 ' WHERE id = 5;
    ANALYZE orders;
    CREATE TABLE empty (id int, name text);
    ANALYZE empty`)
  url = urlAs(server, 'lockcast', 'reading')
})

afterAll(() => server?.stop())

async function read(values: boolean, from = url): Promise<CatalogSnapshot> {
  const relations = ['orders', 'empty'].map((name) => ({ schema: null, name }))
  const facts = await readCatalog(from, { relations, cascades: false, code: [] }, { ...readDefaults, values })
  if (facts.kind !== 'replica') throw new Error(JSON.stringify(facts))
  return facts.snapshot
}

test('off by default: the view is not asked, nor any statistics with values', async () => {
  const query = vi.spyOn(pg.Client.prototype, 'query')
  try {
    const snapshot = await read(readDefaults.values)
    const sent = JSON.stringify(query.mock.calls.map(([config]) => config))
    expect(sent).toContain('column_statistics')
    expect(sent).not.toMatch(/value_sizes|most_common|histogram|stavalues/)
    expect(JSON.stringify(snapshot)).not.toContain('"known"')
  } finally {
    query.mockRestore()
  }
})

test('on: what a type must hold is told by column, and no value', async () => {
  const snapshot = await read(true)
  const columns = snapshot.relations.find(({ name }) => name === 'orders')?.columns ?? []
  const none = { characters: null, digits: null, decimals: null, integer: null, not: [] }
  expect(Object.fromEntries(columns.map(({ name, statistics }) => [name, statistics?.known]))).toEqual({
    id: { ...none, digits: 3, decimals: 0, integer: 'smallint' },
    units: { ...none, digits: 10, decimals: 0, integer: 'bigint' },
    few: { ...none, digits: 5, decimals: 0, integer: 'smallint' },
    edge: { ...none, digits: 10, decimals: 0, integer: 'integer' },
    share: { ...none, digits: 3, decimals: 3, integer: 'smallint' },
    code: { ...none, characters: 4, not: ['integer', 'uuid'] },
    label: { ...none, characters: secret.length + 3, not: ['integer', 'numeric', 'uuid'] },
    tag: none,
    at: none,
    lists: none,
  })
  expect(JSON.stringify(snapshot)).not.toContain(secret)
  expect(snapshot.warnings).toEqual([])
})

test('the command line and the app turn it on by the policy', async () => {
  const needs = { relations: [{ schema: null, name: 'orders' }], cascades: false, code: [] }
  const database: Database = {
    name: 'shop',
    from: { kind: 'url', url },
    profilePath: null,
    activityUrl: null,
    migrations: null,
    repositories: [],
  }
  for (const value_statistics of [true, false]) {
    const policy = { ...defaultPolicy, value_statistics }
    const facts = [
      await catalogSource({ databaseUrl: url }, policy)(needs),
      await databaseSource(database)(needs, policy),
    ]
    expect(facts.map((fact) => JSON.stringify(fact).includes('"known"'))).toEqual([value_statistics, value_statistics])
  }
})

test('the role itself sees no value, and without the view a warning says what is missing', async () => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query('SELECT row_to_json(v)::text AS row FROM lockcast.value_sizes v')
  expect(JSON.stringify(rows)).not.toContain(secret)
  await expect(client.query('SELECT stavalues1 FROM pg_statistic')).rejects.toThrow('permission denied')
  await client.end()
  const { warnings } = await read(true, urlAs(server, 'plain', 'reading'))
  expect(warnings).toContainEqual(expect.stringContaining('lockcast.value_sizes is not granted'))
})

test.each([
  ['units TYPE int', 'Will fail: `orders.units` goes from bigint to integer', '22003'],
  ['units TYPE int USING units::int', 'Will fail: `orders.units` goes from bigint to integer', '22003'],
  ['edge TYPE smallint', 'Will fail: `orders.edge` goes from integer to smallint', '22003'],
  ['few TYPE smallint', 'May fail: `orders.few` goes from integer to smallint', null],
  ['share TYPE numeric(4, 3)', 'Will fail', '22003'],
  ['share TYPE numeric(6, 3)', null, null],
  ['share TYPE numeric(6, 2)', 'May fail or lose: `orders.share` goes from numeric to numeric(6,2)', null],
  ['label TYPE varchar(10)', 'Will fail: `orders.label` goes from character varying(40)', '22001'],
  ['label TYPE varchar(30)', 'May fail: `orders.label` goes from character varying(40)', null],
  ['code TYPE int USING code::int', 'Will fail: `orders.code` holds values that are no integer', '22P02'],
  ['code TYPE numeric USING code::numeric', 'May fail: every value of `orders.code`', null],
  ['code TYPE int USING 1', 'May fail: every value of `orders.code`', null],
])('what is said of ALTER COLUMN %s is what the server does', async (change, message, sqlstate) => {
  const sql = `ALTER TABLE orders ALTER COLUMN ${change};`
  const { findings } = reviewSql(sql, { snapshot: await read(true) })
  const told = findings.filter(({ hazard }) => hazard === 'narrowing-type' || hazard === 'cast-may-fail')
  expect(told.map((finding) => finding.message)).toEqual(
    message === null ? expect.anything() : [expect.stringContaining(message)],
  )
  if (message?.startsWith('Will')) expect(told[0]?.severity).toBe('critical')
  const client = await server.connect()
  await client.query('BEGIN')
  const code = await client.query(sql).then(
    () => null,
    (error: pg.DatabaseError) => error.code,
  )
  await client.end()
  expect(code).toBe(sqlstate)
})
