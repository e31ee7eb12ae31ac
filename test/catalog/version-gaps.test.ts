import { beforeAll, describe, expect, it, test } from 'vitest'
import { Catalog } from '../../src/catalog/catalog.ts'
import syntax from '../../src/catalog/server-facts/syntax.json' with { type: 'json' }
import { syntaxFeatures } from '../../src/catalog/syntax-features.ts'
import { versionGaps } from '../../src/catalog/version-gaps.ts'
import { loadParser, parseOne } from '../../src/sql/parse.ts'

beforeAll(loadParser)

function gaps(sql: string, major: number, knowledge: 'read' | 'assumed' = 'read'): string[] {
  const catalog = new Catalog({ snapshot: null, knowledge, serverVersion: major * 10_000 })
  return versionGaps(sql, parseOne(sql), catalog).map(
    ({ words, since, until, certain }) => `${certain ? '' : 'maybe '}${words} ${since > major ? since : `-${until}`}`,
  )
}

describe('a piece of syntax', () => {
  test('each one was asked about on every server', () => {
    expect(Object.keys(syntax).sort()).toEqual(syntaxFeatures.map(({ words }) => words).sort())
  })

  it.each(syntaxFeatures.map((feature) => [feature.words, feature] as const))(
    '%s is found in its example',
    (words, feature) => {
      const since = Number((syntax as Record<string, string>)[words]?.slice(1, 3))
      expect(gaps(feature.example, since - 1)).toContain(`${words} ${since}`)
      expect(gaps(feature.example, since)).toEqual([])
    },
  )
})

describe('a function', () => {
  it.each([
    ['one that a newer version brought', "SELECT any_value(1), casefold('A')", 15, ['any_value() 16', 'casefold() 18']],
    ['one that is there', "SELECT casefold('A')", 18, []],
    ['a number of arguments', 'SELECT random(1, 5)', 15, ['random() with 2 arguments 17']],
    ['an argument of a type', "SELECT reverse('\\x01'::bytea), reverse('a'::varchar)", 17, ['reverse(bytea) 18']],
    ['one that is gone', "SELECT pg_start_backup('a')", 16, ['pg_start_backup() -14']],
    ['EXTRACT, which an older grammar calls by another name', 'SELECT extract(year FROM now())', 13, []],
    ['SIMILAR TO, too', "SELECT 'a' SIMILAR TO 'b'", 12, []],
    ['AT LOCAL', 'SELECT now() AT LOCAL', 16, ['timezone() with 1 argument 17']],
  ])('%s', (_name, sql, major, expected) => {
    expect(gaps(sql, major)).toEqual(expected)
  })

  it('of the database is none of the server', () => {
    const catalog = new Catalog({ snapshot: null, knowledge: 'read', serverVersion: 170_000 })
    catalog.setFunctions('public', 'uuidv7', [
      {
        schema: 'public',
        name: 'uuidv7',
        arguments: '',
        volatility: 'volatile',
        language: 'sql',
        reads: [],
        trigger: false,
        inlined: null,
        fills: [],
      },
    ])
    expect(versionGaps('SELECT uuidv7()', parseOne('SELECT uuidv7()'), catalog)).toEqual([])
  })

  it('may be made in a database that was not read', () => {
    expect(gaps('SELECT uuidv7()', 17, 'assumed')).toEqual(['maybe uuidv7() 18'])
    expect(gaps('SELECT pg_catalog.uuidv7()', 17, 'assumed')).toEqual(['uuidv7() 18'])
  })
})

describe('a type', () => {
  it('of a newer version', () => {
    expect(gaps('CREATE TABLE t (r int4multirange)', 13)).toEqual(['the type int4multirange 14'])
    expect(gaps('CREATE TABLE t (r int4multirange, d date, n numeric(3, 1)[])', 14)).toEqual([])
  })

  it('that is gone', () => {
    expect(gaps('CREATE TABLE t (a abstime)', 12)).toEqual(['the type abstime -11'])
  })
})

describe('a cast', () => {
  it('of a newer version', () => {
    expect(gaps("SELECT '\\x01'::bytea::int", 17)).toEqual(['the cast from bytea to integer 18'])
    expect(gaps("SELECT '\\x01'::bytea::int, now()::date, 1::int::text", 18)).toEqual([])
  })
})
