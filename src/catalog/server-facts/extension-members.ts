import { type KnownFunction, readOverloads } from './built-in-functions.ts'
import { builtInType, type OperatorClass, operatorClassesIn } from './built-in-types.ts'
import extensions from './extensions.json' with { type: 'json' }
import { factAt, isIn, tableAt } from './versions.ts'

/** The objects that CREATE EXTENSION creates on a server of some major version. */
interface ExtensionMembers {
  /** Its types, arrays left out. */
  types: { name: string; domain: { base: string; checked: boolean } | null }[]
  /** Extensions that it needs; CASCADE creates them. */
  requires: string[]
}

type Facts = Partial<Record<string, Record<string, string>>>

const none: Record<string, string> = {}

function factsOf(extension: string): Facts | null {
  return Object.hasOwn(extensions, extension) ? ((extensions as Record<string, Facts>)[extension] ?? null) : null
}

/** Null for an extension that does not come with PostgreSQL, or not with this version. */
export function extensionMembers(extension: string, major: number): ExtensionMembers | null {
  const facts = factsOf(extension)
  if (!facts || !factAt(facts.available?.[''], major)) return null
  const types = [...tableAt(facts.types ?? none, major)].map(([name, words]) => {
    const base = words[words.indexOf('of') + 1] ?? ''
    const isDomain = words.includes('of')
    return {
      name,
      domain: isDomain ? { base: builtInType(base, major)?.printed ?? base, checked: words.includes('checked') } : null,
    }
  })
  return { types, requires: [...tableAt(facts.requires ?? none, major).keys()] }
}

/** The functions of this name that an extension brings on a server of this major version. */
export function extensionFunctions(extension: string, name: string, major: number): KnownFunction[] {
  const functions = factsOf(extension)?.functions
  const text = functions && Object.hasOwn(functions, name) ? functions[name] : undefined
  return text === undefined ? [] : readOverloads(name, text).filter((fn) => isIn(fn, major))
}

/** The operator classes that an extension brings on a server of this major version. */
export function extensionOperatorClasses(extension: string, major: number): OperatorClass[] {
  return operatorClassesIn(factsOf(extension)?.operatorClasses ?? none, major)
}

/** The extension that brings an operator class of this name, whatever the version; null when none does. */
export function bringsOperatorClass(method: string, name: string): string | null {
  const found = Object.entries(extensions as Record<string, Facts>).find(
    ([, { operatorClasses = none }]) => `${method} ${name}` in operatorClasses,
  )
  return found?.[0] ?? null
}

interface ExtensionType {
  /** pg_type.typcategory: `S` for strings. */
  category: string
  /** Casts from and to it as `from>to`, names of pg_type, with method and context: `ba`. */
  casts: ReadonlyMap<string, string>
}

/** A base type of an extension that comes with PostgreSQL; null for a domain (earth, lo) and for every other type. */
export function extensionType(name: string, major: number): ExtensionType | null {
  const found = Object.values(extensions as Record<string, Facts>).find(({ types = none }) =>
    Object.hasOwn(types, name),
  )
  const words = factAt(found?.types?.[name], major)
  if (!found || !words || words[2] === 'd') return null
  const casts = [...tableAt(found.casts ?? none, major)].map(([pair, [how = '']]): [string, string] => [pair, how])
  return { category: words[1] ?? 'U', casts: new Map(casts) }
}
