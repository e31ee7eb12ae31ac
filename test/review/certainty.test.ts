import { expect, test } from 'vitest'
import type { Review } from '../../src/review/result.ts'
import { reviewSql } from '../support/review.ts'

/** What a history from nothing may say of failures: certain only where nothing unknown came before, once for one cause. */

const fromNothing = (sql: string | Record<string, string>): Review =>
  reviewSql(sql, { facts: { catalog: { kind: 'empty', sizes: {} } } })

const certain = ({ findings }: Review): string[] =>
  findings.filter(({ message }) => message.startsWith('Will fail')).map(({ message }) => message)

const open = ({ findings }: Review): string[] =>
  findings.filter(({ hazard }) => hazard === 'cannot-be-judged').map(({ message }) => message)

const failing = ({ files }: Review): number =>
  files.flatMap(({ statements }) => statements).filter(({ fails }) => fails !== null).length

test.each([
  [
    'a trigger made in a loop over names',
    `CREATE TABLE a (id int);
     CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
     DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables LOOP
       EXECUTE format('CREATE TRIGGER touched BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION touch()', t);
     END LOOP; END $$;
     DROP TRIGGER touched ON a;`,
  ],
  [
    'a constraint that EXECUTE drops',
    `CREATE TABLE a (id int, CONSTRAINT a_check CHECK (id > 0));
     DO $$ DECLARE c text; BEGIN SELECT conname INTO c FROM pg_constraint LIMIT 1;
       EXECUTE 'ALTER TABLE a DROP CONSTRAINT ' || c; END $$;
     ALTER TABLE a ADD CONSTRAINT a_check CHECK (id > 1);`,
  ],
  ['a table that a function makes', 'SELECT app.make_partitions();\nALTER TABLE events_2024 DROP COLUMN x;'],
  ['a column that a function adds', 'CREATE TABLE a (id int);\nSELECT app.track(1);\nALTER TABLE a DROP COLUMN seen;'],
  ['a table of the platform', 'ALTER TABLE auth.users ADD COLUMN plan text;'],
  ['a schema that the tool makes', 'CREATE TABLE shop.orders (id int);\nALTER TABLE shop.orders ADD COLUMN x int;'],
  ['a type of an extension that the platform brings', 'CREATE TABLE a (id int, place geometry);'],
  [
    'the search path of the role',
    `CREATE SCHEMA sales; CREATE TABLE sales.orders (id int);
     ALTER ROLE app SET search_path = sales, public;
     ALTER TABLE orders ADD COLUMN note text;`,
  ],
  [
    'the search path of the database, in code',
    `CREATE SCHEMA sales; CREATE TABLE sales.orders (id int);
     DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = sales, public', 'shop'); END $$;
     ALTER TABLE orders ADD COLUMN note text;`,
  ],
  [
    'a search path that is not declared',
    'CREATE SCHEMA sales; CREATE TABLE sales.orders (id int);\nALTER TABLE orders ADD COLUMN note text;',
  ],
  [
    'set_config of what is set',
    `CREATE SCHEMA sales; CREATE TABLE sales.orders (id int);
     SELECT set_config('search_path', 'sales,' || current_setting('search_path'), false);
     ALTER TABLE orders ADD COLUMN note text;`,
  ],
  ['an index that does not exist, dropped IF EXISTS', 'CREATE TABLE a (id int);\nDROP INDEX IF EXISTS a_id_idx;'],
])('nothing fails for certain after %s', (_words, sql) => {
  const reviewed = fromNothing(sql)
  expect(certain(reviewed)).toEqual([])
  expect(failing(reviewed)).toBe(0)
})

test('SET LOCAL search_path ends with its transaction', () => {
  const sql =
    'CREATE SCHEMA s;\nCREATE TABLE s.t (id int);\nBEGIN;\nSET LOCAL search_path = s;\nALTER TABLE t ADD a int;\nCOMMIT;\nCREATE TABLE t (id int);'
  const reviewed = fromNothing(sql)
  expect(certain(reviewed)).toEqual([])
  expect(reviewed.files[0]?.statements.at(-2)?.effects ?? []).toEqual([])
})

test('a role’s search path leaves no finding at all', () => {
  const reviewed = fromNothing(
    'CREATE SCHEMA sales; CREATE TABLE sales.orders (id int);\nALTER ROLE app SET search_path = sales, public;\nALTER TABLE orders ADD COLUMN note text;',
  )
  expect([...certain(reviewed), ...open(reviewed)]).toEqual([])
})

test('one failure is reported once, with all that builds on it', () => {
  const more = Array.from({ length: 50 }, (_, i) => `ALTER TABLE orders ADD COLUMN c${i} int;`).join('\n')
  const reviewed = fromNothing({
    '1.sql': `ALTER TABLE orders ADD COLUMN a int;\n${more}`,
    '2.sql': 'CREATE INDEX i ON orders (a);',
  })
  expect(certain(reviewed)).toEqual(['Will fail: relation "orders" does not exist (SQLSTATE 42P01)'])
  expect(open(reviewed)).toEqual([])
})

test('what was made after the unread statement is certain again', () => {
  const reviewed = fromNothing('SELECT app.anything();\nCREATE TABLE a (id int);\nALTER TABLE a DROP COLUMN b;')
  expect(certain(reviewed)).toEqual(['Will fail: column "b" of relation "a" does not exist (SQLSTATE 42703)'])
})

test('a missing name is not suggested to itself', () => {
  const reviewed = fromNothing('CREATE TABLE orders (id int);\nALTER TABLE order_s ADD COLUMN a int;')
  expect(certain(reviewed)).toEqual([
    'Will fail: relation "order_s" does not exist (SQLSTATE 42P01); did you mean `orders`?',
  ])
})
