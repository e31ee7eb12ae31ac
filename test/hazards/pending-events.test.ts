import { afterAll, beforeAll, expect, test } from 'vitest'
import { reviewExample } from '../../src/review/run-example.ts'
import { loadParser } from '../../src/sql/parse.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'

/** Pairs of a write and a command in one transaction: the server is run first, and the review must not disagree. */

await loadParser()
let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(async () => {
  await server.stop()
})

const before = `CREATE TABLE inst (id int PRIMARY KEY);
CREATE TABLE post (id int PRIMARY KEY, inst_id int CONSTRAINT post_inst REFERENCES inst DEFERRABLE INITIALLY DEFERRED, note text);
INSERT INTO inst VALUES (1), (2), (3);
INSERT INTO post VALUES (1, 1, 'a'), (2, 1, 'b'), (3, null, 'c');`

const writes = [
  'UPDATE post SET inst_id = 2 WHERE id = 1;',
  'UPDATE post SET inst_id = inst_id + 1;',
  'UPDATE post SET inst_id = NULL;',
  "UPDATE post SET note = 'z';",
  'INSERT INTO post VALUES (10, 1);',
  'INSERT INTO post VALUES (10, NULL);',
  'DELETE FROM post;',
  'DELETE FROM inst WHERE id = 3;',
  'UPDATE inst SET id = 30 WHERE id = 3;',
  'UPDATE post SET inst_id = 2 WHERE id = 1; SET CONSTRAINTS ALL IMMEDIATE;',
  'UPDATE post SET inst_id = 2 WHERE id = 1; SET CONSTRAINTS post_inst IMMEDIATE;',
  'SAVEPOINT a; INSERT INTO post VALUES (10, 1); ROLLBACK TO a;',
]

const commands = [
  'ALTER TABLE post ADD COLUMN x int;',
  "ALTER TABLE post ALTER COLUMN note SET DEFAULT 'x';",
  'CREATE INDEX ON post (note);',
  'TRUNCATE post;',
  'DROP TABLE post;',
  'ALTER TABLE post RENAME TO posts;',
  'ALTER TABLE post RENAME COLUMN note TO words;',
  'ALTER TABLE inst ADD COLUMN x int;',
  "COMMENT ON TABLE post IS 'x';",
]

const pairs = writes.flatMap((write) => commands.map((command) => [write, command] as const))

test.each(pairs)('%s %s', async (write, command) => {
  const client = await server.connect()
  await client.query('DROP TABLE IF EXISTS post, posts, inst CASCADE')
  await client.query(before)
  const refused = await client.query(`BEGIN; ${write} ${command}`).then(
    () => false,
    (error: { code?: string }) => error.code === '55006',
  )
  await client.query('ROLLBACK')
  await client.end()
  const { findings } = reviewExample({ title: '', before, migration: `${write}\n${command}` })
  const found = findings.find(({ hazard }) => hazard === 'pending-trigger-events')
  if (refused) expect(found, 'fails on the server').toBeDefined()
  else expect(found?.severity, 'works on the server').not.toBe('critical')
})
