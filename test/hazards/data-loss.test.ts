import { testCases } from './cases.ts'

testCases({
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
  'disable-trigger': {
    fires: [
      ['triggers of the whole session', 'SET session_replication_role = replica; DELETE FROM orders WHERE id = 1;'],
      ['a role that is set back too early', 'RESET ALL; SET session_replication_role TO replica;'],
      ['a role by set_config', "SELECT set_config('session_replication_role', 'replica', false);"],
    ],
    silent: [
      ['the transaction alone', 'SET LOCAL session_replication_role = replica;'],
      ['a role that is set back', "SET session_replication_role = 'replica'; SET session_replication_role = origin;"],
      ['all settings reset', 'SET session_replication_role = replica; RESET ALL;'],
    ],
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
    fires: [
      ['a table with rows', 'DELETE FROM order_disputes;'],
      ['a WHERE that always holds', 'DELETE FROM order_disputes WHERE true;'],
    ],
    silent: [
      ['a WHERE that never holds', 'DELETE FROM order_disputes WHERE false;'],
      ['with a WHERE', 'DELETE FROM order_disputes WHERE id = 7;'],
      ['a new table', 'CREATE TABLE t (a int); DELETE FROM t;'],
    ],
  },
})
