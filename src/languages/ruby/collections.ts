import { type Call, itemsOf, type Run } from '../code/evaluator.ts'
import { printed } from '../code/text-methods.ts'
import {
  type FunctionValue,
  listValue,
  nothing,
  sameValue,
  textOf,
  textValue,
  truthOf,
  unknown,
  type Value,
} from '../code/values.ts'

/** Methods of arrays and hashes; null for those that are not known, whose block is followed once with unknown items. */
export function collection(call: Call, target: Value & { kind: 'list' | 'dict' }, run: Run): Value | null {
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
    case 'reject': {
      const kept = block ? selected(items, each(block), name !== 'reject') : null
      if (!kept) return unknown('a selection of a list')
      if (target.kind !== 'dict') return listValue(kept)
      const pairs = kept.flatMap((item) => (item.kind === 'list' ? [item.items] : []))
      return { kind: 'dict', entries: new Map(pairs.map(([key, value]) => [textOf(key) ?? '', value ?? nothing])) }
    }
    case 'filter_map':
      return block ? listValue(each(block).filter((item) => truthOf(item, false) !== false)) : target
    case 'find':
    case 'detect':
      return block ? (selected(items, each(block), true)?.[0] ?? nothing) : nothing
    case 'each_slice':
    case 'in_groups_of': {
      const size = Math.max(1, Number(textOf(args[0]) ?? 1))
      const slices: Value[] = []
      for (let at = 0; at < items.length; at += size) slices.push(listValue(items.slice(at, at + size)))
      for (const slice of block ? slices : []) if (block) run.invoke(block, [slice], new Map(), null)
      return block ? target : listValue(slices)
    }
    case 'each_with_object': {
      const [memo = nothing] = args
      for (const item of block ? items : [])
        if (block) run.invoke(block, [...pair(target, item), memo], new Map(), null)
      return memo
    }
    case 'inject':
    case 'reduce': {
      if (!block) return unknown('a sum of a list')
      const [first = args[0] ?? nothing, ...rest] = args.length > 0 ? [args[0], ...items] : items
      return rest.reduce<Value>(
        (sum, item) => (item ? run.invoke(block, [sum, item], new Map(), null) : sum),
        first ?? nothing,
      )
    }
    case 'product': {
      const [other] = args
      const others = other ? (itemsOf(other) ?? []) : []
      const pairs = items.flatMap((item) => others.map((right) => listValue([item, right])))
      for (const both of block ? pairs : []) if (block) run.invoke(block, [both], new Map(), null)
      return listValue(pairs)
    }
    case 'zip': {
      const [other] = args
      const others = other ? (itemsOf(other) ?? []) : []
      const pairs = items.map((item, i) => listValue([item, others[i] ?? nothing]))
      for (const both of block ? pairs : []) if (block) run.invoke(block, [both], new Map(), null)
      return listValue(pairs)
    }
    case 'take':
      return listValue(items.slice(0, Number(textOf(args[0]) ?? 0)))
    case 'drop':
      return listValue(items.slice(Number(textOf(args[0]) ?? 0)))
    case 'except':
    case 'without':
    case 'excluding': {
      if (target.kind === 'dict') {
        const left = [...target.entries].filter(([key]) => !args.some((arg) => textOf(arg) === key))
        return { kind: 'dict', entries: new Map(left) }
      }
      return listValue(items.filter((item) => !args.some((arg) => sameValue(arg, item) === true)))
    }
    case 'slice':
      if (target.kind !== 'dict') return unknown('a part of a list')
      return {
        kind: 'dict',
        entries: new Map([...target.entries].filter(([key]) => args.some((arg) => textOf(arg) === key))),
      }
    case 'sort_by':
    case 'uniq_by':
    case 'compact_blank':
      return target
    case 'to_sentence':
      return unknown('a list as a sentence')
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
      // A method that is not known may call its block for any item.
      if (block) run.invokeMaybe(block, [unknown(`an item that \`${name}\` gives`)])
      return block ? unknown(`the answer of \`${name}\``) : null
  }
}

/** The items for which a condition holds; null where one is not decided. */
function selected(items: Value[], answers: Value[], wanted: boolean): Value[] | null {
  const truths = answers.map((answer) => truthOf(answer, false))
  return truths.includes(null) ? null : items.filter((_, i) => truths[i] === wanted)
}

function merged(target: Value, { args, named }: Call): Value {
  if (target.kind !== 'dict') return unknown('a merge of what is not known')
  const [other] = args
  const more = other?.kind === 'dict' ? other.entries : named
  return { kind: 'dict', entries: new Map([...target.entries, ...more]) }
}

/** Both halves of a pair go to a block with two parameters. */
function pair(target: Value, item: Value): Value[] {
  return target.kind === 'dict' && item.kind === 'list' ? item.items : [item]
}
