import {
  absent,
  asText,
  boolean,
  concatenated,
  each,
  either,
  joined,
  type List,
  list,
  native,
  number,
  sliced,
  type Text,
  text,
  truthy,
  unknown,
  type Value,
} from './javascript-values.ts'
import type { Machine } from './machine.ts'
import { equal } from './operators.ts'

type Method = (args: Value[]) => Value

/** A method or property of a text; null when the language has none of this name. */
export function textMethod(machine: Machine, self: Text, name: string): Value | null {
  if (name === 'length') return self.holes.length > 0 ? self.holes[0]! : number(self.value.length)
  const method =
    (Object.hasOwn(wholeMethods, name) ? wholeMethods[name]?.(self) : null) ?? knownMethod(machine, self, name)
  return method && native(name, method)
}

/** Methods that parts which are not known do not stand in the way of. */
const wholeMethods: Partial<Record<string, (self: Text) => Method>> = {
  trim: (self) => () => trimmed(self, true, true),
  trimStart: (self) => () => trimmed(self, true, false),
  trimEnd: (self) => () => trimmed(self, false, true),
  concat: (self) => (args) => concatenated([self, ...args.map(asText)]),
  toString: (self: Text) => () => self,
  valueOf: (self: Text) => () => self,
}

function trimmed(self: Text, atStart: boolean, atEnd: boolean): Text {
  const start = atStart ? self.value.length - self.value.trimStart().length : 0
  return sliced(self, start, atEnd ? self.value.trimEnd().length : self.value.length)
}

function knownMethod(machine: Machine, self: Text, name: string): Method | null {
  const { value } = self
  const plain = Object.hasOwn(textMethods, name) ? textMethods[name] : undefined
  const [open] = self.holes
  if (name === 'replace' || name === 'replaceAll') return (args) => replaced(machine, self, args, name === 'replaceAll')
  if (name === 'split') return ([by]) => open ?? splitBy(self, by)
  if (name === 'slice' || name === 'substring')
    return ([from, to]) => {
      if (open) return open
      if (from?.kind !== 'number' || (to && to.kind !== 'number')) return unknown('a part of a text is not known')
      const full = value[name](from.value, to?.kind === 'number' ? to.value : undefined)
      return text(full)
    }
  if (!plain) return name in String.prototype ? () => unknown(`\`${name}\` of a text is not followed`) : null
  return (args) => {
    if (open) return open
    const given: (string | number)[] = []
    for (const argument of args) {
      if (argument.kind === 'unknown') return argument
      if (argument.kind === 'text' && argument.holes[0]) return argument.holes[0]
      if (argument.kind === 'text' || argument.kind === 'number') given.push(argument.value)
    }
    const made = plain(value, given)
    return typeof made === 'string' ? text(made) : typeof made === 'number' ? number(made) : boolean(made)
  }
}

const textMethods: Record<string, (value: string, args: (string | number)[]) => string | number | boolean> = {
  toUpperCase: (value) => value.toUpperCase(),
  toLowerCase: (value) => value.toLowerCase(),
  includes: (value, [part = '']) => value.includes(String(part)),
  startsWith: (value, [part = '']) => value.startsWith(String(part)),
  endsWith: (value, [part = '']) => value.endsWith(String(part)),
  indexOf: (value, [part = '']) => value.indexOf(String(part)),
  lastIndexOf: (value, [part = '']) => value.lastIndexOf(String(part)),
  charAt: (value, [at = 0]) => value.charAt(Number(at)),
  charCodeAt: (value, [at = 0]) => value.charCodeAt(Number(at)),
  repeat: (value, [times = 0]) => value.repeat(Math.min(Math.max(0, Number(times)), 10_000)),
  padStart: (value, [length = 0, fill = ' ']) => value.padStart(Number(length), String(fill)),
  padEnd: (value, [length = 0, fill = ' ']) => value.padEnd(Number(length), String(fill)),
  normalize: (value) => value.normalize(),
  substr: (value, [from = 0, length]) => value.substr(Number(from), length === undefined ? undefined : Number(length)),
}

