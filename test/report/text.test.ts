import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { text } from '../../src/report/text.ts'
import { planOf } from '../support/alternatives.ts'
import { reviewSql } from '../support/review.ts'
import { reviewOf } from './made.ts'

/** What a terminal of a hundred columns shows. */
function shown(sql: string): string {
  return text(reviewSql(sql), { colour: false, width: 100, detail: true })
}

test('a finding that matters is told whole: place, verdict, statement, why, the way out', () => {
  const alternative = planOf('Build it without blocking writes.', [
    { sql: 'CREATE INDEX CONCURRENTLY orders_total ON orders (total);', transaction: 'none', file: 1 },
    { sql: 'ANALYZE orders;', transaction: 'own', file: 2 },
  ])
  const printed = text(reviewOf({ alternative }), { colour: false, width: 60, detail: true })
  expect(printed).toMatchInlineSnapshot(`
    "migrations/1.sql:2:1  critical  index-not-concurrent
      Blocks writes to \`public.orders\` for 20–40 s: 2 M rows are
      read to build an index.
      │ CREATE INDEX orders_total ON orders (total)
      Every INSERT, UPDATE and DELETE waits until the index is
      built.
      Instead: Build it without blocking writes.
        -- Migration, file 1, outside any transaction
        CREATE INDEX CONCURRENTLY orders_total
          ON orders (total);
        -- Migration, file 2, in a transaction of its own
        ANALYZE orders;

    numbers from: rows and bytes from the replica

    fail  1 critical · 1 statement in 1 file of plain SQL,
          PostgreSQL 17 · catalog from the database of
          2026-01-02 03:04 UTC
    "
  `)
})

test('the way out in several files is left to --detail, which the last line names', () => {
  const sql = "SET lock_timeout = '3s';\nALTER TABLE order_disputes ALTER COLUMN reason TYPE bytea USING reason::bytea;"
  const told = text(reviewSql(sql), { colour: false, width: 100, detail: false })
  expect(told).toContain('low  table-rewrite')
  expect(told).toContain('Instead: Expand and contract')
  expect(told).not.toContain('-- Migration, file 3')
  expect(told).toMatch(/\n--detail shows .*\n$/)
  expect(shown(sql)).toContain('-- Migration, file 3')
})

test('findings come in the order of the lines, the worst first on one, and a statement is quoted once', () => {
  const told = shown('DROP TABLE customers;\nCREATE INDEX ON orders (total);\nSELEC 1;')
  const places = [...told.matchAll(/^1\.sql:(\d+):1 {2}/gm)].map(([, line]) => Number(line))
  expect(places.length).toBeGreaterThanOrEqual(3)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(told.match(/│ DROP TABLE customers/g)).toHaveLength(1)
})

test.each([60, 80, 100])('at %s columns no line is wider, but for what cannot be broken', (width) => {
  const sql = `CREATE INDEX orders_status_placed ON orders (status, placed_at) INCLUDE (total) WHERE status <> 'in one place' AND total > 1;`
  for (const detail of [true, false]) {
    const lines = text(reviewSql(sql), { colour: true, width, detail }).split('\n')
    expect(lines.filter((line) => stringWidth(line) > width)).toEqual([])
  }
})

test('of two statements on a line, each finding shows its own', () => {
  const told = shown('ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey; CREATE INDEX ON orders (total);')
  expect(told).toMatch(/blocking-index-build\n.*\n {2}│ CREATE INDEX ON orders \(total\)\n/)
})

test('advice is one line each', () => {
  expect(shown('CREATE TABLE visits (at timestamp, page json);').split('\n')).toEqual([
    '1.sql:1:1  advice  `visits` has no primary key  no-primary-key',
    '1.sql:1:1  advice  `visits.page` is json, not jsonb  prefer-jsonb',
    '1.sql:1:1  advice  `visits.at` is a timestamp without its zone  prefer-timestamptz',
    '',
    expect.stringMatching(/^pass {2}3 low · 1 statement in 1 file/),
    expect.any(String),
    '',
  ])
})
