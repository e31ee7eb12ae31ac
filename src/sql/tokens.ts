/**
 * A small tokenizer that knows only where a statement can end: strings, quoted names, comments, dollar quotes,
 * parentheses, BEGIN ATOMIC bodies, psql meta-commands and COPY data. PostgreSQL's own scanner costs four times the
 * parse and throws on an unterminated quote, so this one is used to find the edges and to resynchronise.
 */

export interface Piece {
  /** UTF-16 offsets: from after the previous piece to before the semicolon. */
  from: number
  to: number
  /** First and one past the last character that is neither space nor comment; equal when there is none. */
  start: number
  end: number
  kind: 'sql' | 'meta-command' | 'copy-data'
  /** A quote, dollar quote or comment was never closed; the piece ends before the next line that can begin a statement. */
  unterminated: boolean
  /** An upper bound of the parse tree's depth, in tokens. */
  weight: number
}

/** Cuts a file into its statements. Every character belongs to exactly one piece or is the semicolon after one. */
export function split(text: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  let unterminated = 0
  while (at < text.length) {
    const piece = next(text, at)
    // Each unclosed quote is looked for to the end of the file: bound what a hostile file can cost.
    if (piece.unterminated && ++unterminated > 100) {
      pieces.push({ ...piece, to: text.length, end: text.length })
      break
    }
    pieces.push(piece)
    at = piece.to + (text[piece.to] === ';' ? 1 : 0)
    if (piece.kind === 'sql' && /^copy\s[^;]*\bfrom\s+stdin\b/i.test(text.slice(piece.start, piece.end))) {
      const stop = /^\\\.[ \t\r]*$/gm
      stop.lastIndex = endOfLine(text, at)
      if (stop.exec(text)) {
        const to = stop.lastIndex
        pieces.push({ from: at, to, start: at, end: to, kind: 'copy-data', unterminated: false, weight: 0 })
        at = to
      }
    }
  }
  return pieces
}

function next(text: string, from: number): Piece {
  // PostgreSQL knows no byte order change; psql and most tools take it off the front of a file.
  let at = from === 0 && text.charCodeAt(0) === 0xfeff ? 1 : from
  let start = -1
  let end = from
  let atomic = 0
  let word = ''
  let inner = -1
  const nesting = new Nesting()
  const piece = (to: number, kind: Piece['kind'], unterminated: boolean): Piece => ({
    from,
    to,
    start: start < 0 ? to : start,
    end: start < 0 ? to : Math.min(end, to),
    kind,
    unterminated,
    weight: nesting.heaviest,
  })
  while (at < text.length) {
    const char = text.charCodeAt(at)
    if (isSpace(char)) {
      at++
      continue
    }
    const comment = endOfComment(text, at)
    if (comment > 0) {
      at = comment
      continue
    }
    if (char === SEMICOLON) {
      if (nesting.depth === 0 && atomic === 0) return piece(at, 'sql', false)
      if (inner < 0 && endsLine(text, at)) inner = at
    }
    if (char === BACKSLASH) {
      if (start >= 0) return piece(at, 'sql', false)
      start = at
      end = endOfLine(text, at)
      return piece(end, 'meta-command', false)
    }
    if (start < 0) start = at
    const quoted = comment < 0 ? comment : endOfQuoted(text, at)
    if (quoted < 0) {
      end = resume(text, at)
      return piece(end, 'sql', true)
    }
    if (quoted > 0) {
      at = quoted
      end = at
      word = ''
      nesting.token()
      continue
    }
    if (isWordStart(char)) {
      const wordStart = at
      while (at < text.length && isWordPart(text.charCodeAt(at))) at++
      end = at
      const previous = word
      word = at - wordStart > 9 ? '' : text.slice(wordStart, at).toUpperCase()
      if (word === 'ATOMIC' && previous === 'BEGIN') atomic = 1
      else if (atomic > 0 && word === 'CASE') atomic++
      else if (atomic > 0 && word === 'END') atomic--
      nesting.word(word)
      continue
    }
    if (char === OPEN || char === OPEN_BRACKET) nesting.open('(')
    else if (char === CLOSE || char === CLOSE_BRACKET) nesting.close('(')
    else if (char === COMMA) nesting.separate()
    else nesting.token()
    at++
    end = at
    word = ''
  }
  // A parenthesis or body that is never closed would swallow the rest of the file: start again after its first line.
  if (inner >= 0 && (nesting.depth > 0 || atomic > 0)) return piece(inner, 'sql', true)
  return piece(text.length, 'sql', false)
}

/**
 * Bounds from above how deep a statement's parse tree can be: tokens in a row deepen it (`1+1+1`, `NOT NOT`), members
 * of a list are next to each other. AND and OR count as lists because the grammar flattens their chains (makeAndExpr).
 */
class Nesting {
  heaviest = 0
  depth = 0
  #levels: { opener: '(' | 'CASE'; run: number; widest: number; sets: number }[] = []
  #level = { opener: '(' as '(' | 'CASE', run: 0, widest: 0, sets: 0 }
  #outer = 0

