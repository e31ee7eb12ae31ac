import { expect, test } from 'vitest'
import { only, reviewSql, told } from '../support/review.ts'

/** Ways out that the scenarios do not show. */

/** In a session that waits no longer than 3 s for a lock. */
function steps(sql: string, hazard: string): string {
  const { alternative } = only(reviewSql(sql, { policy: 'session: { lock_timeout: 3s }' }), hazard)
  return (alternative?.steps ?? []).map((step) => step.sql).join('\n')
}

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

test('each table with what waits on it, and the reason that is true of the statement', () => {
  const sql =
    'ALTER TABLE orders ADD COLUMN note text, ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers;'
  const finding = only(reviewSql(sql), 'blocking-validation')
  expect(finding.message).toMatch(/^Blocks reads and writes of `orders` and writes to `customers` for /)
  expect(finding.why).toMatch(/looked up in `customers`.*ACCESS EXCLUSIVE/)
})

test('each transaction that waits for a strong lock gives up waiting, where the session does not already', () => {
  const sql = 'ALTER TABLE orders ALTER COLUMN currency SET NOT NULL;'
  const bound = (policy: string) => {
    const { alternative } = only(reviewSql(sql, { policy }), 'blocking-validation')
    return (alternative?.steps ?? []).flatMap((step) =>
      step.sql?.includes('lock_timeout') ? [[step.file, step.sql]] : [],
    )
  }
  expect(bound('')).toEqual([
    [1, "SET LOCAL lock_timeout = '3s';"],
    [3, "SET LOCAL lock_timeout = '3s';"],
  ])
  expect(bound('max_lock_timeout: 500ms')).toContainEqual([1, "SET LOCAL lock_timeout = '500ms';"])
  expect(bound('session: { lock_timeout: 3s }')).toEqual([])
})

test('a missing name is told with the one like it', () => {
  const told = (sql: string) => only(reviewSql(sql), 'unknown-relation').message
  expect(told('ALTER TABLE order_s ADD COLUMN a int;')).toMatch(/did you mean `orders`\?$/)
  expect(told('ALTER TABLE orders DROP COLUMN totl;')).toMatch(/did you mean `total`\?$/)
  expect(told('ALTER TABLE zebra ADD COLUMN a int;')).not.toContain('did you mean')
})
