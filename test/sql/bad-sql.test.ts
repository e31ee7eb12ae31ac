import { beforeAll, describe, expect, test } from 'vitest'
import { loadParser, parseOne, parseSql } from '../../src/sql/parse.ts'

beforeAll(loadParser)

/** Each statement as `line kind`, or `line error@line`. */
function outline(text: string): string[] {
  return parseSql(text).statements.map(({ line, node, error }) =>
    error ? `${line} error@${error.line}` : `${line} ${Object.keys(node ?? {})[0]}`,
  )
}

describe('one bad statement does not lose the others', () => {
  test.each<[string, string, string[]]>([
    ['in the middle', 'select 1;\ncreate tabel a ();\nselect 2;', ['1 SelectStmt', '2 error@2', '3 SelectStmt']],
    [
      'pointing at its own line',
      'select 1;\ncreate table a (\n  x int,\n  y intt intt\n);\nselect 2;',
      ['1 SelectStmt', '2 error@4', '6 SelectStmt'],
    ],
    [
      'behind letters of several bytes',
      "select 'é😀';\nselect 'é😀' frm a b c;\nselect 2;",
      ['1 SelectStmt', '2 error@2', '3 SelectStmt'],
    ],
    ['an unclosed string', "select 1;\nselect 'a;\nselect 2;", ['1 SelectStmt', '2 error@2', '3 SelectStmt']],
    [
      'an unclosed string before closed ones',
      "select 'a;\nselect 'b';\nselect 2;",
      ['1 error@1', '2 SelectStmt', '3 SelectStmt'],
    ],
    ['an unclosed quoted name', 'select 1;\nselect "a;\nselect 2;', ['1 SelectStmt', '2 error@2', '3 SelectStmt']],
    [
      'an unclosed dollar quote',
      'select 1;\ndo $x$ begin end $y$;\nselect 2;',
      ['1 SelectStmt', '2 error@2', '3 SelectStmt'],
    ],
    ['an unclosed comment', 'select 1;\n/* old: select 2;\nselect 3;', ['1 SelectStmt', '2 error@2', '3 SelectStmt']],
    [
      'an unclosed parenthesis',
      'select 1;\ncreate table a (x int;\nselect 2;\nselect 3;',
      ['1 SelectStmt', '2 error@2', '3 SelectStmt', '4 SelectStmt'],
    ],
    [
      'an unclosed BEGIN ATOMIC',
      'create function f() returns int begin atomic\nselect 1;\nselect 2;',
      ['1 error@1', '2 SelectStmt', '3 SelectStmt'],
    ],
    [
      'a missing semicolon',
      'create table a (x int)\ncreate table b (x int);\nselect 1;',
      ['1 error@2', '2 CreateStmt', '3 SelectStmt'],
    ],
    [
      'two missing semicolons',
      'create table a (x int)\ntruncate a\ndrop table b;',
      ['1 error@2', '2 TruncateStmt', '3 DropStmt'],
    ],
    ['a NUL byte', 'select 1;\nselect 2\0;\nselect 3;', ['1 SelectStmt', '2 error@2', '3 SelectStmt']],
    [
      'a byte order mark in the middle',
      'select 1;\n\uFEFFselect 2;\nselect 3;',
      ['1 SelectStmt', '2 error@2', '3 SelectStmt'],
    ],
  ])('%s', (_, text, expected) => {
    expect(outline(text)).toEqual(expected)
  })

  test('a file of unclosed quotes ends in bounded work', () => {
    const { statements } = parseSql(Array.from({ length: 2_000 }, (_, i) => `select $t${i}$;\n`).join(''))
    expect(statements.length).toBe(101)
    expect(statements.every((statement) => statement.error !== null)).toBe(true)
  })
})

test("the message is PostgreSQL's own", () => {
  expect(parseSql('selec 1').statements[0]?.error?.message).toBe('syntax error at or near "selec"')
})

