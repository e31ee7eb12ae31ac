import type { Node } from '@pgsql/types'

/** One SQL statement, its parse tree, and where it stands in the original file. Lines count from 1. */
export interface Statement {
  /** First line of the statement itself, after its leading comments. */
  line: number
  /** Where on that line it begins, from 1 in UTF-16 code units. */
  column: number
  endLine: number
  /** Verbatim, without leading comments and the last semicolon. */
  sql: string
  /** Comments and directives that stand between the previous statement and this one, verbatim. */
  leading: string
  /** What stands behind the last statement up to the end of the file, verbatim; empty for the others. */
  trailing: string
  /** UTF-16 offsets of `sql` in the file's text. */
  start: number
  end: number
  /** The parse tree; null when the statement does not parse. */
  node: Node | null
  /** Why it does not parse, in PostgreSQL's words, with the line it points at. */
  error: { message: string; line: number } | null
  /** A meta-command of psql that runs what this file does not show: what it does, as a clause. `node` is null then. */
  elsewhere: string | null
}
