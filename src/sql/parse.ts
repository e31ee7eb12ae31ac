// Must come first: it sets how V8 compiles what is imported next.
import './wasm-compiler.ts'
import { createRequire } from 'node:module'
import type { Node, RawStmt } from '@pgsql/types'
import * as libpgQuery from 'libpg-query'
import type { Statement } from './statement.ts'
import { type Piece, split, trim } from './tokens.ts'

const require = createRequire(import.meta.url)
let parser = libpgQuery
let overflowed = false

/**
 * Loads PostgreSQL's parser (WebAssembly, some 15 ms). Call before the parsing of each review: the first call loads,
 * later ones are free. A statement that overflows the stack never gives its stack memory back to the instance, so after
 * one (see {@link deepest}: it should not come to that) the next call takes a new instance.
 */
export async function loadParser(): Promise<void> {
  if (overflowed) {
    delete require.cache[require.resolve('libpg-query')]
    parser = require('libpg-query') as typeof libpgQuery
    overflowed = false
  }
  await parser.loadModule()
}

interface ParsedSql {
  statements: Statement[]
  /** Notes on how the text was read, for the reader of the review. */
  notes: { line: number; message: string }[]
}

/**
 * All statements of a text in order, those that do not parse with their error.
 *
 * The text is parsed whole; only when that fails it is split and parsed piece by piece, so one bad statement loses
 * nothing else. Placeholders of migration tools (`${name}`, `{{ name }}`, `@name@`, `:name`) are read as names; psql's
 * meta-commands and the data behind COPY … FROM stdin are left out with a note, but for those that run what the file does
 * not show: they become statements without a tree. `sql` stays verbatim in any case.
 */
export function parseSql(text: string): ParsedSql {
  const lines = new Lines(text)
  const whole = parseWhole(text)
  if (whole)
    return {
      statements: withTrailing(
        whole.map((part) => statementOf(text, lines, part)),
        text,
      ),
      notes: [],
    }
  const statements: Statement[] = []
  const notes: ParsedSql['notes'] = []
  for (const piece of split(text)) {
    const elsewhere = piece.kind === 'meta-command' ? elsewhereOf(text.slice(piece.start, piece.end)) : null
    if (elsewhere !== null) {
      const { from, start, end } = piece
      statements.push(statementOf(text, lines, { from, start, end, node: null, error: null, elsewhere }))
    } else if (piece.kind !== 'sql') {
      const message =
        piece.kind === 'meta-command'
          ? `psql meta-command left out: ${text.slice(piece.start, piece.end).trim().slice(0, 60)}`
          : 'data behind COPY … FROM stdin left out'
      notes.push({ line: lines.at(piece.start), message })
    } else if (piece.start < piece.end) {
      for (const part of parsePiece(text, piece, notes, lines)) statements.push(statementOf(text, lines, part))
    }
  }
  return { statements: withTrailing(statements, text), notes }
}

function withTrailing(statements: Statement[], text: string): Statement[] {
  const last = statements.at(-1)
  return last ? [...statements.slice(0, -1), { ...last, trailing: text.slice(last.end).replace(/^;/, '') }] : []
}

/** The effect of a meta-command on the database, as a clause; null for those that only concern psql. */
function elsewhereOf(command: string): string | null {
  if (/^\\(i|ir|include|include_relative)\b/.test(command)) return 'it runs another file'
  if (/^\\gexec\b/.test(command)) return 'it runs what the query before it returns'
  if (/^\\copy\b(?!.*\bto\b)/i.test(command)) return 'it loads rows from outside the database'
  if (/^\\(c|connect)\b/.test(command)) return 'what follows runs in another database or as another role'
  return /^\\!/.test(command) ? 'it runs a command of the shell' : null
}

/** The parse tree of one statement's text; throws PostgreSQL's message when it does not parse. */
export function parseOne(sql: string): Node {
  if (tooDeep(sql)) throw new Error('nested too deep to be read')
  const [first] = parser.parseSync(sql).stmts ?? []
  if (!first?.stmt) throw new Error('no statement')
  return first.stmt
}

/** The comments inside a statement, each with the lines of the statement before it; none when it does not parse. */
export function commentsIn({ sql, error }: Pick<Statement, 'sql' | 'error'>): { text: string; below: number }[] {
  if (error || sql === null) return []
  const bytes = new TextEncoder().encode(sql)
  return tokensOf(sql).flatMap(({ text, start, tokenName }) => {
    if (tokenName !== 'SQL_COMMENT' && tokenName !== 'C_COMMENT') return []
    return [{ text, below: bytes.subarray(0, start).filter((byte) => byte === 10).length }]
  })
}

