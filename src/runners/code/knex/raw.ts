import {
  asText,
  concatenated,
  type Host,
  sliced,
  type Text,
  text,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { entriesOf, isFields, itemsOf, literal, textOf } from '../given.ts'
import type { Script } from '../script.ts'

/** `knex.raw(…)`: sent when it is awaited, or part of another statement. */
interface Raw extends Host {
  /** As it is sent, with `$1` for its bindings. */
  sql: () => Text
  /** As part of another statement, with its bindings written out. */
  inline: () => Text
}

export function isRaw(value: Value | undefined): value is Raw {
  return value?.kind === 'host' && 'inline' in value
}

export function raw(script: Script, given: Value, bindings: Value | undefined): Raw {
  const { site } = script.machine
  const made: Raw = {
    kind: 'host',
    name: 'knex.raw()',
    sends: true,
    sql: () => bound(asKnown(given), bindings, true),
    inline: () => bound(asKnown(given), bindings, false),
    get: (key) =>
      /^(?:then|catch|finally)$/.test(key)
        ? null
        : {
            kind: 'host',
            name: key,
            sends: false,
            call: () => (/^(?:toString|toQuery|toSQL)$/.test(key) ? made.inline() : made),
          },
    settle: () => script.send(() => [made.sql()], site),
  }
  return made
}

function asKnown(given: Value): Text {
  const made = asText(given)
  return made.kind === 'text' ? made : concatenated([made])
}

const markers = /\\\?|\?\??|::|:(\w+):?/g

/** Puts bindings in: `??` and `:name:` are names, `?` and `:name` values. */
function bound(given: Text, bindings: Value | undefined, asParameters: boolean): Text {
  if (bindings === undefined || bindings.kind === 'undefined') return given
  const named = isFields(bindings) ? new Map(entriesOf(bindings)) : null
  const values = named ? [] : itemsOf(bindings)
  const parts: Text[] = []
  let [from, next, number] = [0, 0, 0]
  for (const match of given.value.matchAll(markers)) {
    const [marker, name] = match
    const value =
      name === undefined
        ? named || marker === '::' || marker === '\\?'
          ? undefined
          : values[next++]
        : named?.get(name)
    if (marker !== '\\?' && value === undefined) continue
    parts.push(sliced(given, from, match.index))
    from = match.index + marker.length
    if (value === undefined) parts.push(text('?'))
    else if (marker === '??' || (name !== undefined && marker.endsWith(':'))) parts.push(text(wrapAll(value)))
    else if (isRaw(value)) parts.push(value.inline())
    else parts.push(asParameters ? text(`$${++number}`) : valueText(value))
  }
  return concatenated([...parts, sliced(given, from, given.value.length)])
}

function wrapAll(value: Value): string {
  return value.kind === 'list'
    ? itemsOf(value)
        .map((item) => wrap(item))
        .join(', ')
    : wrap(value)
}

/** A name in quotes, each part of it; raw SQL as it is. */
export function wrap(value: Value | string): string {
  if (typeof value !== 'string' && isRaw(value)) return textOf(value.inline())
  const name = typeof value === 'string' ? value : textOf(value)
  const alias = /^(.+?)\s+as\s+(.+)$/i.exec(name)
  if (alias) return `${wrap(alias[1] ?? '')} as ${wrap(alias[2] ?? '')}`
  return name
    .trim()
    .split('.')
    .map((part) => (part === '*' ? part : `"${part.replaceAll('"', '""')}"`))
    .join('.')
}

/** A value written into SQL. */
function valueText(value: Value): Text {
  if (isRaw(value)) return value.inline()
  if (value.kind === 'unknown') return concatenated([value])
  if (value.kind === 'text' && value.holes.length === 0) return text(literal(value.value))
  if (value.kind === 'null' || value.kind === 'undefined') return text('NULL')
  return text(textOf(value))
}
