import type { Catalog } from './catalog.ts'
import { converts } from './coercion.ts'
import { operatorsNamed, printedName } from './server-facts/built-in-types.ts'
import { domainBase, extensionTypeOf, parseType, printType, sameBase, type TypeRef } from './types.ts'

/** The type of one side of an operator: `literal` for a text in quotes or NULL, which takes any type; null: not known. */
export type SideType = TypeRef | 'literal' | null

/** Names whose meaning for built-in types no extension of PostgreSQL's own changes. */
const settled = new Set(['=', '<>', '!=', '<', '>', '<=', '>=', '~~', '!~~', '~~*', '!~~*', '~', '!~', '~*', '!~*'])

/**
 * False only where the server surely finds no operator (42883): none of this name takes both types, also after the
 * conversions that it makes by itself (oper_select_candidate in parse_oper.c). `left` is undefined for a prefix operator.
 */
export function mayHaveOperator(name: string, left: SideType | undefined, right: SideType, catalog: Catalog): boolean {
  const sides = [...(left === undefined ? [] : [left]), right]
  if (sides.some((side) => side === null || (side !== 'literal' && !isPlain(side, catalog)))) return true
  if (sides.every((side) => side === 'literal')) return true
  const wanted = name === '!=' ? '<>' : name
  if (mayBeDefined(wanted, catalog)) return true
  if (sides.some((side) => side !== null && side !== 'literal' && hasOwnCast(side, catalog))) return true
  const made = catalog.operators?.get(wanted) ?? []
  const takesType = (parameter: string, side: SideType): boolean =>
    side === null || side === 'literal' || converts(side, parseType(parameter, catalog), 'implicit', catalog)
  const isMade = made.some((operator) => {
    if ((left === undefined) !== (operator.left === null)) return false
    if (operator.left !== null && left !== undefined && !takesType(operator.left, left)) return false
    return takesType(operator.right, right)
  })
  if (isMade) return true
  const candidates = operatorsNamed(wanted, catalog.major)
  if (candidates.length === 0) return true
  return candidates.some((candidate) => {
    if ((left === undefined) !== (candidate.left === null)) return false
    if (candidate.left !== null && left !== undefined && !takes(candidate.left, left, catalog)) return false
    if (candidate.left === candidate.right && polymorphic.has(candidate.right) && !isSameType(left, right, catalog)) {
      return false
    }
    return takes(candidate.right, right, catalog)
  })
}

/** Parameters that want the same type on both sides. */
const polymorphic = new Set(['anyarray', 'anyenum', 'anyrange', 'anymultirange'])

function isSameType(left: SideType | undefined, right: SideType, catalog: Catalog): boolean {
  if (!left || !right || left === 'literal' || right === 'literal') return true
  return sameBase(domainBase(left, catalog) ?? left, domainBase(right, catalog) ?? right)
}

/** The type of the result where the operator takes exactly these types; null else. */
export function operatorResult(
  name: string,
  left: SideType | undefined,
  right: SideType,
  catalog: Catalog,
): TypeRef | null {
  if (mayBeDefined(name, catalog) || catalog.operators?.has(name)) return null
  const same = (wanted: string | null, side: SideType | undefined): boolean =>
    wanted === null ? side === undefined : !!side && side !== 'literal' && isExactly(wanted, side, catalog)
  // A literal is first taken for a value of the other side's type (oper in parse_oper.c).
  const [first, second] = [left === 'literal' ? right : left, right === 'literal' ? (left ?? null) : right]
  const found = operatorsNamed(name === '!=' ? '<>' : name, catalog.major).filter(
    (candidate) => same(candidate.left, first) && same(candidate.right, second),
  )
  const [only] = found
  return only && found.length === 1 ? typeOfName(only.result, catalog) : null
}

/** True when a parameter of this type (a name of pg_type) takes the value by itself. */
export function takes(parameter: string, side: SideType, catalog: Catalog): boolean {
  if (side === null) return true
  if (side === 'literal') return true
  const base = domainBase(side, catalog) ?? side
  switch (parameter) {
    case 'anyarray':
    case 'anycompatiblearray':
      return base.array || ['int2vector', 'oidvector'].includes(base.name)
    case 'anyenum':
      return !base.array && base.user?.kind === 'enum'
    case 'anynonarray':
    case 'anycompatiblenonarray':
      return !base.array
    case 'anyrange':
    case 'anymultirange':
    case 'anycompatiblerange':
    case 'anycompatiblemultirange':
      return !base.array && (base.user?.kind === 'range' || (base.user === null && /range$/.test(base.name)))
    case 'record':
      return !base.array && base.user?.kind === 'composite'
  }
  if (parameter.startsWith('any')) return true
  return converts(side, typeOfName(parameter, catalog), 'implicit', catalog)
}

/** A type whose conversions are known: built in, an enum, or a domain over these. */
function isPlain(type: TypeRef, catalog: Catalog): boolean {
  if (type.name === '') return false
  const base = domainBase(type, catalog) ?? type
  return base.user === null ? base.schema === null : base.user.kind === 'enum'
}

/** True where an operator of this name may have been made in the database. */
function mayBeDefined(name: string, catalog: Catalog): boolean {
  return catalog.mayHoldMore || catalog.operators === null || isBrought(name, catalog)
}

function isBrought(name: string, { extensions, snapshot }: Catalog): boolean {
  if (settled.has(name)) return false
  return [...extensions.keys()].some((extension) => !snapshot?.extensions.includes(extension))
}

/** True where the database has a cast from the type that no known extension brings: for which contexts was not read. */
export function hasOwnCast(type: TypeRef, catalog: Catalog): boolean {
  const printed = printType({ ...(domainBase(type, catalog) ?? type), mods: [] })
  return [...catalog.casts()].some(
    ({ cast }) => cast.from === printed && extensionTypeOf(parseType(cast.to, catalog), catalog) === null,
  )
}

function isExactly(parameter: string, side: TypeRef, catalog: Catalog): boolean {
  const wanted = typeOfName(parameter, catalog)
  const base = domainBase(side, catalog) ?? side
  return base.user === null && wanted.name === base.name && wanted.array === base.array
}

/** A name of pg_type: `int4`, `_text` for an array. */
export function typeOfName(name: string, catalog: Catalog): TypeRef {
  const array = name.startsWith('_')
  return { ...parseType(printedName(array ? name.slice(1) : name, catalog.major), catalog), array }
}
