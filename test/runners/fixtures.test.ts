import { existsSync, readdirSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadParser } from '../../src/sql/parse.ts'
import { fixture, migrationsOf } from './project.ts'

beforeAll(loadParser)

/** One line a migration: last part of the path, direction, what wraps it, number of statements. */
function outline(name: string): string[] {
  return migrationsOf(fixture(name)).map(
    (migration) =>
      `${migration.path.split('/').slice(-2).join('/')} ${migration.direction} ${migration.wrapping} ${migration.statements.length}`,
  )
}

describe('each project is read as its own tool runs it', () => {
  test.each<[string, string[]]>([
    [
      'plain',
      [
        'migrations/001_schema.sql up transaction 7',
        'migrations/002_countries.sql up transaction 2',
        'migrations/003_touch_trigger.sql up transaction 3',
        'migrations/004_order_totals.sql up transaction 4',
        'migrations/005_status_check.sql up transaction 3',
        'migrations/006_cleanup.sql up transaction 5',
        'migrations/010_indexes.sql up transaction 2',
      ],
    ],
    [
      'prisma',
      [
        '20250110093000_init/migration.sql up implicit 7',
        '20250214110512_line_items/migration.sql up implicit 2',
        '20250302081544_customer_name_required/migration.sql up implicit 1',
        '20250401120000_order_status_refunded/migration.sql up implicit 1',
        '20250512094500_order_customer_idx/migration.sql up implicit 1',
        '20250601070000_drop_phone/migration.sql up implicit 3',
      ],
    ],
    [
      'drizzle',
      [
        'drizzle/0000_swift_harbor.sql up transaction 6',
        'drizzle/0001_quiet_lantern.sql up transaction 3',
        'drizzle/0002_brave_otter.sql up transaction 4',
        'drizzle/0003_index_orders.sql up transaction 2',
      ],
    ],
    [
      'flyway',
      [
        'migration/V1__create_shop.sql up transaction 3',
        'migration/V2__events.sql up transaction 2',
        'migration/V2.1__order_note.sql up transaction 2',
        'migration/V3__orders_customer_index.sql up autocommit 1',
        'migration/V4__reindex.sql up autocommit 1',
        'migration/V10__status_width.sql up transaction 2',
        'migration/U10__status_width.sql down transaction 2',
        'migration/R__order_summary.sql up transaction 1',
      ],
    ],
    [
      'golang-migrate',
      [
        'migrations/000001_create_customers.up.sql up implicit 1',
        'migrations/000001_create_customers.down.sql down implicit 1',
        'migrations/000002_create_orders.up.sql up implicit 4',
        'migrations/000002_create_orders.down.sql down implicit 1',
        'migrations/000003_orders_customer_idx.up.sql up implicit 1',
        'migrations/000003_orders_customer_idx.down.sql down implicit 1',
        'migrations/000010_backfill_names.up.sql up implicit 2',
        'migrations/000010_backfill_names.down.sql down implicit 1',
      ],
    ],
    [
      'goose',
      [
        'migrations/20240105120000_init.sql up transaction 2',
        'migrations/20240105120000_init.sql down transaction 2',
        'migrations/20240220083000_status_idx.sql up autocommit 1',
        'migrations/20240220083000_status_idx.sql down autocommit 1',
        'migrations/20240301090000_total.sql up transaction 1',
        'migrations/20240301090000_total.sql down transaction 1',
      ],
    ],
    [
      'sql-migrate',
      [
        'migrations/20240105120000-init.sql up transaction 2',
        'migrations/20240105120000-init.sql down transaction 2',
        'migrations/20240212101500-email-idx.sql up autocommit 1',
        'migrations/20240212101500-email-idx.sql down transaction 1',
      ],
    ],
    [
      'dbmate',
      [
        'migrations/20240105120000_init.sql up transaction 2',
        'migrations/20240105120000_init.sql down transaction 1',
        'migrations/20240301110000_name_idx.sql up implicit 1',
        'migrations/20240301110000_name_idx.sql down implicit 1',
      ],
    ],
    [
      'diesel',
      [
        '2024-01-05-120000_create_orders/up.sql up transaction 1',
        '2024-01-05-120000_create_orders/down.sql down transaction 1',
        '2024-03-01-090000_orders_status_idx/up.sql up implicit 1',
        '2024-03-01-090000_orders_status_idx/down.sql down implicit 1',
      ],
    ],
    [
      'sqlx',
      [
        'migrations/20240105120000_init.up.sql up transaction 2',
        'migrations/20240105120000_init.down.sql down transaction 2',
        'migrations/20240401080000_email_idx.up.sql up implicit 1',
        'migrations/20240401080000_email_idx.down.sql down implicit 1',
      ],
    ],
  ])('%s', (name, expected) => {
    expect(outline(name)).toEqual(expected)
    const migrations = migrationsOf(fixture(name))
    expect(new Set(migrations.map((migration) => migration.runner))).toEqual(new Set([name]))
    expect(migrations.filter((migration) => migration.unreadable !== null)).toEqual([])
    expect(
      migrations.flatMap((migration) => migration.statements).filter((statement) => statement.error !== null),
    ).toEqual([])
  })

  test.each([
    'plain',
    'prisma',
    'drizzle',
    'flyway',
    'golang-migrate',
    'goose',
    'sql-migrate',
    'dbmate',
    'diesel',
    'sqlx',
  ])('%s statements stand where they stand in the original file', (name) => {
    const files = fixture(name)
    for (const { path, statements } of migrationsOf(files)) {
      const text = files[path] ?? ''
      for (const { start, end, line, sql } of statements) {
        expect(text.slice(start, end)).toBe(sql)
        expect(text.slice(0, start).split('\n').length).toBe(line)
      }
    }
  })
})

