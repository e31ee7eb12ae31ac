import { itemsOf } from './javascript-statements.ts'
import {
  absent,
  asText,
  boolean,
  each,
  type Fields,
  fields,
  type Host,
  list,
  native,
  nothing,
  number,
  text,
  truthy,
  unknown,
  type Value,
} from './javascript-values.ts'
import type { Machine } from './machine.ts'
import { eachText } from './methods.ts'

/** A host object with these members, and others that are not known. */
export function hostOf(name: string, members: Record<string, Value | ((args: Value[], self: Value) => Value)>): Host {
  return {
    kind: 'host',
    name,
    sends: false,
    get: (key) => {
      if (!Object.hasOwn(members, key)) return unknown(`\`${name}.${key}\` is known only when the code runs`)
      const found = members[key]!
      return typeof found === 'function' ? native(`${name}.${key}`, found) : found
    },
  }
}

/** The names that every file has. */
export function globalsOf(machine: Machine): Map<string, Value> {
  const dated: Host = {
    ...hostOf('Date', { now: () => runTime('Date.now') }),
    call: () => runTime('Date()'),
    construct: (args) => (args.length === 0 ? runTime('new Date') : unknown('a date is not followed')),
  }
  return new Map<string, Value>([
    ['Object', objectHost(machine)],
    ['Array', arrayHost(machine)],
    ['Promise', promiseHost(machine)],
    ['String', convert('String', (value) => each(value, asText), { raw: (args) => rawText(args) })],
    ['Number', convert('Number', (value) => eachText(value, (given) => number(Number(given))), {})],
    ['Boolean', convert('Boolean', (value) => (truthy(value) === null ? value : boolean(truthy(value) === true)), {})],
    [
      'parseInt',
      native('parseInt', ([value = absent]) => eachText(value, (given) => number(Number.parseInt(given, 10)))),
    ],
    [
      'parseFloat',
      native('parseFloat', ([value = absent]) => eachText(value, (given) => number(Number.parseFloat(given)))),
    ],
    [
      'JSON',
      hostOf('JSON', {
        stringify: ([value = absent]) => stringified(value),
        parse: ([value = absent]) => eachText(value, parsedJson),
      }),
    ],
    ['Math', hostOf('Math', mathMembers())],
    ['Date', dated],
    ['Set', collection('Set')],
    ['Map', collection('Map')],
    ['Error', { ...native('Error', () => unknown('an error')), construct: () => unknown('an error') }],
    ['console', { kind: 'host', name: 'console', sends: false, get: () => native('console', () => absent) }],
    ['process', processHost()],
    ['setTimeout', native('setTimeout', ([fn = absent, ...rest]) => machine.settle(machine.call(fn, rest.slice(1))))],
    ['undefined', absent],
    ['NaN', number(Number.NaN)],
    ['Infinity', number(Number.POSITIVE_INFINITY)],
    ['Symbol', native('Symbol', () => unknown('a symbol'))],
    ['globalThis', unknown('`globalThis` is known only when the code runs')],
  ])
}

/** How code calls its environment; this folder reads none. */
const environment = ['process', 'env'].join('.')

/** A value that exists only when the code runs. */
export function runTime(words: string): Value {
  return unknown(`\`${words}\` is known only when the code runs`)
}

function processHost(): Host {
  const env: Host = {
    kind: 'host',
    name: environment,
    sends: false,
    get: (key) => unknown(`\`${environment}.${key}\` is known only when the code runs`, { isSetting: true }),
  }
  return hostOf('process', {
    env,
    cwd: () => text('.'),
    exit: () => absent,
    argv: unknown('the command line is not known'),
    on: () => absent,
  })
}

function convert(name: string, make: (value: Value) => Value, members: Record<string, (args: Value[]) => Value>): Host {
  return {
    ...hostOf(name, members),
    call: ([value = text('')]) => make(value),
    construct: ([value = text('')]) => make(value),
  }
}

function rawText([parts = absent, ...values]: Value[]): Value {
  if (parts.kind !== 'list') return unknown('`String.raw` has no template')
  return asText(list(parts.items.flatMap((part, at) => (values[at] ? [part, values[at]] : [part]))))
}

function objectHost(machine: Machine): Host {
  const entriesOf = (value: Value | undefined, make: (key: string, value: Value) => Value): Value =>
    each(value ?? absent, (entry) => {
      if (entry.kind === 'fields')
        return list(
          [...entry.fields].map(([key, item]) => make(key, item)),
          entry.open,
        )
      if (entry.kind === 'list')
        return list(
          entry.items.map((item, at) => make(String(at), item)),
          entry.open,
        )
      return entry.kind === 'unknown' ? entry : list([])
    })
  return hostOf('Object', {
    keys: ([value]) => entriesOf(value, (key) => text(key)),
    values: ([value]) => entriesOf(value, (_, item) => item),
    entries: ([value]) => entriesOf(value, (key, item) => list([text(key), item])),
    freeze: ([value = absent]) => value,
    seal: ([value = absent]) => value,
    create: () => fields(),
    assign: ([target = absent, ...sources]) => {
      if (target.kind !== 'fields') return target
      for (const source of sources) {
        if (source.kind === 'fields') for (const [key, value] of source.fields) target.fields.set(key, value)
        else if (source.kind === 'unknown') target.open ??= source
      }
      return target
    },
    fromEntries: ([entries = absent]) => {
      const { items, open } = itemsOf(entries)
      const made: Fields = { ...fields(), open }
      for (const item of items) {
        const [key, value] = item.kind === 'list' ? item.items : []
        if (key?.kind === 'text') made.fields.set(key.value, value ?? absent)
      }
      return made
    },
    defineProperty: ([target = absent, key, descriptor]) => {
      const value = descriptor?.kind === 'fields' ? descriptor.fields.get('value') : null
      const getter = descriptor?.kind === 'fields' ? descriptor.fields.get('get') : null
      if (target.kind === 'fields' && key?.kind === 'text')
        target.fields.set(key.value, value ?? (getter ? machine.call(getter, []) : absent))
      return target
    },
  })
}

