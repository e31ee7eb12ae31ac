import { parseSql } from '../../sql/parse.ts'
import type { Statement } from '../../sql/statement.ts'
import type { Migration, SqlFile } from '../runner.ts'
import { hole, withParameters } from './parameters.ts'
import type { SentCall, SentQuery } from './sent-call.ts'

/** How a tool runs a file of code; `notes` and `wrapping` may differ between the ways. */
type CodeWrapping = Pick<Migration, 'runner' | 'wrapping' | 'batch' | 'optOut'>

/**
 * The migrations of a file of code: one up, and one down where there are calls for it. Statements are at their place in
 * the file: SQL that is verbatim in the file at its own lines, all else at the call that sends it.
 */
export function codeMigrations(file: SqlFile, how: CodeWrapping, calls: SentCall[]): Migration[] {
  const places = new Places(file.text)
  const spans = new Spans(calls)
  return (['up', 'down'] as const).flatMap((direction) => {
    const own = calls.filter((call) => call.direction === direction)
    if (own.length === 0 && direction === 'down') return []
    const notes: Migration['notes'] = []
    const statements = withTrailing(
      own.flatMap((call, at) => statementsOf(call, at, places, spans, notes)),
      file.text,
      spans,
    )
    const batch = direction === 'up' ? how.batch : null
    return [{ path: file.path, ...how, batch, direction, statements, notes, unreadable: unreadableAs(own, places) }]
  })
}

/** A file of code that could not be read at all. */
export function unreadableCode(file: SqlFile, how: CodeWrapping, reason: string): Migration[] {
  return [{ path: file.path, ...how, direction: 'up', statements: [], notes: [], unreadable: reason }]
}

/** Calls that send SQL, of which not one could be read. */
function unreadableAs(calls: SentCall[], places: Places): string | null {
  const sending = calls.filter((call) => call.queries.length > 0 || call.unread !== null)
  const [first] = sending
  if (!first || sending.some((call) => call.unread === null)) return null
  return `no SQL of it could be read: line ${places.line(first.start)}: ${first.unread}`
}

function statementsOf(
  call: SentCall,
  number: number,
  places: Places,
  spans: Spans,
  notes: Migration['notes'],
): Statement[] {
  const { start, end, when, unread } = call
  const line = places.line(start)
  if (call.dataCode) {
    notes.push({ line, message: 'code that works on rows is not read' })
    return []
  }
  if (unread !== null) {
    const place = { ...places.of(start, end), leading: spans.leading(start, places.text), trailing: '' }
    return [{ ...place, when, message: null, kind: 'unread', sql: null, node: null, error: null, unread }]
  }
  if (call.note) notes.push({ line, message: call.note })
  return call.queries.flatMap((made, query) => {
    const filled = made.sql.includes(hole) ? withParameters(made.sql, []) : made
    if (!filled) {
      const place = { ...places.of(start, end), leading: spans.leading(start, places.text), trailing: '' }
      const reason = 'a part of its SQL is known only when the code runs'
      return [{ ...place, when, message: null, kind: 'unread', sql: null, node: null, error: null, unread: reason }]
    }
    if (filled !== made) notes.push({ line, message: 'a value that is known only when the code runs is shown as $1' })
    const sent: SentQuery = filled
    const { sql, at } = sent
    const parsed = parseSql(sql)
    for (const note of parsed.notes)
      notes.push({ line: at === null ? line : places.line(at) + note.line - 1, message: note.message })
    return parsed.statements.map((statement, i): Statement => {
      const written = stretchOf(sent, statement)
      const { from, to } = written ?? { from: start, to: end }
      const leading = written || (i === 0 && query === 0) ? spans.leading(from, places.text) : ''
      spans.add(to)
      const place = { ...places.of(from, to), leading, trailing: '', when, message: number * 1_000 + query }
      if (statement.error === null) return { ...statement, ...place }
      const within = at === null ? place.line : places.line(at) + statement.error.line - 1
      return { ...statement, ...place, error: { ...statement.error, line: within } }
    })
  })
}

/** Where the file has a statement's text, from its first to its last character; null when it is made by the tool. */
function stretchOf({ at, pieces = [] }: SentQuery, { start, end }: Statement): { from: number; to: number } | null {
  if (at !== null) return { from: at + start, to: at + end }
  const placeOf = (offset: number): number | null => {
    const piece = pieces.find(({ from, length }) => from <= offset && offset < from + length)
    return piece ? piece.at + offset - piece.from : null
  }
  const [from, last] = [placeOf(start), placeOf(end - 1)]
  return from === null || last === null || last < from ? null : { from, to: last + 1 }
}

/** The text behind the last statement of the file, which may hold a comment for it. */
function withTrailing(statements: Statement[], text: string, spans: Spans): Statement[] {
  const last = spans.last
  const at = statements.findLastIndex(({ end }) => end === last)
  return statements.map((statement, i) => (i === at ? { ...statement, trailing: text.slice(last) } : statement))
}

/** The parts of the file that calls take, to know the text between them. */
class Spans {
  readonly #ends: number[]
  last: number

  constructor(calls: SentCall[]) {
    this.#ends = calls.map(({ end }) => end)
    this.last = Math.max(0, ...this.#ends)
  }

  add(end: number): void {
    this.#ends.push(end)
  }

  /** The text before an offset, back to the call before it. */
  leading(start: number, text: string): string {
    let from = 0
    for (const end of this.#ends) if (end <= start && end > from) from = end
    return text.slice(from, start)
  }
}

/** Lines and columns of offsets, from 1. */
class Places {
  readonly text: string
  readonly #starts: number[] = [0]

  constructor(text: string) {
    this.text = text
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.#starts.push(i + 1)
  }

  line(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }

  of(start: number, end: number): Pick<Statement, 'line' | 'column' | 'endLine' | 'start' | 'end' | 'source'> {
    const line = this.line(start)
    return {
      line,
      column: start - (this.#starts[line - 1] ?? 0) + 1,
      endLine: this.line(Math.max(start, end - 1)),
      start,
      end,
      source: this.text.slice(start, end),
    }
  }
}
