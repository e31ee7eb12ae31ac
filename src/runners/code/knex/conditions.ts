import {
  absent,
  concatenated,
  type Host,
  type Text,
  text,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { entriesOf, isFields, itemsOf, textOf } from '../given.ts'
import { Unread } from '../script.ts'
import { isRaw, wrap } from './raw.ts'

/** A query of Knex as a value: it can be part of another one. */
export interface QueryHost extends Host {
  /** Its conditions, without WHERE. */
  conditions: (parameters: Parameters) => Text
  /** Its SQL, with the parameters of the query around it. */
  inner: (parameters: Parameters) => Text
  where: () => string
}

/** One condition, and how it is joined to the one before. */
export interface Condition {
  joins: 'and' | 'or'
  make: (parameters: Parameters) => Text
}

/** Numbers the parameters of one query. */
export class Parameters {
  #count = 0

  add(value: Value): Text {
    if (isRaw(value)) return value.inline()
    if (isQuery(value)) return concatenated([text('('), value.inner(this), text(')')])
    if (value.kind === 'unknown') return concatenated([value])
    return text(this.next())
  }

  next(): string {
    return `$${++this.#count}`
  }
}

function isQuery(value: Value): value is QueryHost {
  return value.kind === 'host' && 'inner' in value && 'conditions' in value
}

/** The SQL of `where…`. `group` runs a function that builds conditions of its own. */
export function condition(
  kind: string,
  args: Value[],
  parameters: Parameters,
  group: (build: Value) => QueryHost,
): Text {
  const [first = absent, second, third] = args
  const name = (): Text => text(wrap(first))
  if (kind === 'whereraw' || (isRaw(first) && second === undefined))
    return isRaw(first) ? first.inline() : text(textOf(first))
  if (kind === 'wherenull') return concatenated([name(), text(' is null')])
  if (kind === 'wherenotnull') return concatenated([name(), text(' is not null')])
  if (kind === 'wherein' || kind === 'wherenotin') {
    const words = kind === 'wherein' ? ' in (' : ' not in ('
    const inner = second?.kind === 'closure' ? group(second) : second
    if (inner && isQuery(inner)) return concatenated([name(), text(words), inner.inner(parameters), text(')')])
    if (second?.kind !== 'list')
      throw new Unread(second?.kind === 'unknown' ? second : 'the list of a condition is not known')
    const all = itemsOf(second).map((item) => parameters.add(item))
    return concatenated([
      name(),
      text(words),
      ...all.flatMap((item, at) => (at === 0 ? [item] : [text(', '), item])),
      text(')'),
    ])
  }
  const isNot = kind === 'wherenot'
  if (isFields(first)) {
    const parts = entriesOf(first).map(([key, value]) =>
      value.kind === 'null'
        ? text(`${wrap(key)} is ${isNot ? 'not ' : ''}null`)
        : concatenated([text(`${isNot ? 'not ' : ''}${wrap(key)} = `), parameters.add(value)]),
    )
    return concatenated(parts.flatMap((part, at) => (at === 0 ? [part] : [text(' and '), part])))
  }
  if (kind === 'whereexists' || kind === 'wherenotexists') {
    const inner = first.kind === 'closure' ? group(first) : first
    if (!isQuery(inner)) throw new Unread('the query of a condition is not known')
    return concatenated([
      text(kind === 'whereexists' ? 'exists (' : 'not exists ('),
      inner.inner(parameters),
      text(')'),
    ])
  }
  if (first.kind === 'closure')
    return concatenated([text(isNot ? 'not (' : '('), group(first).conditions(parameters), text(')')])
  if (kind === 'wherebetween' || kind === 'wherenotbetween') {
    const [low = absent, high = absent] = itemsOf(second)
    const words = kind === 'wherebetween' ? ' between ' : ' not between '
    return concatenated([name(), text(words), parameters.add(low), text(' and '), parameters.add(high)])
  }
  if (kind === 'wherelike' || kind === 'whereilike')
    return concatenated([name(), text(kind === 'wherelike' ? ' like ' : ' ilike '), parameters.add(second ?? absent)])
  const operator = third === undefined ? '=' : textOf(second)
  const value = third ?? second ?? absent
  if (value.kind === 'null')
    return concatenated([name(), text(operator === '=' && !isNot ? ' is null' : ' is not null')])
  return concatenated([text(isNot ? 'not ' : ''), name(), text(` ${operator} `), parameters.add(value)])
}
