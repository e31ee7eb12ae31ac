import functions from './functions.json' with { type: 'json' }
import { formsOf, type Versions } from './versions.ts'

export type FunctionVolatility = 'immutable' | 'stable' | 'volatile'

/** One function as some servers have it: an overload has an entry of its own for each time its volatility changed. */
export interface KnownFunction extends Versions {
  name: string
  /** Names of pg_type: `int4`, `_text` for an array. */
  arguments: string[]
  volatility: FunctionVolatility
  kind: 'function' | 'aggregate' | 'window' | 'procedure'
  /** A name of pg_type. */
  result: string
  /** How many of the last arguments have a default. */
  defaults: number
  variadic: boolean
}

const volatilities = { i: 'immutable', s: 'stable', v: 'volatile' } as const
const kinds = { f: 'function', a: 'aggregate', w: 'window', p: 'procedure' } as const

const built = new Map<string, KnownFunction[]>()

/** The overloads of a built-in function over all versions that were asked; empty for a name that none has. */
export function builtInFunctions(name: string): KnownFunction[] {
  const known = built.get(name)
  if (known) return known
  const text = Object.hasOwn(functions, name) ? (functions as Record<string, string>)[name] : undefined
  const read = text === undefined ? [] : readOverloads(name, text)
  built.set(name, read)
  return read
}

/** Reads `types|volatility kind result …` of every overload. */
export function readOverloads(name: string, text: string): KnownFunction[] {
  return text.split(';').flatMap((overload) => {
    const bar = overload.indexOf('|')
    const types = overload.slice(0, bar)
    return formsOf(overload.slice(bar + 1)).map(({ words, since, until }) => {
      const [volatility = 'v', kind = 'f', result = '', ...flags] = words
      return {
        name,
        arguments: types === '' ? [] : types.split(','),
        volatility: volatilities[volatility as keyof typeof volatilities],
        kind: kinds[kind as keyof typeof kinds],
        result,
        defaults: Number(flags.find((flag) => /^\d+$/.test(flag)) ?? 0),
        variadic: flags.includes('variadic'),
        since,
        until,
      }
    })
  })
}

/** Whether a call with so many arguments may mean this function. */
export function takesArguments(fn: KnownFunction, count: number): boolean {
  const most = fn.arguments.length
  if (count > most) return fn.variadic
  // A variadic parameter may be left empty only with VARIADIC '{}', which counts as an argument.
  return count >= most - fn.defaults
}
