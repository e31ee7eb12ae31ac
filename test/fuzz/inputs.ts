import { readdirSync, readFileSync } from 'node:fs'

/** Inputs for the fuzzer, made from a seed: the same seed gives the same inputs. */

export type Input =
  | { kind: 'sql'; text: string }
  /** A policy file, and the path that its globs are tried on. */
  | { kind: 'policy'; text: string; path: string }

type Random = () => number

/** The "minimal standard" generator of Park and Miller. */
export function seeded(seed: number): Random {
  let state = (seed * 2_654_435_761) % 2_147_483_647 || 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

const folder = new URL('../truth/cases/', import.meta.url)
const corpus = readdirSync(folder)
  .filter((name) => name.endsWith('.sql'))
  .flatMap((name) => readFileSync(new URL(name, folder), 'utf8').split(/\n(?=\S)/))
  .filter((text) => text.length < 3_000)

/** One input: a mutated statement of the corpus, one made by a grammar, random bytes, or a policy. */
export function makeInput(random: Random): Input {
  const kind = random()
  if (kind < 0.45) return { kind: 'sql', text: mutated(corpusText(random), random) }
  if (kind < 0.75) return { kind: 'sql', text: grammarText(random) }
  if (kind < 0.85) return { kind: 'sql', text: randomText(random) }
  return {
    kind: 'policy',
    text: policyText(random),
    path: pick(['db/migrate/1.sql', 'a'.repeat(60), 'a/b/c/d'], random),
  }
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)] as T
}

function several<T>(most: number, random: Random, make: () => T): T[] {
  return Array.from({ length: 1 + Math.floor(random() * most) }, make)
}

function corpusText(random: Random): string {
  return several(3, random, () => pick(corpus, random)).join('\n')
}

const pieces = [
  "'",
  '"',
  '$$',
  '$x$',
  '/*',
  '*/',
  '--',
  '\n',
  ';',
  '(',
  ')',
  ',',
  '::',
  '\\',
  '\u0000',
  'é',
  '😀',
  ' NULL ',
  ' NOT ',
  ' CASCADE',
  ' IF EXISTS ',
  ' ONLY ',
  "E'\\'",
  'U&"',
  '{{ x }}',
  ['$', '{x}'].join(''),
  '%s',
  ':name',
  '\\i f',
  '-- lockcast-ignore drop-table: why',
  '-- lockcast-ignore-file',
  '/* lockcast-ignore x */',
  ' CONCURRENTLY ',
  '1e999',
  '0x1g',
  '[1:2]',
  'COPY t FROM stdin;\n',
  '\\.\n',
] as const

function mutated(text: string, random: Random): string {
  let result = text
  for (const _ of several(4, random, () => 0)) {
    const at = Math.floor(random() * (result.length + 1))
    const length = Math.floor(random() * 12)
    const how = random()
    if (how < 0.3) result = result.slice(0, at) + result.slice(at + length)
    else if (how < 0.7) result = result.slice(0, at) + pick(pieces, random) + result.slice(at)
    else if (how < 0.85)
      result = result.slice(0, at) + result.slice(at, at + length).repeat(3) + result.slice(at + length)
    else result = result.slice(0, at) + result.slice(at + length) + result.slice(at, at + length)
  }
  return result
}

