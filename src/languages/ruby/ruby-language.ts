import type { Call, Language, Run } from '../code/evaluator.ts'
import { numeric } from '../code/number-values.ts'
import { applied, dedent, percentFormat, printed } from '../code/text-methods.ts'
import { listValue, lookUp, nothing, sameValue, textOf, textValue, unknown, type Value } from '../code/values.ts'
import { collection } from './collections.ts'

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

function range(from: number, to: number): Value & { kind: 'list' } {
  const count = Math.max(0, Math.min(1000, to - from + 1))
  return {
    kind: 'list',
    items: Array.from({ length: count }, (_, i): Value => ({ kind: 'number', text: String(from + i) })),
  }
}
