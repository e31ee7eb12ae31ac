import type { FunctionVolatility } from './built-in-functions.ts'
import casts from './casts.json' with { type: 'json' }
import equalTypes from './equal-types.json' with { type: 'json' }
import operatorClasses from './operator-classes.json' with { type: 'json' }
import operators from './operators.json' with { type: 'json' }
import types from './types.json' with { type: 'json' }
import { factAt, formsOf, tableAt, type Versions } from './versions.ts'

/** A built-in type: pg_type's row. */
interface BuiltInType {
  /** In pg_type: `timestamptz`. */
  name: string
  /** As format_type prints it: `timestamp with time zone`. */
  printed: string
  /** pg_type.typcategory: `S` for strings, `D` for dates … */
  category: string
  kind: 'base' | 'domain' | 'range' | 'multirange' | 'pseudo'
  /** Whether reading the type from text, and writing it, needs no setting of the session. */
  input: FunctionVolatility | null
  output: FunctionVolatility | null
}

const typeKinds = { b: 'base', d: 'domain', r: 'range', m: 'multirange', p: 'pseudo', e: 'base' } as const
const volatilities = { i: 'immutable', s: 'stable', v: 'volatile' } as const

const typeTables = new Map<number, { byName: Map<string, BuiltInType>; byPrinted: Map<string, BuiltInType> }>()

function typesAt(major: number) {
  const known = typeTables.get(major)
  if (known) return known
  const byName = new Map<string, BuiltInType>()
  const byPrinted = new Map<string, BuiltInType>()
  for (const [name, words] of tableAt(types, major)) {
    const [printed = '', category = '', kind = 'b', input = '', output = ''] = words
    const type: BuiltInType = {
      name,
      printed: printed.replaceAll('~', ' '),
      category,
      kind: typeKinds[kind as keyof typeof typeKinds],
      input: volatilities[input as keyof typeof volatilities] ?? null,
      output: volatilities[output as keyof typeof volatilities] ?? null,
    }
    byName.set(name, type)
    byPrinted.set(type.printed, type)
  }
  typeTables.set(major, { byName, byPrinted })
  return { byName, byPrinted }
}

/** The type of a name of pg_type (`int4`) on a server of this major version; null when the server has none. */
export function builtInType(name: string, major: number): BuiltInType | null {
  return typesAt(major).byName.get(name) ?? null
}

/** The type that format_type prints so (`integer`); null when the server has none. */
export function printedType(printed: string, major: number): BuiltInType | null {
  return typesAt(major).byPrinted.get(printed) ?? null
}

/** The versions that have a built-in type by its name in pg_type; empty for a name that none has. */
export function versionsOfType(name: string): Versions[] {
  const text = Object.hasOwn(types, name) ? (types as Record<string, string>)[name] : undefined
  return text === undefined ? [] : formsOf(text)
}

/** The versions that have a cast between two built-in types, names of pg_type; empty when none has. */
export function versionsOfCast(from: string, to: string): Versions[] {
  const text = (casts as Record<string, string>)[`${from}>${to}`]
  return text === undefined ? [] : formsOf(text)
}

/** One row of pg_cast. */
export interface BuiltInCast {
  method: 'binary' | 'function' | 'text'
  context: 'implicit' | 'assignment' | 'explicit'
  /** Of the function; null without one. */
  volatility: FunctionVolatility | null
}

const methods = { b: 'binary', f: 'function', i: 'text' } as const
const contexts = { i: 'implicit', a: 'assignment', e: 'explicit' } as const

const castTables = new Map<number, Map<string, BuiltInCast>>()

/** Casts between built-in types on a server of this major version, as `from>to` in the names of format_type. */
export function builtInCasts(major: number): ReadonlyMap<string, BuiltInCast> {
  const known = castTables.get(major)
  if (known) return known
  const made = new Map(
    [...tableAt(casts, major)].map(([pair, words]): [string, BuiltInCast] => {
      const [how = '', volatility = ''] = words
      const [source = '', target = ''] = pair.split('>')
      return [
        `${printedName(source, major)}>${printedName(target, major)}`,
        { ...castOf(how), volatility: volatilities[volatility as keyof typeof volatilities] ?? null },
      ]
    }),
  )
  castTables.set(major, made)
  return made
}

/** `ba` and the like: method and context. */
export function castOf(how: string): { method: BuiltInCast['method']; context: BuiltInCast['context'] } {
  return {
    method: methods[how.charAt(0) as keyof typeof methods] ?? 'function',
    context: contexts[how.charAt(1) as keyof typeof contexts] ?? 'explicit',
  }
}

/** One row of pg_opclass. */
export interface OperatorClass {
  method: string
  name: string
  /** As format_type prints it for a built-in type. */
  type: string
  /** An index on the type needs no class to be named. */
  default: boolean
}

const classTables = new Map<number, OperatorClass[]>()

/** The built-in operator classes of a server of this major version. */
export function builtInOperatorClasses(major: number): readonly OperatorClass[] {
  const made = classTables.get(major) ?? operatorClassesIn(operatorClasses, major)
  classTables.set(major, made)
  return made
}

/** Reads `method name` to `type default`. */
export function operatorClassesIn(facts: Record<string, string>, major: number): OperatorClass[] {
  return [...tableAt(facts, major)].map(([key, [type = '', flag]]) => {
    const [method = '', name = ''] = key.split(' ')
    return { method, name, type: printedName(type, major), default: flag === 'default' }
  })
}

/** Whether an operator that needs a setting of the session takes these two types (names of format_type). */
export function operatorVolatility(
  name: string,
  left: string,
  right: string,
  major: number,
): FunctionVolatility | null {
  const words = factAt(
    (operators as Record<string, string>)[`${name} ${typeName(left, major)} ${typeName(right, major)}`],
    major,
  )
  return words ? (volatilities[words[0] as keyof typeof volatilities] ?? null) : null
}

/** One row of pg_operator; types by their names in pg_type. */
interface BuiltInOperator {
  /** Null for a prefix operator. */
  left: string | null
  right: string
  result: string
}

const operatorTables = new Map<number, Map<string, BuiltInOperator[]>>()

/** The built-in operators of this name on a server of this major version. Those behind their value are left out. */
export function operatorsNamed(name: string, major: number): readonly BuiltInOperator[] {
  const known = operatorTables.get(major) ?? new Map<string, BuiltInOperator[]>()
  if (!operatorTables.has(major)) {
    operatorTables.set(major, known)
    for (const [key, words] of tableAt(operators, major)) {
      const [operator = '', left = '', right = ''] = key.split(' ')
      if (right === '-') continue
      const made = { left: left === '-' ? null : left, right, result: words[1] ?? '' }
      known.set(operator, [...(known.get(operator) ?? []), made])
    }
  }
  return known.get(name) ?? []
}

/** Whether a default btree family has an operator that compares these two types (format_type) for equality. */
export function comparesEqual(left: string, right: string, major: number): boolean {
  return left === right || tableAt(equalTypes, major).has(`${typeName(left, major)} ${typeName(right, major)}`)
}

/** As format_type prints the type of a name of pg_type. */
export function printedName(name: string, major: number): string {
  return builtInType(name, major)?.printed ?? name
}

/** The name in pg_type of a type that format_type prints so; of another type the name itself. */
export function typeName(printed: string, major: number): string {
  return printedType(printed, major)?.name ?? printed
}
