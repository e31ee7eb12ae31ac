import { expect, test } from 'vitest'
import { only, reviewSql, told } from '../support/review.ts'

/** Ways out that the scenarios do not show. */

function steps(sql: string, hazard: string): string {
  const { alternative } = only(reviewSql(sql), hazard)
  return (alternative?.steps ?? []).map((step) => step.sql).join('\n')
}

test.each([
  [
    'UPDATE … FROM',
    `UPDATE orders SET currency = 'EUR' FROM customers c WHERE c.id = customer_id AND c.country_code = 'DE';`,
  ],
  ['DELETE … USING', `DELETE FROM orders USING customers c WHERE c.id = customer_id AND c.country_code = 'DE';`],
  [
    'a DELETE in WITH',
    'WITH gone AS (DELETE FROM orders WHERE status IS NULL RETURNING id) SELECT count(*) FROM gone;',
  ],
  ['an UPDATE in a DO block', `DO $$ BEGIN UPDATE orders SET region = 'x'; END $$;`],
])('%s over many rows has a batch to write instead', (_words, sql) => {
  expect(steps(sql, 'unbatched-write')).toMatch(/LIMIT \d+/)
})

test('a key on a partitioned table: the parent ONLY, each partition CONCURRENTLY, then attach', () => {
  const sql = 'ALTER TABLE events ADD CONSTRAINT events_key UNIQUE (id, created_at);'
  expect(steps(sql, 'blocking-unique')).toMatch(/ONLY events .*CONCURRENTLY.*ATTACH PARTITION/s)
})

test('a column that is added unique is unique in the end', () => {
  const sql = 'ALTER TABLE orders ADD COLUMN public_id uuid DEFAULT gen_random_uuid() UNIQUE;'
  expect(steps(sql, 'table-rewrite')).toMatch(/CREATE UNIQUE INDEX CONCURRENTLY/)
})

test('what stands in the way of DROP TABLE is the foreign key of the other table', () => {
  expect(only(reviewSql('DROP TABLE countries;'), 'dependent-objects').why).toMatch(/customers/)
})

test('duplicates that abort a unique index cover its build', () => {
  expect(told(reviewSql('CREATE UNIQUE INDEX ON customers (country_code);'))).toEqual(['duplicates-likely critical'])
})

test('DROP INDEX is told once', () => {
  expect(reviewSql('DROP INDEX orders_placed_at_idx;').findings).toHaveLength(1)
})

test('one row of a small parent takes a third of a million along', () => {
  const reviewed = reviewSql('DELETE FROM campaigns WHERE id = 7;')
  expect(only(reviewed, 'unbatched-write').why).toMatch(/`campaign_clicks`/)
})
