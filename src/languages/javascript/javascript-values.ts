import type { ArrowFunctionExpression, Class, Function as FunctionNode } from 'oxc-parser'
import type { Scope } from './scope.ts'

/** A value of the code as far as it is known without running it. */
export type Value =
  | Text
  | { kind: 'number'; value: number }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'null' }
  | { kind: 'undefined' }
  | { kind: 'regexp'; value: RegExp }
  | List
  | Fields
  | Closure
  | ClassValue
  | Host
  | { kind: 'choice'; values: Value[] }
  | Unknown

export interface Text {
  kind: 'text'
  /** With a {@link hole} for each part that is not known. */
  value: string
  /** Stretches that are verbatim in the migration's file, in order. */
  pieces: Piece[]
  holes: Unknown[]
}

/** `length` code units from `from` in a text are at `at` in the migration's file. */
interface Piece {
  from: number
  length: number
  at: number
}

export interface List {
  kind: 'list'
  items: Value[]
  /** More or other items may be there: why. */
  open: Unknown | null
}

/** An object of the code: a literal, an instance of a class, the exports of a file. */
export interface Fields {
  kind: 'fields'
  fields: Map<string, Value>
  /** Other keys may be there: why. */
  open: Unknown | null
  class: ClassValue | null
}

export interface Closure {
  kind: 'closure'
  node: FunctionNode | ArrowFunctionExpression
  scope: Scope
  self: Value
}

export interface ClassValue {
  kind: 'class'
  node: Class
  scope: Scope
  statics: Map<string, Value>
  base: Value | null
}

/** Something that is not written in the code: of the language, a package, or the migration tool. */
export interface Host {
  kind: 'host'
  name: string
  /** The migration tool's own: code that is handed it may send SQL. */
  sends: boolean
  get?(key: string): Value | null
  call?(args: Value[], self: Value): Value
  construct?(args: Value[]): Value
  /** The value of `await`; a builder sends its SQL then. */
  settle?(): Value
}

export interface Unknown {
  kind: 'unknown'
  /** A clause: `it calls \`now()\`, which is not in this repository`. */
  reason: string
  /** Comes from rows of the database. */
  isData: boolean
  /** Of the environment, a setting that may be missing. */
  isSetting: boolean
}

/** Thrown by a host that cannot say what it gives; the call's value is not known then. */
export class Undetermined extends Error {
  readonly isData: boolean

  constructor(reason: string, isData: boolean) {
    super(reason)
    this.isData = isData
  }
}

/** In a text: a part that is not known. A code point that no SQL holds (private use). */
const hole = '\uE000'

export const absent: Value = { kind: 'undefined' }
export const nothing: Value = { kind: 'null' }

export function text(value: string, pieces: Piece[] = [], holes: Unknown[] = []): Text {
  return { kind: 'text', value, pieces, holes }
}

export function number(value: number): Value {
  return { kind: 'number', value }
}

export function boolean(value: boolean): Value {
  return { kind: 'boolean', value }
}

export function list(items: Value[], open: Unknown | null = null): List {
  return { kind: 'list', items, open }
}

export function fields(entries: Iterable<readonly [string, Value]> = []): Fields {
  return { kind: 'fields', fields: new Map(entries), open: null, class: null }
}

export function unknown(reason: string, more: { isData?: boolean; isSetting?: boolean } = {}): Unknown {
  return { kind: 'unknown', reason, isData: more.isData ?? false, isSetting: more.isSetting ?? false }
}

/** A host function. */
export function native(name: string, call: (args: Value[], self: Value) => Value): Host {
  return { kind: 'host', name, sends: false, call }
}

const mostChoices = 6

/** One of two values, by a condition that is not decided. */
export function either(a: Value, b: Value): Value {
  if (a === b || isSame(a, b)) return a
  const all: Value[] = []
  for (const value of [...variants(a), ...variants(b)]) if (!all.some((known) => isSame(known, value))) all.push(value)
  if (all.length > mostChoices) return unknown('conditions lead to too many values')
  return { kind: 'choice', values: all }
}

function isSame(a: Value, b: Value): boolean {
  if (a === b) return true
  switch (a.kind) {
    case 'text':
      return b.kind === 'text' && a.value === b.value && a.holes.length === 0 && b.holes.length === 0
    case 'number':
    case 'boolean':
      return b.kind === a.kind && b.value === a.value
    case 'null':
    case 'undefined':
      return b.kind === a.kind
    default:
      return false
  }
}

/** The values it may be; one where no condition is left open. */
export function variants(value: Value): Value[] {
  return value.kind === 'choice' ? value.values : [value]
}

/** The same of each value it may be. */
export function each(value: Value, make: (value: Value) => Value): Value {
  if (value.kind !== 'choice') return make(value)
  return value.values.map(make).reduce((all, next) => either(all, next))
}

/** `String(value)`; with holes for parts that are not known. */
export function asText(value: Value): Text | Unknown {
  switch (value.kind) {
    case 'text':
      return value
    case 'number':
    case 'boolean':
      return text(String(value.value))
    case 'null':
      return text('null')
    case 'undefined':
      return text('undefined')
    case 'regexp':
      return text(String(value.value))
    case 'list':
      return value.open ?? joined(value.items, ',')
    case 'unknown':
      return value
    case 'choice':
      return unknown('conditions decide it')
    case 'host': {
      const shown = value.get?.('toString')
      const made = shown?.kind === 'host' ? shown.call?.([], value) : null
      return made?.kind === 'text' || made?.kind === 'unknown' ? made : unknown(`\`${value.name}\` is no text`)
    }
    default:
      return unknown('an object is no text')
  }
}

/** `items.join(separator)`. */
export function joined(items: Value[], separator: string | Text): Text {
  const between = typeof separator === 'string' ? text(separator) : separator
  const parts = items.flatMap((item, at) => {
    const part = item.kind === 'null' || item.kind === 'undefined' ? text('') : asText(item)
    return at === 0 ? [part] : [between, part]
  })
  return concatenated(parts)
}

/** Texts put together, with a hole for what is not known. */
export function concatenated(parts: (Text | Unknown)[]): Text {
  let value = ''
  const pieces: Piece[] = []
  const holes: Unknown[] = []
  for (const part of parts) {
    if (part.kind === 'unknown') {
      value += hole
      holes.push(part)
      continue
    }
    for (const { from, length, at } of part.pieces) pieces.push({ from: value.length + from, length, at })
    value += part.value
    holes.push(...part.holes)
  }
  return text(value, pieces, holes)
}

/** A stretch of a text, from `start` to `end`. */
export function sliced(given: Text, start: number, end: number): Text {
  const pieces = given.pieces.flatMap(({ from, length, at }) => {
    const [low, high] = [Math.max(from, start), Math.min(from + length, end)]
    return low < high ? [{ from: low - start, length: high - low, at: at + low - from }] : []
  })
  const before = given.value.slice(0, start).split(hole).length - 1
  const value = given.value.slice(start, end)
  return text(value, pieces, given.holes.slice(before, before + value.split(hole).length - 1))
}

/** Whether a condition holds; null where that is not known. */
export function truthy(value: Value): boolean | null {
  switch (value.kind) {
    case 'text':
      return value.value !== ''
    case 'number':
      return value.value !== 0 && !Number.isNaN(value.value)
    case 'boolean':
      return value.value
    case 'null':
    case 'undefined':
      return false
    case 'choice': {
      const all = new Set(value.values.map(truthy))
      return all.size === 1 ? (all.values().next().value ?? null) : null
    }
    case 'unknown':
      return null
    default:
      return true
  }
}
