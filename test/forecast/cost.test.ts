import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type PartName, partUnits } from '../../src/catalog/profile.ts'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { cloudDisks } from '../../src/forecast/cloud-disks.ts'
import { reasonsOf, timeOf, together, walOf } from '../../src/forecast/cost.ts'
import type { Forecast } from '../../src/review/result.ts'
import { reviewSql, shopWith } from '../support/review.ts'
import { readShop } from '../support/shop.ts'

/** The mechanism: which parts a statement uses and what makes each grow. The times themselves: npm run bench:forecast. */

const shop = readShop()

function forecastOf(sql: string, snapshot: CatalogSnapshot = shop): Forecast {
  const forecast = reviewSql(sql, { snapshot, autocommit: true }).files[0]?.statements.at(-1)?.effects
  const worst = forecast?.flatMap((effect) => effect.forecast ?? []).sort((a, b) => b.highMs - a.highMs)[0]
  if (!worst) throw new Error(`no forecast for ${sql}`)
  return worst
}

const settings = (changed: Record<string, string>): CatalogSnapshot => ({
  ...shop,
  settings: { ...shop.settings, ...changed },
})

test('every part stands in docs/forecast.md with its unit', () => {
  const page = readFileSync('docs/forecast.md', 'utf8')
  for (const [part, unit] of Object.entries(partUnits)) expect(page).toContain(`| ${part} | ${unit} |`)
})

test('in doubt the high end doubles, once, and the low end stays', () => {
  const work = { costs: [{ part: 'sort' as const, low: 10, high: 10, workers: 0 }], doubts: [] }
  const sure = timeOf(work, cloudDisks)
  const doubted = timeOf({ ...work, doubts: ['this', 'that'] }, cloudDisks)
  expect(doubted).toEqual({ lowMs: sure.lowMs, highMs: sure.highMs * 2 })
})

test('work adds up part by part, and so do the bytes of WAL', () => {
  const wal = (bytes: number) => ({
    costs: [{ part: 'write WAL' as const, low: 0, high: bytes, workers: 0 }],
    doubts: [],
  })
  expect(walOf(together(wal(10), wal(5)))).toBe(15)
  expect(reasonsOf(together(wal(2 * 1024 ** 3), wal(1024 ** 3)), cloudDisks)).toEqual(['writes 3 GB of WAL'])
})

test.each<[string, string, RegExp]>([
  ['a scan', 'ALTER TABLE orders ALTER COLUMN currency SET NOT NULL;', /^reads 41 GB/],
  ['a sort of more than maintenance_work_mem', 'CREATE INDEX ON customers (referred_by);', /sorts in files of/],
  [
    'a foreign key, with the other table',
    'ALTER TABLE shipments ADD FOREIGN KEY (order_id) REFERENCES orders;',
    /reads 4[0-9] GB/,
  ],
  ['a rewrite', 'ALTER TABLE orders ADD COLUMN a uuid DEFAULT gen_random_uuid();', /writes .* of WAL/],
  ['an UPDATE', 'UPDATE customers SET phone = NULL;', /adds 24 M index entries/],
  [
    'a gin index',
    "CREATE INDEX ON customers USING gin (to_tsvector('simple', full_name));",
    /how many entries a row has in a gin index/,
  ],
  [
    'a table that was never analysed',
    'CREATE INDEX ON audit_log (actor);',
    /twice as long at worst: the table was never/,
  ],
])('the reasons of %s', (_words, sql, reason) => {
  expect(forecastOf(sql).reasons.join('; ')).toMatch(reason)
})

