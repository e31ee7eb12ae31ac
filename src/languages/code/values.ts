import type { FunctionCode, Place } from './tree.ts'

/** A value that is known without running the program, or `unknown` with the reason. */
export type Value =
  | { kind: 'text'; text: string; at: number | null; symbol: boolean }
  | { kind: 'number'; text: string }
  | { kind: 'constant'; value: boolean | null }
  | { kind: 'list'; items: Value[] }
  /** Keys by their text. */
  | { kind: 'dict'; entries: Map<string, Value> }
  /** `clauses`: definitions of the same name in the order of the file (Elixir); empty for all others. */
  | { kind: 'function'; code: FunctionCode; scope: Scope; clauses: FunctionCode[] }
  /** A name that the file imports or never defines: `alembic.op`, `Person`. */
  | { kind: 'path'; path: string }
  /** A call of such a name: `sqlalchemy.Column(…)`; `target` when it is a method of another value. */
  | MadeValue
  /** A class of the file, with what its body assigns. */
  | { kind: 'class'; name: string; superclass: Value | null; scope: Scope }
  /** Something that a tool put there, such as the table of a block. */
  | { kind: 'tool'; tag: string; data: unknown }
  | { kind: 'unknown'; reason: string }

export type FunctionValue = Value & { kind: 'function' }

type MadeValue = Place & {
  kind: 'made'
  path: string
  /** The class of the repository that was called; absent for a name that no file defines. */
  of?: Value
  target: Value | null
  args: Value[]
  named: Map<string, Value>
}

/** Names in reach, innermost first. */
export interface Scope {
  names: Map<string, Value>
  outer: Scope | null
  /** An assignment inside stays inside: a function, a class or the file, but no block. */
  closed: boolean
  /** The file whose code this is; undefined for the migration's own. */
  file?: string | undefined
}

export const nothing: Value = { kind: 'constant', value: null }

export function textValue(text: string, at: number | null = null): Value {
  return { kind: 'text', text, at, symbol: false }
}

export function listValue(items: Value[]): Value {
  return { kind: 'list', items }
}

export function unknown(reason: string): Value {
  return { kind: 'unknown', reason }
}

/** In a text: a part that is known only when the code runs. A code point that no SQL holds (private use). */
export const gap = '\uE000'

/** The text of a string, symbol or number that is known in full; null for everything else. */
export function textOf(value: Value | undefined): string | null {
  if (value?.kind !== 'text' && value?.kind !== 'number') return null
  return value.text.includes(gap) ? null : value.text
}

/** Reasons of values that rows of the database decide: a text with one is code that works on rows. */
const rowReasons: ReadonlySet<string> = new Set([
  'the answer of the database',
  'a row of a table',
  'rows of a table',
  'a loop over items that are not known',
])

/** What a text has in place of a value: its text, a gap where only the run decides it, null where rows do. */
export function pieceOf(value: Value): string | null {
  switch (value.kind) {
    case 'text':
    case 'number':
      return value.text
    case 'constant':
      return value.value === null ? '' : String(value.value)
    case 'unknown':
      return rowReasons.has(value.reason) ? null : gap
    case 'path':
    case 'made':
      return gap
    default:
      return null
  }
}

/** Whether the value is true in a condition; null when it is not known. `falsy`: empty and zero count as false (Python). */
export function truthOf(value: Value, falsy: boolean): boolean | null {
  switch (value.kind) {
    case 'unknown':
    case 'made':
    case 'path':
    case 'tool':
      return null
    case 'constant':
      return value.value === true
    case 'text':
      return !falsy || value.text !== ''
    case 'number':
      return !falsy || Number(value.text) !== 0
    case 'list':
      return !falsy || value.items.length > 0
    case 'dict':
      return !falsy || value.entries.size > 0
    default:
      return true
  }
}

/** Whether two values are the same; null when that is not known. */
export function sameValue(a: Value, b: Value): boolean | null {
  if (a.kind === 'unknown' || b.kind === 'unknown' || a.kind === 'made' || b.kind === 'made') return null
  if (a.kind === 'path' || b.kind === 'path')
    return a.kind === 'path' && b.kind === 'path' && a.path === b.path ? true : null
  if (a.kind === 'tool' || b.kind === 'tool') return null
  if (a.kind === 'text' && b.kind === 'text') return a.text === b.text
  if (a.kind === 'number' && b.kind === 'number') return Number(a.text) === Number(b.text)
  if (a.kind === 'constant' && b.kind === 'constant') return a.value === b.value
  if (a.kind === 'list' && b.kind === 'list') {
    if (a.items.length !== b.items.length) return false
    const answers = a.items.map((item, i) => sameValue(item, b.items[i] ?? nothing))
    return answers.includes(false) ? false : answers.includes(null) ? null : true
  }
  return a.kind === b.kind ? null : false
}

/** The value of a name, looked up from the innermost scope. */
export function lookUp(scope: Scope, name: string): Value | undefined {
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    const value = at.names.get(name)
    if (value) return value
  }
  return undefined
}

/** The first reason in the value, or in what it holds, why it is not known; null when all of it is. */
export function reasonOf(value: Value): string | null {
  if (value.kind === 'unknown') return value.reason
  if (value.kind === 'text' && value.text.includes(gap)) return 'a text with a part that is not known'
  if (value.kind === 'list') return firstReason(value.items)
  if (value.kind === 'dict') return firstReason([...value.entries.values()])
  return null
}

function firstReason(values: Value[]): string | null {
  for (const value of values) {
    const reason = reasonOf(value)
    if (reason !== null) return reason
  }
  return null
}
