import { describe, expect, test } from 'vitest'
import type { Forecast } from '../../src/review/result.ts'
import { type ReviewSqlOptions, reviewSql, shopWith } from '../support/review.ts'

/** Ratios and laws, not promises: which work takes longer than which, and what makes it grow. */

function forecastOf(sql: string, options: ReviewSqlOptions = {}): Forecast {
  const forecast = reviewSql(sql, options).files[0]?.statements.at(-1)?.forecast
  if (!forecast) throw new Error(`no forecast for ${sql}`)
  return forecast
}

test.each([
  [
    'a catalog change',
    'ALTER TABLE orders ADD COLUMN a int;',
    'a scan',
    'ALTER TABLE orders ALTER COLUMN currency SET NOT NULL;',
  ],
  [
    'a scan',
    'ALTER TABLE orders ALTER COLUMN currency SET NOT NULL;',
    'an index build',
    'CREATE INDEX ON orders (total);',
  ],
  [
    'an index build',
    'CREATE INDEX ON orders (total);',
    'a rewrite with four indexes',
    'ALTER TABLE orders ADD COLUMN a uuid DEFAULT gen_random_uuid();',
  ],
  [
    'a rewrite with four indexes',
    'ALTER TABLE orders ADD COLUMN a uuid DEFAULT gen_random_uuid();',
    'an update of all rows',
    'UPDATE orders SET total = 1;',
  ],
  [
    'an index on 45 M rows',
    'CREATE INDEX ON shipments (tracking);',
    'one on 80 M rows',
    'CREATE INDEX ON orders (total);',
  ],
  [
    'a part of the rows',
    `UPDATE orders SET total = 1 WHERE status IS NULL;`,
    'all of them',
    'UPDATE orders SET total = 1;',
  ],
])('%s (%s) takes less than %s (%s)', (_less, short, _more, long) => {
  expect(forecastOf(short).highMs).toBeLessThan(forecastOf(long).highMs)
})

test('the low end is never above the high end, and neither is below nothing', () => {
  for (const table of ['countries', 'customers', 'orders', 'line_items', 'audit_log', 'campaigns']) {
    for (const sql of [
      `CREATE INDEX ON ${table} ((1));`,
      `DELETE FROM ${table};`,
      `ALTER TABLE ${table} ADD COLUMN zz int;`,
    ]) {
      const { lowMs, highMs } = forecastOf(sql)
      expect(lowMs).toBeGreaterThan(0)
      expect(highMs).toBeGreaterThanOrEqual(lowMs)
      expect(Number.isInteger(lowMs) && Number.isInteger(highMs)).toBe(true)
    }
  }
})

test('ten times the rows and bytes take ten times as long to read, and little more to sort', () => {
  const tenfold = shopWith(({ name, size }) =>
    name === 'orders' ? { size: { ...size, rows: 800_000_000, heapBytes: (size.heapBytes ?? 0) * 10 } } : {},
  )
  const ratio = (sql: string) => forecastOf(sql, { snapshot: tenfold }).highMs / forecastOf(sql).highMs
  expect(ratio('ALTER TABLE orders ALTER COLUMN currency SET NOT NULL;')).toBeCloseTo(10, 1)
  const sorting = ratio('CREATE INDEX ON orders (total);')
  expect(sorting).toBeGreaterThan(10)
  expect(sorting).toBeLessThan(11.5)
})

test('a rewrite counts the table, its TOAST and its indexes', () => {
  const orders = 41.5 * 1024 ** 3 + 7.5 * 1024 ** 3
  const { bytes } = forecastOf('ALTER TABLE orders ADD COLUMN a uuid DEFAULT gen_random_uuid();')
  expect((bytes ?? 0) / orders).toBeCloseTo(1, 2)
})

describe('where the numbers came from', () => {
  test.each([
    ['orders', /rows from statistics and pages of the replica/],
    ['audit_log', /never analysed: rows estimated from bytes/],
  ])('%s', (table, source) => {
    expect(forecastOf(`CREATE INDEX ON ${table} ((1));`).sources.join('; ')).toMatch(source)
  })

  test('a table made in this review', () => {
    expect(forecastOf('CREATE TABLE t (a int); CREATE INDEX ON t (a);').sources).toContain('created in this review')
  })

  test('a size that was not looked at because the table was locked says so', () => {
    const locked = shopWith(({ name, size }) => (name === 'orders' ? { size: { ...size, current: false } } : {}))
    expect(forecastOf('CREATE INDEX ON orders (total);', { snapshot: locked }).sources.join()).toContain(
      'locked while sizes were read',
    )
  })

  test('times that no calibration stands behind say so', () => {
    expect(forecastOf('CREATE INDEX ON orders (total);').sources.join()).toContain('uncalibrated')
  })
})

describe('who waits', () => {
  test.each([
    ['CREATE INDEX ON orders (total);', ['writes', 'ddl']],
    ['ALTER TABLE orders ADD COLUMN a int;', ['reads', 'writes', 'ddl']],
    ['ALTER TABLE orders VALIDATE CONSTRAINT orders_reference_not_null;', ['ddl']],
    ['UPDATE orders SET total = 1;', ['ddl']],
    ['REINDEX TABLE orders;', ['reads', 'writes', 'ddl']],
    ['REFRESH MATERIALIZED VIEW customer_totals;', ['reads', 'ddl']],
  ])('%s', (sql, blocks) => {
    expect(forecastOf(sql, { autocommit: true }).blocks).toEqual(blocks)
  })
})

describe('how long a lock is held', () => {
  test('to the end of its transaction, with all the work meanwhile', () => {
    const reviewed = reviewSql('ALTER TABLE orders ADD COLUMN a int;\nCREATE INDEX ON shipments (tracking);')
    const [hold] = reviewed.transactions[0]?.holds ?? []
    expect(hold).toMatchObject({ relation: 'public.orders', from: { line: 1 }, to: { line: 2 } })
    expect(hold?.highMs).toBeGreaterThan(forecastOf('CREATE INDEX ON shipments (tracking);').highMs)
  })

  test('a size unknown on the way makes the time unknown', () => {
    const reviewed = reviewSql('ALTER TABLE orders ADD COLUMN a int; CREATE INDEX ON orders (total);', {
      snapshot: null,
    })
    expect(reviewed.transactions[0]?.holds[0]).toMatchObject({ lowMs: null, highMs: null })
  })

  test('in autocommit no transaction holds anything', () => {
    expect(reviewSql('ALTER TABLE orders ADD COLUMN a int;', { autocommit: true }).transactions).toEqual([])
  })
})
