import { expect, test } from 'vitest'
import { assemble, type CatalogReading } from '../../src/replica/assemble-catalog.ts'
import type { RelationFacts } from '../../src/replica/read-relations.ts'

function table(id: number, facts: Partial<RelationFacts>): RelationFacts {
  return {
    id,
    schema: 'public',
    name: `t${id}`,
    kind: 'table',
    persistence: 'permanent',
    partitionOf: null,
    inherits: [],
    reads: [],
    ownedBy: null,
    sequence: null,
    replicaIdentity: 'default',
    rowSecurity: false,
    tuples: 100,
    pages: 2,
    writable: false,
    hidden: false,
    publications: [],
    ...facts,
  }
}

function read(relations: RelationFacts[], server: Partial<CatalogReading['server']> = {}): CatalogReading {
  return {
    server: {
      takenAt: '2026-01-01T00:00:00.000Z',
      version: 170_000,
      countsSince: null,
      values: 'off',
      standby: true,
      lag: 0,
      detached: false,
      blockSize: 8192,
      settings: {},
      ownSettings: [],
      roleSettings: [],
      searchPath: ['public'],
      schemas: ['public'],
      extensions: [],
      powers: [],
      statistics: 'view',
      ...server,
    },
    code: { types: [], functions: [], casts: [], operators: [], publications: [] },
    relations,
    structure: { parts: [], locked: [], blind: false },
    sizes: relations.map(({ id }) => ({ relation: id, part: 'heap', id, bytes: 16_384, pages: 2, dead: null })),
  }
}

const partition = (of: number) => ({ partitionOf: { relation: of, bound: 'DEFAULT', default: true } })

test('without sizes, those of the last ANALYZE stand, and say so', () => {
  const snapshot = assemble({ ...read([table(1, {})]), sizes: null })
  expect(snapshot.relations[0]?.size).toEqual({
    rows: 100,
    rowsFrom: 'statistics',
    heapBytes: 16_384,
    toastBytes: null,
    indexBytes: null,
    current: false,
    deadShare: null,
  })
  expect(snapshot.warnings).toEqual([
    'A table was locked while sizes were read: all sizes are those of the last ANALYZE.',
  ])
})

test('a locked table that was never analysed has no size, rather than none', () => {
  const { relations } = assemble({ ...read([table(1, { tuples: -1, pages: 0 })]), sizes: null })
  expect(relations[0]?.size).toMatchObject({ rows: null, rowsFrom: null, heapBytes: null, current: false })
})

test('the sum over partitions goes down all levels, and passes over foreign tables', () => {
  const tree = [
    table(1, { kind: 'partitioned table' }),
    table(2, { kind: 'partitioned table', ...partition(1) }),
    table(3, partition(2)),
    table(4, partition(2)),
    table(5, partition(1)),
    table(6, { kind: 'foreign table', ...partition(1) }),
  ]
  const rows = assemble(read(tree)).relations.map(({ size }) => size.rows)
  expect(rows).toEqual([300, 200, 100, 100, 100, null])
})

test('a partition of unknown size makes the sum unknown', () => {
  const tree = [
    table(1, { kind: 'partitioned table' }),
    table(2, { tuples: -1, pages: 0, ...partition(1) }),
    table(3, partition(1)),
  ]
  const { relations } = assemble({ ...read(tree), sizes: null })
  expect(relations[0]?.size).toMatchObject({ rows: null, rowsFrom: null })
})

test.each([
  [
    'PostgreSQL 12',
    { version: 120_022 },
    'The server is PostgreSQL 12. What Lockcast knows of locks was measured on 13 and newer.',
  ],
  [
    'a standby an hour behind',
    { lag: 3_600 },
    'The standby is 60 min behind. What was deployed since is missing here.',
  ],
  ['a standby half a minute behind', { lag: 30 }, undefined],
  [
    'a standby without a primary',
    { lag: 259_200, detached: true },
    'The standby does not stream from a primary; its last change is 3 days old. What was deployed since is missing here.',
  ],
])('%s is warned of as it deserves', (_, server, warning) => {
  expect(assemble(read([], server)).warnings).toEqual(warning ? [warning] : [])
})

test('many tables with the same trouble are counted, not listed', () => {
  const relations = [1, 2, 3, 4, 5].map((id) => table(id, { writable: true }))
  expect(assemble(read(relations)).warnings).toEqual([
    'The role that reads the catalog may write to public.t1, public.t2, public.t3 and 2 more. It should only read: see docs/replica.md.',
  ])
})

test('timeouts are those the session would have without the reading, as SHOW prints them', () => {
  const ownSettings = [
    { name: 'lock_timeout', value: '1500', unit: 'ms' },
    { name: 'statement_timeout', value: '300000', unit: 'ms' },
    { name: 'idle_in_transaction_session_timeout', value: '0', unit: 'ms' },
  ]
  expect(assemble(read([], { ownSettings })).settings).toEqual({
    lock_timeout: '1500ms',
    statement_timeout: '5min',
    idle_in_transaction_session_timeout: '0',
  })
})

test("a role's setting for this database wins over its general one", () => {
  const roleSettings = [
    { role: null, database: true, name: 'lock_timeout', value: '9s' },
    { role: 'app', database: true, name: 'lock_timeout', value: '2s' },
    { role: 'app', database: false, name: 'lock_timeout', value: '1s' },
    { role: 'app', database: false, name: 'search_path', value: 'app, public' },
  ]
  expect(assemble(read([], { roleSettings })).roleSettings).toEqual([
    { role: null, settings: { lock_timeout: '9s' } },
    { role: 'app', settings: { lock_timeout: '2s', search_path: 'app, public' } },
  ])
})

test('dead rows of partitions are told as one share, weighed by rows, and only where a primary counted them', () => {
  const tables = [
    table(1, { kind: 'partitioned table' }),
    table(2, { ...partition(1), tuples: 300, pages: 2 }),
    table(3, { ...partition(1), tuples: 100, pages: 2 }),
  ]
  const sizes = (dead: Record<number, number | null>) =>
    [2, 3].map((id) => ({ relation: id, part: 'heap' as const, id, bytes: 16_384, pages: 2, dead: dead[id] ?? null }))
  const share = (dead: Record<number, number | null>) =>
    assemble({ ...read(tables), sizes: sizes(dead) }).relations[0]?.size.deadShare
  expect(share({ 2: 0.1, 3: 0.5 })).toBeCloseTo(0.2)
  expect(share({ 2: 0.1 })).toBeCloseTo(0.1)
  expect(share({})).toBeNull()
})