/** None when the scanner refuses the text: what is read in place of a template's parts may parse where the text does not. */
function tokensOf(sql: string): ReturnType<typeof parser.scanSync>['tokens'] {
  try {
    return parser.scanSync(sql).tokens
  } catch {
    return []
  }
}

/** The tree of PL/pgSQL code in a DO or CREATE FUNCTION statement; throws PostgreSQL's message. */
export function plpgsqlTree(statement: string): unknown {
  return parser.parsePlPgSQLSync(statement)
}

interface Part {
  from: number
  start: number
  end: number
  node: Node | null
  error: { message: string; at: number } | null
  /** For a meta-command whose SQL is not in the file. */
  elsewhere?: string
}

/** Returns null when the text does not parse as it is. */
function parseWhole(text: string): Part[] | null {
  if (text.includes('\0') || tooDeep(text)) return null
  const outcome = parse(readable(text))
  if (outcome.error) return null
  const offset = utf16Offsets(text)
  let from = 0
  return outcome.statements.map((raw, i, all) => {
    const following = all[i + 1]?.stmt_location
    // Offsets must be asked for in rising order: going back costs a walk from the start of the file.
    const begin = offset(raw.stmt_location ?? 0)
    const to = raw.stmt_len
      ? offset((raw.stmt_location ?? 0) + raw.stmt_len)
      : following === undefined
        ? text.length
        : offset(following)
    const { start, end } = trim(text, begin, to)
    const part = { from, start, end, node: raw.stmt ?? null, error: null }
    from = text[to] === ';' ? to + 1 : to
    return part
  })
}

/**
 * Deeper trees may overflow the stack of the parser, and an overflow damages the instance: 21 of them broke it, and some
 * left it running for ever. Measured: the worst shape, subselects in expressions, overflows at some 4,600 tokens of
 * nesting. PostgreSQL itself stops at max_stack_depth.
 */
const deepest = 4_000

/** A statement nested n deep is longer than n characters, which spares nearly all files the look. */
function tooDeep(text: string): boolean {
  return text.length > deepest && split(text).some((piece) => piece.weight > deepest)
}

function parsePiece(text: string, piece: Piece, notes: ParsedSql['notes'], lines: Lines): Part[] {
  const { from, start, end } = piece
  const sql = text.slice(start, end)
  const failed = (message: string, at: number): Part[] => [{ from, start, end, node: null, error: { message, at } }]
  const nul = sql.indexOf('\0')
  if (nul >= 0) return failed('holds a NUL byte, where PostgreSQL stops to read', start + nul)
  if (piece.weight > deepest) return failed('nested too deep to be read', start)
  const outcome = parse(sql)
  if (!outcome.error) return [{ from, start, end, node: outcome.statements[0]?.stmt ?? null, error: null }]

  const filled = fillPlaceholders(sql)
  if (filled) {
    const second = parse(filled.sql)
    if (!second.error) {
      notes.push({ line: lines.at(start + filled.at), message: `placeholder ${filled.first} was read as a name` })
      return [{ from, start, end, node: second.statements[0]?.stmt ?? null, error: null }]
    }
  }

  if (isTemplate(sql)) {
    const elsewhere = 'the text is a template, and no SQL before another program fills it in'
    return [{ from, start, end, node: null, error: null, elsewhere }]
  }
  const at = start + outcome.error.at
  const seam = forgottenSemicolon(sql)
  if (seam === null) return failed(outcome.error.message, at)
  const head = trim(text, from, start + seam)
  const rest = parsePiece(text, { ...piece, from: start + seam, start: start + seam }, notes, lines)
  const before = parsePiece(text, { ...piece, ...head }, notes, lines)
  const last = before.at(-1)
  if (last && before.length === 1 && last.error === null) {
    last.node = null
    last.error = { message: `${outcome.error.message} (a semicolon is missing before it)`, at }
  }
  return [...before, ...rest]
}

const statementStart =
  /^[ \t]*(?=(?:alter|analyze|begin|call|comment|commit|copy|create|delete|do|drop|grant|insert|lock|reindex|refresh|revoke|select|set|truncate|update|vacuum|with)\b)/gim

/** Where good SQL begins again inside a statement that does not parse: the offset of a line, or null. */
function forgottenSemicolon(sql: string): number | null {
  for (const match of [...sql.matchAll(statementStart)].slice(0, 20)) {
    const seam = match.index + match[0].length
    if (match.index > 0 && !parse(sql.slice(seam)).error) return seam
  }
  return null
}

type Outcome =
  | { statements: RawStmt[]; error: null }
  | { statements: []; error: { message: string /** UTF-16 offset. */; at: number } }

