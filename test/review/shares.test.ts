import { expect, test } from 'vitest'
import { defaultPolicy } from '../../src/policy/policy.ts'
import type { CatalogFacts } from '../../src/review/facts.ts'
import { reviewCore } from '../../src/review/gather-and-review.ts'
import { databaseOf, reviewByDatabase, sharesOf } from '../../src/review/review-by-database.ts'
import { migrationsOf, shopWith } from '../support/review.ts'

const big = shopWith(() => ({}))
const small = shopWith((relation) => ({ size: { ...relation.size, rows: 10, heapBytes: 8192 } }))
const out: CatalogFacts = { kind: 'unreachable', reason: 'It refuses.', retry: 'Try again.' }

const databases = [
  { name: 'shop', migrations: null, facts: { kind: 'replica', snapshot: big } as CatalogFacts },
  { name: 'billing', migrations: ['billing/**'], facts: { kind: 'replica', snapshot: small } as CatalogFacts },
]
const index = 'SET LOCAL lock_timeout = 1; CREATE INDEX orders_note ON orders (status);'
const files = { 'billing/1.sql': index, 'shop/1.sql': index, 'shop/2.sql': 'CREATE TABLE a (id bigint PRIMARY KEY);' }
const migrations = migrationsOf(files)

function reviewed(given: { name: string; migrations: string[] | null; facts: CatalogFacts }[], exact = true) {
  const shares = sharesOf(migrations, null, given, null).map(({ database, migrations: own }) => ({
    name: database?.name ?? null,
    migrations: own,
    takes: (path: string) => databaseOf(path, given, null) === database,
    catalog: async () => database?.facts ?? ({ kind: 'none' } as const),
    activity: null,
  }))
  const rest = {
    policy: defaultPolicy,
    base: null,
    postgresVersion: null,
    now: null,
    skipped: [],
    code: async () => null,
    history: null,
  }
  return reviewByDatabase(shares, { ...rest, disclosure: exact ? 'exact' : 'buckets' }, reviewCore)
}

test('each migration is compared with its own database, in one review', async () => {
  const review = await reviewed(databases)
  const severities = review.findings
    .filter(({ hazard }) => hazard === 'blocking-index-build')
    .map(({ path, severity }) => [path, severity])
  expect(severities).toEqual([
    ['shop/1.sql', 'critical'],
    ['billing/1.sql', 'low'],
  ])
  expect(review).toMatchObject({ verdict: 'fail', catalog: 'replica' })
  expect(review.notes).toEqual(
    expect.arrayContaining([
      'Compared with database billing, PostgreSQL 16: billing/1.sql.',
      'Compared with database shop, PostgreSQL 16: shop/1.sql, shop/2.sql.',
    ]),
  )
})

test('ids of transactions are unique over all of it, and statements keep theirs', async () => {
  const review = await reviewed(databases)
  const ids = review.transactions.map(({ id }) => id)
  expect(new Set(ids).size).toBe(3)
  const used = review.files.flatMap((file) => file.statements.map((statement) => [file.path, statement.transaction]))
  for (const { id, from } of review.transactions) expect(used).toContainEqual([from.path, id])
})

test('a database out of reach takes nothing from the other, and two of them are two findings', async () => {
  const [shop, billing] = databases
  const review = await reviewed([shop!, { ...billing!, facts: out }])
  expect(review.findings.map(({ hazard }) => hazard)).toContain('replica-unreachable')
  expect(review.catalog).toBe('replica')
  const both = await reviewed(databases.map((database) => ({ ...database, facts: out })))
  const changes = both.findings
    .filter(({ hazard }) => hazard === 'replica-unreachable')
    .map((finding) => finding.fingerprint)
  expect(new Set(changes).size).toBe(2)
})

test('what belongs to no database is reviewed without one, and said', async () => {
  const review = await reviewed(databases.slice(1))
  expect(review.notes[1]).toBe('No database is named for shop/1.sql, shop/2.sql.')
  expect(review.findings.find(({ path }) => path === 'shop/1.sql')?.severity).toBe('high')
})

test('names of databases are production facts', async () => {
  expect(JSON.stringify(await reviewed(databases, false))).not.toContain('database billing')
})

test('the first glob that matches counts, then the first database without globs', () => {
  const names = (path: string) => databaseOf(path, databases, null)?.name
  expect([names('billing/db/1.sql'), names('shop/1.sql'), names('1.sql')]).toEqual(['billing', 'shop', 'shop'])
})

test('the policy’s name counts before the globs, and one that may not be used is replaced by no other', () => {
  const entry = (paths: string, database: string) => ({ paths, database, transaction: 'file' as const })
  const policy = { ...defaultPolicy, migrations: [entry('shop/1.sql', 'billing'), entry('shop/2.sql', 'secret')] }
  const names = (path: string) => databaseOf(path, databases, policy)?.name
  expect([names('shop/1.sql'), names('shop/2.sql'), names('shop/3.sql')]).toEqual(['billing', undefined, 'shop'])
})

test('the base branch is read once, and each share gets its own part of it', async () => {
  let read = 0
  const asked: string[][] = []
  const base = async () => {
    read++
    return migrationsOf({ 'billing/0.sql': 'CREATE TABLE b (id int)', 'shop/0.sql': 'CREATE TABLE c (id int)' })
  }
  const missing = migrationsOf({ 'billing/3.sql': 'ALTER TABLE b ADD x int', 'shop/3.sql': 'ALTER TABLE c ADD x int' })
  const shares = sharesOf(missing, null, databases, null).map(({ database, migrations: own }) => ({
    name: database?.name ?? null,
    migrations: own,
    takes: (path: string) => databaseOf(path, databases, null) === database,
    catalog: async (needs: { relations: { name: string }[] }) => {
      asked.push(needs.relations.map(({ name }) => name).sort())
      return database?.facts ?? ({ kind: 'none' } as const)
    },
    activity: null,
  }))
  const rest = {
    policy: defaultPolicy,
    base,
    postgresVersion: null,
    now: null,
    skipped: [],
    disclosure: 'exact',
  } as const
  const review = await reviewByDatabase(
    shares,
    { ...rest, skipped: [], code: async () => null, history: null },
    reviewCore,
  )
  expect(read).toBe(1)
  expect(review.files.flatMap((file) => file.statements.flatMap(({ fails }) => fails ?? []))).toEqual([])
  expect(asked.some((names) => names.includes('b') && names.includes('c'))).toBe(false)
})
