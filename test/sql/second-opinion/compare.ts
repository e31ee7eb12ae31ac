import { readdirSync, readFileSync } from 'node:fs'
import { type Statement as TheirStatement, parse as theirParse } from 'pgsql-ast-parser'
import { parseSql } from '../../../src/sql/parse.ts'
import { ourReading } from './ours.ts'
import type { Reading } from './reading.ts'
import { theirReading } from './theirs.ts'

/** What became of one statement at both parsers. */
export type Comparison =
  | { outcome: 'agree'; sql: string }
  | { outcome: 'differ'; sql: string; ours: Reading | null; theirs: Reading }
  /** pgsql-ast-parser does not parse it; `at` is the word at which it stops. */
  | { outcome: 'unparsed'; sql: string; at: string }

/** Every statement of the migration fixtures and of second-opinion-statements.sql. Load the parser first. */
export function compareAll(): { files: number; statements: Comparison[] } {
  const fixtures = new URL('../../../fixtures/migrations/', import.meta.url)
  const files = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.sql'))
    .sort()
    .map((path) => new URL(path, fixtures))
  files.push(new URL('../second-opinion-statements.sql', import.meta.url))
  const statements = files.flatMap((file) =>
    parseSql(readFileSync(file, 'utf8')).statements.map(({ sql, node, error }): Comparison => {
      if (!node) throw new Error(`${file.pathname.split('/').at(-1)}: ${error?.message}: ${sql}`)
      const second = secondOpinion(sql)
      if ('at' in second) return { outcome: 'unparsed', sql, at: second.at }
      const ours = ourReading(node)
      const theirs = theirReading(second.statement)
      return JSON.stringify(ours) === JSON.stringify(theirs)
        ? { outcome: 'agree', sql }
        : { outcome: 'differ', sql, ours, theirs }
    }),
  )
  return { files: files.length, statements }
}

function secondOpinion(sql: string): { statement: TheirStatement } | { at: string } {
  try {
    const [statement, more] = theirParse(sql)
    return statement && !more ? { statement } : { at: 'its end' }
  } catch (error) {
    const { token } = error as { token?: { value?: string; text?: string } }
    const word = token?.text ?? token?.value
    if (word !== undefined) return { at: word.trim() }
    // The lexer refuses a character without a token; nor is there one where the statement ends too early.
    return { at: error instanceof Error && /unexpected end/i.test(error.message) ? 'its end' : 'a character' }
  }
}
