import type { Code, Param, Pattern } from './tree.ts'
import { listValue, nothing, sameValue, textValue, unknown, type Value } from './values.ts'

/** Binds the names of a pattern; false when the value cannot fit it. */
export function bind(
  pattern: Pattern,
  value: Value,
  set: (name: string, value: Value) => void,
  evaluate: (code: Code) => Value,
): boolean {
  switch (pattern.kind) {
    case 'ignored':
      return true
    case 'bind':
      set(pattern.name, value)
      return true
    case 'exact':
      return sameValue(evaluate(pattern.value), value) !== false
    case 'list': {
      if (value.kind !== 'list') {
        const reason = value.kind === 'unknown' ? value.reason : 'a part of a value that is not known'
        for (const item of pattern.items) bind(item, unknown(reason), set, evaluate)
        return true
      }
      const fits = pattern.items.map((item, i) => bind(item, value.items[i] ?? nothing, set, evaluate))
      return fits.every(Boolean)
    }
  }
}

/** Binds arguments to parameters; false when they cannot fit. */
export function parameters(
  params: Param[],
  args: Value[],
  named: Map<string, Value>,
  assign: (pattern: Pattern, value: Value) => boolean,
  evaluate: (fallback: Code) => Value,
): boolean {
  // A block with several parameters takes a list apart.
  const [only] = args
  const spread = args.length === 1 && params.length > 1 && only?.kind === 'list' && named.size === 0
  const given = spread && !params.some(({ fallback }) => fallback) ? [...only.items] : [...args]
  const rest = new Map(named)
  for (const param of params) {
    if (!assign(param.pattern, argument(param, given, rest, evaluate))) return false
  }
  return true
}

function argument(param: Param, given: Value[], rest: Map<string, Value>, evaluate: (fallback: Code) => Value): Value {
  if (param.rest === 'list') return listValue(given.splice(0))
  if (param.rest === 'dict') return { kind: 'dict', entries: new Map(rest) }
  const name = param.pattern.kind === 'bind' ? param.pattern.name : ''
  const byName = rest.get(name)
  if (byName && given.length === 0) {
    rest.delete(name)
    return byName
  }
  const next = given.shift()
  if (next) return next
  if (param.fallback) return evaluate(param.fallback)
  // Options without a name of their own arrive as one dict.
  if (rest.size > 0) return { kind: 'dict', entries: new Map([...rest].map(([key, value]) => [key, value])) }
  return unknown(`the argument ${textValue(name).kind === 'text' ? name : ''} is not given`)
}
