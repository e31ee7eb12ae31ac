import { testCases } from './cases.ts'

const autocommit = { autocommit: true }

testCases({
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
})
