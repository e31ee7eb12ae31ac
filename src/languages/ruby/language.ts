import { type Call, itemsOf, type Language, type Run } from '../code/evaluator.ts'
import { numeric } from '../code/numbers.ts'
import { applied, dedent, percentFormat, printed } from '../code/text-methods.ts'
import {
  type FunctionValue,
  listValue,
  lookUp,
  nothing,
  sameValue,
  textOf,
  textValue,
  unknown,
  type Value,
} from '../code/values.ts'

/** Ruby's core methods that migrations call, with those of ActiveSupport. */
export const rubyLanguage: Language = {
  falsy: false,
  dictItems: 'pairs',
  call(call, run) {
    const { target, name } = call
    if (target === null) return global(call, run)
    if (target.kind === 'function')
      return name === 'call' ? run.invoke(target, call.args, call.named, call.block) : null
    if (anyMethods.has(name)) return target
    if (target.kind === 'list' || target.kind === 'dict') return collection(call, target, run)
    if (target.kind === 'text') return textMethod(call, target, run)
    if (target.kind === 'number' || target.kind === 'constant') return scalar(call, target, run)
    if (target.kind === 'unknown' && call.block) {
      run.invokeMaybe(call.block, [target])
      return target
    }
    return null
  },
  operate(operator, left, right) {
    if (operator === '%' && left.kind === 'text') {
      const args = right.kind === 'list' ? right.items : [right]
      const text = percentFormat(left.text, args, right.kind === 'dict' ? right.entries : new Map())
      return text === null ? null : textValue(text)
    }
    if (operator === '-' && left.kind === 'list' && right.kind === 'list') {
      return listValue(left.items.filter((item) => !right.items.some((other) => sameValue(item, other) === true)))
    }
    if (operator === '..' && left.kind === 'number' && right.kind === 'number')
      return range(Number(left.text), Number(right.text))
    return numeric(operator, left, right)
  },
}

/** Methods that give the receiver itself, for the purposes of reading. */
const anyMethods = new Set([
  'freeze',
  'dup',
  'to_ary',
  'to_a',
  'clone',
  'itself',
  'html_safe',
  'with_indifferent_access',
  'presence',
  'compact',
  'lazy',
  'tap',
  'symbolize_keys',
  'deep_dup',
  'to_h',
])

