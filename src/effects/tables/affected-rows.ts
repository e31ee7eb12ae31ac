import type { FuncCall, Node, SelectStmt, WithClause } from '@pgsql/types'
import { conjuncts } from '../../catalog/expressions.ts'
import { columnOf, type Relation } from '../../catalog/relation.ts'
import { batchSize, isUnique, plainColumns, selectivity } from '../../catalog/selectivity.ts'
import { columnsIn, strings } from '../../sql/walk.ts'
import type { StatementContext } from '../model/statement-context.ts'

/**
 * How many rows a WHERE leaves of a relation; see {@link selectivity}. Null: size unknown.
 */
export function rowsMatching(
  context: StatementContext,
  relation: Relation,
  where: Node | undefined,
  queries: Queries = new Map(),
): number | null {
  const rows = context.catalog.current(relation).size.rows
  if (rows === null) return null
  if (!where) return rows
  const matching = Math.max(rows === 0 ? 0 : 1, Math.round(rows * selectivity(relation, where, rows)))
  const most = conjuncts(where).map((part) => rowsOfLink(context, relation, part, queries) ?? matching)
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

/** The queries of WITH by their names; null where one of them writes. */
type Queries = ReadonlyMap<string, SelectStmt | null>

export function queriesOf(clause: WithClause | undefined, around: Queries = new Map()): Queries {
  if (!clause) return around
  const own = (clause.ctes ?? []).flatMap((cte): [string, SelectStmt | null][] => {
    if (!('CommonTableExpr' in cte)) return []
    const { ctename = '', ctequery } = cte.CommonTableExpr
    // A recursive one gives as many rows as it goes round.
    return [[ctename, !clause.recursive && ctequery && 'SelectStmt' in ctequery ? ctequery.SelectStmt : null]]
  })
  return new Map([...around, ...own])
}

/** `id IN (SELECT …)` over a unique key: no more rows than the query gives. */
function rowsOfLink(context: StatementContext, relation: Relation, part: Node, queries: Queries): number | null {
  if (!('SubLink' in part) || part.SubLink.subLinkType !== 'ANY_SUBLINK') return null
  const { testexpr, subselect } = part.SubLink
  if (!subselect || !('SelectStmt' in subselect) || !isUnique(relation, new Set(plainColumns(testexpr)))) return null
  return rowsOfSelect(context, subselect.SelectStmt, queries)
}

/**
 * How many rows of the target an UPDATE … FROM or DELETE … USING writes at most: all, unless the other side is one table
 * or list and pins a unique key of the target.
 */
export function rowsJoined(
  context: StatementContext,
  relation: Relation,
  name: string,
  from: Node[],
  where: Node | undefined,
  queries: Queries,
): { rows: number | null; listed: boolean } {
  const all = context.catalog.current(relation).size.rows
  const [item, ...more] = from
  const pinned = new Set(where ? conjuncts(where).flatMap((part) => equated(part, relation, name)) : [])
  if (!item || more.length > 0 || !isUnique(relation, pinned)) return { rows: all, listed: false }
  const query = 'RangeSubselect' in item ? item.RangeSubselect.subquery : undefined
  const listed = query !== undefined && 'SelectStmt' in query && query.SelectStmt.valuesLists !== undefined
  const given = rowsOfItem(context, item, queries)
  if (given === null) return { rows: all, listed: false }
  return { rows: all === null ? given : Math.min(all, given), listed }
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

/** Rows that a query returns, from its FROM: for a join as many as its largest side. Null when unknown. */
export function rowsOfSelect(context: StatementContext, query: SelectStmt, around: Queries = new Map()): number | null {
  const queries = queriesOf(query.withClause, around)
  if (query.valuesLists) return query.valuesLists.length
  const limit = query.limitCount && 'A_Const' in query.limitCount ? (query.limitCount.A_Const.ival?.ival ?? null) : null
  if (limit !== null) return limit
  if (query.larg || query.rarg) {
    const sides = [query.larg, query.rarg].map((side) => (side ? rowsOfSelect(context, side, queries) : 0))
    return sides.includes(null) ? null : (sides[0] ?? 0) + (sides[1] ?? 0)
  }
  const from = query.fromClause
  if (!from) return largest((query.targetList ?? []).map(rowsOfTarget))
  const [only, ...more] = from
  const isTable = only && 'RangeVar' in only && more.length === 0 && !namedBy(only, queries)
  const relation = isTable ? context.find(only.RangeVar) : null
  if (relation) return rowsMatching(context, relation, query.whereClause, queries)
  return largest(from.map((node) => (more.length > 0 && isLateral(node) ? 1 : rowsOfItem(context, node, queries))))
}

function largest(sizes: (number | null)[]): number | null {
  return sizes.reduce<number | null>((most, size) => (most === null || size === null ? null : Math.max(most, size)), 0)
}

function namedBy(node: Node, queries: Queries): boolean {
  return 'RangeVar' in node && node.RangeVar.schemaname === undefined && queries.has(node.RangeVar.relname ?? '')
}

/** Rows of one item of FROM; null where they are unknown, as for a function. */
function rowsOfItem(context: StatementContext, node: Node, queries: Queries): number | null {
  if ('JoinExpr' in node) {
    const { larg, rarg } = node.JoinExpr
    const sides = [larg, rarg].flatMap((side) => (side && !isLateral(side) ? [side] : []))
    return largest(sides.map((side) => rowsOfItem(context, side, queries)))
  }
  if ('RangeSubselect' in node) {
    const { subquery } = node.RangeSubselect
    return subquery && 'SelectStmt' in subquery ? rowsOfSelect(context, subquery.SelectStmt, queries) : null
  }
  if ('RangeVar' in node) {
    const query = namedBy(node, queries) ? queries.get(node.RangeVar.relname ?? '') : undefined
    // Its own name means something else inside it.
    if (query !== undefined) return query && rowsOfSelect(context, query, without(queries, node.RangeVar.relname))
    return context.find(node.RangeVar)?.size.rows ?? null
  }
  const calls = callsIn(node)
  return calls.length > 0 ? largest(calls.map(rowsOfCall)) : null
}

function without(queries: Queries, name: string | undefined): Queries {
  return new Map([...queries].filter(([one]) => one !== name))
}

/** A function over columns of its neighbours: as many rows as they have, near enough. */
function isLateral(node: Node): boolean {
  return 'RangeFunction' in node && columnsIn(node).length > 0
}

function callsIn(item: Node): FuncCall[] {
  if (!('RangeFunction' in item)) return []
  return (item.RangeFunction.functions ?? []).flatMap((node) =>
    'List' in node ? (node.List.items ?? []).flatMap((call) => ('FuncCall' in call ? [call.FuncCall] : [])) : [],
  )
}

/** `SELECT generate_series(1, 10)` gives ten rows without a FROM. */
function rowsOfTarget(target: Node): number | null {
  const value = 'ResTarget' in target ? target.ResTarget.val : undefined
  const call = value && 'FuncCall' in value ? value.FuncCall : null
  return call && setReturning.test(strings(call.funcname).at(-1) ?? '') ? rowsOfCall(call) : 1
}

const setReturning =
  /^(generate_series|generate_subscripts|unnest|string_to_table|regexp_(split_to_table|matches)|jsonb?_(array_elements(_text)?|each(_text)?|object_keys|populate_recordset|to_recordset))$/

/** Rows of a function over constant values: those it counts, else at most the length of the text. */
function rowsOfCall({ funcname, args = [] }: FuncCall): number | null {
  const name = strings(funcname).at(-1) ?? ''
  if (!setReturning.test(name)) return null
  if (name === 'generate_series') {
    const [from, to, step = 1] = args.map(wholeNumber)
    if (from == null || to == null || step === null || step === 0) return null
    return Math.max(0, Math.floor((to - from) / step) + 1)
  }
  const lengths = args.map(lengthOf)
  return lengths.includes(null) ? null : lengths.reduce<number>((sum, length) => sum + (length ?? 0), 0)
}

function lengthOf(value: Node): number | null {
  if ('TypeCast' in value && value.TypeCast.arg) return lengthOf(value.TypeCast.arg)
  if ('A_ArrayExpr' in value) return value.A_ArrayExpr.elements?.length ?? 0
  return 'A_Const' in value ? (value.A_Const.sval?.sval?.length ?? 1) : null
}

/** Tables hold rows; a partitioned parent and a foreign table hold none to read here. */
export function hasRows(relation: Relation): boolean {
  return relation.kind !== 'partitioned table' && relation.kind !== 'foreign table'
}
