import type { Node, SelectStmt } from '@pgsql/types'
import { conjuncts } from '../catalog/expressions.ts'
import { columnOf, type Relation } from '../catalog/relation.ts'
import { batchSize, isUnique, plainColumns, selectivity } from '../catalog/selectivity.ts'
import { columnsIn, rangeVars, strings } from '../sql/walk.ts'
import type { Judging } from './judging.ts'

/**
 * How many rows a WHERE leaves of a relation; see {@link selectivity}. Null: size unknown.
 */
export function rowsMatching(judging: Judging, relation: Relation, where: Node | undefined): number | null {
  const rows = judging.catalog.now(relation).size.rows
  if (rows === null) return null
  if (!where) return rows
  const matching = Math.max(rows === 0 ? 0 : 1, Math.round(rows * selectivity(relation, where, rows)))
  const most = conjuncts(where).map((part) => rowsOfLink(judging, relation, part) ?? matching)
  return Math.min(matching, rowsOfRange(relation, where) ?? matching, ...most)
}

/** `id BETWEEN 1 AND 5000`, `id >= 1 AND id < 5001`: a unique whole number has no more rows than the range has numbers. */
function rowsOfRange(relation: Relation, where: Node): number | null {
  const ranges = new Map<string, { from: number; to: number }>()
  for (const { column, from, to } of conjuncts(where).flatMap(limitsIn)) {
    const known = ranges.get(column) ?? { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
    ranges.set(column, { from: Math.max(known.from, from), to: Math.min(known.to, to) })
  }
  const widths = [...ranges].flatMap(([column, { from, to }]) => {
    const whole = /^(smallint|integer|bigint)$/.test(columnOf(relation, column)?.type ?? '')
    return whole && isUnique(relation, new Set([column])) ? [Math.max(0, to - from + 1)] : []
  })
  const least = Math.min(...widths)
  return Number.isFinite(least) ? least : null
}

/** The whole numbers between which a condition keeps a column. */
function limitsIn(part: Node): { column: string; from: number; to: number }[] {
  if (!('A_Expr' in part)) return []
  const { kind, name, lexpr, rexpr } = part.A_Expr
  const [column] = lexpr && 'ColumnRef' in lexpr ? columnsIn(lexpr) : []
  if (column === undefined || !rexpr) return []
  if (kind === 'AEXPR_BETWEEN') {
    const [from, to] = 'List' in rexpr ? (rexpr.List.items ?? []).map(wholeNumber) : []
    return from == null || to == null ? [] : [{ column, from, to }]
  }
  const value = kind === 'AEXPR_OP' ? wholeNumber(rexpr) : null
  if (value === null) return []
  const [all, none] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  switch (strings(name)[0]) {
    case '<':
      return [{ column, from: none, to: value - 1 }]
    case '<=':
      return [{ column, from: none, to: value }]
    case '>':
      return [{ column, from: value + 1, to: all }]
    case '>=':
      return [{ column, from: value, to: all }]
    default:
      return []
  }
}

function wholeNumber(node: Node): number | null {
  if (!('A_Const' in node)) return null
  const { ival, fval } = node.A_Const
  const value = ival ? (ival.ival ?? 0) : Number(fval?.fval ?? 'none')
  return Number.isInteger(value) ? value : null
}

/** `id IN (SELECT …)` over a unique key: no more rows than the query gives. */
function rowsOfLink(judging: Judging, relation: Relation, part: Node): number | null {
  if (!('SubLink' in part) || part.SubLink.subLinkType !== 'ANY_SUBLINK') return null
  const { testexpr, subselect } = part.SubLink
  if (!subselect || !('SelectStmt' in subselect) || !isUnique(relation, new Set(plainColumns(testexpr)))) return null
  return rowsOfSelect(judging, subselect.SelectStmt)
}

/**
 * How many rows of the target an UPDATE … FROM or DELETE … USING writes at most: all, unless the other side is one table
 * or list and pins a unique key of the target.
 */
export function rowsJoined(
  judging: Judging,
  relation: Relation,
  name: string,
  from: Node[],
  where: Node | undefined,
): { rows: number | null; listed: boolean } {
  const all = judging.catalog.now(relation).size.rows
  const [item, ...more] = from
  const pinned = new Set(where ? conjuncts(where).flatMap((part) => equated(part, relation, name)) : [])
  if (!item || more.length > 0 || !isUnique(relation, pinned)) return { rows: all, listed: false }
  const query = 'RangeSubselect' in item ? item.RangeSubselect.subquery : undefined
  const select = query && 'SelectStmt' in query ? query.SelectStmt : null
  // A WITH query is none of the catalog's tables.
  const { schemaname = null, relname = '' } = 'RangeVar' in item ? item.RangeVar : {}
  const other = judging.catalog.find(schemaname, relname)?.size.rows ?? null
  const given = select ? rowsOfSelect(judging, select) : other
  if (given === null) return { rows: all, listed: false }
  return { rows: all === null ? given : Math.min(all, given), listed: select?.valuesLists !== undefined }
}

/** Columns of the relation, known here by this name, that the condition makes equal to something else. */
function equated(part: Node, relation: Relation, known: string): string[] {
  if (!('A_Expr' in part) || part.A_Expr.kind !== 'AEXPR_OP' || strings(part.A_Expr.name)[0] !== '=') return []
  return [part.A_Expr.lexpr, part.A_Expr.rexpr].flatMap((side) => {
    const fields = side && 'ColumnRef' in side ? strings(side.ColumnRef.fields) : []
    const [name = '', of = known] = fields.toReversed()
    return of === known && columnOf(relation, name) ? [name] : []
  })
}

/** A batch of a size that locks its rows for a moment only. */
export function isBatch(relation: Relation, where: Node | undefined): boolean {
  const size = where ? batchSize(relation, where) : null
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
  return isUnique(relation, pinned)
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
