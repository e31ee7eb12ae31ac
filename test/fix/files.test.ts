import { beforeAll, expect, test } from 'vitest'
import { type Fix, fix } from '../../src/fix/fix.ts'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { nothingGathered } from '../../src/review/facts.ts'
import { review } from '../../src/review/review.ts'
import type { Project } from '../../src/runners/runner.ts'
import { loadParser } from '../../src/sql/parse.ts'
import { readShop } from '../support/shop.ts'

/** Names, markers and comments of the files that are written. */

beforeAll(loadParser)

const index = 'CREATE INDEX orders_note ON orders (region);'
const check = 'ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0);'

const facts = { ...nothingGathered, catalog: { kind: 'snapshot' as const, snapshot: readShop() } }

function fixed(path: string, texts: Record<string, string>, runner: string): Fix {
  const project: Project = { paths: new Set(Object.keys(texts)), text: (name) => texts[name] ?? null }
  const files = [{ path, text: texts[path] ?? '', problem: null }]
  return fix(
    files,
    project,
    { ...defaultPolicy, runner },
    (migrations, policy) => review(migrations, facts, policy),
    () => null,
  )
}

function written(
  path: string,
  texts: Record<string, string>,
  runner: string,
): Record<string, string | null | undefined> {
  return Object.fromEntries(fixed(path, texts, runner).changes.map((change) => [change.path, change.text]))
}

test('comments move with their statement, and what has no plan keeps its text', () => {
  const text = `-- File header.\n\n-- Search.\n${index} -- behind it\n\n/* About the table. */\nCREATE TABLE notes (id bigint PRIMARY KEY);\n-- The end.\n`
  expect(written('V7__x.sql', { 'V7__x.sql': text }, 'flyway')).toEqual({
    'V7__x.sql': expect.stringMatching(
      /^-- A build that fails[\s\S]*-- File header\.\n\n-- Search\.\nCREATE INDEX CONCURRENTLY orders_note ON orders \(region\); -- behind it\n/,
    ),
    'V8__x_2.sql': '/* About the table. */\nCREATE TABLE notes (id bigint PRIMARY KEY);\n',
  })
})

test('lines end as those of the file do', () => {
  const made = written('V7__x.sql', { 'V7__x.sql': `${check}\r\nSELECT 1;\r\n` }, 'flyway')
  for (const text of Object.values(made)) expect(text?.replaceAll('\r\n', '')).not.toContain('\n')
})

test('a file goes between two that exist where the tool has numbers for that', () => {
  const texts = { 'V7__x.sql': check, 'V8__y.sql': 'SELECT 1;' }
  expect(Object.keys(written('V7__x.sql', texts, 'flyway'))).toEqual(['V7__x.sql', 'V7.1__x_2.sql'])
})

test('where there is no number between two, the file stays, with the reason', () => {
  const texts = { '7_x.up.sql': check, '8_y.up.sql': 'SELECT 1;' }
  const { changes, left } = fixed('7_x.up.sql', texts, 'golang-migrate')
  expect(changes).toEqual([])
  expect(left).toEqual([{ path: '7_x.up.sql', reason: expect.stringContaining('no free number') }])
})

test('a way back exists for each file where the first has one', () => {
  const texts = { 'db/7_x.up.sql': check, 'db/7_x.down.sql': 'ALTER TABLE orders DROP CONSTRAINT positive;' }
  const made = written('db/7_x.up.sql', texts, 'golang-migrate')
  expect(Object.keys(made)).toEqual(['db/7_x.up.sql', 'db/8_x_2.up.sql', 'db/8_x_2.down.sql'])
  expect(made['db/8_x_2.down.sql']).toBe('-- Nothing to undo here: the way back of 7_x.up.sql undoes all of it.\n')
})

test('Drizzle gets its journal and its snapshots, in a chain', () => {
  const journal = {
    version: '7',
    dialect: 'postgresql',
    entries: [{ idx: 3, version: '7', when: 1000, tag: '0003_x', breakpoints: true }],
  }
  const texts = {
    'drizzle/0003_x.sql': check,
    'drizzle/meta/_journal.json': JSON.stringify(journal, null, 2),
    'drizzle/meta/0003_snapshot.json': JSON.stringify({ id: 'a', prevId: 'b', tables: {} }, null, 2),
  }
  const { changes } = fixed('drizzle/0003_x.sql', texts, 'drizzle')
  // One transaction for all pending files: the second waits until the first is deployed.
  expect(changes.map(({ path }) => path)).toEqual(['drizzle/0003_x.sql', 'lockcast/later/0004_x_2.sql.later'])
  const two = `${index}\n--> statement-breakpoint\nCREATE TABLE notes (id bigint);`
  const made = written('drizzle/0003_x.sql', { ...texts, 'drizzle/0003_x.sql': two }, 'drizzle')
  expect(made['lockcast/0003_x.psql']).toContain('CREATE INDEX CONCURRENTLY orders_note ON orders (region);')
  expect(made['drizzle/0003_x.sql']).toContain('CREATE INDEX IF NOT EXISTS orders_note ON orders (region);')
  const [entry] = (JSON.parse(made['drizzle/meta/_journal.json'] ?? '{}') as typeof journal).entries.slice(1)
  expect(entry).toEqual({ idx: 4, version: '7', when: 1001, tag: '0004_x_2', breakpoints: true })
  expect(JSON.parse(made['drizzle/meta/0004_snapshot.json'] ?? '{}')).toMatchObject({ prevId: 'a', tables: {} })
})

