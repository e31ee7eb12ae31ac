import { parseSql } from '../../sql/parse.ts'
import type { SentQuery } from './sent-call.ts'

/** In a text: a part that is known only when the code runs. */
export const hole = '\uE000'

/** Where a stretch of a text is in the file. */
type Piece = NonNullable<SentQuery['pieces']>[number]

/** Null when a part that is not known is no value: a name, an operator, a part of a body. */
export function withParameters(text: string, places: Piece[]): SentQuery | null {
  let sql = ''
  const pieces: Piece[] = places.map((piece) => ({ ...piece }))
  let number = 0
  let quote: string | null = null
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? ''
    if (character !== hole) {
      if (quote === null && (character === "'" || character === '"')) quote = character
      else if (character === quote) quote = null
      else if (quote === null && character === '$' && text[i + 1] === '$') return null
      sql += character
      continue
    }
    if (quote === '"') return null
    const around = [text[i - 1] ?? ' ', text[i + 1] ?? ' ']
    if (quote === null && around.some((name) => /[\w$.:\uE000]/.test(name))) return null
    const shown = `$${++number}`
    for (const piece of pieces) if (piece.from > sql.length) piece.from += shown.length - 1
    sql += shown
  }
  return parses(sql) ? { sql, at: null, pieces } : null
}

function parses(sql: string): boolean {
  return parseSql(sql).statements.every(({ error }) => error === null)
}
