import type { A_Expr, Node, SubLink } from '@pgsql/types'
import { columnsIn, strings, walk } from '../sql/walk.ts'
import { conjuncts, constantTruth } from './expressions.ts'
import { type Column, columnOf, type Relation } from './relation.ts'

/** DEFAULT_INEQ_SEL and DEFAULT_EQ_SEL in selfuncs.h. */
const inequality = 1 / 3
const equality = 0.005

/**
 * Which share of a relation's rows a condition leaves, 0 to 1, by the planner's rules over what the catalog knows
 * (selfuncs.c, clausesel.c): null fraction and distinct values; the planner's own defaults where neither says anything.
 * `rows` is the relation's.
 */
export function selectivity(relation: Relation, expression: Node, rows: number): number {
  const constant = constantTruth(expression)
  if (constant !== null) return constant ? 1 : 0
  const batch = batchSize(relation, expression)
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
  const column = columnOf(relation, testedColumn(expression) ?? '')
  const nulls = column?.statistics?.nullFraction ?? null
  if ('NullTest' in expression) {
    const isNull = expression.NullTest.nulltesttype === 'IS_NULL'
    if (column?.notNull) return isNull ? 0 : 1
    // Without statistics nothing bounds the nulls of a column: careful, all rows.
    return nulls === null ? 1 : isNull ? nulls : 1 - nulls
  }
  const values = 'SubLink' in expression ? limitOf(expression.SubLink) : null
  if (values !== null && column) return Math.min(1, values * equalitySelectivity(relation, column, rows))
  if ('A_Expr' in expression) return ofComparison(relation, column, expression.A_Expr, rows)
  // A boolean column, IS TRUE, EXISTS: half, as boolvarsel and clause_selectivity say.
  return 0.5
}

/** The one column whose own value a condition tests; null for `id % 2 = 0` or `meta ->> 'a' IS NULL`. */
function testedColumn(expression: Node): string | null {
  if ('NullTest' in expression) return columnUnder(expression.NullTest.arg)
  if ('SubLink' in expression) return columnUnder(expression.SubLink.testexpr)
  if (!('A_Expr' in expression)) return columnUnder(expression)
  return columnUnder(expression.A_Expr.lexpr) ?? columnUnder(expression.A_Expr.rexpr)
}

/** Looks through functions that keep most different values different. */
function columnUnder(node: Node | undefined): string | null {
  if (!node) return null
  if ('ColumnRef' in node) return strings(node.ColumnRef.fields).at(-1) ?? null
  if ('CollateClause' in node) return columnUnder(node.CollateClause.arg)
  if ('CoalesceExpr' in node) return columnUnder(node.CoalesceExpr.args?.[0])
  if ('TypeCast' in node) {
    const type = strings(node.TypeCast.typeName?.names).at(-1) ?? ''
    return /^(text|varchar|bpchar|citext|uuid|int8|numeric)$/.test(type) ? columnUnder(node.TypeCast.arg) : null
  }
  if (!('FuncCall' in node)) return null
  const name = strings(node.FuncCall.funcname).at(-1) ?? ''
  return /^(lower|upper|btrim|ltrim|rtrim|md5)$/.test(name) ? columnUnder(node.FuncCall.args?.[0]) : null
}

/** The columns that a test names as they are, one or a row of them; none when it computes with one. */
export function plainColumns(node: Node | undefined): string[] {
  if (node && 'RowExpr' in node) return (node.RowExpr.args ?? []).flatMap(plainColumns)
  return node && 'ColumnRef' in node ? columnsIn(node) : []
}

