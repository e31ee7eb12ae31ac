import { readFileSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type CatalogSnapshot, catalogSnapshot } from '../../src/catalog/snapshot.ts'
import {
  type ReadOptions,
  readCatalog,
  readDefaults,
  readWholeCatalog,
  wholeDefaults,
} from '../../src/replica/read-replica.ts'
import { readOnly } from '../../src/replica/session.ts'
import { askStructure } from '../../src/replica/structure.ts'
import { type PostgresServer, startPostgres, startStandby, waitForReplay } from '../support/postgres.ts'
import { schema } from './schema.ts'

let primary: PostgresServer
let standby: PostgresServer
/** The least-privilege role of docs/replica.md, on the standby. */
let reader: string

beforeAll(async () => {
  primary = await startPostgres({ settings: { autovacuum: 'off' } })
  await primary.run(schema)
  standby = await startStandby(primary)
  const [, block] =
    /```sql\n([\s\S]*?)```/.exec(readFileSync(new URL('../../docs/replica.md', import.meta.url), 'utf8')) ?? []
  await primary.run(block ?? '')
  await primary.run(`
    ALTER ROLE lockcast PASSWORD 'reading';
    CREATE ROLE plain LOGIN PASSWORD 'reading';
    CREATE ROLE writer LOGIN PASSWORD 'reading';
    GRANT UPDATE ON orders TO writer;
    GRANT SELECT ON customers TO plain;
    INSERT INTO orders (customer_id, amount, note) SELECT 1, n, 'later' FROM generate_series(1, 9000) n;
    CREATE TABLE late AS SELECT generate_series(1, 4000) AS id;
    ANALYZE orders, late;
    ALTER ROLE writer SET lock_timeout = '3s';
    ALTER DATABASE postgres SET statement_timeout = '5min';
    ALTER DATABASE postgres SET app.jwt_secret = 'very-secret';
  `)
  await waitForReplay(primary, standby)
  reader = as('lockcast', standby)
})

afterAll(async () => {
  await standby?.stop()
  await primary?.stop()
})

function as(role: string, server: PostgresServer): string {
  const url = new URL(server.url)
  url.username = role
  url.password = 'reading'
  return url.href
}

async function snapshotOf(
  url: string,
  names: string[],
  { cascades = false, ...options }: Partial<ReadOptions> & { cascades?: boolean } = {},
): Promise<CatalogSnapshot> {
  const relations = names.map((full) => {
    const [schema, name] = full.includes('.') ? full.split('.') : [null, full]
    return { schema: schema ?? null, name: name ?? '' }
  })
  const facts = await readCatalog(url, { relations, cascades, code: [] }, { ...readDefaults, ...options })
  if (facts.kind !== 'replica') throw new Error(JSON.stringify(facts))
  return facts.snapshot
}

async function wholeOf(url: string): Promise<CatalogSnapshot> {
  const facts = await readWholeCatalog(url, wholeDefaults)
  if (facts.kind !== 'replica') throw new Error(JSON.stringify(facts))
  return facts.snapshot
}

function relation(snapshot: CatalogSnapshot, name: string, schema = 'public') {
  const found = snapshot.relations.find((it) => it.name === name && it.schema === schema)
  if (!found) throw new Error(`${name} is not in the snapshot`)
  return found
}

function namesOf(snapshot: CatalogSnapshot): string[] {
  return snapshot.relations.map(({ schema, name }) => (schema === 'public' ? name : `${schema}.${name}`)).toSorted()
}

/** Holds ACCESS EXCLUSIVE on tables while `work` runs. */
async function whileLocked<T>(server: PostgresServer, tables: string, work: () => Promise<T>): Promise<T> {
  const holder = await server.connect()
  try {
    await holder.query(`BEGIN; LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`)
    return await work()
  } finally {
    await holder.end()
  }
}

test('a physical standby gives true row counts, where n_live_tup is 0', async () => {
  const client = await standby.connect()
  const { rows } = await client.query<{ relname: string; n: string }>(
    "SELECT relname, n_live_tup AS n FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname IN ('orders', 'late') ORDER BY 1",
  )
  await client.end()
  expect(rows).toEqual([
    { relname: 'late', n: '0' },
    { relname: 'orders', n: '0' },
  ])
  const snapshot = await snapshotOf(reader, ['orders', 'late'])
  expect(snapshot.standby).toBe(true)
  expect(relation(snapshot, 'orders').size).toMatchObject({ rows: 10_000, rowsFrom: 'statistics', current: true })
  expect(relation(snapshot, 'late').size).toMatchObject({ rows: 4_000, rowsFrom: 'statistics' })
})

