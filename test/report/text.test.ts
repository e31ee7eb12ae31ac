import { expect, test } from 'vitest'
import { text } from '../../src/report/text.ts'
import { planOf } from '../support/alternatives.ts'
import { reviewSql } from '../support/review.ts'
import { reviewOf } from './made.ts'

/** What a terminal of a hundred columns shows. */
function shown(sql: string): string {
  return text(reviewSql(sql), { colour: false, width: 100 })
}

test('a finding that matters is told whole: place, verdict, statement, why, the way out', () => {
  const alternative = planOf('Build it without blocking writes.', [
    { sql: 'CREATE INDEX CONCURRENTLY orders_total ON orders (total);', transaction: 'none', file: 1 },
    { sql: 'ANALYZE orders;', transaction: 'own', file: 2 },
  ])
  const printed = text(reviewOf({ alternative }), { colour: false, width: 60 })
  expect(printed).toMatchInlineSnapshot(`
    "migrations/1.sql:2  critical  index-not-concurrent
      Blocks writes to \`public.orders\` for 20–40 s: 2 M rows are
      read to build an index.
      │ CREATE INDEX orders_total ON orders (total)
      Every INSERT, UPDATE and DELETE waits until the index is
      built.
      from: rows and bytes from the replica
      Instead: Build it without blocking writes.
        -- Migration, file 1, outside any transaction
        CREATE INDEX CONCURRENTLY orders_total ON orders (total);
        -- Migration, file 2, in a transaction of its own
        ANALYZE orders;

    fail  1 critical · 1 statement in 1 file of plain SQL, PostgreSQL 17 · catalog from the database of 2026-01-02 03:04 UTC
    "
  `)
})

test('a low finding names the way out, but not the seven files of it', () => {
  const told = shown(
    "SET lock_timeout = '3s';\nALTER TABLE order_disputes ALTER COLUMN reason TYPE bytea USING reason::bytea;",
  )
  expect(told).toContain('low  table-rewrite')
  expect(told).toContain('Instead: Expand and contract')
  expect(told).not.toContain('-- file 2')
})

test('of two statements on a line, each finding shows its own', () => {
  const told = shown('ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey; CREATE INDEX ON orders (total);')
  expect(told).toMatch(/blocking-index-build\n.*\n {2}│ CREATE INDEX ON orders \(total\)\n/)
})

test('advice is one line each', () => {
  expect(shown('CREATE TABLE visits (at timestamp, page json);').split('\n')).toEqual([
    '1.sql:1  advice  `visits` has no primary key  no-primary-key',
    '1.sql:1  advice  `visits.page` is json, not jsonb  prefer-jsonb',
    '1.sql:1  advice  `visits.at` is a timestamp without its zone  prefer-timestamptz',
    '',
    expect.stringMatching(/^pass {2}3 low · 1 statement in 1 file/),
    '',
  ])
})
