import { expect, test } from 'vitest'
import { only, reviewSql, shopWith, told } from '../support/review.ts'

/** Ways out that the scenarios do not show. */

/** In a session that waits no longer than 3 s for a lock. */
function steps(sql: string, hazard: string): string {
  const { alternative } = only(reviewSql(sql, { policy: 'session: { lock_timeout: 3s }' }), hazard)
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

test.each([
  [
    'an alias stands inside too',
    `UPDATE orders o SET region = 'x' WHERE o.status = 'paid';`,
    `UPDATE orders AS o SET region = 'x' WHERE id IN (SELECT id FROM orders AS o WHERE (o.status = 'paid') AND region IS DISTINCT FROM ('x') LIMIT 10000);`,
  ],
  [
    'a deleted row’s alias too',
    `DELETE FROM orders AS o WHERE o.status = 'paid';`,
    `DELETE FROM orders AS o WHERE id IN (SELECT id FROM orders AS o WHERE o.status = 'paid' LIMIT 10000);`,
  ],
  [
    'a column of two tables is told apart',
    'UPDATE customers c SET region = o.status FROM orders o WHERE o.customer_id = c.id;',
    'AND c.region IS DISTINCT FROM (o.status) LIMIT 10000)',
  ],
])('%s', (_words, sql, batch) => {
  const snapshot = shopWith(({ name, columns }) =>
    name === 'customers'
      ? { columns: [...columns, { ...columns[0]!, name: 'region', type: 'text', identity: null, default: null }] }
      : {},
  )
  const { alternative } = only(reviewSql(sql, { snapshot }), 'unbatched-write')
  expect(alternative?.steps.map((step) => step.sql).join('\n')).toContain(batch)
})

test('rows that a WITH query chooses go by ranges of the key: a batch alone would not know it', () => {
  const sql = `WITH old AS (SELECT id FROM orders WHERE status = 'paid') UPDATE orders SET region = 'x' FROM old WHERE old.id = orders.id;`
  expect(only(reviewSql(sql), 'unbatched-write').alternative).toMatchObject({
    summary: expect.stringMatching(/^Write by ranges/),
    steps: [],
  })
})

test('a unique column is added before its index is built', () => {
  const told = steps('ALTER TABLE orders ADD COLUMN slug text UNIQUE CHECK (slug <> $$$$);', 'blocking-unique')
  expect(told).toMatch(
    /^ALTER TABLE orders ADD COLUMN slug text CHECK .*;\nCREATE UNIQUE INDEX CONCURRENTLY .*;\nALTER/,
  )
})

test('a key on a partitioned table: the parent ONLY, each partition CONCURRENTLY, then attach', () => {
  const sql = 'ALTER TABLE events ADD CONSTRAINT events_key UNIQUE (id, created_at);'
  expect(steps(sql, 'blocking-unique')).toMatch(/ONLY events .*CONCURRENTLY.*ATTACH PARTITION/s)
})

test('a column that is added unique is unique in the end', () => {
  const sql = 'ALTER TABLE orders ADD COLUMN public_id uuid DEFAULT gen_random_uuid() UNIQUE;'
  expect(steps(sql, 'table-rewrite')).toMatch(/CREATE UNIQUE INDEX CONCURRENTLY/)
})

test('what cannot be written as one batch goes by ranges of the key', () => {
  const sql =
    'MERGE INTO orders o USING customers c ON c.id = o.customer_id WHEN MATCHED THEN UPDATE SET region = c.country_code;'
  expect(only(reviewSql(sql), 'unbatched-write').alternative?.summary).toMatch(/^Write by ranges of the key/)
})

test('an index that is exchanged stands until the new one does', () => {
  const sql = 'DROP INDEX orders_placed_at_idx;\nCREATE INDEX orders_placed_at_idx ON orders (placed_at, id);'
  const right = `CREATE INDEX CONCURRENTLY orders_placed_at_idx_new ON orders (placed_at, id);
DROP INDEX CONCURRENTLY orders_placed_at_idx;
ALTER INDEX orders_placed_at_idx_new RENAME TO orders_placed_at_idx;`
  for (const hazard of ['blocking-index-build', 'lock-kept-while-working']) expect(steps(sql, hazard)).toBe(right)
})

test('values go to the new column as ALTER COLUMN would take them: a text that is too long is not cut', () => {
  const told = steps('ALTER TABLE orders ALTER COLUMN shipping_code TYPE varchar(20);', 'table-rewrite')
  expect(told).toContain('NEW.shipping_code_new := NEW.shipping_code;')
  expect(told).toContain('SET shipping_code_new = shipping_code WHERE')
})

test('what USING says fills the new column, in the trigger over the new row', () => {
  const told = steps(
    'ALTER TABLE orders ALTER COLUMN region TYPE int USING coalesce(length(orders.region), total::int);',
    'table-rewrite',
  )
  expect(told).toContain('NEW.region_new := COALESCE(length(new.region), new.total::int);')
  expect(told).toContain('SET region_new = COALESCE(length(orders.region), total::int) WHERE')
})

test('a renamed column is kept in step both ways', () => {
  const told = steps('ALTER TABLE orders RENAME COLUMN region TO area;', 'rename-column')
  expect(told).toContain('NEW.area := coalesce(NEW.area, NEW.region);\n    NEW.region := NEW.area;')
  expect(told).toContain('ELSIF NEW.area IS DISTINCT FROM OLD.area THEN\n    NEW.region := NEW.area;')
})

test('a type without equality is compared as text', () => {
  const snapshot = shopWith(({ name, columns }) =>
    name === 'orders'
      ? { columns: columns.map((column) => (column.name === 'region' ? { ...column, type: 'json' } : column)) }
      : {},
  )
  const { alternative } = only(
    reviewSql('ALTER TABLE orders RENAME COLUMN region TO area;', { snapshot }),
    'rename-column',
  )
  expect(alternative?.steps.map((step) => step.sql).join()).toContain('NEW.area::text IS DISTINCT FROM OLD.area::text')
})

test('what stands in the way of DROP TABLE is the foreign key of the other table', () => {
  expect(only(reviewSql('DROP TABLE countries;'), 'dependent-objects').why).toMatch(/customers/)
})

test('views that read a view go first, and are made again', () => {
  const sql = `CREATE TABLE bills (id bigint PRIMARY KEY, total numeric);
CREATE VIEW paid AS SELECT id, total FROM bills;
CREATE VIEW paid_twice AS SELECT total * 2 AS twice FROM paid;
ALTER TABLE bills ALTER COLUMN total TYPE numeric(14, 2);`
  expect(steps(sql, 'dependent-objects')).toBe(`DROP VIEW paid_twice;
DROP VIEW paid;
ALTER TABLE bills ALTER COLUMN total TYPE numeric(14, 2);
-- here: make view paid and view paid_twice again`)
})

test('what cannot be taken away by one statement is only named', () => {
  const body = 'BEGIN ATOMIC SELECT max(total) FROM bills; END'
  const sql = `CREATE TABLE bills (total numeric);
CREATE FUNCTION most() RETURNS numeric ${body};
ALTER TABLE bills DROP COLUMN total;`
  const found = only(reviewSql(sql), 'dependent-objects')
  expect(found.why).toContain('function `most` is in the way')
  expect(found.alternative?.steps).toEqual([])
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

test.each([
  [
    'what takes a moment comes first, the working parts behind it',
    'ALTER TABLE orders ADD COLUMN note text, ALTER COLUMN shipping_code TYPE varchar(40), ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers;',
    'table-rewrite',
    /^ALTER TABLE orders ADD COLUMN note text;\n.*shipping_code_new.*ADD CONSTRAINT fk .* NOT VALID;\nALTER TABLE orders VALIDATE CONSTRAINT fk;$/s,
  ],
  [
    'each validation for itself; a column that is NOT NULL already is left as it is',
    'ALTER TABLE orders ALTER COLUMN total SET NOT NULL, ALTER COLUMN currency SET NOT NULL, ADD CONSTRAINT pos CHECK (total >= 0);',
    'blocking-validation',
    /^ALTER TABLE orders ALTER COLUMN total SET NOT NULL;\n.*VALIDATE CONSTRAINT orders_currency_not_null.*VALIDATE CONSTRAINT pos;$/s,
  ],
  [
    'a new default waits for the new type',
    'ALTER TABLE orders ALTER COLUMN status DROP DEFAULT, ALTER COLUMN status TYPE int USING 0, ALTER COLUMN status SET DEFAULT 1;',
    'table-rewrite',
    /^ALTER TABLE orders ALTER COLUMN status DROP DEFAULT;.*ALTER TABLE orders ALTER COLUMN status SET DEFAULT 1;$/s,
  ],
])('an ALTER TABLE of several parts: %s', (_words, sql, hazard, expected) => {
  expect(steps(sql, hazard)).toMatch(expected)
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

test.each([
  [13, 'REINDEX INDEX CONCURRENTLY orders_pkey;'],
  [14, 'REINDEX (CONCURRENTLY) INDEX orders_pkey;'],
])('REINDEX CONCURRENTLY as PostgreSQL %i has it', (postgresVersion, sql) => {
  const reviewed = reviewSql('REINDEX INDEX orders_pkey;', { autocommit: true, facts: { postgresVersion } })
  expect(only(reviewed, 'blocking-index-build').alternative?.steps).toMatchObject([{ sql, transaction: 'none' }])
})