function parse(sql: string): Outcome {
  if (!/[^ \t\n\v\f\r]/.test(sql)) return { statements: [], error: null }
  try {
    return { statements: parser.parseSync(sql).stmts ?? [], error: null }
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && error.name === 'RuntimeError')) {
      overflowed = true
      return { statements: [], error: { message: 'nested too deep to be read', at: 0 } }
    }
    const words = error instanceof Error ? error.message : String(error)
    const message = words.startsWith('memory exhausted') ? 'nested too deep to be read' : words
    const position = parser.hasSqlDetails(error) ? (error.sqlDetails?.cursorPosition ?? 0) : 0
    return { statements: [], error: { message, at: codePointOffset(sql, Math.max(0, position)) } }
  }
}

/** A byte order change is no SQL; a space of the same length keeps every offset. */
function readable(text: string): string {
  return text.startsWith('\uFEFF') ? ` ${text.slice(1)}` : text
}

/** Forms that no SQL has outside of a string: `${name}`, `{{ name }}`, `@name@`, `%(name)s`, `%{name}`, `#{name}`, `<%= name %>`, `{% if %}`. */
const templateForm =
  /\$\{[^}\n]+\}|\{\{[^}\n]+\}\}|@[A-Za-z_]\w*@|%\([A-Za-z_]\w*\)s|[%#]\{[^}\n]+\}|<%[^\n]*?%>|\{%[^\n]*?%\}/
const placeholder = new RegExp(`${templateForm.source}|(?<![:\\w]):(?:'\\w+'|"\\w+"|[A-Za-z_]\\w*)`, 'g')

/** Whether a text is to be filled in by another program before it is SQL. */
export function isTemplate(text: string): boolean {
  return templateForm.test(text)
}

/** Whether a text holds a placeholder of a migration tool, `:name` among them. */
export function hasPlaceholderIn(text: string): boolean {
  return text.search(placeholder) >= 0
}

/** Placeholders replaced by names of the same length, or null when there are none. */
function fillPlaceholders(sql: string): { sql: string; first: string; at: number } | null {
  const first = placeholder.exec(sql)
  placeholder.lastIndex = 0
  if (!first) return null
  return {
    sql: sql.replace(placeholder, (match) => 'placeholder'.padEnd(match.length, '_').slice(0, match.length)),
    first: first[0],
    at: first.index,
  }
}

function statementOf(text: string, lines: Lines, part: Part): Statement {
  const sql = text.slice(part.start, part.end)
  const place = {
    line: lines.at(part.start),
    column: lines.columnAt(part.start),
    endLine: lines.at(Math.max(part.start, part.end - 1)),
    source: sql,
    leading: text.slice(part.from, part.start).replace(/^\uFEFF/, ''),
    trailing: '',
    start: part.start,
    end: part.end,
    when: 'always' as const,
    message: null,
  }
  if (part.elsewhere !== undefined)
    return { ...place, kind: 'external', sql, node: null, error: null, unread: part.elsewhere }
  if (part.node) return { ...place, kind: 'parsed', sql, node: part.node, error: null, unread: null }
  const { message, at } = part.error ?? { message: 'no statement', at: part.start }
  return { ...place, kind: 'failed', sql, node: null, error: { message, line: lines.at(at) }, unread: null }
}

/** Line numbers of offsets, from 1. Lines end with \n (also in \r\n). Offsets are asked for in nearly rising order. */
class Lines {
  readonly #text: string
  #offset = 0
  #line = 1

  constructor(text: string) {
    this.#text = text
  }

  at(offset: number): number {
    if (offset < this.#offset) {
      this.#offset = 0
      this.#line = 1
    }
    for (let i = this.#text.indexOf('\n', this.#offset); i >= 0 && i < offset; i = this.#text.indexOf('\n', i + 1)) {
      this.#line++
      this.#offset = i + 1
    }
    return this.#line
  }

  /** From 1, in UTF-16 code units. */
  columnAt(offset: number): number {
    this.at(offset)
    return offset - this.#offset + 1
  }
}

/** libpg-query counts in UTF-8 bytes: a function from byte offsets, asked for in rising order, to UTF-16 offsets. */
function utf16Offsets(text: string): (byte: number) => number {
  if (Buffer.byteLength(text) === text.length) return (byte) => byte
  let byte = 0
  let unit = 0
  return (wanted) => {
    if (wanted < byte) {
      byte = 0
      unit = 0
    }
    while (byte < wanted && unit < text.length) {
      const code = unit === 0 && text.startsWith('\uFEFF') ? 32 : (text.codePointAt(unit) ?? 0)
      byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
      unit += code < 0x10000 ? 1 : 2
    }
    return unit
  }
}

/** Error positions are counted in characters. */
function codePointOffset(text: string, characters: number): number {
  let unit = 0
  for (let i = 0; i < characters && unit < text.length; i++) {
    unit += (text.codePointAt(unit) ?? 0) < 0x10000 ? 1 : 2
  }
  return unit
}
