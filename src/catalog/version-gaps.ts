import type { FuncCall, Node, TypeCast, TypeName } from '@pgsql/types'
import { qualifiedName, walk } from '../sql/walk.ts'
import { argumentCount, calledFunctions } from './called-functions.ts'
import type { Catalog } from './catalog.ts'
import { builtInFunctions, type KnownFunction, takesArguments } from './server-facts/built-in-functions.ts'
import { builtInCasts, builtInType, typeName, versionsOfCast, versionsOfType } from './server-facts/built-in-types.ts'
import { extensionMembers } from './server-facts/extension-members.ts'
import syntax from './server-facts/syntax.json' with { type: 'json' }
import { formsOf, isIn, newestMajor, type Versions } from './server-facts/versions.ts'
import { syntaxFeatures } from './syntax-features.ts'
import { typeOf } from './types.ts'

/** Something in a statement that the server's version does not have, but another one has. */
export interface VersionGap extends Versions {
  kind: 'syntax' | 'function' | 'type' | 'cast'
  /** For the reader: `NOT ENFORCED`, `any_value()`, `the type int4multirange`. */
  words: string
  /** False when the database may have a function or type of this name that was not read. */
  certain: boolean
}

/** The parts of a statement that the server's version lacks, in the order of the text. */
export function versionGaps(sql: string, node: Node | null, catalog: Catalog): VersionGap[] {
  if (!node) return []
  const hinted = syntaxFeatures.filter(({ hint }) => hint.test(sql))
  const mayBeMade = catalog.mayHoldMore || [...catalog.extensions.keys()].some((name) => isForeign(name, catalog))
  const found: VersionGap[] = []
  walk(node, (name, value) => {
    for (const { words, isIn: uses } of hinted) {
      const [versions] = uses(name, value) ? formsOf((syntax as Record<string, string>)[words] ?? '') : []
      if (versions && !isIn(versions, catalog.major))
        found.push({ kind: 'syntax', words, certain: true, ...rangeOf([versions]) })
    }
    if (name === 'FuncCall') found.push(...functionGap(value as FuncCall, catalog, mayBeMade))
    if (name === 'TypeCast') found.push(...castGap(value as TypeCast, catalog))
    if ('names' in value && 'typemod' in value) found.push(...typeGap(value as TypeName, catalog, mayBeMade))
    return undefined
  })
  return found
}

/** An extension that does not come with PostgreSQL may bring functions and types of any name. */
function isForeign(extension: string, catalog: Catalog): boolean {
  return extensionMembers(extension, catalog.major) === null
}

function functionGap(call: FuncCall, catalog: Catalog, mayBeMade: boolean): VersionGap[] {
  const { schema, name } = qualifiedName(call.funcname)
  const count = argumentCount(call)
  const called = calledFunctions(catalog, schema, name, count)
  const certain = schema === 'pg_catalog' || !mayBeMade
  if (called.kind === 'missing') {
    return [
      {
        kind: 'function',
        words: wordsFor(name, called.functions, count, catalog),
        certain,
        ...rangeOf(called.functions),
      },
    ]
  }
  if (called.kind !== 'known' || count === null) return []
  const types = (call.args ?? []).map((argument) => argumentType(argument, catalog))
  const fits = (fn: KnownFunction): boolean => takesTypes(fn, types, catalog)
  if (called.functions.some(fits)) return []
  const elsewhere = builtInFunctions(name).filter(
    (fn) => !isIn(fn, catalog.major) && takesArguments(fn, count) && fits(fn),
  )
  if (elsewhere.length === 0) return []
  return [{ kind: 'function', words: wordsFor(name, elsewhere, count, catalog), certain, ...rangeOf(elsewhere) }]
}

/** `any_value()`; with its types where the server has other functions of the name. */
function wordsFor(name: string, functions: KnownFunction[], count: number | null, catalog: Catalog): string {
  const others = builtInFunctions(name).some((fn) => isIn(fn, catalog.major))
  const [only] = functions
  if (!others || !only) return `${name}()`
  if (functions.length > 1 && new Set(functions.map((fn) => fn.arguments.join())).size > 1) {
    return count === null ? `${name}()` : `${name}() with ${count} argument${count === 1 ? '' : 's'}`
  }
  const types = only.arguments.map((type) => printed(type, catalog))
  return `${name}(${types.join(', ')})`
}

