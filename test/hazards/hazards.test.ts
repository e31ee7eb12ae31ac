import { describe, expect, test } from 'vitest'
import { type ReviewSqlOptions, reviewSql } from '../support/review.ts'

/** More cases than the examples of the hazards' own files show. When each hazard fires and when it does not: `[in words, SQL, options]`. All against the shop, PostgreSQL 16. */

type Case = [words: string, sql: string | Record<string, string>, options?: ReviewSqlOptions]

const autocommit = { autocommit: true }
const timeout = `SET lock_timeout = '3s';\n`

const cases: Record<string, { fires: Case[]; silent: Case[] }> = {
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
      ['UPDATE of all rows', `UPDATE orders SET region = 'x';`],
      ['DELETE of a third', 'DELETE FROM orders WHERE status IS NULL;'],
      ['a small parent with a big cascade', `DELETE FROM campaigns WHERE ended_at < '2025-01-01';`],
    ],
    silent: [
      ['one row', 'UPDATE orders SET total = 1 WHERE id = 7;'],
      ['a small table', `UPDATE countries SET dial_code = '0';`],
      ['a new table', 'CREATE TABLE t AS SELECT id FROM orders; UPDATE t SET id = 1;'],
      ['one batch', 'UPDATE orders SET total = 1 WHERE id IN (SELECT id FROM orders WHERE total = 0 LIMIT 10000);'],
    ],
  },
  'explicit-lock': {
    fires: [['LOCK TABLE', 'LOCK TABLE orders;']],
    silent: [
      ['a weak mode', 'LOCK TABLE orders IN ACCESS SHARE MODE;'],
      ['a new table', 'CREATE TABLE t (a int); LOCK TABLE t;'],
    ],
  },
  'syntax-error': {
    fires: [['a slip of the pen', 'ALTER TABEL orders ADD COLUMN a int;']],
    silent: [['good SQL', 'SELECT 1;']],
  },
  'cannot-run-in-transaction': {
    fires: [
      ['CREATE INDEX CONCURRENTLY in the runner’s transaction', 'CREATE INDEX CONCURRENTLY ON orders (total);'],
      ['VACUUM after BEGIN', 'BEGIN; VACUUM orders; COMMIT;', autocommit],
      ['two statements in one query', 'SELECT 1; VACUUM orders;', { runner: 'golang-migrate' }],
    ],
    silent: [
      ['autocommit', 'CREATE INDEX CONCURRENTLY ON orders (total);', autocommit],
      ['one statement in one query', 'VACUUM orders;', { runner: 'golang-migrate' }],
    ],
  },
  'unknown-relation': {
    fires: [
      ['a table that is not there', 'ALTER TABLE nope ADD COLUMN a int;'],
      ['a column that is not there', 'ALTER TABLE orders DROP COLUMN nope;'],
      ['a table that stands already', 'CREATE TABLE orders (a int);'],
      ['one dropped in the same file', 'DROP TABLE order_disputes; ALTER TABLE order_disputes ADD COLUMN a int;'],
    ],
    silent: [
      ['IF EXISTS', 'DROP TABLE IF EXISTS nope;'],
      ['IF NOT EXISTS', 'CREATE TABLE IF NOT EXISTS orders (a int);'],
      ['a table made above', 'CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b int;'],
      ['no catalog', 'ALTER TABLE nope ADD COLUMN a int;', { snapshot: null }],
    ],
  },
  'dependent-objects': {
    fires: [
      ['a column that a view reads', 'ALTER TABLE orders DROP COLUMN total;'],
      ['a table that others refer to', 'DROP TABLE countries;'],
      ['a second primary key', 'ALTER TABLE orders ADD PRIMARY KEY (total);'],
    ],
    silent: [
      ['a column that nothing reads', 'ALTER TABLE orders DROP COLUMN region;'],
      [
        'after the view is gone',
        'DROP VIEW open_orders; DROP MATERIALIZED VIEW customer_totals; ALTER TABLE orders DROP COLUMN total;',
      ],
    ],
  },
  'not-null-without-default': {
    fires: [['a table with rows', 'ALTER TABLE orders ADD COLUMN a int NOT NULL;']],
    silent: [
      ['with a default', 'ALTER TABLE orders ADD COLUMN a int NOT NULL DEFAULT 0;'],
      ['a new table', 'CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b int NOT NULL;'],
      ['identity brings its own value', 'ALTER TABLE countries ADD COLUMN n int GENERATED ALWAYS AS IDENTITY;'],
    ],
  },
  'null-values-present': {
    fires: [
      ['SET NOT NULL', 'ALTER TABLE orders ALTER COLUMN channel SET NOT NULL;'],
      ['CHECK (… IS NOT NULL)', 'ALTER TABLE orders ADD CHECK (channel IS NOT NULL);'],
      [
        'its VALIDATE in a later file',
        {
          '1.sql': 'ALTER TABLE orders ADD CONSTRAINT c CHECK (channel IS NOT NULL) NOT VALID;',
          '2.sql': 'ALTER TABLE orders VALIDATE CONSTRAINT c;',
        },
      ],
    ],
    silent: [
      ['a column without nulls', 'ALTER TABLE orders ALTER COLUMN currency SET NOT NULL;'],
      ['NOT VALID, which reads nothing', 'ALTER TABLE orders ADD CHECK (channel IS NOT NULL) NOT VALID;'],
      [
        'a column just filled',
        `UPDATE orders SET channel = 'web' WHERE channel IS NULL; ALTER TABLE orders ALTER COLUMN channel SET NOT NULL;`,
      ],
    ],
  },
  'duplicates-likely': {
    fires: [
      ['few values in many rows', 'CREATE UNIQUE INDEX CONCURRENTLY ON customers (country_code);', autocommit],
      ['nine tenths distinct', 'ALTER TABLE customers ADD UNIQUE (phone);'],
    ],
    silent: [
      ['as many values as rows', 'ALTER TABLE customers ADD UNIQUE (email);'],
      ['as many values as there are not null', 'ALTER TABLE orders ADD UNIQUE (shipping_code);'],
      ['part of the rows only', 'CREATE UNIQUE INDEX ON customers (country_code) WHERE phone IS NULL;'],
      ['an index that is not unique', 'CREATE INDEX ON customers (country_code);'],
    ],
  },
  'invalid-index-left-behind': {
    fires: [
      [
        'the name of an INVALID index',
        'CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_reference_key ON orders (reference);',
        autocommit,
      ],
    ],
    silent: [
      [
        'the name of a valid one',
        'CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_placed_at_idx ON orders (placed_at);',
        autocommit,
      ],
      [
        'dropped before',
        'DROP INDEX CONCURRENTLY orders_reference_key; CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_reference_key ON orders (reference);',
        autocommit,
      ],
    ],
  },
  'enum-value-used-too-soon': {
    fires: [
      ['in one transaction', `ALTER TYPE order_state ADD VALUE 'x'; UPDATE orders SET state = 'x' WHERE id = 7;`],
    ],
    silent: [
      [
        'in autocommit',
        `ALTER TYPE order_state ADD VALUE 'x'; UPDATE orders SET state = 'x' WHERE id = 7;`,
        autocommit,
      ],
      ['another value', `ALTER TYPE order_state ADD VALUE 'x'; UPDATE orders SET state = 'paid' WHERE id = 7;`],
    ],
  },
  'narrowing-type': {
    fires: [
      ['a shorter varchar', 'ALTER TABLE orders ALTER COLUMN shipping_code TYPE varchar(20);'],
      ['bigint to int', 'ALTER TABLE shipments ALTER COLUMN order_id TYPE int;'],
    ],
    silent: [
      ['a longer varchar', 'ALTER TABLE orders ALTER COLUMN shipping_code TYPE varchar(80);'],
      ['a new table', 'CREATE TABLE t (a bigint); ALTER TABLE t ALTER COLUMN a TYPE int;'],
    ],
  },
  'cast-may-fail': {
    fires: [['text to a number', 'ALTER TABLE orders ALTER COLUMN region TYPE int USING region::int;']],
    silent: [
      ['a number to text', 'ALTER TABLE shipments ALTER COLUMN weight_grams TYPE text USING weight_grams::text;'],
      ['a new table', 'CREATE TABLE t (a text); ALTER TABLE t ALTER COLUMN a TYPE int USING a::int;'],
    ],
  },
  'transaction-left-open': {
    fires: [['BEGIN alone', 'BEGIN; SELECT 1;', autocommit]],
    silent: [
      ['BEGIN and COMMIT', 'BEGIN; SELECT 1; COMMIT;', autocommit],
      ['BEGIN and ROLLBACK', 'BEGIN; SELECT 1; ROLLBACK;', autocommit],
    ],
  },
  'nested-transaction': {
    fires: [
      ['COMMIT in the runner’s transaction', 'SELECT 1; COMMIT;'],
      ['BEGIN in it', 'BEGIN;'],
    ],
    silent: [['in autocommit', 'BEGIN; COMMIT;', autocommit]],
  },
  'cannot-be-judged': {
    fires: [
      ['text put together at run time', `DO $$ BEGIN EXECUTE 'ALTER TABLE ' || 'orders' || current_user; END $$;`],
    ],
    silent: [['a plain statement', 'SELECT 1;']],
  },
  'drop-table': {
    fires: [['a table with rows', 'DROP TABLE order_disputes;']],
    silent: [
      ['a new table', 'CREATE TABLE t (a int); DROP TABLE t;'],
      ['a view', 'DROP VIEW open_orders;'],
      ['a temporary table', 'CREATE TEMP TABLE t AS SELECT 1 AS a; DROP TABLE t;'],
    ],
  },
  'drop-column': {
    fires: [['a column with values', 'ALTER TABLE orders DROP COLUMN region;']],
    silent: [['a column of a new table', 'CREATE TABLE t (a int, b int); ALTER TABLE t DROP COLUMN b;']],
  },
  'drop-schema': {
    fires: [['a schema with everything in it', 'DROP SCHEMA IF EXISTS public CASCADE;']],
    silent: [
      ['a schema made by the same migration', 'CREATE SCHEMA scratch; DROP SCHEMA scratch CASCADE;'],
      ['a schema that must be empty', 'CREATE SCHEMA scratch; DROP SCHEMA scratch;'],
    ],
  },
  truncate: {
    fires: [['a table with rows', 'TRUNCATE order_disputes;']],
    silent: [['a new table', 'CREATE TABLE t (a int); TRUNCATE t;']],
  },
  'delete-without-where': {
    fires: [['a table with rows', 'DELETE FROM order_disputes;']],
    silent: [
      ['with a WHERE', 'DELETE FROM order_disputes WHERE id = 7;'],
      ['a new table', 'CREATE TABLE t (a int); DELETE FROM t;'],
    ],
  },
  'rename-column': {
    fires: [['a column that stood before', 'ALTER TABLE customers RENAME COLUMN email TO mail;']],
    silent: [
      ['a new table', 'CREATE TABLE t (a int); ALTER TABLE t RENAME COLUMN a TO b;'],
      ['a column added above', 'ALTER TABLE orders ADD COLUMN a int; ALTER TABLE orders RENAME COLUMN a TO b;'],
      [
        'two names exchanged in one transaction',
        'ALTER TABLE customers ADD COLUMN m text; ALTER TABLE customers RENAME COLUMN email TO old_email; ALTER TABLE customers RENAME COLUMN m TO email;',
      ],
    ],
  },
  'rename-table': {
    fires: [['a table that stood before', 'ALTER TABLE customers RENAME TO clients;']],
    silent: [
      ['a new table', 'CREATE TABLE t (a int); ALTER TABLE t RENAME TO u;'],
      ['an index', 'ALTER INDEX orders_placed_at_idx RENAME TO i;'],
      [
        'a view under the old name',
        'ALTER TABLE customers RENAME TO clients; CREATE VIEW customers AS SELECT * FROM clients;',
      ],
    ],
  },
}

describe.each(Object.entries(cases))('%s', (id, { fires, silent }) => {
  test.each(fires)('fires on %s', (_words, sql, options) => {
    expect(found(id, sql, options)).toBe(1)
  })

  test.each(silent)('is silent on %s', (_words, sql, options) => {
    expect(found(id, sql, options)).toBe(0)
  })
})

function found(id: string, sql: Case[1], options: ReviewSqlOptions = {}): number {
  return reviewSql(sql, options).findings.filter(({ hazard }) => hazard === id).length
}
