import type { A_Const, FuncCall, Node } from '@pgsql/types'
import { parseOne } from '../sql/parse.ts'
import { qualifiedName } from '../sql/walk.ts'
import { argumentCount, calledFunctions } from './called-functions.ts'
import type { Catalog } from './catalog.ts'
import { builtInType } from './server-facts/built-in-types.ts'
import { parseType, type TypeRef, typeOf } from './types.ts'

/**
 * The type that a default's expression has by itself: the server strips the conversion to the column's type when that
 * changes (`strip_implicit_coercions` in ATExecAlterColumnType). A text constant has taken the column's. Null: not known.
 */
export function defaultType(text: string, column: TypeRef, catalog: Catalog): TypeRef | null {
  const expression = expressionOf(text)
  return expression && typeOfExpression(expression, column, catalog)
}

/** Whether a default is a text constant without a cast, which takes the type of its column. */
export function isBareText(text: string): boolean {
  const expression = expressionOf(text)
  return expression !== null && 'A_Const' in expression && expression.A_Const.sval !== undefined
}

function expressionOf(text: string): Node | null {
  try {
    const node = parseOne(`SELECT ${text}`)
    const target = 'SelectStmt' in node ? node.SelectStmt.targetList?.[0] : undefined
    return target && 'ResTarget' in target ? (target.ResTarget.val ?? null) : null
  } catch {
    return null
  }
}

function typeOfExpression(expression: Node, column: TypeRef, catalog: Catalog): TypeRef | null {
  if ('TypeCast' in expression) {
    const type = typeOf(expression.TypeCast.typeName ?? {}, catalog)
    return type.known ? type : null
  }
  if ('A_Const' in expression) return typeOfConstant(expression.A_Const, column, catalog)
  if ('SQLValueFunction' in expression) {
    const printed = valueFunctions[expression.SQLValueFunction.op ?? '']
    return printed === undefined ? null : parseType(printed, catalog)
  }
  if ('BoolExpr' in expression || 'NullTest' in expression) return parseType('boolean', catalog)
  return 'FuncCall' in expression ? typeOfCall(expression.FuncCall, catalog) : null
}

function typeOfConstant({ ival, fval, boolval, sval }: A_Const, column: TypeRef, catalog: Catalog): TypeRef | null {
  if (sval) return column
  if (ival) return parseType('integer', catalog)
  if (boolval) return parseType('boolean', catalog)
  if (!fval?.fval) return null
  const isBig = /^\d+$/.test(fval.fval) && BigInt(fval.fval) < 2n ** 63n
  return parseType(isBig ? 'bigint' : 'numeric', catalog)
}

const valueFunctions: Record<string, string> = {
  SVFOP_CURRENT_DATE: 'date',
  SVFOP_CURRENT_TIMESTAMP: 'timestamp with time zone',
  SVFOP_CURRENT_TIMESTAMP_N: 'timestamp with time zone',
  SVFOP_LOCALTIMESTAMP: 'timestamp without time zone',
  SVFOP_LOCALTIMESTAMP_N: 'timestamp without time zone',
  SVFOP_CURRENT_USER: 'name',
  SVFOP_SESSION_USER: 'name',
  SVFOP_USER: 'name',
  SVFOP_CURRENT_ROLE: 'name',
}

/** Of a function of the server whose overloads all give one type. */
function typeOfCall(call: FuncCall, catalog: Catalog): TypeRef | null {
  const { schema, name } = qualifiedName(call.funcname)
  const called = calledFunctions(catalog, schema, name, argumentCount(call))
  if (called.kind !== 'known') return null
  const [result = '', ...others] = new Set(called.functions.map((fn) => fn.result))
  const printed = others.length === 0 ? builtInType(result, catalog.major)?.printed : undefined
  return printed === undefined || /^any|^record$/.test(result) ? null : parseType(printed, catalog)
}