/** As format_type prints a name of pg_type, also of a type that this server lacks. */
function printed(type: string, catalog: Catalog): string {
  const array = type.startsWith('_')
  const bare = array ? type.slice(1) : type
  const known = builtInType(bare, catalog.major) ?? builtInType(bare, newestMajor)
  return `${known?.printed ?? bare}${array ? '[]' : ''}`
}

function isPseudo(type: string, catalog: Catalog): boolean {
  return (builtInType(type, catalog.major) ?? builtInType(type, newestMajor))?.kind === 'pseudo'
}

/** The name in pg_type of an argument that is cast or a whole number; null when the type is not known. */
function argumentType(argument: Node, catalog: Catalog): string | null {
  if ('A_Const' in argument) return argument.A_Const.ival ? 'int4' : null
  if ('FuncCall' in argument) {
    const { schema, name } = qualifiedName(argument.FuncCall.funcname)
    const called = calledFunctions(catalog, schema, name, argumentCount(argument.FuncCall))
    if (called.kind !== 'known') return null
    const results = new Set(called.functions.map(({ result }) => result))
    const [result = ''] = results
    return results.size > 1 || isPseudo(result, catalog) ? null : result
  }
  if (!('TypeCast' in argument) || !argument.TypeCast.typeName) return null
  const type = typeOf(argument.TypeCast.typeName, catalog)
  if (type.user || !type.known) return null
  return `${type.array ? '_' : ''}${typeName(type.name, catalog.major)}`
}

function takesTypes(fn: KnownFunction, types: (string | null)[], catalog: Catalog): boolean {
  return types.every(
    (type, i) => type === null || takesType(fn.arguments[i] ?? fn.arguments.at(-1) ?? '', type, catalog),
  )
}

function takesType(parameter: string, type: string, catalog: Catalog): boolean {
  if (parameter === type || parameter === 'any') return true
  if (/^any(compatible)?array$/.test(parameter))
    return type.startsWith('_') || type === 'int2vector' || type === 'oidvector'
  // Which ranges and enums a polymorphic parameter takes is left open.
  if (isPseudo(parameter, catalog) || parameter.startsWith('any')) return true
  const pair = `${printed(type, catalog)}>${printed(parameter, catalog)}`
  return builtInCasts(catalog.major).get(pair)?.context === 'implicit'
}

function typeGap(type: TypeName, catalog: Catalog, mayBeMade: boolean): VersionGap[] {
  const { schema, name } = qualifiedName(type.names)
  if ((schema !== null && schema !== 'pg_catalog') || catalog.type(schema, name)) return []
  const versions = versionsOfType(name)
  if (versions.length === 0 || versions.some((form) => isIn(form, catalog.major))) return []
  return [
    { kind: 'type', words: `the type ${name}`, certain: schema === 'pg_catalog' || !mayBeMade, ...rangeOf(versions) },
  ]
}

/** A cast of a value that is cast itself, between built-in types: `'…'::bytea::int`, of 18. */
function castGap({ arg, typeName: to }: TypeCast, catalog: Catalog): VersionGap[] {
  const [from, target] = [
    arg ? argumentType(arg, catalog) : null,
    to ? argumentType({ TypeCast: { typeName: to } }, catalog) : null,
  ]
  if (from === null || target === null || from === target) return []
  const pair = [printed(from, catalog), printed(target, catalog)].join('>')
  // One made by CREATE CAST counts too.
  if (builtInCasts(catalog.major).has(pair) || catalog.mayHoldMore || [...catalog.casts()].length > 0) return []
  const versions = versionsOfCast(from, target)
  if (versions.length === 0) return []
  return [{ kind: 'cast', words: `the cast from ${pair.replace('>', ' to ')}`, certain: true, ...rangeOf(versions) }]
}

/** The versions over several forms of one thing. */
function rangeOf(forms: Versions[]): Versions {
  return { since: Math.min(...forms.map(({ since }) => since)), until: Math.max(...forms.map(({ until }) => until)) }
}