function ofComparison(relation: Relation, column: Column | null, node: A_Expr, rows: number): number {
  // A computed value may repeat: the careful estimate counts.
  const value =
    !column && columnsIn({ A_Expr: node }).length > 0 ? inequality : equalitySelectivity(relation, column, rows)
  const [operator] = strings(node.name)
  switch (node.kind) {
    case 'AEXPR_IN':
      return turned(operator === '<>', Math.min(1, valuesIn(node.rexpr) * value))
    case 'AEXPR_OP_ANY':
      return operator === '=' ? Math.min(1, valuesIn(node.rexpr) * value) : inequality
    case 'AEXPR_OP_ALL':
      return operator === '<>' ? 1 - Math.min(1, valuesIn(node.rexpr) * value) : inequality
    // The planner's 0.005 for a range without a histogram is made to choose an index; here the careful side counts.
    case 'AEXPR_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
      return inequality * inequality
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_NOT_BETWEEN_SYM':
      return 1 - inequality * inequality
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
      return turned(operator?.startsWith('!') ?? false, 0.1)
    case 'AEXPR_DISTINCT':
      return 1
    case 'AEXPR_NOT_DISTINCT':
      return value
  }
  // Compared with another of its own columns it is not pinned to a value.
  if (operator === '=') return namesColumn(node.lexpr) && namesColumn(node.rexpr) ? 1 : value
  if (operator === '<>') return 1 - value
  return inequality
}

/** A subquery gives one value, whatever columns it reads. */
function namesColumn(node: Node | undefined): boolean {
  let found = false
  walk(node, (name) => {
    found ||= name === 'ColumnRef'
    return !found && name !== 'SubLink'
  })
  return found
}

function turned(negated: boolean, share: number): number {
  return negated ? 1 - share : share
}

/** How many values an IN list or an array has; ten where it does not say, as the planner (estimate_array_length). */
function valuesIn(node: Node | undefined): number {
  if (node && 'SubLink' in node) return Number.MAX_SAFE_INTEGER
  if (node && 'List' in node) return node.List.items?.length ?? 1
  if (node && 'A_ArrayExpr' in node) return node.A_ArrayExpr.elements?.length ?? 1
  return 10
}

function equalitySelectivity(relation: Relation, column: Column | null, rows: number): number {
  if (!column) return equality
  if (isUnique(relation, new Set([column.name]))) return 1 / Math.max(1, rows)
  const { statistics } = column
  if (!statistics || statistics.distinct === 0) return column.type === 'boolean' ? 0.5 : 1
  const distinct = statistics.distinct > 0 ? statistics.distinct : -statistics.distinct * rows
  return (1 - statistics.nullFraction) / Math.max(1, distinct)
}

/** True when values for these columns mean one row at most. */
export function isUnique({ indexes }: Relation, columns: ReadonlySet<string>): boolean {
  return indexes.some(
    ({ unique, valid, predicate, keys }) =>
      unique && valid && predicate === null && keys.every((key) => key !== null && columns.has(key)),
  )
}

/**
 * `id IN (SELECT … LIMIT 1000)` and `ctid = ANY (ARRAY(SELECT … LIMIT 1000))`: a batch, whatever else is asked. Of a
 * column that is not unique each value may mean any number of rows.
 */
export function batchSize(relation: Relation, expression: Node): number | null {
  for (const part of conjuncts(expression)) {
    const link = 'SubLink' in part ? part.SubLink : arrayLink(part)
    const limit = link ? limitOf(link) : null
    const tested = new Set(plainColumns('A_Expr' in part ? part.A_Expr.lexpr : link?.testexpr))
    if (limit !== null && (tested.has('ctid') || !relation.known || isUnique(relation, tested))) return limit
  }
  return null
}

/** The LIMIT of a query whose values something is one of. */
function limitOf({ subLinkType, subselect }: SubLink): number | null {
  if (subLinkType !== 'ANY_SUBLINK' && subLinkType !== 'ARRAY_SUBLINK') return null
  const count = subselect && 'SelectStmt' in subselect ? subselect.SelectStmt.limitCount : undefined
  return count && 'A_Const' in count ? (count.A_Const.ival?.ival ?? null) : null
}

function arrayLink(part: Node): SubLink | null {
  if (!('A_Expr' in part) || part.A_Expr.kind !== 'AEXPR_OP_ANY') return null
  const { rexpr } = part.A_Expr
  return rexpr && 'SubLink' in rexpr ? rexpr.SubLink : null
}
