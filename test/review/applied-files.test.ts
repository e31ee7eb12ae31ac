import { expect, test } from 'vitest'
import { Catalog } from '../../src/catalog/catalog.ts'
import { snapshotOf } from '../../src/catalog/snapshot-of.ts'
import { numberFormat } from '../../src/forecast/numbers.ts'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { gatherAndReview, reviewCore } from '../../src/review/gather-and-review.ts'
import type { Review } from '../../src/review/result.ts'
import { runMigrations } from '../../src/review/run-migrations.ts'
import { migrationsOf } from '../support/review.ts'

const files: Record<string, string> = {
  '1.sql':
    "CREATE TYPE mood AS ENUM ('a');\nCREATE TABLE users (id bigint PRIMARY KEY);\nCREATE TABLE old (id bigint);",
  '2.sql': 'DROP TABLE old;',
  '3.sql': 'UPDATE users SET id = id;',
  '4.sql': 'ALTER TABLE users ADD COLUMN name text;',
  '5.sql': 'CREATE INDEX users_name ON users (name);',
}

test('files of a folder whose objects all exist are taken for applied, in one note', async () => {
  const reviewed = await reviewedAfter(['1.sql', '2.sql', '3.sql', '4.sql'], Object.keys(files))
  expect(reviewed.files.map(({ path }) => path)).toEqual(['5.sql'])
  expect(reviewed.findings.filter(({ message }) => message.startsWith('Will fail'))).toEqual([])
  expect(reviewed.notes[0]).toContain('4 files look applied')
})

test('a file that was named is reviewed, and what it makes already exists', async () => {
  const reviewed = await reviewedAfter(['1.sql', '2.sql', '3.sql', '4.sql'], ['1.sql', '2.sql', '3.sql'])
  expect(reviewed.files.map(({ path }) => path)).toEqual(['2.sql', '3.sql', '4.sql', '5.sql'])
  expect(reviewed.findings.map(({ message }) => message)).toContainEqual(expect.stringContaining('already exists'))
})

test('an older file of which nothing exists is reviewed', async () => {
  const reviewed = await reviewedAfter(['1.sql', '2.sql', '3.sql', '5.sql'], Object.keys(files), {
    '5.sql': 'CREATE INDEX users_id ON users (id);',
  })
  expect(reviewed.files.map(({ path }) => path)).toEqual(['4.sql'])
})

test('what exists in part is no reason to take a last file for applied', async () => {
  const reviewed = await reviewedAfter(['1.sql', '2.sql'], Object.keys(files), {
    '4.sql': 'CREATE TABLE users (id bigint);\nCREATE TABLE orders (id bigint);',
  })
  expect(reviewed.files.map(({ path }) => path)).toContain('4.sql')
})

test.each([
  [
    'drops what is still there',
    '4.sql',
    'ALTER TABLE users ADD COLUMN name text;\nDROP TABLE old;',
    ['1.sql', '3.sql'],
  ],
  [
    'makes only what may exist already',
    '4.sql',
    'CREATE TABLE IF NOT EXISTS users (id bigint);\nALTER TABLE users ALTER COLUMN id TYPE text;',
    ['1.sql', '2.sql', '3.sql'],
  ],
])('a last file that %s is reviewed', async (_what, path, sql, ran) => {
  const reviewed = await reviewedAfter(ran, Object.keys(files), { [path]: sql })
  expect(reviewed.files.map((file) => file.path)).toContain(path)
})

test('a file alone is reviewed: it may as well be new', async () => {
  const reviewed = await reviewedAfter(['1.sql'], ['1.sql'])
  expect(reviewed.findings.map(({ message }) => message)).toContainEqual(expect.stringContaining('already exists'))
})

/** The review of all files on a database that has run some of them. */
async function reviewedAfter(
  ran: string[],
  mayBeApplied: string[],
  changed: Record<string, string> = {},
): Promise<Review> {
  const migrations = migrationsOf({ ...files, ...changed })
  const catalog = new Catalog({ snapshot: null, knowledge: 'read', serverVersion: 170_000, sizes: {} })
  runMigrations(
    migrations.filter(({ path }) => ran.includes(path)),
    catalog,
    defaultPolicy,
    1,
    numberFormat('exact'),
  )
  const snapshot = snapshotOf(catalog)
  return gatherAndReview(
    {
      migrations,
      policy: { ...defaultPolicy, runner: 'plain' },
      catalog: async () => ({ kind: 'snapshot', snapshot }),
      activity: null,
      code: async () => null,
      history: null,
      base: null,
      postgresVersion: null,
      now: null,
      disclosure: 'exact',
      skipped: [],
      mayBeApplied: new Set(mayBeApplied),
    },
    reviewCore,
  )
}