const textMethods: Record<string, (text: string) => string> = {
  strip: (text) => text.trim(),
  chomp: (text) => text.replace(/\r?\n$/, ''),
  rstrip: (text) => text.trimEnd(),
  lstrip: (text) => text.trimStart(),
  squish: (text) => text.trim().replaceAll(/\s+/g, ' '),
  'squish!': (text) => text.trim().replaceAll(/\s+/g, ' '),
  strip_heredoc: dedent,
  upcase: (text) => text.toUpperCase(),
  downcase: (text) => text.toLowerCase(),
  capitalize: (text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase(),
  underscore: (text) => text.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase(),
}

function textMethod({ name, args, named }: Call, target: Value & { kind: 'text' }, _run: Run): Value | null {
  if (name === 'to_sym' || name === 'intern') return { ...target, symbol: true }
  if (name === 'to_s' || name === 'to_str') return { ...target, symbol: false }
  if (name === '<<' || name === 'concat') {
    const more = args[0] ? printed(args[0]) : null
    return more === null ? unknown('a text with a part that is not known') : textValue(target.text + more)
  }
  if (name === 'blank?' || name === 'empty?') return { kind: 'constant', value: target.text.trim() === '' }
  if (name === 'present?') return { kind: 'constant', value: target.text.trim() !== '' }
  if (name === 'to_i') return { kind: 'number', text: String(Number.parseInt(target.text, 10) || 0) }
  if (name === 'split')
    return listValue(
      target.text
        .split(textOf(args[0]) ?? /\s+/)
        .filter((piece) => piece !== '')
        .map((piece) => textValue(piece)),
    )
  if (name === 'gsub' || name === 'sub' || name === 'tr') {
    const [from, to] = [textOf(args[0]), textOf(args[1])]
    if (from === null || to === null) return unknown('a text that is replaced in')
    return textValue(name === 'sub' ? target.text.replace(from, to) : target.text.replaceAll(from, to))
  }
  if (name === 'format') return formatted(target.text, args, named)
  const method = textMethods[name]
  return method ? applied(target, method) : null
}

function scalar({ name, block }: Call, target: Value, run: Run): Value | null {
  if (name === 'to_s') return textValue(printed(target) ?? '')
  if (name === 'to_i' || name === 'to_f') return target
  if (name === 'nil?') return { kind: 'constant', value: target.kind === 'constant' && target.value === null }
  if (name === 'present?')
    return {
      kind: 'constant',
      value: target.kind === 'number' || (target.kind === 'constant' && target.value === true),
    }
  if (name === 'blank?')
    return {
      kind: 'constant',
      value: !(target.kind === 'number' || (target.kind === 'constant' && target.value === true)),
    }
  if (name === 'times' && block && target.kind === 'number') {
    for (const item of range(0, Number(target.text) - 1).items) run.invoke(block, [item], new Map(), null)
    return target
  }
  if (target.kind === 'constant' && target.value === null) return nothing
  return target
}

function collection(call: Call, target: Value & { kind: 'list' | 'dict' }, run: Run): Value | null {
  const { name, args, block } = call
  const items = itemsOf(target) ?? []
  const each = (fn: FunctionValue): Value[] => items.map((item) => run.invoke(fn, pair(target, item), new Map(), null))
  switch (name) {
    case 'each':
    case 'each_pair':
    case 'reverse_each':
    case 'find_each':
      if (!block) return target
      for (const item of name === 'reverse_each' ? [...items].reverse() : items)
        run.invoke(block, pair(target, item), new Map(), null)
      return target
    case 'each_with_index':
      for (const [i, item] of items.entries()) {
        if (block) run.invoke(block, [item, { kind: 'number', text: String(i) }], new Map(), null)
      }
      return target
    case 'each_key':
    case 'each_value':
      if (block)
        for (const item of items)
          run.invoke(
            block,
            [item.kind === 'list' ? (item.items[name === 'each_key' ? 0 : 1] ?? nothing) : item],
            new Map(),
            null,
          )
      return target
    case 'map':
    case 'collect':
      return block ? listValue(each(block)) : target
    case 'flat_map':
      return block ? listValue(each(block).flatMap((item) => (item.kind === 'list' ? item.items : [item]))) : target
    case 'select':
    case 'filter':
    case 'reject':
      return unknown('a selection of a list')
    case 'join': {
      const pieces = items.map(printed)
      return pieces.includes(null)
        ? unknown('a list with a part that is not known')
        : textValue(pieces.join(textOf(args[0]) ?? ''))
    }
    case '<<':
    case 'push':
    case 'append':
      if (target.kind === 'list') target.items.push(...args)
      return target
    case '[]=': {
      const key = textOf(args[0])
      if (target.kind === 'dict' && key !== null && args[1]) target.entries.set(key, args[1])
      return args[1] ?? nothing
    }
    case 'keys':
      return target.kind === 'dict'
        ? listValue([...target.entries.keys()].map((key) => ({ ...textValue(key), symbol: true }) as Value))
        : null
    case 'values':
      return target.kind === 'dict' ? listValue([...target.entries.values()]) : null
    case 'merge':
      return merged(target, call)
    case 'fetch':
    case 'dig':
      return target.kind === 'dict' ? (target.entries.get(textOf(args[0]) ?? '') ?? args[1] ?? nothing) : null
    case 'first':
      return items[0] ?? nothing
    case 'last':
      return items.at(-1) ?? nothing
    case 'reverse':
      return listValue([...items].reverse())
    case 'flatten':
      return listValue(items.flatMap((item) => (item.kind === 'list' ? item.items : [item])))
    case 'uniq':
    case 'sort':
      return target
    case 'size':
    case 'count':
    case 'length':
      return { kind: 'number', text: String(items.length) }
    case 'include?':
    case 'key?':
      return {
        kind: 'constant',
        value: items.some((item) => textOf(item.kind === 'list' ? item.items[0] : item) === textOf(args[0])),
      }
    case 'any?':
    case 'present?':
      return { kind: 'constant', value: items.length > 0 }
    case 'empty?':
    case 'blank?':
      return { kind: 'constant', value: items.length === 0 }
    default:
      return null
  }
}

function merged(target: Value, { args, named }: Call): Value {
  if (target.kind !== 'dict') return unknown('a merge of what is not known')
  const [other] = args
  const more = other?.kind === 'dict' ? other.entries : named
  return { kind: 'dict', entries: new Map([...target.entries, ...more]) }
}

function global(call: Call, run: Run): Value | null {
  const { name, args, named, scope, block } = call
  if (name === 'yield') {
    const passed = lookUp(scope, '&')
    return passed?.kind === 'function' ? run.invoke(passed, args, named, null) : unknown('a block that is not known')
  }
  if (name === 'format' || name === 'sprintf') {
    const [format, ...rest] = args
    return format?.kind === 'text' ? formatted(format.text, rest, named) : unknown('a text that is formatted')
  }
  if (name === 'lambda' || name === 'proc') return block
  if (name === 'attr_accessor' || name === 'private' || name === 'puts' || name === 'p') return nothing
  if (args.length === 0 && named.size === 0 && !block) return lookUp(scope, name) ?? null
  return null
}

function formatted(format: string, args: Value[], named: Map<string, Value>): Value {
  const text = percentFormat(format, args, named)
  return text === null ? unknown('a text with a part that is not known') : textValue(text)
}

/** Both halves of a pair go to a block with two parameters. */
function pair(target: Value, item: Value): Value[] {
  return target.kind === 'dict' && item.kind === 'list' ? item.items : [item]
}

function range(from: number, to: number): Value & { kind: 'list' } {
  const count = Math.max(0, Math.min(1000, to - from + 1))
  return {
    kind: 'list',
    items: Array.from({ length: count }, (_, i): Value => ({ kind: 'number', text: String(from + i) })),
  }
}
