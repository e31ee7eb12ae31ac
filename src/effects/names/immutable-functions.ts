import type { FuncCall, Node, TypeCast } from '@pgsql/types'
import { stableFunctions, volatileFunctions } from '../../catalog/builtins.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { columnOf, type Relation } from '../../catalog/relation.ts'
import { isString, parseType, type TypeRef, typeOf } from '../../catalog/types.ts'
import { qualifiedName, strings, walk } from '../../sql/walk.ts'
import { StatementFails } from '../model/errors.ts'

/**
 * Fails when an expression that is stored surely depends on more than its columns: an index, a generated column and a
 * partition key may only call IMMUTABLE functions (contain_mutable_functions). Unknown functions pass.
 */
export function requireImmutable(expression: unknown, relation: Relation, catalog: Catalog, message: string): void {
  walk(expression, (name, value) => {
    const mutable =
      name === 'SQLValueFunction' ||
      (name === 'FuncCall' && isMutableCall(value as FuncCall, relation, catalog)) ||
      (name === 'TypeCast' && isMutableCast(value as TypeCast, relation, catalog))
    if (mutable) throw new StatementFails('42P17', message)
    return undefined
  })
}

/** These are stable over timestamptz, since they look at the session's TimeZone, and immutable over timestamp. */
const zoned = new Set(['date_trunc', 'date_part', 'extract'])

function isMutableCall(node: FuncCall, relation: Relation, catalog: Catalog): boolean {
  const { schema, name } = qualifiedName(node.funcname)
  const user = catalog.functions(schema, name)
  if (user.length > 0) return user.every((fn) => fn.volatility !== 'immutable')
  if (schema !== null && schema !== 'pg_catalog') return false
  if (stableFunctions.has(name) || volatileFunctions.has(name)) return true
  return zoned.has(name) && typeIn(node.args?.[1], relation, catalog)?.name === 'timestamp with time zone'
}

const dates = /^(date|timestamp|time|interval)\b/

/** Text in and out of dates follows DateStyle, a time zone follows TimeZone, and labels of enums may be renamed. */
function isMutableCast(node: TypeCast, relation: Relation, catalog: Catalog): boolean {
  const from = typeIn(node.arg, relation, catalog)
  const to = node.typeName ? typeOf(node.typeName, catalog) : null
  if (!from || !to || from.array || to.array) return false
  if (from.user?.kind === 'enum') return isString(to)
  if (from.user || to.user) return false
  const zones = [from, to].filter((type) => type.name === 'timestamp with time zone').length
  if (dates.test(from.name) && dates.test(to.name)) return zones === 1
  return (dates.test(from.name) && isString(to)) || (isString(from) && dates.test(to.name))
}

function typeIn(node: Node | undefined, relation: Relation, catalog: Catalog): TypeRef | null {
  const name = node && 'ColumnRef' in node ? strings(node.ColumnRef.fields).at(-1) : undefined
  const column = name === undefined ? null : columnOf(relation, name)
  return column?.type ? parseType(column.type, catalog) : null
}
