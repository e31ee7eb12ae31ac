import type { A_Const, A_Expr, BoolExpr, ColumnRef, FuncCall, Node } from '@pgsql/types'
import { argumentCount, calledFunctions } from '../../catalog/called-functions.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { converts } from '../../catalog/coercion.ts'
import {
  hasOwnCast,
  mayHaveOperator,
  operatorResult,
  type SideType,
  takes,
  typeOfName,
} from '../../catalog/operator-candidates.ts'
import { parseType, shortType, type TypeRef, typeOf } from '../../catalog/types.ts'
import { qualifiedName, strings } from '../../sql/walk.ts'
import { datatypeMismatch, undefinedFunction } from '../model/sqlstate-errors.ts'
import { figuredLiteral, requireText } from './literal-types.ts'

/** The type of a column that an expression names, as format_type prints it; '' when it is not known. */
type ColumnType = (ref: ColumnRef) => string

const boolean: TypeRef = { schema: null, name: 'boolean', mods: [], array: false, user: null }

/**
 * Fails as the server does where an operator surely takes no values of these types (42883) or AND, OR and NOT get
 * something else than a boolean (42804), as far as columns, literals and casts show the types.
 */
export function requireOperator(kind: string, value: object, columnType: ColumnType, catalog: Catalog): void {
  if (kind === 'A_Expr') return requireOperands(value as A_Expr, columnType, catalog)
  if (kind === 'BoolExpr') return requireTruths(value as BoolExpr, columnType, catalog)
  if (kind === 'FuncCall') requireArguments(value as FuncCall, columnType, catalog)
}

/** Fails when a condition surely is no boolean: `argument of CHECK must be type boolean`. */
export function requireTruth(node: Node | undefined, of: string, columnType: ColumnType, catalog: Catalog): void {
  const type = typeIn(node, columnType, catalog)
  if (type === null || type === 'literal' || catalog.mayHoldMore || hasOwnCast(type, catalog)) return
  if (converts(type, boolean, 'assignment', catalog)) return
  throw datatypeMismatch(`argument of ${of} must be type boolean, not type ${shortType(type)}`)
}

function requireTruths({ boolop, args = [] }: BoolExpr, columnType: ColumnType, catalog: Catalog): void {
  for (const item of args) requireTruth(item, (boolop ?? '').replace('_EXPR', ''), columnType, catalog)
}

function requireOperands({ kind, name, lexpr, rexpr }: A_Expr, columnType: ColumnType, catalog: Catalog): void {
  const [operator = ''] = strings(name).slice(-1)
  if ((name ?? []).length > 1) return
  const require = (symbol: string, left: SideType | undefined, right: SideType, node?: Node): void => {
    if (mayHaveOperator(symbol, left, right, catalog))
      return requireComparedText(symbol, left, right, [lexpr, node ?? rexpr])
    const words = [...(left === undefined ? [] : [textOf(left)]), symbol === '!=' ? '<>' : symbol, textOf(right)]
    throw undefinedFunction(`operator does not exist: ${words.join(' ')}`)
  }
  const left = lexpr ? typeIn(lexpr, columnType, catalog) : undefined
  switch (kind) {
    case 'AEXPR_OP':
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
      return require(operator, left, typeIn(rexpr, columnType, catalog))
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT':
    case 'AEXPR_NULLIF':
      // NULL by itself is no comparison.
      if (isNullConstant(lexpr) || isNullConstant(rexpr)) return
      return require('=', left, typeIn(rexpr, columnType, catalog))
    case 'AEXPR_IN':
      for (const item of listIn(rexpr)) require(operator, left, typeIn(item, columnType, catalog), item)
      return
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN': {
      const [low, high] = listIn(rexpr)
      const [from, to] = kind === 'AEXPR_BETWEEN' ? ['>=', '<='] : ['<', '>']
      require(from ?? '', left, typeIn(low, columnType, catalog), low)
      return require(to ?? '', left, typeIn(high, columnType, catalog), high)
    }
  }
}

/** A text that is compared with a value is read as one of that type at once. */
function requireComparedText(
  operator: string,
  left: SideType | undefined,
  right: SideType,
  nodes: (Node | undefined)[],
): void {
  if (!/^(=|<>|!=|[<>]=?)$/.test(operator) || left === undefined) return
  const [type, node] = left === 'literal' ? [right, nodes[0]] : [left, right === 'literal' ? nodes[1] : undefined]
  if (type === null || type === 'literal' || type.array || !node || !('A_Const' in node) || !node.A_Const.sval) return
  requireText(type, node.A_Const.sval.sval ?? '')
}

/**
 * Fails where the value of a column surely has a type that is not converted when it is stored (42804). `of`: `default
 * expression` or `expression`, as the server's message says.
 */
