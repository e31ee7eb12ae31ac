import type { Node, TypeName } from '@pgsql/types'
import type { Catalog, UserType } from './catalog.ts'
import {
  type BuiltInCast,
  builtInCasts,
  builtInType,
  castOf,
  printedType,
  typeName,
} from './server-facts/built-in-types.ts'
import { extensionType } from './server-facts/extension-members.ts'

/** A column type: base, modifiers and array dimension. Built-in names as `format_type` prints them, without modifiers. */
export interface TypeRef {
  /** Null for built-in types. */
  schema: string | null
  name: string
  /** Length, precision and scale, as written in the SQL. */
  mods: number[]
  array: boolean
  user: UserType | null
}

/** The pseudo types of CREATE TABLE that create a sequence, with the type that the column gets. */
export const serials: Record<string, string> = {
  smallserial: 'smallint',
  serial2: 'smallint',
  serial: 'integer',
  serial4: 'integer',
  bigserial: 'bigint',
  serial8: 'bigint',
}

/** The type a TypeName node means here. `known` false: no such type was read or made. */
export function typeOf(node: TypeName, catalog: Catalog): TypeRef & { known: boolean } {
  const names = (node.names ?? []).flatMap((part) => ('String' in part ? [part.String.sval ?? ''] : []))
  const name = names.at(-1) ?? ''
  const schema = names.length > 1 ? (names[0] ?? null) : null
  const mods = (node.typmods ?? []).flatMap((mod) => numberIn(mod) ?? [])
  const array = (node.arrayBounds ?? []).length > 0
  return named(schema, name, mods, array, catalog)
}

function named(schema: string | null, name: string, mods: number[], array: boolean, catalog: Catalog) {
  if (schema === null || schema === 'pg_catalog') {
    const printed = builtInType(name, catalog.major)?.printed
    const shadowed = schema === null ? catalog.type(null, name) : null
    if (!shadowed && printed !== undefined) {
      return { schema: null, name: printed, mods: normalMods(printed, mods), array, user: null, known: true }
    }
  }
  const user = catalog.type(schema, name)
  return { schema: user?.schema ?? schema, name, mods, array, user, known: user !== null }
}

/** The type that a catalog column's text means: `character varying(50)`, `public.mood[]`. */
export function parseType(text: string, catalog: Catalog): TypeRef {
  const array = text.endsWith('[]')
  const plain = array ? text.slice(0, -2) : text
  const match = /^(.*?)(?:\(([\d,\s-]+)\))?((?: with(?:out)? time zone)?)$/.exec(plain)
  const name = `${match?.[1] ?? plain}${match?.[3] ?? ''}`
  const mods = (match?.[2] ?? '').split(',').flatMap((mod) => (mod.trim() === '' ? [] : [Number(mod)]))
  if (printedType(name, catalog.major) || /^interval\b/.test(name)) {
    return { schema: null, name: name.startsWith('interval') ? 'interval' : name, mods, array, user: null }
  }
  const parts = name.match(/"(?:[^"]|"")+"|[^.]+/g) ?? [name]
  const [last = name, home = null] = [...parts]
    .reverse()
    .map((part) => part.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'))
  const user = catalog.type(home, last)
  return { schema: user?.schema ?? home, name: last, mods, array, user }
}

/** As `format_type` prints it, user types always with their schema. */
export function printType(type: TypeRef): string {
  const mods = type.mods.length > 0 ? `(${type.mods.join(',')})` : ''
  const base = type.schema === null ? type.name : `${quoted(type.schema)}.${quoted(type.name)}`
  const zone = / with(out)? time zone$/.exec(base)
  return `${zone ? `${base.slice(0, zone.index)}${mods}${zone[0]}` : `${base}${mods}`}${type.array ? '[]' : ''}`
}

