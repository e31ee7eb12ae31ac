import { type Call, itemsOf, type Language } from '../code/evaluator.ts'
import { numeric } from '../code/number-values.ts'
import { applied, dedent, percentFormat, printed } from '../code/text-methods.ts'
import { listValue, nothing, pieceOf, sameValue, textOf, textValue, unknown, type Value } from '../code/values.ts'

/** Python's methods and functions that migrations call. */
export const pythonLanguage: Language = {
  falsy: true,
  dictItems: 'keys',
  call(call, run) {
    const { target, name } = call
    if (target === null) return global(call)
    if (target.kind === 'function') return run.invoke(target, call.args, call.named, null)
    // A member of an enum is its value here.
    if (name === 'value' && (target.kind === 'text' || target.kind === 'number')) return target
    if (name === '__len__' || name === 'name') return null
    if (target.kind === 'text') return textMethod(call, target)
    if (target.kind === 'list' || target.kind === 'dict') return collection(call, target)
    if (target.kind === 'path' && /(^|\.)dedent$/.test(`${target.path}.${name}`) && call.args[0]?.kind === 'text') {
      return applied(call.args[0], dedent)
    }
    return null
  },
  operate(operator, left, right) {
    if (operator === '%' && left.kind === 'text') {
      const args = right.kind === 'list' ? right.items : [right]
      const text = percentFormat(left.text, args, right.kind === 'dict' ? right.entries : new Map())
      return text === null ? null : textValue(text)
    }
    if (operator === 'in' || operator === 'not in') {
      const items =
        right.kind === 'list'
          ? right.items
          : right.kind === 'dict'
            ? [...right.entries.keys()].map((key) => textValue(key))
            : null
      if (!items) return null
      const answers = items.map((item) => sameValue(item, left))
      if (answers.includes(true)) return { kind: 'constant', value: operator === 'in' }
      return answers.includes(null) ? null : { kind: 'constant', value: operator !== 'in' }
    }
    if (operator === '|' && left.kind === 'dict' && right.kind === 'dict') {
      return { kind: 'dict', entries: new Map([...left.entries, ...right.entries]) }
    }
    // SQLAlchemy builds expressions from operators: `t.c.x == 1`.
    if (left.kind === 'made' || right.kind === 'made') {
      const args = [left, right]
      return { kind: 'made', path: `operator ${operator}`, target: null, args, named: new Map(), start: 0, end: 0 }
    }
    return numeric(operator, left, right)
  },
}

const textMethods: Record<string, (text: string) => string> = {
  strip: (text) => text.trim(),
  rstrip: (text) => text.trimEnd(),
  lstrip: (text) => text.trimStart(),
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  title: (text) => text.replaceAll(/\b\w/g, (letter) => letter.toUpperCase()),
}

function textMethod({ name, args, named }: Call, target: Value & { kind: 'text' }): Value | null {
  if (name === 'format') return formatted(target.text, args, named)
  if (name === 'join') {
    const pieces = args[0] ? itemsOf(args[0])?.map(printed) : undefined
    return pieces && !pieces.includes(null)
      ? textValue(pieces.join(target.text))
      : unknown('a list with a part that is not known')
  }
  if (name === 'replace') {
    const [from, to] = [textOf(args[0]), textOf(args[1])]
    return from === null || to === null
      ? unknown('a text that is replaced in')
      : textValue(target.text.replaceAll(from, to))
  }
  if (name === 'split') return listValue(target.text.split(textOf(args[0]) ?? /\s+/).map((piece) => textValue(piece)))
  if (name === 'splitlines') return listValue(target.text.split(/\r?\n/).map((piece) => textValue(piece)))
  if (name === 'startswith' || name === 'endswith') {
    const part = textOf(args[0])
    return part === null
      ? null
      : { kind: 'constant', value: name === 'startswith' ? target.text.startsWith(part) : target.text.endsWith(part) }
  }
  const method = textMethods[name]
  return method ? applied(target, method) : null
}

