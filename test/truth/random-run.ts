import type pg from 'pg'
import { Catalog } from '../../src/catalog/catalog.ts'
import { judge } from '../../src/effects/judge.ts'
import { parseOne } from '../../src/sql/parse.ts'
import { compare } from './compare.ts'
import { observe } from './observe.ts'
import { numbers, randomStatement } from './random.ts'
import { schemaDifferences, serverSchema } from './schema.ts'

export interface RandomRun {
  statements: number
  succeeded: number
  failed: number
  /** The first difference ends the run: what comes after starts from two states. */
  difference: { sql: string; differences: string[]; history: string[] } | null
}

const session = { timeZone: 'UTC' }

const before = [
  "create type mood as enum ('a', 'b')",
  'create domain short_text as text check (length(value) < 10)',
  'create domain plain_text as text',
]

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
  const catalog = new Catalog({ snapshot: null, knowledge: 'read', serverVersion })
  const next = numbers(seed)
  const result: RandomRun = { statements: 0, succeeded: 0, failed: 0, difference: null }
  const history: string[] = []
  await client.query('drop schema if exists public cascade; create schema public')
  for (const sql of before) {
    await client.query(sql)
    judge(parseOne(sql), catalog, session)
  }
  while (result.statements < length) {
    const sql = randomStatement(next, catalog)
    result.statements++
    const seen = await observe(client, sql, 'commit')
    // Rows decide these, and the tables have none that could.
    if (seen.sqlstate?.startsWith('23')) continue
    const differences = compare(judge(parseOne(sql), catalog, session), seen)
    if (seen.sqlstate) result.failed++
    else {
      result.succeeded++
      if (differences.length === 0) differences.push(...schemaDifferences(await serverSchema(client), catalog))
    }
    if (differences.length > 0) {
      const names = [...new Set(sql.match(/[tnp]\d+/g) ?? [])]
      const about = history.filter((line) => names.some((name) => line.includes(name)))
      result.difference = { sql, differences, history: about }
      return result
    }
    history.push(seen.sqlstate ? `-- ${seen.sqlstate} ${sql}` : sql)
  }
  return result
}
