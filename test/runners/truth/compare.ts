import { deparseSync } from 'pgsql-deparser'
import type { Migration } from '../../../src/runners/runner.ts'
import { parseSql } from '../../../src/sql/parse.ts'

/** Statements in one spelling: printed from their trees, so that blanks and letters of keywords do not count. */
function spelled(sql: string): string[] {
  return parseSql(sql).statements.map((statement) =>
    statement.kind === 'parsed' ? deparseSync(statement.node, {}) : (statement.sql ?? ''),
  )
}

/** Statements that reached the server and statements that Lockcast reads, ready to be compared. */
interface Comparison {
  sent: string[]
  read: string[]
}

/**
 * Compares one direction of one file. Transaction commands are left out on both sides. A statement that is read as
 * depending on a condition may be missing in the log; questions and row changes may be extra there when Lockcast says that
 * code works on rows.
 */
export function comparison(messages: string[], migrations: Migration[]): Comparison {
  const transactional = (sql: string): boolean => !/^(BEGIN|COMMIT|ROLLBACK|START)\b/.test(sql)
  const hasDataCode = migrations.some(({ notes }) =>
    notes.some(({ message }) => message.startsWith('code that works on rows')),
  )
  const statements = migrations.flatMap((migration) => migration.statements)
  const read = statements
    .map((statement) => ({
      sql: statement.sql === null ? `unread: ${statement.unread}` : (spelled(statement.sql)[0] ?? ''),
      certain: statement.when === 'always',
    }))
    .filter(({ sql }) => transactional(sql))
  const sent = messages.flatMap(spelled).filter(transactional)
  const expected = sent.filter(
    (sql) => !hasDataCode || !/^(SELECT|UPDATE|INSERT|DELETE)\b/.test(sql) || read.some((item) => item.sql === sql),
  )
  return {
    sent: expected,
    read: read.filter(({ sql, certain }) => certain || sent.includes(sql)).map(({ sql }) => sql),
  }
}

/** What the log shows around the messages. */
export function wrappingOf(messages: string[]): 'transaction' | 'autocommit' {
  return /^(BEGIN|START TRANSACTION)\b/.test(messages[0] ?? '') ? 'transaction' : 'autocommit'
}