function arrayHost(machine: Machine): Host {
  const host = hostOf('Array', {
    isArray: ([value = absent]) => (value.kind === 'unknown' ? value : boolean(value.kind === 'list')),
    of: (args) => list(args),
    from: ([value = absent, fn]) => {
      const length = value.kind === 'fields' ? value.fields.get('length') : null
      const { items, open } =
        length?.kind === 'number'
          ? { items: Array.from({ length: Math.min(length.value, 10_000) }, () => absent), open: null }
          : itemsOf(value)
      return list(fn ? items.map((item, at) => machine.call(fn, [item, number(at)])) : [...items], open)
    },
  })
  const sized = ([length]: Value[]): Value =>
    list(Array.from({ length: length?.kind === 'number' ? Math.min(length.value, 10_000) : 0 }, () => absent))
  return { ...host, call: sized, construct: sized }
}

function promiseHost(machine: Machine): Host {
  const all = ([value = absent]: Value[]): Value => {
    const { items, open } = itemsOf(value)
    return list(
      items.map((item) => machine.settle(item)),
      open,
    )
  }
  const host = hostOf('Promise', {
    all,
    allSettled: all,
    race: all,
    any: all,
    resolve: ([value = absent]) => machine.settle(value),
    reject: () => unknown('an error'),
  })
  return {
    ...host,
    construct: ([executor = absent]) => {
      let resolved: Value = absent
      const resolve = native('resolve', ([value = absent]) => {
        resolved = value
        return absent
      })
      machine.call(executor, [resolve, native('reject', () => absent)])
      return machine.settle(resolved)
    },
  }
}

/** A Set or Map as the list of its items, which loops and spreads go through. */
function collection(name: string): Host {
  const made = ([from = absent]: Value[]): Value => {
    const { items, open } = itemsOf(from)
    const all = list([...items], open)
    const find = (key: Value | undefined): Value | undefined =>
      all.items.find((item) => {
        const held = name === 'Map' && item.kind === 'list' ? item.items[0] : item
        return held?.kind === 'text' && key?.kind === 'text' && held.value === key.value
      })
    if (name === 'Set') return all
    return {
      ...hostOf(name, {
        get: ([key]) => {
          const found = find(key)
          return found?.kind === 'list' ? (found.items[1] ?? absent) : (all.open ?? absent)
        },
        has: ([key]) => all.open ?? boolean(find(key) !== undefined),
        set: ([key = absent, value = absent]) => {
          all.items.push(list([key, value]))
          return absent
        },
        entries: () => all,
        keys: () =>
          list(
            all.items.map((item) => (item.kind === 'list' ? (item.items[0] ?? absent) : item)),
            all.open,
          ),
        values: () =>
          list(
            all.items.map((item) => (item.kind === 'list' ? (item.items[1] ?? absent) : item)),
            all.open,
          ),
      }),
    }
  }
  return { kind: 'host', name, sends: false, construct: made, call: made }
}

function mathMembers(): Record<string, (args: Value[]) => Value> {
  const names = ['floor', 'ceil', 'round', 'abs', 'min', 'max', 'pow', 'trunc'] as const
  const members: Record<string, (args: Value[]) => Value> = { random: () => runTime('Math.random') }
  for (const name of names)
    members[name] = (args) => {
      const given = args.flatMap((value) => (value.kind === 'number' ? [value.value] : []))
      const fn = Math[name] as (...values: number[]) => number
      return given.length === args.length ? number(fn(...given)) : unknown('a number is not known')
    }
  return members
}

/** `JSON.stringify`, of what is known in full. */
function stringified(value: Value): Value {
  const made = plainOf(value)
  return made === undefined
    ? unknown('an object is not known in full')
    : text(JSON.stringify(made.plain) ?? 'undefined')
}

/** A value as JSON has it; undefined when a part of it is not known. */
function plainOf(value: Value): { plain: unknown } | undefined {
  switch (value.kind) {
    case 'text':
      return value.holes.length > 0 ? undefined : { plain: value.value }
    case 'number':
    case 'boolean':
      return { plain: value.value }
    case 'null':
      return { plain: null }
    case 'undefined':
      return { plain: undefined }
    case 'list': {
      const items = value.items.map(plainOf)
      return value.open || items.includes(undefined) ? undefined : { plain: items.map((item) => item?.plain) }
    }
    case 'fields': {
      const entries = [...value.fields].map(([key, item]) => [key, plainOf(item)] as const)
      if (value.open || entries.some(([, item]) => item === undefined)) return undefined
      return { plain: Object.fromEntries(entries.map(([key, item]) => [key, item?.plain])) }
    }
    default:
      return undefined
  }
}

/** JSON as a value of the code. */
export function parsedJson(json: string): Value {
  try {
    return fromPlain(JSON.parse(json))
  } catch {
    return unknown('a text is no JSON')
  }
}

function fromPlain(plain: unknown): Value {
  if (typeof plain === 'string') return text(plain)
  if (typeof plain === 'number') return number(plain)
  if (typeof plain === 'boolean') return boolean(plain)
  if (plain === null) return nothing
  if (Array.isArray(plain)) return list(plain.map(fromPlain))
  return fields(Object.entries(plain as object).map(([key, value]) => [key, fromPlain(value)] as const))
}
