import { asText, type Fields, type Value } from '../../languages/javascript/javascript-values.ts'
import { Unread } from './script.ts'

/** Reads what code hands to a builder; each throws {@link Unread} for what is not known. */

/** A text that is known in full. */
export function textOf(value: Value | undefined): string {
  if (value === undefined || isAbsent(value)) throw new Unread('a name or text is missing')
  const made = asText(value)
  if (made.kind === 'unknown') throw new Unread(made)
  if (made.holes[0]) throw new Unread(made.holes[0])
  return made.value
}

/** A text, or null where there is none. */
export function optionalText(value: Value | undefined): string | null {
  return value === undefined || isAbsent(value) ? null : textOf(value)
}

/** One text or a list of them. */
export function textsOf(value: Value | undefined): string[] {
  if (value?.kind !== 'list') return [textOf(value)]
  if (value.open) throw new Unread(value.open)
  return value.items.map(textOf)
}

/** The items of a list; one value counts as a list of one, none for an empty one. */
export function itemsOf(value: Value | undefined): Value[] {
  if (value === undefined || isAbsent(value)) return []
  if (value.kind === 'unknown') throw new Unread(value)
  if (value.kind !== 'list') return [value]
  if (value.open) throw new Unread(value.open)
  return value.items
}

/** A property; undefined where it is missing. */
export function field(value: Value | undefined, name: string): Value | undefined {
  if (value?.kind === 'unknown') throw new Unread(value)
  if (value?.kind !== 'fields') return undefined
  const found = value.fields.get(name) ?? value.open ?? undefined
  return found && isAbsent(found) ? undefined : found
}

/** A flag, false where it is missing. */
export function isOn(value: Value | undefined): boolean {
  return isSet(value) ?? false
}

/** A flag; null where it is missing. */
export function isSet(value: Value | undefined): boolean | null {
  if (value === undefined || isAbsent(value)) return null
  if (value.kind === 'unknown') throw new Unread(value)
  if (value.kind === 'choice') throw new Unread('a condition decides it')
  return value.kind === 'boolean'
    ? value.value
    : !(value.kind === 'text' && value.value === '') && !(value.kind === 'number' && value.value === 0)
}

/** The entries of an object, in order. */
export function entriesOf(value: Value | undefined): [string, Value][] {
  if (value === undefined || isAbsent(value)) return []
  if (value.kind === 'unknown') throw new Unread(value)
  if (value.kind !== 'fields') throw new Unread('an object is expected')
  if (value.open) throw new Unread(value.open)
  return [...value.fields]
}

export function isFields(value: Value | undefined): value is Fields {
  return value?.kind === 'fields'
}

function isAbsent(value: Value): boolean {
  return value.kind === 'undefined' || value.kind === 'null'
}

/** A name in double quotes. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text as an SQL literal. */
export function literal(words: string): string {
  return `'${words.replaceAll("'", "''")}'`
}

/** A value as JSON. */
export function valueJson(value: Value): string {
  return JSON.stringify(plainOf(value))
}

function plainOf(value: Value): unknown {
  if (value.kind === 'list') return itemsOf(value).map(plainOf)
  if (value.kind === 'fields') return Object.fromEntries(entriesOf(value).map(([key, item]) => [key, plainOf(item)]))
  if (value.kind === 'number' || value.kind === 'boolean') return value.value
  if (value.kind === 'null') return null
  return value.kind === 'undefined' ? undefined : textOf(value)
}
