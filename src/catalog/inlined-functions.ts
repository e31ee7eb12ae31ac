import type { CreateFunctionStmt, FuncCall, Node, SelectStmt } from '@pgsql/types'
import { parseSql } from '../sql/parse.ts'
import { qualifiedName, walk } from '../sql/walk.ts'
import { argumentCount } from './called-functions.ts'
import { builtInFunctions } from './server-facts/built-in-functions.ts'

/** A call inside the body of a function; `count` null: the number of arguments is not known. */
interface InnerCall {
  schema: string | null
  name: string
  count: number | null
}

/**
 * The calls in the expression that the planner puts in place of a call of this SQL function, so that they decide about
 * its volatility and not its label; null when it keeps the call (`inline_function` in clauses.c).
 */
function inlinedCalls(body: Node[], isStrict: boolean): InnerCall[] | null {
  const [statement, more] = body
  if (!statement || more) return null
  const expression =
    'ReturnStmt' in statement
      ? statement.ReturnStmt.returnval
      : 'SelectStmt' in statement
        ? soleTarget(statement.SelectStmt)
        : undefined
  if (!expression) return null
  const calls: InnerCall[] = []
  let kept = false
  walk(expression, (kind, value) => {
    if (kind === 'SubLink') kept = true
    // Of a strict function the whole expression must be strict; whether a function is was not read.
    if (isStrict && notStrict.has(kind)) kept = true
    if (kind !== 'FuncCall') return undefined
    const call = value as FuncCall
    const name = qualifiedName(call.funcname)
    if (call.over || builtInFunctions(name.name).some((fn) => fn.kind !== 'function')) kept = true
    calls.push({ ...name, count: argumentCount(call) })
    return undefined
  })
  return kept ? null : calls
}

const notStrict = new Set(['FuncCall', 'CaseExpr', 'CoalesceExpr', 'BoolExpr', 'MinMaxExpr', 'RowExpr', 'NullTest'])

/** As {@link inlinedCalls}, of the body's text as `pg_proc` keeps it; null also when it does not parse. */
export function inlinedCallsOfText(text: string, isStrict: boolean): InnerCall[] | null {
  const { statements } = parseSql(text)
  if (statements.some(({ error }) => error)) return null
  return inlinedCalls(
    statements.flatMap(({ node }) => node ?? []),
    isStrict,
  )
}

/** As {@link inlinedCalls}, of a CREATE FUNCTION; `body`: its statements. */
export function inlinedCallsOf(made: CreateFunctionStmt, body: Node[]): InnerCall[] | null {
  const options = new Map(
    (made.options ?? []).flatMap((option) =>
      'DefElem' in option ? [[option.DefElem.defname, option.DefElem.arg]] : [],
    ),
  )
  const isOn = (name: string): boolean => {
    const value = options.get(name)
    return value !== undefined && 'Boolean' in value && value.Boolean.boolval === true
  }
  if (isOn('security') || options.has('set') || made.is_procedure || made.returnType?.setof) return null
  const { sql_body: returned } = made
  return inlinedCalls(returned && 'ReturnStmt' in returned ? [returned] : body, isOn('strict'))
}

/** The one expression of a SELECT that has nothing else. */
function soleTarget({ targetList = [], ...rest }: SelectStmt): Node | undefined {
  const [target, second] = targetList
  const isBare =
    !rest.fromClause &&
    !rest.whereClause &&
    !rest.groupClause &&
    !rest.havingClause &&
    !rest.distinctClause &&
    !rest.sortClause &&
    !rest.limitCount &&
    !rest.limitOffset &&
    !rest.withClause &&
    !rest.valuesLists &&
    !rest.intoClause &&
    !rest.lockingClause &&
    !rest.windowClause &&
    (rest.op === undefined || rest.op === 'SETOP_NONE')
  return isBare && !second && target && 'ResTarget' in target ? target.ResTarget.val : undefined
}
