import type { A_Expr, FuncCall, Node, TypeCast } from '@pgsql/types'
import { argumentCount, calledFunctions } from '../../catalog/called-functions.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { columnOf, type Relation } from '../../catalog/relation.ts'
import type { KnownFunction } from '../../catalog/server-facts/built-in-functions.ts'
import { builtInCasts, operatorVolatility, printedType, typeName } from '../../catalog/server-facts/built-in-types.ts'
import { isString, parseType, type TypeRef, typeOf } from '../../catalog/types.ts'
import { qualifiedName, strings, walk } from '../../sql/walk.ts'
import { invalidObjectDefinition } from '../model/sqlstate-errors.ts'

/**
 * Fails when an expression that is stored surely depends on more than its columns: an index, a generated column and a
 * partition key may only call IMMUTABLE functions (contain_mutable_functions). Unknown functions pass.
 */
export function requireImmutable(expression: unknown, relation: Relation, catalog: Catalog, message: string): void {
  walk(expression, (name, value) => {
    const mutable =
      name === 'SQLValueFunction' ||
      (name === 'FuncCall' && isMutableCall(value as FuncCall, relation, catalog)) ||
      (name === 'A_Expr' && isMutableOperator(value as A_Expr, relation, catalog)) ||
      (name === 'TypeCast' && isMutableCast(value as TypeCast, relation, catalog))
    if (mutable) throw invalidObjectDefinition(message)
    return undefined
  })
}

function isMutableCall(node: FuncCall, relation: Relation, catalog: Catalog): boolean {
  const { schema, name } = qualifiedName(node.funcname)
  const called = calledFunctions(catalog, schema, name, argumentCount(node))
  // A function that this server lacks fails with another error.
  if (called.kind === 'unread' || called.kind === 'missing') return false
  const meant =
    called.kind === 'known' ? byTypes(called.functions, node.args ?? [], relation, catalog) : called.functions
  return meant.every((fn) => fn.volatility !== 'immutable')
}

/** Of several overloads those with exactly the types of the arguments, as far as these are known. */
function byTypes(functions: KnownFunction[], args: Node[], relation: Relation, catalog: Catalog): KnownFunction[] {
  const types = args.map((argument) => {
    const type = typeIn(argument, relation, catalog)
    return type && !type.array && !type.user ? typeName(type.name, catalog.major) : null
  })
  const exact = functions.filter((fn) => types.every((type, i) => type === null || fn.arguments[i] === type))
  return exact.length > 0 ? exact : functions
}

/** `timestamptz + interval` and the like, which look at the session's TimeZone. */
function isMutableOperator({ kind, name, lexpr, rexpr }: A_Expr, relation: Relation, catalog: Catalog): boolean {
  if (kind !== 'AEXPR_OP') return false
  const [left, right] = [lexpr, rexpr].map((side) => typeIn(side, relation, catalog))
  if (!left || !right || left.array || right.array || left.user || right.user) return false
  const volatility = operatorVolatility(strings(name).at(-1) ?? '', left.name, right.name, catalog.major)
  return volatility !== null && volatility !== 'immutable'
}

/** Text in and out of dates follows DateStyle, a time zone follows TimeZone, and labels of enums may be renamed. */
function isMutableCast(node: TypeCast, relation: Relation, catalog: Catalog): boolean {
  const from = typeIn(node.arg, relation, catalog)
  const to = node.typeName ? typeOf(node.typeName, catalog) : null
  if (!from || !to || from.array || to.array) return false
  if (from.user?.kind === 'enum') return isString(to)
  if (to.user?.kind === 'enum') return isString(from)
  if (from.user || to.user || from.name === to.name) return false
  const cast = builtInCasts(catalog.major).get(`${from.name}>${to.name}`)
  if (cast) return (cast.volatility ?? 'immutable') !== 'immutable'
  if (isString(to)) return isMutable(printedType(from.name, catalog.major)?.output)
  return isString(from) && isMutable(printedType(to.name, catalog.major)?.input)
}

function isMutable(volatility: string | null | undefined): boolean {
  return volatility === 'stable' || volatility === 'volatile'
}

/** The type of a column or of a value that is cast; null for what is more. */
function typeIn(node: Node | undefined, relation: Relation, catalog: Catalog): TypeRef | null {
  if (node && 'TypeCast' in node && node.TypeCast.typeName) return typeOf(node.TypeCast.typeName, catalog)
  const name = node && 'ColumnRef' in node ? strings(node.ColumnRef.fields).at(-1) : undefined
  const column = name === undefined ? null : columnOf(relation, name)
  return column?.type ? parseType(column.type, catalog) : null
}
