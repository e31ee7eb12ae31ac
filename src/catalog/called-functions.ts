import type { FuncCall } from '@pgsql/types'
import type { Catalog } from './catalog.ts'
import {
  builtInFunctions,
  type FunctionVolatility,
  type KnownFunction,
  takesArguments,
} from './server-facts/built-in-functions.ts'
import { extensionFunctions } from './server-facts/extension-members.ts'
import { isIn } from './server-facts/versions.ts'

/**
 * Resolves a call to the functions that it may mean.
 *
 * `user`: functions of the database. `known`: functions of the server or of an extension that comes with it. `missing`:
 * only another version of the server has it, or has it with so many arguments. `unread`: none of these.
 */
type CalledFunctions =
  | { kind: 'user'; functions: CalledFunction[] }
  | { kind: 'known'; functions: KnownFunction[] }
  | { kind: 'missing'; functions: KnownFunction[] }
  | { kind: 'unread' }

/** `inlined`: the calls that the planner sees instead of a call of it; null and missing: the call itself. */
export interface CalledFunction {
  volatility: FunctionVolatility
  inlined?: { schema: string | null; name: string; count: number | null }[] | null
}

/** The functions that `name` means with so many arguments; null when their number is not known. */
export function calledFunctions(
  catalog: Catalog,
  schema: string | null,
  name: string,
  count: number | null,
): CalledFunctions {
  const user = catalog.functions(schema, name)
  if (user.length > 0) return { kind: 'user', functions: user }
  const fits = (fn: KnownFunction): boolean => count === null || takesArguments(fn, count)
  const builtIn =
    schema === null || schema === 'pg_catalog' ? builtInFunctions(calledName({ schema, name }, catalog.major)) : []
  const here = builtIn.filter((fn) => isIn(fn, catalog.major))
  const extended = schema === 'pg_catalog' ? [] : functionsOfExtensions(catalog, name)
  const fitting = [...here, ...extended].filter(fits)
  if (fitting.length > 0) return { kind: 'known', functions: fitting }
  const elsewhere = builtIn.filter(fits)
  if (elsewhere.length > 0) return { kind: 'missing', functions: elsewhere }
  // With another number of arguments than any version takes, the call fails, and the volatility is that of its name.
  const named = [...here, ...extended]
  return named.length > 0 ? { kind: 'known', functions: named } : { kind: 'unread' }
}

/** Functions that the grammar of an older server calls for the same syntax: EXTRACT up to 13, SIMILAR TO up to 12. */
const olderGrammar = new Map([
  ['extract', { until: 13, name: 'date_part' }],
  ['similar_to_escape', { until: 12, name: 'similar_escape' }],
])

/** The function that the server's own grammar makes of a call that the newest grammar parsed. */
export function calledName({ schema, name }: { schema: string | null; name: string }, major: number): string {
  const older = schema === 'pg_catalog' ? olderGrammar.get(name) : undefined
  return older && major <= older.until ? older.name : name
}

/** The number of arguments of a call, as the server looks for a function: null with VARIADIC or named arguments. */
export function argumentCount({ args = [], agg_within_group, agg_order, func_variadic }: FuncCall): number | null {
  if (func_variadic || args.some((argument) => 'NamedArgExpr' in argument)) return null
  return args.length + (agg_within_group ? (agg_order?.length ?? 0) : 0)
}

/** Whether the server or an extension that was created brings a function of this name. */
export function bringsFunction(catalog: Catalog, schema: string | null, name: string): boolean {
  if (schema === null || schema === 'pg_catalog') {
    if (builtInFunctions(name).some((fn) => isIn(fn, catalog.major))) return true
  }
  return functionsOfExtensions(catalog, name).length > 0
}

function functionsOfExtensions(catalog: Catalog, name: string): KnownFunction[] {
  return [...catalog.extensions.keys()].flatMap((extension) => extensionFunctions(extension, name, catalog.major))
}

/** The most restless of several volatilities. */
export function worstVolatility(functions: readonly { volatility: FunctionVolatility }[]): FunctionVolatility {
  if (functions.some(({ volatility }) => volatility === 'volatile')) return 'volatile'
  return functions.some(({ volatility }) => volatility === 'stable') ? 'stable' : 'immutable'
}
