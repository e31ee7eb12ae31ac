import type { Catalog } from './catalog.ts'
import {
  builtInCasts,
  builtInOperatorClasses,
  comparesEqual,
  type OperatorClass,
  printedType,
} from './server-facts/built-in-types.ts'
import { extensionOperatorClasses } from './server-facts/extension-members.ts'
import {
  castBetween,
  domainBase,
  extensionTypeOf,
  isString,
  isUnread,
  parseType,
  sameBase,
  type TypeRef,
} from './types.ts'

/** How far a value is converted: by itself, when it is stored in a column, or when a cast is written. */
type Context = 'implicit' | 'assignment' | 'explicit'

const reach: Record<Context, Context[]> = {
  implicit: ['implicit'],
  assignment: ['implicit', 'assignment'],
  explicit: ['implicit', 'assignment', 'explicit'],
}

/**
 * Whether the server finds a conversion (find_coercion_pathway in parse_coerce.c). The conversions of an extension's type were
 * not read, so it is taken to reach everything.
 */
export function converts(from: TypeRef, to: TypeRef, context: Context, catalog: Catalog): boolean {
  if (from.name === '' || isOpaque(from, catalog) || isOpaque(to, catalog)) return true
  const [source, target] = [domainBase(from, catalog) ?? from, domainBase(to, catalog) ?? to]
  if (source !== from || target !== to) return converts(source, target, context, catalog)
  if (from.array && to.array) {
    return sameBase(from, to) || converts({ ...from, array: false }, { ...to, array: false }, context, catalog)
  }
  if (sameBase(from, to)) return true
  const cast = from.array || to.array ? null : castBetween(from, to, catalog)
  if (cast) return reach[context].includes(cast.context)
  // Through the text form: to a string on assignment, from a string only when a cast is written.
  if (isText(to, catalog)) return context !== 'implicit'
  return isText(from, catalog) && context === 'explicit'
}

/** The string category, with an extension's types of it: citext. */
function isText(type: TypeRef, catalog: Catalog): boolean {
  return isString(type) || (!type.array && extensionTypeOf(type, catalog)?.category === 'S')
}

/** A type whose casts were not read. */
function isOpaque(type: TypeRef, catalog: Catalog): boolean {
  return (isUnread(type) || type.user?.kind === 'base') && extensionTypeOf(type, catalog) === null
}

/** The type whose operators an index on this type uses (GetDefaultOpClass); null when there are none. */
function operatorType(method: string, type: TypeRef, catalog: Catalog): string | null {
  const base = domainBase(type, catalog) ?? type
  const exists = (name: string): boolean => hasDefaultClass(method, name, catalog)
  if (base.array) return exists('anyarray') ? 'anyarray' : null
  if (base.user) {
    const kind = { enum: 'anyenum', range: 'anyrange', composite: 'record' }[base.user.kind as string]
    return kind ? (exists(kind) ? kind : null) : base.name
  }
  if (exists(base.name)) return base.name
  const builtIn = printedType(base.name, catalog.major)?.kind
  if (builtIn === 'range' || builtIn === 'multirange') return exists(`any${builtIn}`) ? `any${builtIn}` : null
  for (const [pair, cast] of builtInCasts(catalog.major)) {
    const [source, target = ''] = pair.split('>')
    const same = cast.method === 'binary' && cast.context === 'implicit'
    if (source === base.name && same && exists(target)) return target
  }
  return null
}

/** Whether an index of this method on the type needs no operator class to be named. */
function hasDefaultClass(method: string, type: string, catalog: Catalog): boolean {
  if (catalog.hasDefaultOperatorClass(method, type)) return true
  return classesOf(catalog).some((known) => known.default && known.method === method && known.type === type)
}

function classesOf(catalog: Catalog): OperatorClass[] {
  return [
    ...builtInOperatorClasses(catalog.major),
    ...[...catalog.extensions.keys()].flatMap((name) => extensionOperatorClasses(name, catalog.major)),
  ]
}

/** Fails to be false only for types and methods that are known through and through. */
export function lacksOperatorClass(method: string, type: TypeRef, catalog: Catalog): boolean {
  const base = domainBase(type, catalog) ?? type
  if (base.name === '' || isUnread(base) || base.user?.kind === 'base') return false
  if (!builtInOperatorClasses(catalog.major).some((known) => known.method === method)) return false
  return operatorType(method, type, catalog) === null
}

/** Whether an index names this class for nothing: it is its type's own, and goes when the type changes. */
export function isDefaultClass(method: string, name: string, catalog: Catalog): boolean {
  return classesNamed(method, name, catalog).some((known) => known.default)
}

/** Whether a named operator class takes no values of the type; false also when the class or the type was not read. */
export function classRefuses(method: string, name: string, type: TypeRef, catalog: Catalog): boolean {
  const base = domainBase(type, catalog) ?? type
  if (base.name === '' || isOpaque(base, catalog)) return false
  const classes = classesNamed(method, name, catalog)
  return classes.length > 0 && classes.every((known) => !isBinaryCoercible(base, known.type, catalog))
}

function classesNamed(method: string, name: string, catalog: Catalog) {
  return classesOf(catalog).filter((known) => known.method === method && known.name === name)
}

/** IsBinaryCoercible: the same type, a polymorphic one for its kind, or an implicit cast that keeps the bytes. */
function isBinaryCoercible(from: TypeRef, to: string, catalog: Catalog): boolean {
  if (from.array) return to === 'anyarray' || to === 'anyelement'
  const kind = from.user ? from.user.kind : printedType(from.name, catalog.major)?.kind
  if (to === `any${kind}` || (to === 'record' && kind === 'composite') || to === 'anyelement' || to === 'any')
    return true
  if (!from.user && from.name === to) return true
  const cast = castBetween(from, parseType(to, catalog), catalog)
  return cast?.method === 'binary' && cast.context === 'implicit'
}

/** Whether a foreign key can compare a column with the one it refers to (ATAddForeignKeyConstraint). */
export function comparable(key: TypeRef, referenced: TypeRef, catalog: Catalog): boolean {
  const bases = [key, referenced].map((type) => domainBase(type, catalog) ?? type)
  const [own = key, other = referenced] = bases
  if (bases.some((type) => type.name === '' || isOpaque(type, catalog))) return true
  if (sameBase(own, other)) return true
  const operator = operatorType('btree', other, catalog)
  if (operator === null) return true
  if (own.name === operator && !own.array) return true
  if (!own.array && comparesEqual(own.name, operator, catalog.major)) return true
  // An enum, array or range is compared only with its own type.
  if (operator.startsWith('any') || operator === 'record') return false
  return converts(own, { ...other, name: operator, mods: [], user: null, schema: null }, 'implicit', catalog)
}