function grammarText(random: Random): string {
  const table = () =>
    pick(['orders', 'customers', 'public.orders', 'gone', '"Order"', 'events', 'pg_class', 'new_one'], random)
  const column = () => pick(['id', 'total', 'status', 'customer_id', 'nothing', '"x y"', 'payload'], random)
  const type = () =>
    pick(['int', 'bigint', 'text', 'numeric(10,2)', 'timestamptz', 'jsonb', 'no_type', 'int[]', 'varchar(3)'], random)
  const value = (depth: number): string =>
    depth > 4
      ? '1'
      : pick(
          [
            () => '1',
            () => "'x'",
            () => 'NULL',
            () => 'now()',
            () => `(${value(depth + 1)} + ${value(depth + 1)})`,
            () => `coalesce(${value(depth + 1)}, ${column()})`,
            () => `(SELECT ${column()} FROM ${table()} LIMIT 1)`,
            () => `${value(depth + 1)}::${type()}`,
            () => `CASE WHEN ${column()} = ${value(depth + 1)} THEN 1 ELSE ${value(depth + 1)} END`,
          ],
          random,
        )()
  const statement = (depth: number): string =>
    pick(
      [
        () =>
          `CREATE TABLE ${table()} (${several(4, random, () => `${column()} ${type()} DEFAULT ${value(0)}`).join(', ')})`,
        () => `ALTER TABLE ${table()} ADD COLUMN ${column()} ${type()} NOT NULL DEFAULT ${value(0)}`,
        () => `ALTER TABLE ${table()} ALTER ${column()} TYPE ${type()} USING ${value(0)}`,
        () => `ALTER TABLE ${table()} ADD CHECK (${value(0)} > 0) NOT VALID, DROP COLUMN ${column()} CASCADE`,
        () => `ALTER TABLE ${table()} RENAME ${column()} TO ${column()}`,
        () =>
          `CREATE INDEX ${pick(['', 'CONCURRENTLY '], random)}ON ${table()} (${column()}) WHERE ${value(0)} IS NULL`,
        () => `UPDATE ${table()} SET ${column()} = ${value(0)}`,
        () => `DELETE FROM ${table()} WHERE ${value(0)} = 1`,
        () => `INSERT INTO ${table()} SELECT ${value(0)} FROM ${table()}`,
        () => `DROP ${pick(['TABLE', 'INDEX', 'VIEW', 'TYPE'], random)} ${table()} ${pick(['', 'CASCADE'], random)}`,
        () => `CREATE VIEW ${table()} AS SELECT ${value(0)} FROM ${table()}`,
        () =>
          pick(['BEGIN', 'COMMIT', 'ROLLBACK', 'SAVEPOINT s', 'ROLLBACK TO s', 'SET search_path = x, public'], random),
        () =>
          depth > 2
            ? 'SELECT 1'
            : `DO $b${depth}$ BEGIN IF ${value(0)} THEN ${statement(depth + 1)}; END IF; EXECUTE '${statement(depth + 1).replaceAll("'", "''")}'; END $b${depth}$`,
        () =>
          depth > 2
            ? 'SELECT 1'
            : `CREATE FUNCTION f${depth}() RETURNS void LANGUAGE sql AS $f${depth}$ ${statement(depth + 1)} $f${depth}$`,
        () => `PREPARE p AS ${depth > 2 ? 'SELECT 1' : statement(depth + 1)}`,
      ],
      random,
    )()
  return `${several(6, random, () => statement(0)).join(';\n')}${pick([';', '', ';;'], random)}\n`
}

function randomText(random: Random): string {
  const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 400) }, () => Math.floor(random() * 256)))
  return random() < 0.5 ? bytes.toString('latin1') : bytes.toString('utf8')
}

function policyText(random: Random): string {
  const glob = () =>
    pick(
      [
        () => '**/*.sql',
        () => '{a,b}'.repeat(Math.floor(random() * 40)),
        () => `${'*a'.repeat(Math.floor(random() * 40))}b`,
        () => `${'**/'.repeat(Math.floor(random() * 60))}x`,
        () => `{${'1'}..${Math.floor(random() * 1e9)}}`,
        () => `${'+(a|'.repeat(Math.floor(random() * 15))}b${')'.repeat(15)}`,
        () => `[${'a-z'.repeat(Math.floor(random() * 30))}`,
        () => '@(*(*(*(a))))'.repeat(5),
      ],
      random,
    )()
  const lines = several(6, random, () =>
    pick(
      [
        () => `fail_on: ${pick(['high', 'never', 'HIGH', '[]', '&a *a', '!!js/function x'], random)}`,
        () => `migrations:\n  - paths: ${JSON.stringify(glob())}\n    exclude: [${JSON.stringify(glob())}]`,
        () => `not_migrations: [${several(5, random, () => JSON.stringify(glob())).join(', ')}]`,
        () => `code_search:\n  ignore: [${JSON.stringify(glob())}]`,
        () =>
          `a0: &a0 [x]\n${Array.from({ length: Math.floor(random() * 30) }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}]`).join('\n')}`,
        () => `${'['.repeat(Math.floor(random() * 3_000))}`,
        () => `${'? '.repeat(Math.floor(random() * 500))}`,
        () => `budget: {reads: ${pick(['1s', '1e999', '-1', '9999999999999999h', '{}'], random)}}`,
        () => `limits: {statements: ${pick(['1', '0', '1e9', '-5', 'x'], random)}}`,
        () => randomText(random),
        () => '<<: *nothing',
        () => `budget: {tables: {"__proto__": {reads: 1s}, constructor: {writes: 1s}}}`,
      ],
      random,
    )(),
  )
  return lines.join('\n')
}
