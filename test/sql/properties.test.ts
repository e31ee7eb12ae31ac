import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadParser, parseSql } from '../../src/sql/parse.ts'
import { split } from '../../src/sql/tokens.ts'

beforeAll(loadParser)

/** Every character belongs to exactly one piece or is the semicolon after one. */
function joined(text: string): string {
  return split(text)
    .map((piece) => text.slice(piece.from, piece.to) + (text[piece.to] === ';' ? ';' : ''))
    .join('')
}

const scraps = fc.constantFrom(
  "'",
  '"',
  '$$',
  '$a$',
  '/*',
  '*/',
  '--',
  '\n',
  '\r\n',
  '\r',
  ';',
  '(',
  ')',
  '[',
  ']',
  ',',
  '\\',
  ' ',
  'begin atomic',
  'case',
  'end',
  'copy a from stdin',
  '\\.',
  'é',
  '😀',
  '\uFEFF',
  '\0',
  "E'",
  "\\'",
  'select 1',
  'create',
  'x',
  ':',
  `\${a}`,
)
const scrapText = fc.array(scraps, { maxLength: 40 }).map((parts) => parts.join(''))

const good = fc.constantFrom(
  'select 1',
  "insert into a values ('é;😀', E'\\';', $$;$$)",
  'create table "tâble;" (x int /* ; */ , y text)',
  'do $f$ begin perform 1; end $f$',
  'create function f() returns int language sql begin atomic select case when true then 1 end; end',
  'create rule r as on insert to a do also (select 1; select 2)',
  'alter table a\n  add column "😀" int,\r\n  drop column y',
)
const gap = fc.constantFrom(';', ';\n', ' ;\r\n', ';;\n', '; -- é;\n', ';\n/* a /* b */; */\n')
const goodText = fc.array(fc.tuple(good, gap), { minLength: 1, maxLength: 8 }).map((parts) => parts.flat().join(''))

describe('laws of reading', () => {
  test('split and joined again, any text is itself', () => {
    fc.assert(
      fc.property(scrapText, (text) => joined(text) === text),
      { numRuns: 1_000 },
    )
  })

  test('places slice back to the statement, lines agree with offsets', () => {
    fc.assert(
      fc.property(scrapText, (text) => {
        for (const statement of parseSql(text).statements) {
          expect(text.slice(statement.start, statement.end)).toBe(statement.sql)
          expect(statement.sql).not.toBe('')
          const before = text.slice(0, statement.start).split('\n')
          expect([statement.line, statement.column]).toEqual([before.length, (before.at(-1) ?? '').length + 1])
          expect(statement.endLine).toBe(text.slice(0, statement.end - 1).split('\n').length)
          expect(statement.node === null).toBe(statement.error !== null || statement.unread !== null)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('read whole and read by pieces give the same statements', () => {
    fc.assert(
      fc.property(goodText, (text) => {
        const whole = parseSql(text).statements
        const pieces = parseSql(`${text}\nnonsense`).statements
        expect(pieces.at(-1)?.error).not.toBeNull()
        const bare = ({ line, endLine, sql, start, end }: (typeof whole)[number]) => ({
          line,
          endLine,
          sql,
          start,
          end,
        })
        expect(pieces.slice(0, -1).map(bare)).toEqual(whole.map(bare))
      }),
      { numRuns: 300 },
    )
  })
})

describe('laws hold on every fixture', () => {
  const root = new URL('../../fixtures/migrations/', import.meta.url)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.sql'))

  test.each(files)('%s', (path) => {
    const text = readFileSync(new URL(path, root), 'utf8')
    expect(joined(text)).toBe(text)
    for (const statement of parseSql(text).statements) {
      expect(statement.error).toBeNull()
      expect(text.slice(statement.start, statement.end)).toBe(statement.sql)
    }
  })
})
