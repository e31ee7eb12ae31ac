import { beforeAll, describe, expect, test } from 'vitest'
import { loadParser, parseSql } from '../../src/sql/parse.ts'

beforeAll(loadParser)

/** Each statement as `line-endLine text`. */
function places(text: string): string[] {
  return parseSql(text).statements.map(({ line, endLine, sql }) => `${line}-${endLine} ${sql}`)
}

describe('statements carry their lines and their verbatim text', () => {
  test.each<[string, string, string[]]>([
    ['an empty file', '', []],
    ['only space and semicolons', ' \n;;\n ; ', []],
    ['only comments', '-- a\n/* b\n c */\n', []],
    ['several on a line', 'select 1; select 2;select 3', ['1-1 select 1', '1-1 select 2', '1-1 select 3']],
    ['several lines each', 'select\n 1;\n\nselect\n\n 2\n;', ['1-2 select\n 1', '4-6 select\n\n 2']],
    ['two-byte letters before', "select 'éé';\nselect 2;", ["1-1 select 'éé'", '2-2 select 2']],
    ['four-byte letters before', "select '😀😀';\n\nselect 2;", ["1-1 select '😀😀'", '3-3 select 2']],
    [
      'four-byte names',
      'create table "tâble😀" (é int);\nselect 1',
      ['1-1 create table "tâble😀" (é int)', '2-2 select 1'],
    ],
    ['CRLF line ends', 'select 1;\r\n\r\nselect\r\n 2;\r\n', ['1-1 select 1', '3-4 select\r\n 2']],
    ['a byte order mark', '\uFEFFselect 1;\nselect 2;', ['1-1 select 1', '2-2 select 2']],
    ['a byte order mark and two-byte letters', "\uFEFFselect 'é';\nselect 2;", ["1-1 select 'é'", '2-2 select 2']],
    ['line comments before', '-- one; two\nselect 1;\n-- é\n\nselect 2', ['2-2 select 1', '5-5 select 2']],
    ['a line comment ended by a lone carriage return', '-- a\rselect 1;', ['1-1 select 1']],
    [
      'nested block comments',
      '/* a /* b; */ ; */ select 1;\nselect /* ; */ 2;',
      ['1-1 select 1', '2-2 select /* ; */ 2'],
    ],
    ['a comment behind the last semicolon', 'select 1; -- done\n', ['1-1 select 1']],
    ['a comment inside the end', 'select 1 -- done\n;\nselect 2', ['1-1 select 1', '3-3 select 2']],
    ['dollar quotes', 'do $$ begin; end $$;\nselect $a$;$$;$a$', ['1-1 do $$ begin; end $$', '2-2 select $a$;$$;$a$']],
    [
      'strings with quotes and escapes',
      "select 'a'';', E'\\';';\nselect 2",
      ["1-1 select 'a'';', E'\\';'", '2-2 select 2'],
    ],
    [
      'a semicolon in a quoted name',
      'create table "a;""b" (x int); select 1',
      ['1-1 create table "a;""b" (x int)', '1-1 select 1'],
    ],
    [
      'a rule with statements in parentheses',
      'create rule r as on insert to a do also (select 1;\nselect 2);\nselect 3',
      ['1-2 create rule r as on insert to a do also (select 1;\nselect 2)', '3-3 select 3'],
    ],
    [
      'a BEGIN ATOMIC body',
      'create function f() returns int language sql begin atomic select case when true then 1 end; select 2; end;\nselect 3',
      [
        '1-1 create function f() returns int language sql begin atomic select case when true then 1 end; select 2; end',
        '2-2 select 3',
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(places(text)).toEqual(expected)
    for (const { start, end, sql, node } of parseSql(text).statements) {
      expect(text.slice(start, end)).toBe(sql)
      expect(node).not.toBeNull()
    }
    // The same by pieces: a last statement that does not parse forces them.
    expect(places(`${text};\nnonsense`)).toEqual([...expected, expect.stringMatching(/ nonsense$/)])
  })
})

test('comments before a statement are kept as its leading text', () => {
  const [first, second] = parseSql('-- a\nselect 1;\n-- lockcast: b\nselect 2').statements
  expect([first?.leading, second?.leading]).toEqual(['-- a\n', '\n-- lockcast: b\n'])
})

describe('what psql reads and the server does not', () => {
  test.each<[string, string, string[], [number, string][]]>([
    [
      'meta-commands on lines of their own',
      "\\set x 'a;b\nselect 1;\n  \\echo done\nselect 2;",
      ['2-2 select 1', '4-4 select 2'],
      [
        [1, "psql meta-command left out: \\set x 'a;b"],
        [3, 'psql meta-command left out: \\echo done'],
      ],
    ],
    [
      'a meta-command that ends a statement',
      "select 'x' \\gexec\nselect 2;",
      ["1-1 select 'x'", '1-1 \\gexec', '2-2 select 2'],
      [],
    ],
    [
      'data behind COPY',
      "copy a (x) from stdin;\n1\t';\n\\N\n\\.\nselect 2;",
      ['1-1 copy a (x) from stdin', '5-5 select 2'],
      [[1, 'data behind COPY … FROM stdin left out']],
    ],
    [
      'COPY with CRLF',
      'COPY a FROM STDIN WITH (FORMAT csv);\r\nx;y\r\n\\.\r\nselect 2;',
      ['1-1 COPY a FROM STDIN WITH (FORMAT csv)', '4-4 select 2'],
      [[1, 'data behind COPY … FROM stdin left out']],
    ],
    ['COPY without data', 'copy a from stdin;\nselect 2;', ['1-1 copy a from stdin', '2-2 select 2'], []],
  ])('%s', (_, text, expected, notes) => {
    expect(places(text)).toEqual(expected)
    expect(parseSql(text).notes).toEqual(notes.map(([line, message]) => ({ line, message })))
    expect(parseSql(text).statements.every((statement) => statement.error === null)).toBe(true)
  })
})

describe('placeholders of tools are read as names', () => {
  test.each<[string, string, number]>([
    ['Flyway', `create table \${schema}.a (x int)`, 1],
    ['Flyway with a namespace', `grant select on a to "\${flyway:user}", \${flyway:user}`, 1],
    ['templates', 'select 1;\nalter table {{ .Table }} add y int', 2],
    ['psql variables', 'delete from :tbl where a = :\'v\' and b = :"w"', 1],
  ])('%s', (_, text, line) => {
    const { statements, notes } = parseSql(text)
    expect(statements.map((statement) => statement.error)).toEqual(statements.map(() => null))
    expect(statements.map((statement) => statement.sql).join(';\n')).toBe(text)
    expect(notes).toEqual([{ line, message: expect.stringMatching(/^placeholder .+ was read as a name$/) }])
  })

  test('a cast is none', () => {
    expect(parseSql('select a::int, b[1:2] from c where; select 1').notes).toEqual([])
  })
})
