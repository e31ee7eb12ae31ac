import type { Piece, PieceStatement } from './piece.ts'
import type { SqlTool } from './tools/sql-tool.ts'
import { cut } from './wrap.ts'

/** The statements of a piece as the text of a file, with the comments above; ends without a line break. */
export function bodyOf(piece: Piece, tool: SqlTool, original: string, ownTransaction: boolean): string {
  const notes = commentOf(piece.notes)
  const statements = piece.statements.map((statement) => statementText(statement, tool))
  const begins = ownTransaction && piece.mode === 'transaction'
  const all = begins ? ['BEGIN;', ...statements, 'COMMIT;'] : statements
  const between = tool.between?.(original) ?? ''
  const body = all.map((text, at) => (at === 0 ? text : `\n${between}${text}`)).join('')
  return `${notes}${body}`
}

/** Lines of comment, each sentence cut at 100 columns. */
export function commentOf(notes: string[]): string {
  return notes
    .flatMap((note) => cut(note, 97))
    .map((line) => `-- ${line}\n`)
    .join('')
}

function statementText({ sql, lead, tail }: PieceStatement, tool: SqlTool): string {
  const around = tool.around?.(sql) ?? null
  const text = around ? `${around.before}${sql};${tail}${around.after}` : `${sql};${tail}`
  return `${lead}${text}`
}