test('rows follow the pages that came after the last ANALYZE', async () => {
  await primary.run('CREATE TABLE growing AS SELECT generate_series(1, 200000) AS id; ANALYZE growing')
  await primary.run('INSERT INTO growing SELECT generate_series(1, 200000)')
  const { rows } = relation(await snapshotOf(primary.url, ['growing']), 'growing').size
  // Not exact: the server extends a table by up to 64 pages at once.
  expect(rows).toBeGreaterThan(360_000)
  expect(rows).toBeLessThan(440_000)
})

test('a table that was never analysed is estimated from its bytes, and says so', async () => {
  const { size } = relation(await snapshotOf(reader, ['never_analysed']), 'never_analysed')
  expect(size.rowsFrom).toBe('bytes')
  expect(size.rows).toBeGreaterThan(14_000)
  expect(size.rows).toBeLessThan(28_000)
})

test('a partitioned table is the sum of its partitions, and naming one brings the whole family', async () => {
  const snapshot = await snapshotOf(reader, ['events_2024'])
  expect(namesOf(snapshot)).toEqual(['events', 'events_2024', 'events_rest'])
  const parent = relation(snapshot, 'events')
  expect(parent).toMatchObject({ kind: 'partitioned table', partitionKey: 'RANGE (at)' })
  expect(parent.size).toMatchObject({ rows: 5_000, rowsFrom: 'statistics', current: true })
  expect(relation(snapshot, 'events_2024').partitionOf).toEqual({
    relation: parent.id,
    bound: "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
    default: false,
  })
  expect(relation(snapshot, 'events_rest').partitionOf?.default).toBe(true)
})

test('a bare name is the one in the search path, a qualified one its own', async () => {
  expect(namesOf(await snapshotOf(reader, ['archive.orders']))).toEqual(['archive.orders'])
  const bare = await snapshotOf(reader, ['orders'])
  expect(bare.searchPath).toEqual(['public'])
  expect(namesOf(bare)).not.toContain('archive.orders')
  const moved = await snapshotOf(reader, ['orders'], { searchPath: ['archive', 'public'] })
  expect(namesOf(moved)).toEqual(['archive.orders'])
})

test("Lockcast's own schema is no part of the catalog, though it stands in its role's search path", async () => {
  const whole = await wholeOf(reader)
  expect(whole.searchPath).toEqual(['public'])
  expect(whole.schemas).toEqual(['archive', 'public'])
  expect(whole.relations.filter((it) => it.schema === 'lockcast')).toEqual([])
})

test('what is tied to a named table comes with it: foreign keys both ways, views over views, sequences', async () => {
  const near = ['customers', 'lines', 'open_orders', 'order_counts', 'orders', 'orders_id_seq']
  expect(namesOf(await snapshotOf(reader, ['orders']))).toEqual(near)
  expect(namesOf(await snapshotOf(reader, ['orders'], { cascades: true }))).toEqual([
    'customers',
    'lines',
    'notes',
    ...near.slice(2),
  ])
})

test.each([
  ['a view brings what it reads', 'order_counts', ['open_orders', 'order_counts', 'orders']],
  ['an index stands for its table', 'lines_pkey', ['lines', 'notes', 'orders']],
  ['a domain or enum stands for the tables that use it', 'mood', ['orders']],
  ['a sequence brings its owner', 'orders_id_seq', ['orders', 'orders_id_seq']],
  ['an unknown name brings nothing', 'nowhere', []],
  ['a quoted name is taken as it is written', 'Mixed Case', ['Mixed Case']],
  ['names are case-sensitive', 'ORDERS', []],
])('%s', async (_, name, expected) => {
  expect(namesOf(await snapshotOf(reader, [name]))).toEqual(expected)
})

