import { readFileSync } from 'node:fs'
import { parse } from 'pgsql-ast-parser'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadParser, parseOne } from '../../src/sql/parse.ts'
import { compareAll } from './second-opinion/compare.ts'
import { ourReading } from './second-opinion/ours.ts'
import type { Reading } from './second-opinion/reading.ts'
import { parsersPage } from './second-opinion/table.ts'
import { theirReading } from './second-opinion/theirs.ts'

beforeAll(loadParser)

test('docs/parsers.md tells what the two parsers make of every statement (node scripts/second-opinion.ts writes it)', () => {
  expect(readFileSync(new URL('../../docs/parsers.md', import.meta.url), 'utf8')).toBe(parsersPage(compareAll()))
})

test('no statement that both parse is read differently', () => {
  expect(compareAll().statements.filter((statement) => statement.outcome === 'differ')).toEqual([])
})

test('the second opinion reaches the main kinds of statements', () => {
  const agreed = compareAll().statements.filter((statement) => statement.outcome === 'agree')
  const kinds = new Set(agreed.map((item) => ourReading(parseOne(item.sql))?.kind))
  for (const kind of [
    'create table',
    'alter table',
    'create index',
    'drop table',
    'drop index',
    'insert',
    'update',
    'delete',
    'truncate',
    'query',
  ]) {
    expect(kinds).toContain(kind)
  }
})

describe('both readings say what the statement says', () => {
  test.each<[string, Reading]>([
    [
      'ALTER TABLE shop."A" ADD COLUMN "X y" int NOT NULL DEFAULT 1, DROP COLUMN z, ALTER COLUMN w TYPE bigint',
      {
        kind: 'alter table',
        names: ['shop.A'],
        parts: ['add column X y default not null', 'drop column z', 'set type w'],
      },
    ],
    [
      'CREATE TABLE a (id int PRIMARY KEY, b_id int REFERENCES b (id) ON DELETE CASCADE, UNIQUE (b_id, id))',
      {
        kind: 'create table',
        names: ['a'],
        parts: ['column id primary key', 'column b_id references b(id) on delete c', 'unique(b_id, id)'],
      },
    ],
    [
      'CREATE UNIQUE INDEX CONCURRENTLY I ON Shop.A (x, lower(y)) WHERE z IS NULL',
      {
        kind: 'create index',
        names: ['shop.a'],
        parts: ['named i', 'x', 'an expression', 'unique', 'concurrently', 'where'],
      },
    ],
    ['UPDATE a SET x = 1, y = 2 FROM b', { kind: 'update', names: ['a'], parts: ['x', 'y'] }],
    ['WITH c AS (SELECT * FROM a) SELECT * FROM c JOIN s.b ON true', { kind: 'query', names: ['a', 's.b'], parts: [] }],
    ['ALTER TABLE a RENAME COLUMN x TO y', { kind: 'alter table', names: ['a'], parts: ['rename column x to y'] }],
  ])('%s', (sql, expected) => {
    const [theirs] = parse(sql)
    expect(ourReading(parseOne(sql))).toEqual(expected)
    expect(theirs && theirReading(theirs)).toEqual(expected)
  })
})
