import { casts, defaultOperatorClasses } from './builtins.ts'
import type { Catalog } from './catalog.ts'
import { domainBase, isString, isUnread, sameBase, type TypeRef, userCast } from './types.ts'

/** How far a value is converted: by itself, when it is stored in a column, or when a cast is written. */
type Context = 'implicit' | 'assignment' | 'explicit'

const reach: Record<Context, string> = { implicit: 'i', assignment: 'ia', explicit: 'iae' }

/**
 * Whether the server finds a conversion (find_coercion_pathway in parse_coerce.c). The conversions of an extension's type were
 * not read, so it is taken to reach everything.
 */
export function converts(from: TypeRef, to: TypeRef, context: Context, catalog: Catalog): boolean {
  if (from.name === '' || isOpaque(from) || isOpaque(to)) return true
  const [source, target] = [domainBase(from, catalog) ?? from, domainBase(to, catalog) ?? to]
  if (source !== from || target !== to) return converts(source, target, context, catalog)
  if (from.array && to.array) {
    return sameBase(from, to) || converts({ ...from, array: false }, { ...to, array: false }, context, catalog)
  }
  if (sameBase(from, to)) return true
  const cast = from.array || to.array ? undefined : (userCast(from, to, catalog) ?? builtInCast(from, to, catalog))
  if (cast) return reach[context].includes(cast.at(-1) ?? 'e')
  // Through the text form: to a string on assignment, from a string only when a cast is written.
  if (isText(to)) return context !== 'implicit'
  return isText(from) && context === 'explicit'
}

/** bytea and the integers convert into each other from 18. */
function builtInCast(from: TypeRef, to: TypeRef, catalog: Catalog): string | undefined {
  const integers = ['smallint', 'integer', 'bigint']
  const pair = [from.name, to.name]
  if (pair.includes('bytea') && pair.some((name) => integers.includes(name)))
    return catalog.major >= 18 ? 'fe' : undefined
  return casts.get(`${from.name}>${to.name}`)
}

/** The string category, with citext, which is of it though an extension's. */
function isText(type: TypeRef): boolean {
  return isString(type) || (type.name === 'citext' && !type.array)
}

/** A type whose casts were not read. */
function isOpaque(type: TypeRef): boolean {
  return isUnread(type) || (type.user?.kind === 'base' && type.name !== 'citext')
}

/** The type whose operators an index on this type uses (GetDefaultOpClass); null when there are none. */
function operatorType(method: string, type: TypeRef, catalog: Catalog): string | null {
  const base = domainBase(type, catalog) ?? type
  const stands = (name: string): boolean => defaultOperatorClasses.has(`${method}>${name}`)
  if (base.array) return stands('anyarray') ? 'anyarray' : null
  if (base.user) {
    const kind = { enum: 'anyenum', range: 'anyrange', composite: 'record' }[base.user.kind as string]
    return kind ? (stands(kind) ? kind : null) : base.name
  }
  if (stands(base.name)) return base.name
  if (/^(?:int[48]|num|ts|tstz|date)(?:multi)?range$/.test(base.name)) {
    const kind = base.name.includes('multi') ? 'anymultirange' : 'anyrange'
    return stands(kind) ? kind : null
  }
  for (const [pair, how] of casts) {
    const [source, target = ''] = pair.split('>')
    if (source === base.name && how === 'bi' && stands(target)) return target
  }
  return null
}

/** Fails to be false only for types and methods that are known through and through. */
export function lacksOperatorClass(method: string, type: TypeRef, catalog: Catalog): boolean {
  const base = domainBase(type, catalog) ?? type
  if (base.name === '' || isUnread(base) || base.user?.kind === 'base') return false
  if (![...defaultOperatorClasses].some((name) => name.startsWith(`${method}>`))) return false
  // btree_gist and btree_gin bring classes for the scalar types.
  if ((method === 'gin' || method === 'gist') && catalog.extensions.has(`btree_${method}`)) return false
  return operatorType(method, type, catalog) === null
}

/** Types whose btree operators compare with each other (pg_amop of one family). */
const families = [
  ['smallint', 'integer', 'bigint'],
  ['real', 'double precision'],
  ['date', 'timestamp without time zone', 'timestamp with time zone'],
  ['text', 'name'],
]

/** Whether a foreign key can compare a column with the one it refers to (ATAddForeignKeyConstraint). */
export function comparable(key: TypeRef, referenced: TypeRef, catalog: Catalog): boolean {
  const bases = [key, referenced].map((type) => domainBase(type, catalog) ?? type)
  const [own = key, other = referenced] = bases
  if (bases.some((type) => type.name === '' || isOpaque(type))) return true
  if (sameBase(own, other)) return true
  const operator = operatorType('btree', other, catalog)
  if (operator === null) return true
  if (own.name === operator && !own.array) return true
  if (!own.array && families.some((family) => family.includes(own.name) && family.includes(operator))) return true
  // An enum, array or range is compared only with its own type.
  if (operator.startsWith('any') || operator === 'record') return false
  return converts(own, { ...other, name: operator, mods: [], user: null, schema: null }, 'implicit', catalog)
}