  token(): void {
    this.#level.run++
    this.heaviest = Math.max(this.heaviest, this.#outer + this.#level.run + this.#level.sets)
  }

  word(word: string): void {
    if (word === 'AND' || word === 'OR' || word === 'WHEN' || word === 'ELSE') this.separate()
    else if (word === 'CASE') this.open('CASE')
    else if (word === 'END') this.close('CASE')
    else if (word === 'UNION' || word === 'INTERSECT' || word === 'EXCEPT') this.#level.sets++
    this.token()
  }

  separate(): void {
    this.#level.widest = Math.max(this.#level.widest, this.#level.run)
    this.#level.run = 0
  }

  open(opener: '(' | 'CASE'): void {
    this.token()
    if (opener === '(') this.depth++
    this.#levels.push(this.#level)
    this.#outer += this.#level.run + this.#level.sets
    this.#level = { opener, run: 0, widest: 0, sets: 0 }
  }

  close(opener: '(' | 'CASE'): void {
    if (opener === '(' && this.depth > 0) this.depth--
    if (this.#level.opener !== opener) {
      // A CASE without END inside parentheses ends with them; an END without CASE is another word's.
      if (opener === 'CASE' || this.#levels.length === 0) return
      this.close('CASE')
      return this.close('(')
    }
    const outer = this.#levels.pop()
    if (!outer) return
    this.separate()
    const within = this.#level.widest + this.#level.sets
    this.#level = outer
    this.#outer -= outer.run + outer.sets
    outer.run += within
    this.heaviest = Math.max(this.heaviest, this.#outer + outer.run + outer.sets)
  }
}

const SEMICOLON = 59
const BACKSLASH = 92
const OPEN = 40
const CLOSE = 41
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const QUOTE = 39
const DOUBLE_QUOTE = 34
const DOLLAR = 36
const DASH = 45
const SLASH = 47
const STAR = 42
const COMMA = 44

/** Offset after the comment at `at`; 0 when there is none, -1 when it is never closed. */
function endOfComment(text: string, at: number): number {
  const char = text.charCodeAt(at)
  if (char === DASH && text.charCodeAt(at + 1) === DASH) return endOfLineComment(text, at)
  if (char !== SLASH || text.charCodeAt(at + 1) !== STAR) return 0
  let level = 1
  let i = at + 2
  for (; level > 0 && i < text.length; i++) {
    if (text.charCodeAt(i) === STAR && text.charCodeAt(i + 1) === SLASH) {
      level--
      i++
    } else if (text.charCodeAt(i) === SLASH && text.charCodeAt(i + 1) === STAR) {
      level++
      i++
    }
  }
  return level > 0 ? -1 : i
}

/** Offset after the string, quoted name or dollar quote at `at`; 0 when there is none, -1 when it is never closed. */
function endOfQuoted(text: string, at: number): number {
  const char = text.charCodeAt(at)
  if (char === QUOTE || char === DOUBLE_QUOTE) return endOfString(text, at, char, false)
  if ((char === 69 || char === 101) && text.charCodeAt(at + 1) === QUOTE) return endOfString(text, at + 1, QUOTE, true)
  if (char !== DOLLAR) return 0
  const tag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y
  tag.lastIndex = at
  const match = tag.exec(text)
  if (!match) return 0
  const close = text.indexOf(match[0], at + match[0].length)
  return close < 0 ? -1 : close + match[0].length
}

function endOfString(text: string, open: number, quote: number, escapes: boolean): number {
  for (let i = open + 1; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (escapes && char === BACKSLASH) i++
    else if (char === quote) {
      if (text.charCodeAt(i + 1) !== quote) return i + 1
      i++
    }
  }
  return -1
}

/** Where reading can go on after an unclosed quote: at the first semicolon that ends a line, else the end. */
function resume(text: string, at: number): number {
  const ending = /;[ \t]*(?:--.*)?\r?$/gm
  ending.lastIndex = at
  return ending.exec(text)?.index ?? text.length
}

/** The server ends a `--` comment at a lone carriage return too (scan.l, non_newline). */
function endOfLineComment(text: string, at: number): number {
  const end = endOfLine(text, at)
  const carriage = text.slice(at, end).indexOf('\r')
  return carriage < 0 ? end : at + carriage
}

function endsLine(text: string, semicolon: number): boolean {
  const rest = text.slice(semicolon + 1, endOfLine(text, semicolon)).trim()
  return rest === '' || rest.startsWith('--')
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function isSpace(char: number): boolean {
  return char === 32 || (char >= 9 && char <= 13)
}

function isWordStart(char: number): boolean {
  return (char >= 65 && char <= 90) || (char >= 97 && char <= 122) || char === 95 || char >= 128
}

function isWordPart(char: number): boolean {
  return isWordStart(char) || (char >= 48 && char <= 57) || char === DOLLAR
}

/** The part of [from, to) without surrounding space and comments, assuming it is one closed statement. */
export function trim(text: string, from: number, to: number): { start: number; end: number } {
  const piece = next(text.slice(from, to), 0)
  return { start: from + piece.start, end: from + piece.end }
}