/** As messages name it: without length, user types without the schema that the search path finds. */
export function shortType(type: TypeRef): string {
  return printType({ ...type, mods: [], schema: null })
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/** `bit` and `character` without a length mean length 1; the grammar says so for `char` already. */
function normalMods(name: string, mods: number[]): number[] {
  if (name === 'interval') return mods.slice(1)
  if (name === 'numeric' && mods.length === 1) return [mods[0] ?? 0, 0]
  return mods
}

function numberIn(node: Node): number | null {
  return 'A_Const' in node && node.A_Const.ival ? (node.A_Const.ival.ival ?? 0) : null
}

/** The cost of changing a column's type without USING, by the server's rules (ATColumnChangeRequiresRewrite). */
export interface TypeChange {
  kind: 'none' | 'rewrite' | 'impossible'
  /** The column's indexes keep their storage; never true with a rewrite. */
  keepsIndexes: boolean
  /** The new type holds less: values may not fit. */
  narrows: boolean
}

/**
 * Measured on PostgreSQL 17 over 80 pairs of types: only binary-coercible casts, domains without constraints, wider
 * lengths and precisions of the same scale, and timestamp ↔ timestamptz while TimeZone is UTC leave the rows alone.
 */
export function typeChange(from: TypeRef, to: TypeRef, catalog: Catalog, timeZone: string | null): TypeChange {
  const rewrite: TypeChange = { kind: 'rewrite', keepsIndexes: false, narrows: narrows(from, to) }
  const kept: TypeChange = { kind: 'none', keepsIndexes: true, narrows: false }
  const rebuilt: TypeChange = { kind: 'none', keepsIndexes: false, narrows: false }
  if (sameBase(from, to)) {
    if (from.array) return sameMods(from, to) ? kept : rewrite
    return widens(from, to) ? kept : rewrite
  }
  const fromDomain = domainBase(from, catalog)
  if (fromDomain) {
    // The domain's own length is not known to the cast, so a length of the new type is always applied again.
    if (to.mods.length > 0) return rewrite
    return typeChange({ ...fromDomain, mods: [] }, to, catalog, timeZone)
  }
  const toDomain = domainBase(to, catalog)
  if (toDomain) {
    const constrained = domainsOf(to, catalog).some((domain) => domain.checks.length > 0 || domain.notNull)
    const base = typeChange(from, toDomain, catalog, timeZone)
    return constrained && base.kind === 'none' ? rewrite : base
  }
  if (from.array || to.array) return rewrite
  if (isZonePair(from, to)) {
    return catalog.behaves('utc-timestamps-convert-in-place') && isUtc(timeZone) && !(to.mods.length > 0)
      ? rebuilt
      : rewrite
  }
  const cast = castBetween(from, to, catalog)
  if (!cast) {
    if (isString(to)) return rewrite
    return from.user || to.user || isUnread(from) || isUnread(to) ? maybeUserCast(from, to) : impossible(from, to)
  }
  if (cast.context === 'explicit') return { kind: 'impossible', keepsIndexes: false, narrows: false }
  if (cast.method !== 'binary') return rewrite
  if (to.mods.length > 0) return rewrite
  const sameClass =
    from.name === to.name || (isText(from) && isText(to)) || (from.name === 'cidr' && to.name === 'inet')
  return sameClass ? kept : rebuilt
}

function impossible(from: TypeRef, to: TypeRef): TypeChange {
  return { kind: 'impossible', keepsIndexes: false, narrows: narrows(from, to) }
}

function maybeUserCast(from: TypeRef, to: TypeRef): TypeChange {
  // An enum or composite has no assignment cast from text; the casts of an extension's type were not read.
  const made = (type: TypeRef): boolean => type.user !== null && ['enum', 'composite'].includes(type.user.kind)
  return made(from) || made(to) ? impossible(from, to) : { kind: 'rewrite', keepsIndexes: false, narrows: false }
}

/** True for a type of an extension that neither the catalog nor the migrations describe. */
export function isUnread(type: TypeRef): boolean {
  return type.schema !== null && type.user === null
}

/** The same type, whatever its length or precision. */
export function sameBase(a: TypeRef, b: TypeRef): boolean {
  return a.name === b.name && a.schema === b.schema && a.array === b.array
}

function sameMods(a: TypeRef, b: TypeRef): boolean {
  return a.mods.join() === b.mods.join()
}

/** True when every value of `from` fits `to` without being looked at; both have the same base. */
function widens(from: TypeRef, to: TypeRef): boolean {
  if (sameMods(from, to)) return true
  const [length, scale = 0] = from.mods
  const [newLength, newScale = 0] = to.mods
  switch (to.name) {
    case 'character varying':
    case 'bit varying':
      return newLength === undefined || (length !== undefined && newLength >= length)
    case 'numeric':
      return newLength === undefined || (length !== undefined && newLength >= length && newScale === scale)
    case 'timestamp without time zone':
    case 'timestamp with time zone':
    case 'time without time zone':
    case 'time with time zone':
    case 'interval':
      return newLength === undefined || newLength >= (length ?? 6)
    default:
      return newLength === undefined
  }
}

/** Sizes of the integer and floating types, bytes, to detect a narrowing. */
const numberRanks: Record<string, number> = {
  smallint: 2,
  integer: 4,
  bigint: 8,
  numeric: 20,
  real: 24,
  'double precision': 28,
}

function narrows(from: TypeRef, to: TypeRef): boolean {
  if (from.array !== to.array) return false
  if (isString(from) && isString(to)) {
    const [length] = from.mods
    const [newLength] = to.mods
    return newLength !== undefined && (length === undefined || newLength < length)
  }
  if (from.name === 'numeric' && to.name === 'numeric') {
    const [precision = Infinity, scale = 0] = from.mods
    const [newPrecision = Infinity, newScale = 0] = to.mods
    return newPrecision - newScale < precision - scale || newScale < scale
  }
  const [rank, newRank] = [numberRanks[from.name], numberRanks[to.name]]
  return rank !== undefined && newRank !== undefined && newRank < rank
}

/** The type under a domain and the domains below it; null for every other type. */
export function domainBase(type: TypeRef, catalog: Catalog): TypeRef | null {
  const base = domainsOf(type, catalog).at(-1)?.base ?? null
  return base === null ? null : parseType(base, catalog)
}

/** The domain of a type and the domains that it is over; empty for other types, also for an array of a domain. */
export function domainsOf(type: TypeRef, catalog: Catalog): UserType[] {
  if (type.array || type.user?.kind !== 'domain') return []
  return [type.user, ...(type.user.base === null ? [] : domainsOf(parseType(type.user.base, catalog), catalog))]
}

function isZonePair(from: TypeRef, to: TypeRef): boolean {
  const names = ['timestamp without time zone', 'timestamp with time zone']
  return from.name !== to.name && names.includes(from.name) && names.includes(to.name)
}

/** The server compares the zone itself with UTC: these names are zones of constant zero. */
function isUtc(timeZone: string | null): boolean {
  return timeZone !== null && /^(etc\/)?(utc|uct|gmt|zulu|universal|greenwich|gmt[+-]?0)$|^0$/i.test(timeZone)
}

function isText(type: TypeRef): boolean {
  return type.name === 'text' || type.name === 'character varying'
}

/** A character type: its values are cut or padded when the length changes. */
export function isString(type: TypeRef): boolean {
  return (isText(type) || type.name === 'character' || type.name === 'name') && !type.array
}

/** How the server converts one type into another (pg_cast); null when no cast is known. */
export function castBetween(
  from: TypeRef,
  to: TypeRef,
  catalog: Catalog,
): Pick<BuiltInCast, 'method' | 'context'> | null {
  const { major } = catalog
  const pair = `${typeName(from.name, major)}>${typeName(to.name, major)}`
  const how = extensionTypeOf(from, catalog)?.casts.get(pair) ?? extensionTypeOf(to, catalog)?.casts.get(pair)
  if (how !== undefined) return castOf(how)
  const [source, target] = [printType({ ...from, mods: [] }), printType({ ...to, mods: [] })] as const
  for (const { cast, context } of catalog.casts()) {
    if (bareName(cast.from) !== bareName(source) || bareName(cast.to) !== bareName(target)) continue
    return { method: cast.method === 'inout' ? 'text' : cast.method, context }
  }
  return from.user || to.user ? null : (builtInCasts(major).get(`${from.name}>${to.name}`) ?? null)
}

/** The type of an extension that comes with PostgreSQL, whose casts are known; null for any other. */
export function extensionTypeOf(type: TypeRef, catalog: Catalog): ReturnType<typeof extensionType> {
  const maybe = (type.user === null || type.user.kind === 'base') && !printedType(type.name, catalog.major)
  return maybe ? extensionType(type.name, catalog.major) : null
}

/** Without the schema. */
function bareName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
