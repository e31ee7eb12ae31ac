import type { A_Const, FuncCall, Node, TypeName } from '@pgsql/types'
import { parseOne } from '../sql/parse.ts'
import { qualifiedName, strings, walk } from '../sql/walk.ts'
import { argumentCount, type CalledFunction, calledFunctions } from './called-functions.ts'
import type { Catalog, UserType } from './catalog.ts'
import { typeOf } from './types.ts'

/** The volatility of an expression that is evaluated for each row. `unknown`: it calls a function that was neither read nor built in. */
export type Volatility = 'calm' | 'volatile' | 'unknown'

/** Whether an expression is volatile; stable and immutable ones are `calm`: evaluated once for a whole ADD COLUMN. */
export function volatility(expression: Node, catalog: Catalog): { volatility: Volatility; because: string | null } {
  let volatile: string | null = null
  let unread: string | null = null
  walk(expression, (key, value) => {
    if (key !== 'FuncCall') return undefined
    const call = value as FuncCall
    const { schema, name } = qualifiedName(call.funcname)
    const called = calledFunctions(catalog, schema, name, argumentCount(call))
    if (called.kind === 'unread') unread ??= `${name}()`
    else if (called.functions.some((fn) => isVolatile(fn, catalog, new Set()))) volatile ??= `${name}()`
    return undefined
  })
  if (volatile !== null) return { volatility: 'volatile', because: volatile }
  return unread === null ? { volatility: 'calm', because: null } : { volatility: 'unknown', because: unread }
}

/** As the planner sees a call: of a function that it puts in place of the call, the body's calls decide. */
function isVolatile(fn: CalledFunction, catalog: Catalog, above: ReadonlySet<CalledFunction>): boolean {
  if (fn.volatility !== 'volatile') return false
  if (!fn.inlined || above.has(fn)) return true
  const inside = new Set([...above, fn])
  return fn.inlined.some(({ schema, name, count }) => {
    const called = calledFunctions(catalog, schema, name, count)
    return called.kind === 'unread' || called.functions.some((inner) => isVolatile(inner, catalog, inside))
  })
}

/** Whether an expression, as text, is volatile or calls a function that was not read. */
export function mayBeVolatile(text: string, catalog: Catalog): boolean {
  try {
    return volatility(parseOne(`SELECT ${text}`), catalog).volatility !== 'calm'
  } catch {
    return true
  }
}

/** True when a CHECK of this definition lets no null through in the column: some AND-ed part says IS NOT NULL. */
export function provesNotNull(definition: string, column: string): boolean {
  // Spares nearly every CHECK the parser, which takes longer than all the rest of a SET NOT NULL.
  if (!/is\s+not\s+null/i.test(definition)) return false
  const expression = checkExpression(definition)
  return expression !== null && conjuncts(expression).some((part) => isNotNullTest(part, column))
}

/** The expression of `CHECK (…)` as `pg_get_constraintdef` prints it; null when it cannot be read. */
export function checkExpression(definition: string): Node | null {
  try {
    const node = parseOne(`ALTER TABLE t ADD ${definition}`)
    let expression: Node | null = null
    walk(node, (name, value) => {
      if (name === 'Constraint' && 'raw_expr' in value) expression = value.raw_expr as Node
      return expression === null
    })
    return expression
  } catch {
    return null
  }
}

/** True when an expression casts to this type, so that it is tied to it. */
export function castsTo(expression: string | null, type: UserType, catalog: Catalog): boolean {
  if (!expression?.includes('::')) return false
  try {
    let found = false
    walk(parseOne(`SELECT ${expression}`), (name, value) => {
      const user = name === 'typeName' ? typeOf(value as TypeName, catalog).user : null
      found ||= user?.name === type.name && user.schema === type.schema
      return !found
    })
    return found
  } catch {
    return false
  }
}

/** Whether a condition holds whatever the row: `true`, `1 = 0`, `NOT false`. Null when that depends on the row. */
export function constantTruth(expression: Node): boolean | null {
  if ('A_Const' in expression) {
    const { boolval, isnull } = expression.A_Const
    return isnull ? false : boolval ? (boolval.boolval ?? false) : null
  }
  if ('BoolExpr' in expression) {
    const { boolop, args = [] } = expression.BoolExpr
    const truths = args.map(constantTruth)
    if (boolop === 'NOT_EXPR') return truths[0] === null || truths[0] === undefined ? null : !truths[0]
    const decides = boolop === 'OR_EXPR'
    if (truths.includes(decides)) return decides
    return truths.includes(null) ? null : !decides
  }
  if (!('A_Expr' in expression) || expression.A_Expr.kind !== 'AEXPR_OP') return null
  const { name, lexpr, rexpr } = expression.A_Expr
  const [operator] = strings(name)
  const [left, right] = [lexpr, rexpr].map((item) => (item && 'A_Const' in item ? plainValue(item.A_Const) : null))
  if (left == null || right == null || typeof left !== typeof right) return null
  if (operator === '=') return left === right
  return operator === '<>' ? left !== right : null
}

function plainValue({ ival, sval }: A_Const): number | string | null {
  return ival ? (ival.ival ?? 0) : (sval?.sval ?? null)
}

/** The parts of an expression that all must hold. */
export function conjuncts(expression: Node): Node[] {
  if ('BoolExpr' in expression && expression.BoolExpr.boolop === 'AND_EXPR') {
    return (expression.BoolExpr.args ?? []).flatMap(conjuncts)
  }
  return [expression]
}

function isNotNullTest(node: Node, column: string): boolean {
  if (!('NullTest' in node) || node.NullTest.nulltesttype !== 'IS_NOT_NULL') return false
  const arg = node.NullTest.arg
  const last = arg && 'ColumnRef' in arg ? arg.ColumnRef.fields?.at(-1) : undefined
  return last !== undefined && 'String' in last && last.String.sval === column
}