export function requireAssignable(
  column: { name: string; type: string },
  value: Node | undefined,
  of: 'default expression' | 'expression',
  columnType: ColumnType,
  catalog: Catalog,
): void {
  if (!value || 'A_Const' in value || column.type === '' || catalog.mayHoldMore) return
  const [from, to] = [typeIn(value, columnType, catalog), parseType(column.type, catalog)]
  if (from === null || from === 'literal' || hasOwnCast(from, catalog)) return
  if (converts(from, to, 'assignment', catalog)) return
  throw datatypeMismatch(`column "${column.name}" is of type ${shortType(to)} but ${of} is of type ${shortType(from)}`)
}

/** A call of a built-in function that surely takes no values of these types. */
function requireArguments(call: FuncCall, columnType: ColumnType, catalog: Catalog): void {
  const { schema, name } = qualifiedName(call.funcname)
  const count = argumentCount(call)
  if (catalog.mayHoldMore || schema !== null || !count || call.agg_within_group || call.agg_star) return
  const called = calledFunctions(catalog, null, name, count)
  if (called.kind !== 'known' || called.functions.some((fn) => fn.variadic || fn.arguments.length < count)) return
  const given = (call.args ?? []).map((item) => typeIn(item, columnType, catalog))
  const known = given.flatMap((type) => (type === null || type === 'literal' ? [] : [type]))
  if (given.includes(null) || known.length === 0 || known.some((type) => type.user !== null || type.schema !== null))
    return
  if (catalog.operators === null || known.some((type) => hasOwnCast(type, catalog))) return
  // `name(column)` may be a cast, where the name is that of a type.
  if (called.functions.length === 0 || typeOfName(name, catalog).user) return
  if (called.functions.some((fn) => given.every((type, i) => takes(fn.arguments[i] ?? 'any', type, catalog)))) return
  throw undefinedFunction(`function ${name}(${given.map(textOf).join(', ')}) does not exist`)
}

/** The type of an expression, as far as columns, literals, casts and exact operators show it. */
function typeIn(node: Node | undefined, columnType: ColumnType, catalog: Catalog): SideType {
  if (!node) return null
  if ('A_Const' in node) return literalType(node.A_Const, catalog)
  if ('TypeCast' in node && node.TypeCast.typeName) {
    const type = typeOf(node.TypeCast.typeName, catalog)
    return type.known ? type : null
  }
  if ('ColumnRef' in node) {
    const printed = columnType(node.ColumnRef)
    return printed === '' ? null : parseType(printed, catalog)
  }
  if ('BoolExpr' in node || 'NullTest' in node || 'BooleanTest' in node) return boolean
  if ('A_Expr' in node) return resultOf(node.A_Expr, columnType, catalog)
  if ('SQLValueFunction' in node) return valueFunctionType(node.SQLValueFunction.op ?? '', catalog)
  if ('FuncCall' in node) return callType(node.FuncCall, columnType, catalog)
  return null
}

function valueFunctionType(op: string, catalog: Catalog): SideType {
  const name = {
    SVFOP_CURRENT_DATE: 'date',
    SVFOP_CURRENT_TIMESTAMP: 'timestamp with time zone',
    SVFOP_LOCALTIMESTAMP: 'timestamp without time zone',
    SVFOP_CURRENT_TIME: 'time with time zone',
    SVFOP_LOCALTIME: 'time without time zone',
  }[op]
  return name === undefined ? null : parseType(name, catalog)
}

function resultOf({ kind, name, lexpr, rexpr }: A_Expr, columnType: ColumnType, catalog: Catalog): SideType {
  if (kind !== 'AEXPR_OP') return kind === 'AEXPR_NULLIF' ? null : boolean
  if ((name ?? []).length !== 1) return null
  const left = lexpr ? typeIn(lexpr, columnType, catalog) : undefined
  return operatorResult(strings(name)[0] ?? '', left, typeIn(rexpr, columnType, catalog), catalog)
}

/** The result of a built-in function with one form for exactly these types. */
function callType(call: FuncCall, columnType: ColumnType, catalog: Catalog): SideType {
  const { schema, name } = qualifiedName(call.funcname)
  const count = argumentCount(call)
  if (catalog.mayHoldMore || schema !== null || count === null) return null
  const called = calledFunctions(catalog, null, name, count)
  if (called.kind !== 'known') return null
  const [only] = called.functions
  const given = (call.args ?? []).map((item) => typeIn(item, columnType, catalog))
  if (!only || called.functions.length !== 1 || given.includes(null)) return null
  return /^(any|record$|_any)/.test(only.result) ? null : typeOfName(only.result, catalog)
}

function literalType(value: A_Const, catalog: Catalog): SideType {
  const type = figuredLiteral(value)
  return type === 'literal' ? 'literal' : parseType(type, catalog)
}

function isNullConstant(node: Node | undefined): boolean {
  return node !== undefined && 'A_Const' in node && node.A_Const.isnull === true
}

function listIn(node: Node | undefined): Node[] {
  return node && 'List' in node ? (node.List.items ?? []) : []
}

function textOf(side: SideType): string {
  return side === null || side === 'literal' ? 'unknown' : shortType(side)
}
