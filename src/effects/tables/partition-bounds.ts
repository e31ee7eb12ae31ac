import type { Node, PartitionBoundSpec } from '@pgsql/types'
import { checkExpression, conjuncts } from '../../catalog/expressions.ts'
import { columnOf, type Relation } from '../../catalog/relation.ts'
import { parseOne } from '../../sql/parse.ts'
import { print } from '../../sql/quote.ts'
import { columnsIn, strings } from '../../sql/walk.ts'
import { invalidObjectDefinition, invalidTableDefinition } from '../model/sqlstate-errors.ts'

/**
 * Whether a valid CHECK of a relation spares the server the reading of its rows for a partition bound. Only what the
 * server's own prover surely finds counts: one plain key column and constants, as the documentation advises to write it.
 */

/** ATTACH: every row of the relation lies within the bound. */
export function provesInside(relation: Relation, key: string | null, bound: PartitionBoundSpec): boolean {
  const range = rangeOf(key, bound)
  if (!range) return false
  const parts = checks(relation).flatMap(conjuncts)
  const notNull = columnOf(relation, range.column)?.notNull || parts.some((part) => isNotNull(part, range.column))
  return notNull && coversRange(parts, range)
}

/** A new partition beside a default one: no row of the default partition lies within the bound. */
export function provesOutside(relation: Relation, key: string | null, bound: PartitionBoundSpec): boolean {
  const range = rangeOf(key, bound)
  if (!range) return false
  return checks(relation)
    .flatMap(conjuncts)
    .some((part) => {
      if (!('BoolExpr' in part) || part.BoolExpr.boolop !== 'NOT_EXPR') return false
      const [inside] = part.BoolExpr.args ?? []
      // The CHECK must rule out at least the bound: each of its conditions is met by every value within.
      return (
        inside !== undefined &&
        conjuncts(inside).every((conjunct) => isNotNull(conjunct, range.column) || metWithin(conjunct, range))
      )
    })
}

/** As `pg_get_expr(relpartbound)` prints a bound. */
export function boundText(bound: PartitionBoundSpec): string {
  const list = (nodes: Node[] | undefined): string => (nodes ?? []).map((node) => print(node)).join(', ')
  if (bound.is_default) return 'DEFAULT'
  if (bound.strategy === 'h')
    return `FOR VALUES WITH (modulus ${bound.modulus ?? 0}, remainder ${bound.remainder ?? 0})`
  if (bound.strategy === 'l') return `FOR VALUES IN (${list(bound.listdatums)})`
  return `FOR VALUES FROM (${list(bound.lowerdatums)}) TO (${list(bound.upperdatums)})`
}

/** The range or values of a bound; null unless it has one column and plain constants. */
type Taken = { kind: 'list'; values: ReadonlySet<string> } | { kind: 'range'; from: string; to: string }

/** As {@link taken}, of an existing partition. Read once: each new partition is compared with all of them. */
export function takenBy(key: string | null, standing: { bound: string }): Taken | null {
  const known = read.get(standing)
  if (known !== undefined) return known
  const found = readBound(key, standing.bound)
  read.set(standing, found)
  return found
}

const read = new WeakMap<{ bound: string }, Taken | null>()

function readBound(key: string | null, text: string): Taken | null {
  try {
    const node = parseOne(`CREATE TABLE t PARTITION OF p ${text}`)
    const bound = 'CreateStmt' in node && node.CreateStmt.partbound
    return bound ? taken(key, bound) : null
  } catch {
    return null
  }
}

export function taken(key: string | null, bound: PartitionBoundSpec): Taken | null {
  if (bound.is_default) return null
  if (bound.strategy === 'l') {
    const values = (bound.listdatums ?? []).flatMap((listdatum) => constant(listdatum) ?? [])
    return { kind: 'list', values: new Set(values) }
  }
  const { from = null, to = null } = rangeOf(key, bound) ?? {}
  return from === null || to === null ? null : { kind: 'range', from, to }
}

/** Whether two bounds of one parent surely share a value. */
export function overlap(a: Taken, b: Taken): boolean {
  if (a.kind === 'list') return b.kind === 'list' && [...a.values].some((value) => b.values.has(value))
  return b.kind === 'range' && order(a.from, b.to) < 0 && order(b.from, a.to) < 0
}

