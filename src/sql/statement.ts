import type { Node } from '@pgsql/types'

/** One SQL statement, its parse tree, and where it exists in the original file. Lines count from 1. */
export type Statement = StatementPlace & (ParsedStatement | FailedStatement | ExternalStatement | UnreadStatement)

/** The statement's SQL; of an unread call, its text in the file. */
export function textOf({ sql, source }: Statement): string {
  return sql ?? source
}

/** Where a statement is in its file, which is SQL or code that sends SQL. */
interface StatementPlace {
  /** First line of the statement itself, after its leading comments. */
  line: number
  /** Where on that line it begins, from 1 in UTF-16 code units. */
  column: number
  endLine: number
  /** UTF-16 offsets of `source` in the file's text. */
  start: number
  end: number
  /** The file's own text of the statement: its SQL, or the call that sends it. Verbatim, without the last semicolon. */
  source: string
  /** Comments and directives between the previous statement and this one, verbatim. */
  leading: string
  /** `depends`: a branch of the code decides whether it is sent. SQL files: always. */
  when: 'always' | 'depends'
  /**
   * Number of the message that carries it, where code sends several: statements of one message are one implicit
   * transaction unless a transaction is open. Null in SQL files, where the migration's wrapping says it.
   */
  message: number | null
  /** Text behind the last statement up to the end of the file, verbatim; empty for the others. */
  trailing: string
}

/** A statement with its tree. In an SQL file `sql` is `source`; in code it is what the tool sends. */
interface ParsedStatement {
  kind: 'parsed'
  sql: string
  node: Node
  error: null
  unread: null
}

/** A statement that PostgreSQL's grammar refuses. */
interface FailedStatement {
  kind: 'failed'
  sql: string
  node: null
  /** Why it does not parse, in PostgreSQL's words, with the line it points at. */
  error: { message: string; line: number }
  unread: null
}

/** A meta-command of psql that runs SQL that this file does not show. */
interface ExternalStatement {
  kind: 'external'
  /** The command. */
  sql: string
  node: null
  error: null
  /** Its work as a clause: `it runs another file`. */
  unread: string
}

/** A call of a code migration whose SQL cannot be computed without running the code. */
interface UnreadStatement {
  kind: 'unread'
  sql: null
  node: null
  error: null
  /** The reason as a clause: `it calls \`helper()\`, which is not in this repository`. */
  unread: string
}
