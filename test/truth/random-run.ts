import type pg from 'pg'
import { Catalog } from '../../src/catalog/catalog.ts'
import { analyzeStatement } from '../../src/effects/analyze.ts'
import { parseOne } from '../../src/sql/parse.ts'
import { compare } from './compare.ts'
import { observe } from './observe.ts'
import { numbers, randomStatement, typesOfRandomStatements } from './random.ts'
import { schemaDifferences, serverSchema } from './schema.ts'

interface RandomRun {
  statements: number
  succeeded: number
  failed: number
  /** The first difference ends the run: what comes after starts from two states. */
  difference: { sql: string; differences: string[]; before: string[] } | null
}

const session = { timeZone: 'UTC' }

/**
 * Random statements on an empty database, each compared in what it locks and does, in how it fails, and in the schema it
 * leaves behind. The seed names the whole run.
 */
export async function randomRun(
  client: pg.Client,
  serverVersion: number,
  seed: number,
  length: number,
): Promise<RandomRun> {
  const pair = await fresh(client, serverVersion)
  const next = numbers(seed)
  const result: RandomRun = { statements: 0, succeeded: 0, failed: 0, difference: null }
  const history: string[] = []
  while (result.statements < length) {
    const sql = randomStatement(next, pair.catalog)
    result.statements++
    const { outcome, differences } = await step(pair, sql)
    if (outcome === 'rows') continue
    if (differences.length > 0) {
      const before = await shrink(client, serverVersion, history, sql, differences[0] ?? '')
      result.difference = { sql, differences, before }
      return result
    }
    result[outcome]++
    if (outcome === 'succeeded') history.push(sql)
  }
  return result
}

/** One statement on both. Rows decide what fails with class 23, and the tables have none that could. */
async function step(
  { client, catalog }: Pair,
  sql: string,
): Promise<{ outcome: 'succeeded' | 'failed' | 'rows'; differences: string[] }> {
  const seen = await observe(client, sql, 'commit')
  if (/^(23|22P02)/.test(seen.sqlstate ?? '')) return { outcome: 'rows', differences: [] }
  const analysis = analyzeStatement(parseOne(sql), catalog, session)
  // Of several commands that cannot run, which one is told of first is not compared.
  if (seen.sqlstate && analysis.fails && severalCommands(sql)) return { outcome: 'failed', differences: [] }
  const differences = compare(analysis, seen)
  if (seen.sqlstate) return { outcome: 'failed', differences }
  if (differences.length === 0) differences.push(...schemaDifferences(await serverSchema(client), catalog))
  return { outcome: 'succeeded', differences }
}

function severalCommands(sql: string): boolean {
  const node = parseOne(sql)
  return 'AlterTableStmt' in node && (node.AlterTableStmt.cmds?.length ?? 0) > 1
}

interface Pair {
  client: pg.Client
  catalog: Catalog
}

/** An empty database and the model of it, with the types that the statements use. */
async function fresh(client: pg.Client, serverVersion: number): Promise<Pair> {
  const catalog = new Catalog({ snapshot: null, knowledge: 'read', serverVersion })
  await client.query('drop schema if exists public cascade; create schema public')
  for (const sql of typesOfRandomStatements) {
    await client.query(sql)
    analyzeStatement(parseOne(sql), catalog, session)
  }
  return { client, catalog }
}

/** The fewest statements before it that still make this one differ: each is left out once, from the last to the first. */
async function shrink(
  client: pg.Client,
  serverVersion: number,
  history: string[],
  sql: string,
  difference: string,
): Promise<string[]> {
  let kept = history
  for (let i = history.length - 1; i >= 0; i--) {
    const without = kept.filter((line) => line !== history[i])
    if (await stillDiffers(client, serverVersion, without, sql, difference)) kept = without
  }
  return kept
}

async function stillDiffers(
  client: pg.Client,
  serverVersion: number,
  lines: string[],
  sql: string,
  difference: string,
): Promise<boolean> {
  const pair = await fresh(client, serverVersion)
  for (const line of lines) {
    const failed = await client.query(line).then(
      () => false,
      () => true,
    )
    if (failed || analyzeStatement(parseOne(line), pair.catalog, session).fails) return false
  }
  return (await step(pair, sql)).differences.includes(difference)
}

/** A difference in the form of the files under cases/: what is run before, and the statement. */
export function asCase({ sql, before: lines }: NonNullable<RandomRun['difference']>): string {
  return `${lines.length > 0 ? `--! ${lines.join('; ')}\n` : ''}${sql};`
}
