import { matchesGlob } from 'node:path/posix'
import { parsePolicy } from '../../src/policy/policy.ts'
import { parseOne } from '../../src/sql/parse.ts'
import { reviewSql } from '../support/review.ts'
import type { Input } from './inputs.ts'

/** Longest time for one input, ms. */
const longestMs = 5_000

/** What is read as a placeholder, a command of psql or data, and not as PostgreSQL reads it. */
const readOtherwise = /\$\{|\{\{|\{%|<%|%[\w(]|:\w|\\|\bcopy\b|@\w|#\{|\?|\$\w+\$|__\w/i

/** What is wrong with how an input was taken; null: nothing. */
export function problemOf(input: Input): string | null {
  const started = performance.now()
  try {
    const wrong = input.kind === 'sql' ? wrongReview(input.text) : tryPolicy(input.text, input.path)
    const took = performance.now() - started
    return wrong ?? (took > longestMs ? `took ${Math.round(took)} ms` : null)
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' ') : String(error)}`
  }
}

/** A text that PostgreSQL does not parse must not come out as safe. */
function wrongReview(text: string): string | null {
  const review = reviewSql(text)
  if (review.findings.length > 0 || review.ignored.length > 0 || review.unread.length > 0) return null
  const statements = review.files.flatMap((file) => file.statements)
  if (statements.some(({ unknown, fails }) => unknown !== null || fails !== null)) return null
  if (readOtherwise.test(text) || doesParse(text)) return null
  return 'safe, and PostgreSQL does not parse it'
}

function doesParse(text: string): boolean {
  try {
    parseOne(text)
    return true
  } catch (error) {
    // Several statements, or none, are no mistake of the text.
    return !/syntax error|unterminated|invalid|zero-length/i.test(String(error))
  }
}

function tryPolicy(text: string, path: string): null {
  const { policy } = parsePolicy(text, '.github/lockcast.yml')
  if (!policy) return null
  const globs = [
    ...policy.migrations.flatMap(({ paths, exclude }) => [paths, ...(exclude ?? [])]),
    ...policy.not_migrations,
    ...policy.code_search.ignore,
  ]
  for (const glob of globs) matchesGlob(path, glob)
  return null
}
