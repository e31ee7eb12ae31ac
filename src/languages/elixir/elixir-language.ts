import { normalize } from 'node:path/posix'
import { type Call, itemsOf, type Language, type Run } from '../code/evaluator.ts'
import { numeric } from '../code/number-values.ts'
import { applied, printed } from '../code/text-methods.ts'
import {
  type FunctionValue,
  listValue,
  lookUp,
  nothing,
  textOf,
  textValue,
  truthOf,
  unknown,
  type Value,
} from '../code/values.ts'

/** Elixir's functions that migrations call. */
export const elixirLanguage: Language = {
  falsy: false,
  dictItems: 'pairs',
  call(call, run) {
    const { target, name, args, scope } = call
    if (target?.kind === 'path') return remote(`${target.path}.${name}`, call, run)
    if (target?.kind === 'function') return run.invoke(target, args, call.named, null)
    if (target?.kind === 'dict' && args.length === 0) return target.entries.get(name) ?? null
    if (target !== null) return null
    if (args.length === 0) return lookUp(scope, name) ?? null
    return name === 'to_string' ? printedValue(args[0]) : null
  },
  operate: numeric,
}

function remote(path: string, { args }: Call, run: Run): Value | null {
  const [first, second] = args
  const items = first ? itemsOf(first) : null
  const fn = args.find((arg): arg is FunctionValue => arg.kind === 'function')
  const each = (work: FunctionValue): Value[] => (items ?? []).map((item) => run.invoke(work, [item], new Map(), null))
  switch (path) {
    case 'Enum.each':
    case 'Enum.map':
    case 'Enum.flat_map':
      if (!fn) return null
      return items ? listValue(each(fn)) : run.invokeMaybe(fn, [first ?? nothing])
    case 'Enum.map_join':
      return items && fn ? joinedText(each(fn), textOf(second) ?? '') : null
    case 'Enum.join':
      return items ? joinedText(items, textOf(second) ?? '') : null
    case 'Enum.concat': {
      const more = second ? itemsOf(second) : null
      return items && more ? listValue([...items, ...more]) : null
    }
    case 'Enum.filter':
    case 'Enum.reject': {
      if (!fn || !items) return null
      const truths = each(fn).map((answer) => truthOf(answer, false))
      if (truths.includes(null)) return unknown('a selection of a list')
      return listValue(items.filter((_, i) => truths[i] === (path === 'Enum.filter')))
    }
    case 'Enum.with_index':
      return items ? listValue(items.map((item, i) => listValue([item, { kind: 'number', text: String(i) }]))) : null
    case 'Enum.zip': {
      const others = second ? itemsOf(second) : null
      return items && others ? listValue(items.map((item, i) => listValue([item, others[i] ?? nothing]))) : null
    }
    case 'Enum.chunk_every': {
      const size = Math.max(1, Number(textOf(second) ?? 1))
      if (!items) return null
      const chunks = items.filter((_, i) => i % size === 0).map((_, i) => items.slice(i * size, (i + 1) * size))
      return listValue(chunks.map(listValue))
    }
    case 'Enum.sort':
    case 'Enum.uniq':
    case 'Enum.to_list':
    case 'Enum.into':
    case 'MapSet.new':
      return first ?? null
    case 'Enum.reduce': {
      if (!fn || !items || !second) return null
      return items.reduce<Value>((sum, item) => run.invoke(fn, [item, sum], new Map(), null), second)
    }
    case 'Map.keys':
    case 'Keyword.keys':
      return first?.kind === 'dict' ? listValue([...first.entries.keys()].map((key) => textValue(key))) : null
    case 'Map.values':
    case 'Keyword.values':
      return first?.kind === 'dict' ? listValue([...first.entries.values()]) : null
    case 'String.replace': {
      const [, from, to] = args.map(textOf)
      return first?.kind === 'text' && from !== null && from !== undefined && to !== null && to !== undefined
        ? textValue(first.text.replaceAll(from, to))
        : null
    }
    case 'Enum.reverse':
      return items ? listValue([...items].reverse()) : null
    case 'Path.join': {
      const parts = (second ? args : (items ?? [])).map(textOf)
      return parts.includes(null) ? null : textValue(normalize(parts.join('/')))
    }
    case 'Path.expand': {
      const [to, from] = [textOf(first), textOf(second)]
      return to === null || from === null ? null : textValue(normalize(`${from}/${to}`))
    }
    case 'Application.app_dir':
      return second ?? null
    case 'String.to_atom':
    case 'String.to_existing_atom':
      return first?.kind === 'text' ? { ...first, symbol: true } : null
    case 'Atom.to_string':
    case 'Kernel.to_string':
    case 'Integer.to_string':
      return printedValue(first)
    case 'String.trim':
      return first?.kind === 'text' ? applied(first, (text) => text.trim()) : null
    case 'String.upcase':
      return first?.kind === 'text' ? applied(first, (text) => text.toUpperCase()) : null
    case 'String.downcase':
      return first?.kind === 'text' ? applied(first, (text) => text.toLowerCase()) : null
    case 'Keyword.get':
    case 'Map.get':
    case 'Map.fetch!':
      return first?.kind === 'dict' ? (first.entries.get(textOf(second) ?? '') ?? args[2] ?? nothing) : null
    case 'Keyword.merge':
    case 'Map.merge':
      if (first?.kind !== 'dict' || second?.kind !== 'dict') return null
      return { kind: 'dict', entries: new Map([...first.entries, ...second.entries]) }
    case 'IO.puts':
    case 'Logger.info':
    case 'Logger.warning':
      return nothing
    default:
      return null
  }
}

function joinedText(items: Value[], between: string): Value {
  const pieces = items.map(printed)
  return pieces.includes(null) ? unknown('a list with a part that is not known') : textValue(pieces.join(between))
}

function printedValue(value: Value | undefined): Value {
  const text = value ? printed(value) : null
  return text === null ? unknown('a text that is not known') : textValue(text)
}
