import type { Node, SelectStmt } from '@pgsql/types'
import { conjuncts } from '../catalog/expressions.ts'
import type { Relation } from '../catalog/relation.ts'
import { batchSize, selectivity } from '../catalog/selectivity.ts'
import { columnsIn, rangeVars, strings } from '../sql/walk.ts'
import type { Judging } from './judging.ts'

/**
 * How many rows a WHERE leaves of a relation; see {@link selectivity}. Null: size unknown.
 */
export function rowsMatching(judging: Judging, relation: Relation, where: Node | undefined): number | null {
  const rows = judging.catalog.now(relation).size.rows
  if (rows === null) return null
  if (!where) return rows
  return Math.max(rows === 0 ? 0 : 1, Math.round(rows * selectivity(relation, where, rows)))
}

/** A batch of a size that locks its rows for a moment only. */
export function isBatch(where: Node | undefined): boolean {
  const size = where ? batchSize(where) : null
  return size !== null && size <= 100_000
}

/** True when the WHERE pins a unique key to given values, or a LIMIT bounds it: few rows whatever the size. */
export function isBounded(relation: Relation, where: Node | undefined): boolean {
  if (!where) return false
  const pinned = new Set<string>()
  for (const part of conjuncts(where)) {
    if (!('A_Expr' in part)) continue
    const { kind, name, lexpr, rexpr } = part.A_Expr
    const isEquality = (kind === 'AEXPR_OP' && strings(name)[0] === '=') || kind === 'AEXPR_IN'
    if (isEquality && lexpr && 'ColumnRef' in lexpr && rexpr && isValue(rexpr))
      for (const column of columnsIn(lexpr)) pinned.add(column)
  }
  return relation.indexes.some(
    (index) =>
      index.unique &&
      index.valid &&
      index.predicate === null &&
      index.keys.every((key) => key !== null && pinned.has(key)),
  )
}

function isValue(node: Node): boolean {
  if ('TypeCast' in node && node.TypeCast.arg) return isValue(node.TypeCast.arg)
  if ('List' in node) return (node.List.items ?? []).every(isValue)
  return 'A_Const' in node || 'ParamRef' in node
}

/** Rows a query gives at most, as far as its plain FROM tells; null when a size is unknown. */
export function rowsOfSelect(judging: Judging, query: SelectStmt): number | null {
  if (query.valuesLists) return query.valuesLists.length
  const limit = query.limitCount && 'A_Const' in query.limitCount ? (query.limitCount.A_Const.ival?.ival ?? null) : null
  if (limit !== null) return limit
  if (query.larg || query.rarg) {
    const sides = [query.larg, query.rarg].map((side) => (side ? rowsOfSelect(judging, side) : 0))
    return sides.includes(null) ? null : (sides[0] ?? 0) + (sides[1] ?? 0)
  }
  if (!query.fromClause) return 1
  const only =
    query.fromClause.length === 1 && query.fromClause[0] && 'RangeVar' in query.fromClause[0]
      ? query.fromClause[0].RangeVar
      : null
  const relation = only && judging.find(only)
  if (relation) return rowsMatching(judging, relation, query.whereClause)
  const sizes = rangeVars(query.fromClause)
    .flatMap((name) => judging.find(name) ?? [])
    .map((one) => one.size.rows)
  if (sizes.includes(null)) return null
  return sizes.length > 0 ? Math.max(...sizes.map((size) => size ?? 0)) : 1
}

/** Tables hold rows; a partitioned parent and a foreign table hold none to read here. */
export function hasRows(relation: Relation): boolean {
  return relation.kind !== 'partitioned table' && relation.kind !== 'foreign table'
}