function formatted(format: string, args: Value[], named: Map<string, Value>): Value {
  let next = 0
  let missing = false
  const text = format.replaceAll(/\{\{|\}\}|\{(\w*)\}|\{[^}]*\}/g, (whole, key?: string) => {
    if (whole === '{{') return '{'
    if (whole === '}}') return '}'
    const value = key === undefined ? undefined : key === '' ? args[next++] : (named.get(key) ?? args[Number(key)])
    const piece = value ? pieceOf(value) : null
    if (piece === null) missing = true
    return piece ?? ''
  })
  return missing ? unknown('a text with a part that is not known') : textValue(text)
}

function collection({ name, args, named }: Call, target: Value & { kind: 'list' | 'dict' }): Value | null {
  if (target.kind === 'dict') {
    if (name === 'items') return listValue(itemsOf(target) ?? [])
    if (name === 'keys') return listValue([...target.entries.keys()].map((key) => textValue(key)))
    if (name === 'values') return listValue([...target.entries.values()])
    if (name === 'get') return target.entries.get(textOf(args[0]) ?? '') ?? args[1] ?? nothing
    if (name === 'copy') return { kind: 'dict', entries: new Map(target.entries) }
    if (name === 'update') {
      const [other] = args
      for (const [key, value] of [...(other?.kind === 'dict' ? other.entries : []), ...named])
        target.entries.set(key, value)
      return nothing
    }
    return null
  }
  if (name === 'append' || name === 'add') {
    target.items.push(...args)
    return nothing
  }
  if (name === 'extend') {
    const [more] = args
    target.items.push(...((more ? itemsOf(more) : null) ?? [unknown('items that are not known')]))
    return nothing
  }
  return name === 'copy' ? listValue([...target.items]) : null
}

function global(call: Call): Value | null {
  const { name, args } = call
  const [first, second] = args
  const items = first ? itemsOf(first) : null
  switch (name) {
    case 'str':
    case 'repr': {
      const text = first ? printed(first) : null
      return text === null ? unknown('a text that is not known') : textValue(text)
    }
    case 'int':
      return first?.kind === 'number' || first?.kind === 'text' ? { kind: 'number', text: first.text } : null
    case 'list':
    case 'tuple':
    case 'set':
    case 'sorted':
    case 'frozenset':
      if (!first) return listValue([])
      if (first.kind === 'dict') return listValue([...first.entries.keys()].map((key) => textValue(key)))
      return items ? listValue([...items]) : null
    case 'dict':
      return dictOf(first, call.named)
    case 'reversed':
      return items ? listValue([...items].reverse()) : null
    case 'enumerate':
      return items ? listValue(items.map((item, i) => listValue([{ kind: 'number', text: String(i) }, item]))) : null
    case 'zip': {
      const others = second ? itemsOf(second) : null
      return items && others
        ? listValue(items.slice(0, others.length).map((item, i) => listValue([item, others[i] ?? nothing])))
        : null
    }
    case 'range': {
      if (first?.kind !== 'number' || args.length > 2) return null
      const [from, to] = second?.kind === 'number' ? [Number(first.text), Number(second.text)] : [0, Number(first.text)]
      const count = Math.max(0, Math.min(1000, to - from))
      return listValue(Array.from({ length: count }, (_, i): Value => ({ kind: 'number', text: String(from + i) })))
    }
    case 'getattr':
      // A setting that only the run knows is taken as missing.
      if (first?.kind === 'class') return first.scope.names.get(textOf(second) ?? '') ?? args[2] ?? null
      return args[2] ?? null
    case 'len':
      return items ? { kind: 'number', text: String(items.length) } : null
    case 'dedent':
      return first?.kind === 'text' ? applied(first, dedent) : null
    case 'print':
      return nothing
    default:
      return null
  }
}

/** `dict(pairs, key=value)`; null where a key is not known. */
function dictOf(first: Value | undefined, named: Map<string, Value>): Value | null {
  const entries = new Map<string, Value>()
  if (first?.kind === 'dict') for (const [key, value] of first.entries) entries.set(key, value)
  else if (first?.kind === 'list')
    for (const pair of first.items) {
      const key = pair.kind === 'list' ? textOf(pair.items[0]) : null
      if (pair.kind !== 'list' || key === null) return null
      entries.set(key, pair.items[1] ?? nothing)
    }
  else if (first) return null
  for (const [key, value] of named) entries.set(key, value)
  return { kind: 'dict', entries }
}