function replaced(machine: Machine, self: Text, [pattern, by]: Value[], isAll: boolean): Value {
  if (self.holes[0]) return self.holes[0]
  const search = pattern?.kind === 'regexp' ? pattern.value : pattern?.kind === 'text' ? pattern.value : null
  if (search === null) return unknown('it replaces something not known in a text')
  if (by?.kind === 'unknown') return by
  const make = (match: string, groups: unknown[]): string => {
    if (by?.kind === 'text') return by.value
    const made = asText(
      machine.call(
        by ?? absent,
        [match, ...groups].map((item) => text(String(item ?? ''))),
      ),
    )
    if (made.kind === 'unknown' || made.holes.length > 0) throw new NotKnown()
    return made.value
  }
  try {
    if (by?.kind === 'text' && typeof search !== 'string') return text(self.value.replace(search, by.value))
    const way = (match: string, ...groups: unknown[]): string => make(match, groups)
    const made =
      isAll && typeof search === 'string' ? self.value.replaceAll(search, way) : self.value.replace(search, way)
    return made === self.value ? self : text(made)
  } catch (error) {
    if (error instanceof NotKnown) return unknown('it replaces by something not known')
    throw error
  }
}

class NotKnown extends Error {}

/** Each part keeps its place in the file. */
function splitBy(self: Text, by: Value | undefined): Value {
  if (by?.kind === 'regexp') return list(self.value.split(by.value).map((part) => text(part)))
  if (by?.kind !== 'text') return unknown('it splits a text by something not known')
  if (by.value === '') return list([...self.value].map((part) => text(part)))
  const parts: Value[] = []
  let from = 0
  for (let at = self.value.indexOf(by.value); at >= 0; at = self.value.indexOf(by.value, from)) {
    parts.push(sliced(self, from, at))
    from = at + by.value.length
  }
  return list([...parts, sliced(self, from, self.value.length)])
}

/** A method or property of a list; null when the language has none of this name. */
export function listMethod(machine: Machine, self: List, name: string): Value | null {
  if (name === 'length' || name === 'size') return self.open ?? number(self.items.length)
  if (Object.hasOwn(listMethods, name)) {
    const method = listMethods[name]!
    return native(name, (args) => method(machine, self, args))
  }
  return name in [] ? unknown(`\`${name}\` of a list is not followed`) : null
}

type ListMethod = (machine: Machine, self: List, args: Value[]) => Value

/** Calls the function for each item, and once for those that are not known. */
function visit(machine: Machine, self: List, fn: Value): Value[] {
  const made = self.items.map((item, at) => machine.call(fn, [item, number(at), self]))
  if (self.open) machine.lost(self.open, [fn], absent)
  return made
}

function filtered(machine: Machine, self: List, fn: Value): { items: Value[]; open: Value | null } {
  let open: Value | null = self.open
  const items = self.items.filter((item, at) => {
    const keeps = truthy(machine.call(fn, [item, number(at), self]))
    if (keeps === null) open ??= unknown('a condition decides it')
    return keeps !== false
  })
  return { items, open }
}