/** A table that is known not to be partitioned takes no partition. */
export function requirePartitioned(parent: Relation): void {
  if (!parent.known || parent.kind === 'partitioned table') return
  throw invalidObjectDefinition(`"${parent.name}" is not partitioned`)
}

/** FROM and TO for a range, IN for a list, WITH for a hash (transformPartitionBound). */
export function requireStrategy(parent: Relation, bound: PartitionBoundSpec): void {
  const [word = ''] = (parent.partitionKey ?? '').toLowerCase().split(' ')
  if (bound.is_default || !['range', 'list', 'hash'].includes(word) || bound.strategy === word[0]) return
  throw invalidTableDefinition(`invalid bound specification for a ${word} partition`)
}

/** FROM at or after TO. */
export function isEmptyRange(key: string | null, bound: PartitionBoundSpec): boolean {
  const range = rangeOf(key, bound)
  return range !== null && range.from !== null && range.to !== null && order(range.from, range.to) >= 0
}

interface Range {
  column: string
  from: string | null
  to: string | null
}

function rangeOf(key: string | null, bound: PartitionBoundSpec): Range | null {
  const column = /^RANGE \((?:"((?:[^"]|"")+)"|([\w$]+))\)$/.exec(key ?? '')
  if (!column || bound.strategy !== 'r' || bound.lowerdatums?.length !== 1) return null
  return {
    column: (column[1] ?? column[2] ?? '').replaceAll('""', '"'),
    from: constant(bound.lowerdatums[0]),
    to: constant(bound.upperdatums?.[0]),
  }
}

function checks(relation: Relation): Node[] {
  return relation.constraints.flatMap((constraint) =>
    constraint.kind === 'check' && constraint.validated ? (checkExpression(constraint.definition) ?? []) : [],
  )
}

/** Some parts bound the column from below and from above at least as tightly as the range does. */
function coversRange(parts: Node[], range: Range): boolean {
  const comparisons = parts.flatMap((part) => comparison(part, range.column) ?? [])
  const low =
    range.from === null ||
    comparisons.some(({ operator, value }) => ['>=', '>', '='].includes(operator) && order(value, range.from) >= 0)
  const high =
    range.to === null ||
    comparisons.some(({ operator, value }) =>
      operator === '<' ? order(value, range.to) <= 0 : ['<=', '='].includes(operator) && order(value, range.to) < 0,
    )
  return low && high
}

/** True for every value within the range. */
function metWithin(part: Node, range: Range): boolean {
  const found = comparison(part, range.column)
  if (!found) return false
  if (found.operator === '>=') return range.from !== null && order(range.from, found.value) >= 0
  if (found.operator === '<') return range.to !== null && order(range.to, found.value) <= 0
  return false
}

function comparison(node: Node, column: string): { operator: string; value: string } | null {
  if (!('A_Expr' in node) || node.A_Expr.kind !== 'AEXPR_OP') return null
  const [operator = ''] = strings(node.A_Expr.name)
  const value = constant(node.A_Expr.rexpr)
  return columnsIn(node.A_Expr.lexpr).join() === column && value !== null ? { operator, value } : null
}

function isNotNull(node: Node, column: string): boolean {
  return 'NullTest' in node && node.NullTest.nulltesttype === 'IS_NOT_NULL' && columnsIn(node).join() === column
}

function constant(node: Node | undefined): string | null {
  if (!node) return null
  if ('TypeCast' in node) return constant(node.TypeCast.arg)
  if (!('A_Const' in node)) return null
  const { sval, ival, fval } = node.A_Const
  return sval?.sval ?? fval?.fval ?? (ival ? String(ival.ival ?? 0) : null)
}

/** Numbers and timestamps by value, anything else only when equal: NaN makes every comparison false. */
function order(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number.NaN
  if (a === b) return 0
  const [left, right] = [a, b].map(magnitude)
  return (left ?? Number.NaN) - (right ?? Number.NaN)
}

/** Dates without a zone are taken as UTC, as both sides were printed or written in the same session. */
function magnitude(text: string): number {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  const date = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?))?(?:\+00(?::00)?)?$/.exec(text)
  return date ? Date.parse(`${date[1]}T${date[2] ?? '00:00:00'}Z`) : Number.NaN
}
