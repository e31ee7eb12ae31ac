import { afterAll, beforeAll, expect, test } from 'vitest'
import { Catalog } from '../../src/catalog/catalog.ts'
import { mayHaveOperator, type SideType } from '../../src/catalog/operator-candidates.ts'
import { parseType } from '../../src/catalog/types.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'

/** Every operator between every two of these types, as the server finds it or not. */

const types = [
  ...['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'text', 'character varying', 'character'],
  ...['name', 'boolean', 'date', 'timestamp without time zone', 'timestamp with time zone', 'time without time zone'],
  ...['interval', 'uuid', 'json', 'jsonb', 'bytea', 'inet', 'cidr', 'point', 'tsvector', 'oid', 'money', 'bit varying'],
  ...[
    'text[]',
    'integer[]',
    'character varying[]',
    'int4range',
    'tstzrange',
    'mood',
    'mood[]',
    'amount',
    'regclass',
    'xml',
  ],
]

const operators = [
  ...['=', '<>', '<', '>', '<=', '>=', '+', '-', '*', '/', '%', '^', '||', '~', '~*', '!~', '~~', '!~~', '~~*', '&&'],
  ...['@>', '<@', '->', '->>', '#>', '#>>', '?', '?|', '|', '&', '#', '<<', '>>', '<->', '@@', '-|-', '^@', '&<', '|/'],
]

let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(async () => {
  await server.stop()
})

test('finds an operator wherever the server finds one, and nowhere else', async () => {
  const client = await server.connect()
  await client.query(`CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN amount AS integer; CREATE TEMP TABLE seen (operation text, code text);
    SET client_min_messages = error`)
  const sides = [...types, 'literal']
  const asked = sides.flatMap((left) =>
    sides.flatMap((right) =>
      left === 'literal' && right === 'literal' ? [] : operators.map((name) => ({ left, name, right })),
    ),
  )
  const { rows } = await client.query<{ codes: (string | null)[] }>(
    `SELECT pg_temp.codes($1::text[]) AS codes`.replace('pg_temp.codes', await askFunction(client)),
    [asked.map(({ left, name, right }) => `SELECT ${sideText(left)} ${name} ${sideText(right)}`)],
  )
  await client.end()
  const catalog = catalogWithTypes(server.version)
  const wrong = asked.flatMap(({ left, name, right }, i) => {
    const code = rows[0]?.codes[i] ?? null
    // 42725: too many fit, which is another error.
    const found = mayHaveOperator(name, sideOf(left, catalog), sideOf(right, catalog), catalog)
    return found === (code === '42883') ? [`${left} ${name} ${right}: server ${code ?? 'runs'}, model ${found}`] : []
  })
  expect(rows[0]?.codes.filter((code) => code === '42883').length).toBeGreaterThan(10_000)
  expect(wrong.filter((line) => line.endsWith('false'))).toEqual([])
  // Where the type of an element or of a range decides, the server knows more.
  expect(wrong.filter((line) => !/ (\|\||<@|@>) |range .* \w+range:/.test(line))).toEqual([])
})

async function askFunction(client: { query(sql: string): Promise<unknown> }): Promise<string> {
  await client.query(`CREATE FUNCTION pg_temp.codes(queries text[]) RETURNS text[] LANGUAGE plpgsql AS $$
    DECLARE query text; found text[] := '{}';
    BEGIN
      FOREACH query IN ARRAY queries LOOP
        BEGIN EXECUTE 'PREPARE one AS ' || query; DEALLOCATE one; found := found || NULL::text;
        EXCEPTION WHEN OTHERS THEN found := found || SQLSTATE::text; END;
      END LOOP;
      RETURN found;
    END $$`)
  return 'pg_temp.codes'
}

function sideText(type: string): string {
  return type === 'literal' ? "'1'" : `NULL::${type}`
}

function sideOf(type: string, catalog: Catalog): SideType {
  return type === 'literal' ? 'literal' : parseType(type, catalog)
}

function catalogWithTypes(major: number): Catalog {
  const catalog = new Catalog({ snapshot: null, knowledge: 'read', serverVersion: major * 10_000 })
  const made = { schema: 'public', labels: ['a'], base: null, notNull: false, checks: [], default: null }
  catalog.setType('public', 'mood', { ...made, name: 'mood', kind: 'enum' })
  catalog.setType('public', 'amount', { ...made, name: 'amount', kind: 'domain', base: 'integer', labels: [] })
  return catalog
}