test.each([
  ['read whole', 'select 1;\n', null],
  ['read by pieces', 'selec 1;\n', 'syntax error at or near "selec"'],
])('five megabytes with letters of several bytes, %s', (_, ending, message) => {
  const row = "INSERT INTO events (id, kind) VALUES (1, 'été 😀');\n"
  const text = row.repeat(Math.ceil(5_000_000 / Buffer.byteLength(row)))
  const { statements } = parseSql(text + ending)
  expect(statements.length).toBe(text.length / row.length + 1)
  expect(statements.at(-1)?.line).toBe(statements.length)
  expect(statements.at(-1)?.error?.message ?? null).toBe(message)
  expect(statements.at(-2)).toMatchObject({ line: statements.length - 1, sql: row.slice(0, -2), error: null })
})

const nests: Record<string, (levels: number) => string> = {
  parentheses: (n) => `select ${'('.repeat(n)}1${')'.repeat(n)}`,
  NOT: (n) => `select ${'not '.repeat(n)}true`,
  sums: (n) => `select 1${'+1'.repeat(n)}`,
  'sums in parentheses': (n) => `select ${'(1+'.repeat(n)}1${')'.repeat(n)}`,
  minus: (n) => `select ${'- '.repeat(n)}1`,
  'string concatenation': (n) => `select 'a'${"||'a'".repeat(n)}`,
  casts: (n) => `select 1${'::int'.repeat(n)}`,
  arrays: (n) => `select ${'array['.repeat(n)}1${']'.repeat(n)}`,
  calls: (n) => `select ${'f(1, '.repeat(n)}1${')'.repeat(n)}`,
  CASE: (n) => `select ${'case when true then '.repeat(n)}1${' end'.repeat(n)}`,
  subselects: (n) => `select * from ${'(select * from '.repeat(n)}a${') x'.repeat(n)}`,
  'subselects in expressions': (n) => `select ${'(select 1, '.repeat(n)}1${')'.repeat(n)}`,
  joins: (n) => `select * from a${' join a on true'.repeat(n)}`,
  unions: (n) => `select 1, 2${' union select 1, 2'.repeat(n)}`,
}

describe('a statement nested 10,000 deep is an error of its own', () => {
  test.each(Object.entries(nests))('%s', (_, nest) => {
    const { statements } = parseSql(`select 1;\n${nest(10_000)};\nselect 3;`)
    expect(statements.map((statement) => statement.error)).toEqual([
      null,
      { message: 'nested too deep to be read', line: 2 },
      null,
    ])
    expect(() => parseOne(nest(10_000))).toThrow('nested too deep to be read')
  })

  test.each(Object.entries(nests))('%s of 100 levels are read', (_, nest) => {
    expect(parseSql(nest(100)).statements.map((statement) => statement.error)).toEqual([null])
  })

  test('hundreds of them in one file leave the parser whole', () => {
    const bad = Object.values(nests).map((nest) => `${nest(6_000)};\nselect 1;\n`)
    const { statements } = parseSql(Array.from({ length: 280 }, (_, i) => bad[i % bad.length]).join(''))
    expect(statements.filter((statement) => statement.error === null).length).toBe(280)
    expect(statements.filter((statement) => statement.error !== null).length).toBe(280)
  })

  test('long lists and long chains of AND and OR are not deep', () => {
    const wide = [
      `insert into a values ${Array.from({ length: 20_000 }, (_, i) => `(${i}, 'x')`).join(',')}`,
      `delete from a where ${Array.from({ length: 5_000 }, (_, i) => `(x = ${i} and y = 1)`).join(' or ')}`,
      `update a set x = case ${Array.from({ length: 5_000 }, (_, i) => `when id = ${i} then ${i}`).join(' ')} else 0 end`,
      `create table a (${Array.from({ length: 1_500 }, (_, i) => `c${i} int default (1 + 1)`).join(', ')})`,
    ]
    expect(wide.flatMap((sql) => parseSql(sql).statements.map((statement) => statement.error))).toEqual([
      null,
      null,
      null,
      null,
    ])
  })
})