describe('what makes a forecast longer', () => {
  const index = 'CREATE INDEX ON orders (total);'
  test.each<[string, [string, CatalogSnapshot?], [string, CatalogSnapshot?]]>([
    ['text is sorted slower than numbers', [index], ['CREATE INDEX ON orders (shipping_code);']],
    [
      'a sort in files',
      [index, settings({ maintenance_work_mem: '16GB', max_parallel_maintenance_workers: '0' })],
      [index, settings({ max_parallel_maintenance_workers: '0' })],
    ],
    ['a wider index', [index], ['CREATE INDEX ON orders (total) INCLUDE (reference, currency);']],
    ['all rows, not a part', ['CREATE INDEX ON orders (total) WHERE status IS NULL;'], [index]],
    ['an expression', [index], ['CREATE INDEX ON orders ((total + 1));']],
    ['btree, not brin', ['CREATE INDEX ON orders USING brin (total);'], [index]],
    ['gist, not btree', [index], ['CREATE INDEX ON orders USING gist (point(id, id));']],
    ['WAL', [index, settings({ wal_level: 'minimal' })], [index]],
    ['whole pages in the WAL', ['DELETE FROM orders;', settings({ full_page_writes: 'off' })], ['DELETE FROM orders;']],
    ['two scans', [index], ['CREATE INDEX CONCURRENTLY ON orders (total);']],
    [
      'a using clause',
      ['ALTER TABLE shipments ALTER COLUMN weight_grams TYPE bigint;'],
      ['ALTER TABLE shipments ALTER COLUMN weight_grams TYPE bigint USING weight_grams::bigint;'],
    ],
  ])('%s', (_words, short, long) => {
    expect(forecastOf(...long).highMs).toBeGreaterThan(forecastOf(...short).highMs)
  })

  test('workers shorten the low end of a build, never the high end', () => {
    const alone = forecastOf(index, settings({ max_parallel_maintenance_workers: '0', maintenance_work_mem: '1GB' }))
    const helped = forecastOf(index, settings({ max_parallel_maintenance_workers: '4', maintenance_work_mem: '1GB' }))
    expect(helped.lowMs).toBeLessThan(alone.lowMs)
    expect(helped.highMs).toBeGreaterThanOrEqual(alone.highMs)
  })

  test('32 MB of maintenance_work_mem for each process: with 64 MB one worker comes, with 63 none', () => {
    const small = 'CREATE INDEX ON customers (referred_by);'
    const reasons = (memory: string) => forecastOf(small, settings({ maintenance_work_mem: memory })).reasons.join()
    expect(reasons('64MB')).toMatch(/with up to 1 worker/)
    expect(reasons('63MB')).not.toMatch(/worker/)
  })

  test('an unlogged table writes no WAL', () => {
    const unlogged = shopWith(({ name }) => (name === 'orders' ? { persistence: 'unlogged' } : {}))
    expect(forecastOf('UPDATE orders SET total = 1;', unlogged).walBytes).toBe(0)
    expect(forecastOf('UPDATE orders SET total = 1;').walBytes).toBeGreaterThan(41 * 1024 ** 3)
  })

  test('indexes that do not fit in memory, at worst', () => {
    const update = 'UPDATE orders SET total = 1;'
    const [small, large] = [settings({ effective_cache_size: '1GB' }), settings({ effective_cache_size: '64GB' })]
    expect(forecastOf(update, small).reasons.join()).toMatch(/index pages that do not fit in memory/)
    expect(forecastOf(update, small).highMs).toBeGreaterThan(forecastOf(update, large).highMs * 2)
    expect(forecastOf(update, small).lowMs).toBe(forecastOf(update, large).lowMs)
  })

  test('a row trigger for this verb counts, and what it does is in doubt', () => {
    const triggered = (definition: string, enabled = true) =>
      shopWith(({ name }) => (name === 'shipments' ? { triggers: [{ name: 'audit', enabled, definition }] } : {}))
    const reasons = (snapshot: CatalogSnapshot) =>
      forecastOf('UPDATE shipments SET tracking = NULL;', snapshot).reasons.join()
    const row = 'CREATE TRIGGER audit AFTER INSERT OR UPDATE ON public.shipments FOR EACH ROW EXECUTE FUNCTION audit()'
    expect(reasons(triggered(row))).toContain('twice as long at worst: what the trigger audit does')
    for (const other of [row.replace('ROW', 'STATEMENT'), row.replace(' OR UPDATE', '')])
      expect(reasons(triggered(other))).not.toContain('trigger')
    expect(reasons(triggered(row, false))).not.toContain('trigger')
  })

  test('rows that go are looked for in the tables that refer to them: one without an index is read whole for each', () => {
    const bare = shopWith(({ name, indexes }) =>
      name === 'line_items' ? { indexes: indexes.filter((item) => item.keys[0] !== 'order_id') } : {},
    )
    const sql = 'DELETE FROM orders WHERE id = 42;'
    expect(forecastOf(sql, bare).highMs).toBeGreaterThan(forecastOf(sql).highMs + 10_000)
  })

  test('a share of dead rows is told from a tenth on', () => {
    const dead = (deadShare: number) =>
      shopWith(({ name, size }) => (name === 'orders' ? { size: { ...size, deadShare } } : {}))
    expect(forecastOf(index, dead(0.3)).sources).toContain('30 % of them dead')
    expect(forecastOf(index, dead(0.05)).sources.join()).not.toContain('dead')
  })
})

test('a calibrated profile takes the place of the careful one, and says when it was made', () => {
  const half = ({ low, high }: { low: number; high: number }) => ({ low: low / 2, high: high / 2 })
  const parts = Object.fromEntries(
    Object.entries(cloudDisks.parts).map(([part, rate]) => [part, half(rate)]),
  ) as Record<PartName, { low: number; high: number }>
  const profile = { ...cloudDisks, measuredAt: '2026-05-30T00:00:00Z', writes: 'measured' as const, parts }
  const sql = 'CREATE INDEX ON orders (total);'
  const calibrated = forecastOf(sql, { ...shop, profile })
  expect((calibrated.highMs - 20) * 2).toBeCloseTo(forecastOf(sql).highMs - 20, -2)
  expect(calibrated.sources).toContain('calibrated 2026-05-30')
})