test('Sqitch gets lines of its plan, each requiring the one before', () => {
  const plan =
    '%project=shop\n\nx 2026-01-01T12:00:00Z Ann <ann@example.com> # why\ny 2026-01-02T12:00:00Z Ann <ann@example.com>\n'
  const texts = { 'deploy/x.sql': `BEGIN;\n${check}\nCOMMIT;\n`, 'sqitch.plan': plan }
  const made = written('deploy/x.sql', texts, 'sqitch')
  expect(made['sqitch.plan']?.split('\n').slice(2, 5)).toEqual([
    'x 2026-01-01T12:00:00Z Ann <ann@example.com> # why',
    'x_2 [x] 2026-01-01T12:00:01Z Ann <ann@example.com>',
    'y 2026-01-02T12:00:00Z Ann <ann@example.com>',
  ])
  expect(made['deploy/x_2.sql']).toBe('BEGIN;\nALTER TABLE orders VALIDATE CONSTRAINT positive;\nCOMMIT;\n')
})

test('Atlas gets its checksums only where those that exist are understood', () => {
  const { changes, left } = fixed('m/1_x.sql', { 'm/1_x.sql': check, 'm/atlas.sum': 'h1:other\n' }, 'atlas')
  expect(changes).toEqual([])
  expect(left[0]?.reason).toContain('atlas migrate hash')
})

test('Liquibase splits the changeset, and the others stay', () => {
  const text = `--liquibase formatted sql\n\n--changeset ann:7 labels:a\n${index}\n--rollback DROP INDEX orders_note;\n\n--changeset ann:8\n${check}\n\n--changeset ann:9\nSELECT 1;\n`
  const made = written('shop.sql', { 'shop.sql': text }, 'liquibase-sql')['shop.sql'] ?? ''
  expect(made.match(/^--changeset.*/gm)).toEqual([
    '--changeset ann:7 labels:a runInTransaction:false splitStatements:false',
    '--changeset ann:8',
    '--changeset ann:8-2',
    '--changeset ann:9',
  ])
  expect(made).toContain('--rollback DROP INDEX orders_note;')
})

test.each([
  [
    'goose',
    'db/7_x.sql',
    `-- +goose Up\n${index}\n-- +goose Down\nDROP INDEX orders_note;\n`,
    /^-- \+goose NO TRANSACTION\n-- \+goose Up\n/,
  ],
  ['sql-migrate', 'db/7-x.sql', `-- +migrate Up\n${index}\n`, /^-- \+migrate Up notransaction\n/],
  ['dbmate', 'db/7_x.sql', `-- migrate:up\n${index}\n-- migrate:down\n`, /^-- migrate:up transaction:false\n/],
  ['sqlx', 'migrations/7_x.sql', index, /^-- no-transaction\n/],
  ['atlas', 'm/7_x.sql', index, /^-- atlas:txmode none\n\n/],
  ['tern', 'm/7_x.sql', index, /^---- tern: disable-tx ----\n/],
  ['postgres-migrations', 'migrations/7_x.sql', index, /^-- postgres-migrations disable-transaction\n/],
  ['graphile-migrate', 'migrations/current.sql', index, /^--! no-transaction\n/],
])('%s marks the file that runs outside a transaction', (runner, path, text, marker) => {
  expect(written(path, { [path]: text }, runner)[path]).toMatch(marker)
})

test('pop says it in the name, Diesel and Flyway beside the file', () => {
  expect(Object.keys(written('m/7_x.up.sql', { 'm/7_x.up.sql': index }, 'pop'))).toEqual([
    'm/7_x.autocommit.up.sql',
    'm/7_x.up.sql',
  ])
  expect(written('m/7_x/up.sql', { 'm/7_x/up.sql': index }, 'diesel')['m/7_x/metadata.toml']).toBe(
    'run_in_transaction = false\n',
  )
  const reindex = 'REINDEX INDEX orders_placed_at_idx;'
  expect(written('V7__x.sql', { 'V7__x.sql': reindex }, 'flyway')['V7__x.sql.conf']).toBe(
    'executeInTransaction=false\n',
  )
})