describe('twenty files and more of each, in the variety of its users', () => {
  const folders = readdirSync(new URL('../../fixtures/migrations/', import.meta.url)).filter((name) =>
    existsSync(new URL(`../../fixtures/migrations/${name}/outline.txt`, import.meta.url)),
  )

  test.each(folders)('%s', (name) => {
    const { 'outline.txt': expected = '', ...files } = fixture(name)
    const migrations = migrationsOf(files)
    const lines = migrations.map(
      ({ path, direction, wrapping, statements, notes }) =>
        `${path} ${direction} ${wrapping} ${statements.length}${notes.map(({ line, message }) => ` | ${line}: ${message}`).join('')}`,
    )
    expect(`${lines.join('\n')}\n`).toBe(expected)
    expect(new Set(migrations.map(({ path }) => path)).size).toBeGreaterThanOrEqual(20)
    expect(migrations.filter(({ unreadable, runner }) => unreadable !== null || !name.startsWith(runner))).toEqual([])
    expect(migrations.flatMap(({ statements }) => statements).filter(({ error }) => error !== null)).toEqual([])
    for (const { path, statements } of migrations) {
      const text = files[path] ?? ''
      for (const { start, end, line, sql } of statements) {
        expect(text.slice(start, end)).toBe(sql)
        expect(text.slice(0, start).split('\n').length).toBe(line)
      }
    }
  })
})

test('only Drizzle runs its files as one batch', () => {
  const batches = (name: string) => [...new Set(migrationsOf(fixture(name)).map((migration) => migration.batch))]
  expect(batches('drizzle')).toEqual(['drizzle:drizzle'])
  for (const name of ['plain', 'prisma', 'flyway', 'golang-migrate', 'goose', 'sqlx'])
    expect(batches(name)).toEqual([null])
})

test('each runner but Drizzle says how to run outside a transaction, in words that finish a sentence', () => {
  for (const name of [
    'plain',
    'prisma',
    'flyway',
    'golang-migrate',
    'goose',
    'sql-migrate',
    'dbmate',
    'diesel',
    'sqlx',
  ]) {
    for (const { optOut } of migrationsOf(fixture(name))) expect(optOut).toMatch(/^[`a-z].*[^.]$/)
  }
  expect(migrationsOf(fixture('drizzle'))[0]?.optOut).toBeNull()
})

test('what was left out or filled in is told with its line', () => {
  expect(migrationsOf(fixture('plain')).flatMap((migration) => migration.notes)).toEqual([
    { line: 3, message: 'psql meta-command left out: \\set ON_ERROR_STOP on' },
    { line: 1, message: 'data behind COPY … FROM stdin left out' },
  ])
  expect(migrationsOf(fixture('flyway')).flatMap((migration) => migration.notes)).toEqual([
    { line: 2, message: `placeholder \${orders_table} was read as a name` },
  ])
})