test('a table is read with all its parts', async () => {
  const snapshot = await snapshotOf(reader, ['orders'])
  const orders = relation(snapshot, 'orders')
  expect(orders.columns.map(({ name, type, notNull, default: value }) => [name, type, notNull, value])).toEqual([
    ['id', 'bigint', true, "nextval('public.orders_id_seq'::regclass)"],
    ['customer_id', 'bigint', true, null],
    ['status', 'character varying(20)', false, "'new'::character varying"],
    ['feeling', 'public.mood', false, null],
    ['amount', 'public.positive', false, null],
    ['doubled', 'integer', false, '((amount)::integer * 2)'],
    ['note', 'text', false, null],
  ])
  expect(orders.columns[5]?.generated).toBe('stored')
  const foreignKey = orders.constraints.find(({ kind }) => kind === 'foreign key')
  expect(foreignKey).toMatchObject({
    columns: ['customer_id'],
    validated: true,
    definition: 'FOREIGN KEY (customer_id) REFERENCES public.customers(id) ON DELETE CASCADE',
    references: {
      relation: relation(snapshot, 'customers').id,
      columns: ['id'],
      onDelete: 'cascade',
      onUpdate: 'no action',
    },
  })
  expect(orders.constraints.find(({ name }) => name === 'note_is_there')).toMatchObject({
    kind: 'check',
    validated: false,
  })
  expect(orders.indexes.find(({ name }) => name === 'orders_lower')).toMatchObject({
    keys: [null],
    uses: ['status', 'amount'],
    predicate: '((amount)::integer > 1)',
    valid: true,
  })
  expect(orders.indexes.find(({ name }) => name === 'orders_customer')).toMatchObject({
    keys: ['customer_id'],
    include: ['status'],
    uses: ['customer_id', 'status'],
  })
  expect(orders.indexes.every(({ bytes }) => bytes !== null && bytes > 0)).toBe(true)
  expect(orders.triggers.map(({ name }) => name)).toEqual(['stamped'])
  expect(orders.policies).toEqual([{ name: 'mine', uses: ['status'] }])
  expect(relation(snapshot, 'open_orders').reads).toEqual([{ relation: orders.id, columns: ['id', 'status'] }])
  expect(relation(snapshot, 'orders_id_seq').ownedBy).toEqual({ relation: orders.id, column: 'id' })
  expect(snapshot.publications).toEqual([
    {
      name: 'feed',
      allTables: false,
      publishes: ['insert', 'update', 'delete'],
      relations: [orders.id],
      schemas: [],
      parts: [],
    },
    {
      name: 'shelf',
      allTables: false,
      publishes: ['insert'],
      relations: [],
      schemas: ['archive'],
      parts: [],
    },
    {
      name: 'thin',
      allTables: false,
      publishes: ['insert'],
      relations: [orders.id],
      schemas: [],
      parts: [{ relation: orders.id, columns: ['id', 'status', 'note'], filter: ['customer_id', 'note'] }],
    },
  ])
})

test('types, functions and what roles get at login are read, and a secret among their settings is not', async () => {
  const snapshot = await snapshotOf(reader, ['orders'])
  expect(snapshot.types.map(({ name, kind, labels, base }) => [name, kind, labels, base])).toEqual([
    ['mood', 'enum', ['calm', 'cross'], null],
    ['positive', 'domain', [], 'integer'],
  ])
  expect(snapshot.functions).toContainEqual(expect.objectContaining({ name: 'stamp', trigger: true }))
  expect(snapshot.roleSettings).toContainEqual({ role: null, settings: { statement_timeout: '5min' } })
  expect(snapshot.roleSettings).toContainEqual({ role: 'writer', settings: { lock_timeout: '3s' } })
  expect(snapshot.settings).toMatchObject({ lock_timeout: '0', statement_timeout: '5min', TimeZone: 'UTC' })
  expect(JSON.stringify(snapshot)).not.toContain('very-secret')
})

test('the role of docs/replica.md reads column statistics on the standby without a warning or a value', async () => {
  const snapshot = await snapshotOf(reader, ['orders', 'customers'])
  expect(snapshot.warnings).toEqual([])
  const note = relation(snapshot, 'orders').columns.find(({ name }) => name === 'note')
  expect(note?.statistics?.nullFraction).toBeCloseTo(0.025, 3)
  const name = relation(snapshot, 'customers').columns.find((column) => column.name === 'name')
  expect(name?.statistics).toMatchObject({ nullFraction: 0, distinct: 1 })
  expect(JSON.stringify(await wholeOf(reader))).not.toContain('secret-row-value')
})

test('a role without rights on pg_stats says for which tables, and reads the rest', async () => {
  const snapshot = await snapshotOf(as('plain', standby), ['orders'])
  expect(snapshot.warnings).toEqual([
    'Column statistics unreadable for public.lines, public.order_counts, public.orders: see docs/replica.md.',
  ])
  expect(relation(snapshot, 'orders').size.rows).toBe(10_000)
  expect(relation(snapshot, 'orders').columns.every(({ statistics }) => statistics === null)).toBe(true)
  expect(relation(snapshot, 'customers').columns[1]?.statistics).toMatchObject({ distinct: 1 })
})

test('a role that may write and a superuser are warned of', async () => {
  expect((await snapshotOf(as('writer', standby), ['orders'])).warnings[0]).toBe(
    'The role that reads the catalog may write to public.orders. It should only read: see docs/replica.md.',
  )
  expect((await snapshotOf(standby.url, ['orders'])).warnings).toEqual([
    'The role that reads the catalog is a superuser. It should only read: see docs/replica.md.',
  ])
})

