import type { A_Expr, Node, SelectStmt, SubLink } from '@pgsql/types'
import { type Column, columnOf, type Relation } from '../catalog/catalog.ts'
import { conjuncts } from '../catalog/expressions.ts'
import { columnsIn, rangeVars, strings } from '../sql/walk.ts'
import type { Judging } from './judging.ts'

/**
 * How many rows a WHERE leaves of a relation, by the planner's rules over what the catalog holds (selfuncs.c): null
 * fraction and distinct values; the planner's own defaults where neither says anything. Null: size unknown.
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

/** DEFAULT_INEQ_SEL and DEFAULT_EQ_SEL in selfuncs.h. */
const inequality = 1 / 3
const equality = 0.005

function selectivity(relation: Relation, expression: Node, rows: number): number {
  const batch = batchSize(expression)
  if (batch !== null) return Math.min(1, batch / Math.max(1, rows))
  const parts = conjuncts(expression)
  if (parts.length > 1) return parts.reduce((product, part) => product * selectivity(relation, part, rows), 1)
  if ('BoolExpr' in expression) {
    const args = expression.BoolExpr.args ?? []
    if (expression.BoolExpr.boolop === 'NOT_EXPR') return 1 - selectivity(relation, args[0] ?? expression, rows)
    return args.reduce((sum, arg) => {
      const part = selectivity(relation, arg, rows)
      return sum + part - sum * part
    }, 0)
  }
  const [name = ''] = columnsIn(expression)
  const column = columnOf(relation, name)
  const nulls = column?.statistics?.nullFraction ?? null
  if ('NullTest' in expression) {
    const isNull = expression.NullTest.nulltesttype === 'IS_NULL'
    if (column?.notNull) return isNull ? 0 : 1
    // Without statistics nothing bounds the nulls of a column: careful, all rows.
    return nulls === null ? 1 : isNull ? nulls : 1 - nulls
  }
  if ('A_Expr' in expression) return ofComparison(relation, column, expression.A_Expr, rows)
  if ('SubLink' in expression) return 0.5
  return inequality
}

function ofComparison(relation: Relation, column: Column | null, node: A_Expr, rows: number): number {
  const one = equalitySelectivity(relation, column, rows)
  const [operator] = strings(node.name)
  switch (node.kind) {
    case 'AEXPR_IN': {
      const count = node.rexpr && 'List' in node.rexpr ? (node.rexpr.List.items?.length ?? 1) : 1
      return Math.min(1, count * one)
    }
    case 'AEXPR_BETWEEN':
      return equality
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
      return 0.1
    case 'AEXPR_DISTINCT':
      return 1
    case 'AEXPR_NOT_DISTINCT':
      return one
  }
  if (operator === '=') return one
  if (operator === '<>') return 1 - one
  return inequality
}

function equalitySelectivity(relation: Relation, column: Column | null, rows: number): number {
  if (!column) return equality
  const single = relation.indexes.some(
    (index) =>
      index.unique &&
      index.valid &&
      index.predicate === null &&
      index.keys.length === 1 &&
      index.keys[0] === column.name,
  )
  if (single) return 1 / Math.max(1, rows)
  const { statistics } = column
  if (!statistics || statistics.distinct === 0) return column.type === 'boolean' ? 0.5 : 1
  const distinct = statistics.distinct > 0 ? statistics.distinct : -statistics.distinct * rows
  return (1 - statistics.nullFraction) / Math.max(1, distinct)
}

/** `id IN (SELECT … LIMIT 1000)` and `ctid = ANY (ARRAY(SELECT … LIMIT 1000))`: a batch, whatever else is asked. */
function batchSize(expression: Node): number | null {
  for (const part of conjuncts(expression)) {
    const link = 'SubLink' in part ? part.SubLink : arrayLink(part)
    const query = link?.subselect && 'SelectStmt' in link.subselect ? link.subselect.SelectStmt : null
    const limit = query?.limitCount && 'A_Const' in query.limitCount ? query.limitCount.A_Const.ival?.ival : undefined
    if (limit !== undefined && (link?.subLinkType === 'ANY_SUBLINK' || link?.subLinkType === 'ARRAY_SUBLINK'))
      return limit
  }
  return null
}

function arrayLink(part: Node): SubLink | null {
  if (!('A_Expr' in part) || part.A_Expr.kind !== 'AEXPR_OP_ANY') return null
  const { rexpr } = part.A_Expr
  return rexpr && 'SubLink' in rexpr ? rexpr.SubLink : null
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
