import { beforeAll, describe, expect, it } from 'vitest'
import { Catalog } from '../../src/catalog/catalog.ts'
import { analyzeStatement, relationKind } from '../../src/effects/analyze.ts'
import { loadParser, parseSql } from '../../src/sql/parse.ts'

beforeAll(loadParser)

/** SQLSTATE, `unknown` or `works` of each statement, one after the other. */
function outcomes(sql: string, knowledge: 'read' | 'assumed' = 'read'): string[] {
  const catalog = new Catalog({ snapshot: null, knowledge, serverVersion: 170_000 })
  return parseSql(sql).statements.map(({ node }) => {
    if (!node) throw new Error('it does not parse')
    const { fails, unknown } = analyzeStatement(node, catalog, { timeZone: 'UTC' })
    return fails?.sqlstate ?? (unknown ? 'unknown' : 'works')
  })
}

describe('IMPORT FOREIGN SCHEMA', () => {
  it('may create a table of any name', () => {
    const sql = 'IMPORT FOREIGN SCHEMA s FROM SERVER r INTO public; CREATE VIEW v AS SELECT * FROM imported'
    expect(outcomes(sql)).toEqual(['works', 'works'])
  })

  it('creates the tables that LIMIT TO lists, and no other', () => {
    const sql =
      'IMPORT FOREIGN SCHEMA s LIMIT TO (imported) FROM SERVER r INTO public; SELECT x FROM imported; SELECT x FROM other'
    expect(outcomes(sql)).toEqual(['works', 'works', '42P01'])
  })

  it('fails into a schema that does not exist', () => {
    expect(outcomes('IMPORT FOREIGN SCHEMA s FROM SERVER r INTO nowhere')).toEqual(['3F000'])
  })
})

it('DROP FOREIGN TABLE of a table that was not read drops a foreign table', () => {
  const catalog = new Catalog({ snapshot: null, knowledge: 'assumed', serverVersion: 170_000 })
  const [statement] = parseSql('DROP FOREIGN TABLE far').statements
  const { effects } = analyzeStatement(statement!.node!, catalog, { timeZone: 'UTC' })
  expect(effects.map(({ relation, lock }) => [relationKind(relation), lock])).toEqual([
    ['foreign table', 'AccessExclusiveLock'],
  ])
})

it('CREATE CAST and CREATE OPERATOR CLASS count for later statements', () => {
  const sql = `CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (m mood, j json);
    CREATE CAST (mood AS int) WITH INOUT AS ASSIGNMENT; ALTER TABLE t ALTER m TYPE int;
    CREATE OPERATOR CLASS c DEFAULT FOR TYPE json USING btree AS STORAGE text; CREATE INDEX ON t (j)`
  expect(outcomes(sql)).toEqual(['works', 'works', 'works', 'works', 'works', 'works'])
  expect(outcomes('CREATE TABLE t (j json); CREATE INDEX ON t (j)')).toEqual(['works', '42704'])
})