const listMethods: Record<string, ListMethod> = {
  map: (machine, self, [fn = absent]) => list(visit(machine, self, fn), self.open),
  forEach: (machine, self, [fn = absent]) => {
    visit(machine, self, fn)
    return absent
  },
  flatMap: (machine, self, [fn = absent]) =>
    list(
      visit(machine, self, fn).flatMap((value) => (value.kind === 'list' ? value.items : [value])),
      self.open,
    ),
  filter: (machine, self, [fn = absent]) => {
    const { items, open } = filtered(machine, self, fn)
    return list(items, open?.kind === 'unknown' ? open : null)
  },
  find: (machine, self, [fn = absent]) => {
    const { items, open } = filtered(machine, self, fn)
    const [first] = items
    if (!open) return first ?? absent
    return first ? either(first, open) : open
  },
  findIndex: (machine, self, [fn = absent]) => {
    const { items, open } = filtered(machine, self, fn)
    const [first] = items
    return open ?? number(first ? self.items.indexOf(first) : -1)
  },
  some: (machine, self, [fn = absent]) => {
    const { items, open } = filtered(machine, self, fn)
    return open ?? boolean(items.length > 0)
  },
  every: (machine, self, [fn = absent]) => {
    const { items, open } = filtered(machine, self, fn)
    return open ?? boolean(items.length === self.items.length)
  },
  reduce: (machine, self, [fn = absent, first]) => {
    if (self.open) return machine.lost(self.open, [fn], absent)
    const [start = absent, ...others] = self.items
    const rest = first === undefined ? others : self.items
    return rest.reduce<Value>(
      (all, item, at) => machine.settle(machine.call(fn, [all, item, number(at), self])),
      first ?? start,
    )
  },
  join: (_, self, [separator]) =>
    self.open ?? joined(self.items, separator === undefined ? ',' : separatorOf(separator)),
  push: (_, self, args) => {
    self.items.push(...args)
    return number(self.items.length)
  },
  unshift: (_, self, args) => {
    self.items.unshift(...args)
    return number(self.items.length)
  },
  // A Set is a list too.
  add: (_, self, [item = absent]) => {
    if (!self.items.some((known) => equal(known, item) === true)) self.items.push(item)
    return self
  },
  has: (machine, self, args) => listMethods.includes!(machine, self, args),
  pop: (_, self) => self.open ?? self.items.pop() ?? absent,
  shift: (_, self) => self.items.shift() ?? self.open ?? absent,
  concat: (_, self, args) =>
    args.reduce<List>(
      (all, value) =>
        value.kind === 'list'
          ? list([...all.items, ...value.items], all.open ?? value.open)
          : value.kind === 'unknown'
            ? list(all.items, all.open ?? value)
            : list([...all.items, value], all.open),
      self,
    ),
  slice: (_, self, [from, to]) =>
    list(
      self.items.slice(from?.kind === 'number' ? from.value : 0, to?.kind === 'number' ? to.value : undefined),
      self.open,
    ),
  splice: (_, self, [from, count]) =>
    list(
      self.items.splice(
        from?.kind === 'number' ? from.value : 0,
        count?.kind === 'number' ? count.value : self.items.length,
      ),
    ),
  reverse: (_, self) => {
    self.items.reverse()
    return self
  },
  toReversed: (_, self) => list(self.items.toReversed(), self.open),
  sort: (_, self, [fn]) => {
    if (fn || self.items.some(({ kind }) => kind !== 'text')) return self
    self.items.sort((a, b) => (a.kind === 'text' && b.kind === 'text' && a.value > b.value ? 1 : -1))
    return self
  },
  includes: (_, self, [wanted = absent]) => {
    const found = self.items.map((item) => equal(item, wanted))
    if (found.includes(true)) return boolean(true)
    return self.open ?? (found.includes(null) ? unknown('it looks for something not known') : boolean(false))
  },
  indexOf: (_, self, [wanted = absent]) => {
    const found = self.items.map((item) => equal(item, wanted))
    const at = found.indexOf(true)
    if (at >= 0 && !found.slice(0, at).includes(null)) return number(at)
    return self.open ?? (found.includes(null) ? unknown('it looks for something not known') : number(at))
  },
  at: (_, self, [at]) =>
    at?.kind === 'number' ? (self.items.at(at.value) ?? self.open ?? absent) : unknown('an item is not known'),
  flat: (_, self) =>
    list(
      self.items.flatMap((item) => (item.kind === 'list' ? item.items : [item])),
      self.open,
    ),
  entries: (_, self) =>
    list(
      self.items.map((item, at) => list([number(at), item])),
      self.open,
    ),
  keys: (_, self) =>
    list(
      self.items.map((_item, at) => number(at)),
      self.open,
    ),
  values: (_, self) => self,
  toString: (_: Machine, self: List) => asText(self),
}

function separatorOf(value: Value): Text {
  const made = asText(value)
  return made.kind === 'text' ? made : concatenated([made])
}

/** The same of each variant, for hosts that take plain texts. */
export function eachText(value: Value, make: (text: string) => Value): Value {
  return each(value, (item) => {
    const made = asText(item)
    if (made.kind === 'unknown') return made
    return made.holes[0] ?? make(made.value)
  })
}