test.each(['primary', 'standby'])(
  'a table locked ACCESS EXCLUSIVE on the primary loses nothing of the others, read on the %s',
  async (where) => {
    const url = where === 'primary' ? as('lockcast', primary) : reader
    const snapshot = await whileLocked(primary, 'orders, events_2024', async () => {
      await waitForReplay(primary, standby)
      return snapshotOf(url, ['orders', 'events'])
    })
    const orders = relation(snapshot, 'orders')
    expect(orders.size).toMatchObject({ rows: 10_000, rowsFrom: 'statistics', current: false })
    expect(orders.columns.map(({ default: value }) => value)).toContain("'new'::character varying")
    expect(orders.constraints.find(({ name }) => name === 'note_is_there')?.definition).toBe('CHECK (…)')
    expect(orders.constraints.find(({ kind }) => kind === 'foreign key')?.definition).toContain(
      'REFERENCES public.customers',
    )
    expect(orders.indexes.find(({ name }) => name === 'orders_lower')?.definition).toBe(
      'CREATE INDEX orders_lower ON public.orders USING btree (…) WHERE …',
    )
    expect(relation(snapshot, 'events').size).toMatchObject({ rows: 5_000, current: false })
    expect(relation(snapshot, 'customers').size).toMatchObject({ rows: 500, current: true })
    expect(snapshot.warnings).toEqual([
      'Locked while the catalog was read, so checks and expressions are missing: public.events_2024, public.orders.',
      'Locked while sizes were read, so they are those of the last ANALYZE: public.events_2024, public.orders.',
    ])
  },
)

test('a lock that comes between looking and reading leaves the transaction usable, and the second try waits for nobody', async () => {
  const orders = relation(await snapshotOf(as('lockcast', primary), ['orders']), 'orders').id
  const outcome = await whileLocked(primary, 'orders', () =>
    readOnly(primary.url, { ...readDefaults.limits, lock: 50 }, async (session) => {
      const waited = await session.attempt("SELECT pg_relation_size('orders')", [])
      const structure = await askStructure({ ...session, attempt: async () => null }, [orders], {
        statistics: 'own',
        values: 'off',
        standby: false,
        version: 170_000,
      })
      return { waited, structure }
    }),
  )
  expect(outcome).toMatchObject({ kind: 'read', value: { waited: null, structure: { blind: true } } })
})

test.each([1, 60])('at most six queries are asked for %i tables, none of them a named statement', async (count) => {
  const names = Array.from({ length: count }, (_, n) => `many_${n}`)
  await primary.run(names.map((name) => `CREATE TABLE IF NOT EXISTS ${name} (id bigint PRIMARY KEY)`).join(';'))
  const query = vi.spyOn(pg.Client.prototype, 'query')
  try {
    expect(namesOf(await snapshotOf(primary.url, names))).toHaveLength(count)
    const asked = query.mock.calls.map(([first]): unknown => first)
    const texts = asked.map((it) => (typeof it === 'string' ? it : (it as { text: string }).text).trim())
    expect(texts.filter((text) => !/^(BEGIN|SET|SAVEPOINT|COMMIT)/.test(text)).length).toBeLessThanOrEqual(6)
    expect(asked.some((it) => typeof it === 'object' && it !== null && 'name' in it)).toBe(false)
  } finally {
    query.mockRestore()
  }
})

test('the session cannot write, and shows as lockcast', async () => {
  const shown = await readOnly(primary.url, readDefaults.limits, ({ ask }) =>
    ask("SELECT json_build_array(current_setting('transaction_read_only'), current_setting('application_name'))", []),
  )
  expect(shown).toEqual({ kind: 'read', value: [['on', 'lockcast']] })
  const written = await readOnly(primary.url, readDefaults.limits, ({ ask }) => ask('DELETE FROM lines', []))
  expect(written).toMatchObject({ kind: 'unreachable', reason: 'The database could not be read (25006).' })
})

test('the snapshot survives its file, and the whole catalog says the same of each relation', async () => {
  const whole = await wholeOf(reader)
  expect(catalogSnapshot.parse(JSON.parse(JSON.stringify(whole)))).toEqual(whole)
  expect(namesOf(whole)).toEqual(expect.arrayContaining(['archive.orders', 'Mixed Case', 'unrelated', 'orders']))
  const some = await snapshotOf(reader, ['orders', 'events', 'Mixed Case'])
  expect(catalogSnapshot.parse(JSON.parse(JSON.stringify(some)))).toEqual(some)
  for (const it of some.relations) expect(whole.relations).toContainEqual(it)
  // A publication has of its relations those that were asked for.
  const rest = { relations: [], publications: [], takenAt: '' }
  expect({ ...some, ...rest }).toEqual({ ...whole, ...rest })
})
