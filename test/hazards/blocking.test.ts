import { testCases } from './cases.ts'

const autocommit = { autocommit: true }
const timeout = `SET lock_timeout = '3s';\n`

testCases({
  'blocking-index-build': {
    fires: [
      ['CREATE INDEX on a big table', 'CREATE INDEX ON orders (total);'],
      ['REINDEX of one index', 'REINDEX INDEX orders_pkey;', autocommit],
      ['a unique index', 'CREATE UNIQUE INDEX ON customers (email);'],
      ['an index that a change of type builds again', 'ALTER TABLE orders ALTER COLUMN placed_at TYPE timestamptz;'],
    ],
    silent: [
      ['CONCURRENTLY', 'CREATE INDEX CONCURRENTLY ON orders (total);', autocommit],
      ['a table made in the same file', 'CREATE TABLE t (a int); CREATE INDEX ON t (a);'],
      [
        'an index that stands, with IF NOT EXISTS',
        'CREATE INDEX IF NOT EXISTS orders_placed_at_idx ON orders (total);',
      ],
      ['the parent ONLY', 'CREATE INDEX ON ONLY events (kind);'],
    ],
  },
  'blocking-index-drop': {
    fires: [['DROP INDEX', `${timeout}DROP INDEX orders_placed_at_idx;`]],
    silent: [
      ['DROP INDEX CONCURRENTLY', 'DROP INDEX CONCURRENTLY orders_placed_at_idx;', autocommit],
      ['an index of a new table', 'CREATE TABLE t (a int); CREATE INDEX i ON t (a); DROP INDEX i;'],
      ['an index that is not there', 'DROP INDEX IF EXISTS nope;'],
    ],
  },
  'table-rewrite': {
    fires: [
      ['int to bigint', 'ALTER TABLE line_items ALTER COLUMN quantity TYPE bigint;'],
      ['a volatile default', 'ALTER TABLE orders ADD COLUMN a float DEFAULT random();'],
      [
        'a stored generated column',
        'ALTER TABLE line_items ADD COLUMN n int GENERATED ALWAYS AS (quantity * 2) STORED;',
      ],
      ['VACUUM FULL', 'VACUUM FULL orders;', autocommit],
      ['another tablespace', 'ALTER TABLE orders SET TABLESPACE fast;'],
      ['from permanent to unlogged', 'ALTER TABLE shipments SET UNLOGGED;'],
    ],
    silent: [
      ['a constant default', `ALTER TABLE orders ADD COLUMN a text DEFAULT 'x';`],
      ['a stable default', 'ALTER TABLE orders ADD COLUMN a timestamptz DEFAULT now();'],
      ['varchar to text', 'ALTER TABLE orders ALTER COLUMN shipping_code TYPE text;'],
      ['plain VACUUM', 'VACUUM orders;', autocommit],
      ['a new table', 'CREATE TABLE t (a int); ALTER TABLE t ALTER COLUMN a TYPE bigint;'],
    ],
  },
  'blocking-validation': {
    fires: [
      ['SET NOT NULL', 'ALTER TABLE orders ALTER COLUMN currency SET NOT NULL;'],
      ['ADD CHECK', 'ALTER TABLE orders ADD CHECK (total >= 0);'],
      ['ADD FOREIGN KEY', 'ALTER TABLE shipments ADD FOREIGN KEY (order_id) REFERENCES orders;'],
      ['a CHECK with a new column', 'ALTER TABLE orders ADD COLUMN a int CHECK (a > 0);'],
    ],
    silent: [
      ['ADD CHECK NOT VALID', 'ALTER TABLE orders ADD CHECK (total >= 0) NOT VALID;'],
      ['VALIDATE CONSTRAINT', 'ALTER TABLE orders VALIDATE CONSTRAINT orders_reference_not_null;'],
      ['SET NOT NULL that a valid CHECK proves', 'ALTER TABLE orders ALTER COLUMN reference SET NOT NULL;'],
      ['DROP NOT NULL', 'ALTER TABLE orders ALTER COLUMN total DROP NOT NULL;'],
      ['REFRESH CONCURRENTLY', 'REFRESH MATERIALIZED VIEW CONCURRENTLY customer_totals;', autocommit],
    ],
  },
  'blocking-unique': {
    fires: [
      ['ADD UNIQUE', 'ALTER TABLE customers ADD UNIQUE (email);'],
      ['ADD PRIMARY KEY', 'ALTER TABLE audit_log ADD PRIMARY KEY (id);'],
      ['EXCLUDE', 'ALTER TABLE shipments ADD EXCLUDE USING btree (tracking WITH =);'],
    ],
    silent: [
      [
        'UNIQUE USING INDEX',
        {
          '1.sql': 'CREATE UNIQUE INDEX CONCURRENTLY k ON customers (email);',
          '2.sql': 'ALTER TABLE customers ADD CONSTRAINT k UNIQUE USING INDEX k;',
        },
        autocommit,
      ],
      ['a new table', 'CREATE TABLE t (a int); ALTER TABLE t ADD UNIQUE (a);'],
    ],
  },
  'blocking-refresh': {
    fires: [['REFRESH', 'REFRESH MATERIALIZED VIEW customer_totals;']],
    silent: [
      ['REFRESH CONCURRENTLY', 'REFRESH MATERIALIZED VIEW CONCURRENTLY customer_totals;', autocommit],
      ['WITH NO DATA', 'REFRESH MATERIALIZED VIEW customer_totals WITH NO DATA;'],
    ],
  },
  'lock-on-other-table': {
    fires: [
      ['a new table that refers to one', `${timeout}CREATE TABLE t (a bigint REFERENCES orders);`],
      ['DROP of a foreign key', `${timeout}ALTER TABLE order_disputes DROP CONSTRAINT order_disputes_order_id_fkey;`],
    ],
    silent: [
      [
        'a new table that refers to a new one',
        'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a);',
      ],
      ['a column without a foreign key', `${timeout}ALTER TABLE order_disputes ADD COLUMN a int;`],
    ],
  },
  'lock-kept-while-working': {
    fires: [
      ['ADD COLUMN and a backfill', 'ALTER TABLE orders ADD COLUMN a int; UPDATE orders SET a = 1;'],
      [
        'NOT VALID and VALIDATE in one explicit transaction',
        'BEGIN; ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c; COMMIT;',
        autocommit,
      ],
      [
        'a strong lock on one table while another is filled',
        'ALTER TABLE customers ADD COLUMN a int; UPDATE orders SET total = 1;',
      ],
      [
        'a file that Prisma sends as one query',
        'ALTER TABLE orders ADD COLUMN a int; UPDATE orders SET a = 1;',
        { runner: 'prisma' },
      ],
    ],
    silent: [
      ['the same in autocommit', 'ALTER TABLE orders ADD COLUMN a int; UPDATE orders SET a = 1;', autocommit],
      ['a small update after it', 'ALTER TABLE orders ADD COLUMN a int; UPDATE orders SET a = 1 WHERE id = 7;'],
      ['the work before the lock', 'UPDATE orders SET total = 1; ALTER TABLE orders ADD COLUMN a int;'],
      [
        'a lock given back with its savepoint',
        'SAVEPOINT s; ALTER TABLE orders ADD COLUMN a int; ROLLBACK TO s; UPDATE orders SET total = 1;',
      ],
    ],
  },
  'lock-queue': {
    fires: [
      ['ADD COLUMN', 'ALTER TABLE orders ADD COLUMN a int;'],
      ['a lock_timeout of 0', 'SET lock_timeout = 0; ALTER TABLE orders ADD COLUMN a int;'],
      ['a lock_timeout that was reset', `${timeout}RESET lock_timeout; ALTER TABLE orders ADD COLUMN a int;`],
      ['CREATE TRIGGER, which stops writes only', 'ALTER TABLE orders DISABLE TRIGGER ALL;'],
    ],
    silent: [
      ['after SET lock_timeout', `${timeout}ALTER TABLE orders ADD COLUMN a int;`],
      ['in milliseconds', 'SET lock_timeout = 3000; ALTER TABLE orders ADD COLUMN a int;'],
      ['a weak lock', 'ALTER TABLE orders ALTER COLUMN total SET STATISTICS 500;'],
      ['a new table', 'CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b int;'],
    ],
  },
  'unbatched-write': {
    fires: [
      ['a long series', "INSERT INTO customers (country_code) SELECT 'DE' FROM generate_series(1, 10000000);"],
      [
        'a series without a FROM',
        'INSERT INTO order_disputes (order_id, reason) SELECT generate_series(1, 5000000), $$x$$;',
      ],
      [
        'keys of a series',
        "UPDATE orders SET region = 'x' WHERE id IN (SELECT g FROM generate_series(1, 50000000) g);",
      ],
      [
        'keys of a function nobody knows',
        "UPDATE orders SET region = 'x' WHERE id IN (SELECT k FROM keys_of($$x$$) k);",
      ],
      [
        'keys of a WITH query',
        `WITH old AS (SELECT id FROM orders) UPDATE orders SET region = 'x' WHERE id IN (SELECT id FROM old);`,
      ],
      ['an array of all keys', "UPDATE orders SET region = 'x' WHERE id = ANY (ARRAY (SELECT id FROM orders));"],
      ['UPDATE of all rows', `UPDATE orders SET region = 'x';`],
      ['DELETE of a third', 'DELETE FROM orders WHERE status IS NULL;'],
      ['a small parent with a big cascade', `DELETE FROM campaigns WHERE ended_at < '2025-01-01';`],
      ['a range of another column', 'UPDATE orders SET total = 1 WHERE customer_id BETWEEN 1 AND 5000;'],
      ['a range of the key without an end', 'UPDATE orders SET total = 1 WHERE id > 5000;'],
      ['few values of a column', 'UPDATE orders SET total = 1 WHERE region IN (SELECT code FROM countries LIMIT 3);'],
      ['a join that pins no key', 'UPDATE orders SET total = 1 FROM countries c WHERE c.code = orders.currency;'],
    ],
    silent: [
      ['one row', 'UPDATE orders SET total = 1 WHERE id = 7;'],
      ['a small table', `UPDATE countries SET dial_code = '0';`],
      ['a new table', 'CREATE TABLE t AS SELECT id FROM orders; UPDATE t SET id = 1;'],
      ['one batch', 'UPDATE orders SET total = 1 WHERE id IN (SELECT id FROM orders WHERE total = 0 LIMIT 10000);'],
      [
        'a list of rows',
        'UPDATE orders SET total = v.t FROM (VALUES (1, 5), (2, 6)) AS v (id, t) WHERE orders.id = v.id;',
      ],
      ['a join by the key', 'UPDATE orders o SET total = 1 FROM order_disputes d WHERE d.order_id = o.id;'],
      ['a few keys of a function', "DELETE FROM orders WHERE id IN (SELECT u FROM unnest('{1,2}'::bigint[]) u);"],
      [
        'a few keys of a WITH query',
        `WITH one AS (SELECT id FROM orders WHERE id = 7) UPDATE orders SET region = 'x' WHERE id IN (SELECT id FROM one);`,
      ],
      ['a short series', "INSERT INTO customers (country_code) SELECT 'DE' FROM generate_series(1, 100);"],
      [
        'rows that a small table names',
        'UPDATE orders SET total = 1 WHERE id IN (SELECT order_id FROM order_disputes);',
      ],
      ['a WHERE that never holds', 'UPDATE orders SET total = 1 WHERE 1 = 0;'],
    ],
  },
  'explicit-lock': {
    fires: [['LOCK TABLE', 'LOCK TABLE orders;']],
    silent: [
      ['a weak mode', 'LOCK TABLE orders IN ACCESS SHARE MODE;'],
      ['a new table', 'CREATE TABLE t (a int); LOCK TABLE t;'],
    ],
  },
})
