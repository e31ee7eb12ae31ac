import type { Node } from '@pgsql/types'
import { parseOne } from '../../sql/parse.ts'
import { quoteName } from '../../sql/quote.ts'
import { qualifiedName, strings } from '../../sql/walk.ts'

/** The text that an SQL expression gives when it is made of constants: literals, `||`, format(), concat(), quote_ident(). */
export function constantText(expression: string): string | null {
  try {
    const node = parseOne(`SELECT ${expression}`)
    const target = 'SelectStmt' in node ? node.SelectStmt.targetList?.[0] : undefined
    return target && 'ResTarget' in target && target.ResTarget.val ? textOf(target.ResTarget.val) : null
  } catch {
    return null
  }
}

/** The constant text that an expression's value begins with; null when even that is unknown. */
export function constantStart(expression: string): string | null {
  try {
    const node = parseOne(`SELECT ${expression}`)
    const target = 'SelectStmt' in node ? node.SelectStmt.targetList?.[0] : undefined
    return target && 'ResTarget' in target && target.ResTarget.val ? startOf(target.ResTarget.val) : null
  } catch {
    return null
  }
}

function startOf(node: Node): string | null {
  const whole = textOf(node)
  if (whole !== null) return whole
  if ('TypeCast' in node && node.TypeCast.arg) return startOf(node.TypeCast.arg)
  if ('A_Expr' in node && strings(node.A_Expr.name)[0] === '||') {
    const { lexpr, rexpr } = node.A_Expr
    const left = lexpr ? textOf(lexpr) : null
    if (left === null) return lexpr ? startOf(lexpr) : null
    return `${left}${(rexpr && startOf(rexpr)) ?? ''}`
  }
  if (!('FuncCall' in node) || !['format', 'concat'].includes(qualifiedName(node.FuncCall.funcname).name)) return null
  const [first] = node.FuncCall.args ?? []
  const start = first ? textOf(first) : null
  return start?.split('%')[0] ?? null
}

function textOf(node: Node): string | null {
  if ('TypeCast' in node && node.TypeCast.arg) return textOf(node.TypeCast.arg)
  if ('A_Const' in node) {
    const { sval, ival, fval } = node.A_Const
    return sval ? (sval.sval ?? '') : (fval?.fval ?? (ival ? String(ival.ival ?? 0) : null))
  }
  if ('A_Expr' in node && strings(node.A_Expr.name)[0] === '||') {
    const sides = [node.A_Expr.lexpr, node.A_Expr.rexpr].map((side) => (side ? textOf(side) : null))
    return sides[0] === null || sides[1] === null ? null : `${sides[0]}${sides[1]}`
  }
  if (!('FuncCall' in node)) return null
  const args = (node.FuncCall.args ?? []).map(textOf)
  if (args.includes(null)) return null
  const texts = args.map((arg) => arg ?? '')
  switch (qualifiedName(node.FuncCall.funcname).name) {
    case 'format':
      return formatted(texts)
    case 'concat':
      return texts.join('')
    case 'quote_ident':
      return quoteName(texts[0] ?? '')
    case 'quote_literal':
      return literal(texts[0] ?? '')
    default:
      return null
  }
}

/** format(): %I, %L, %s and %%, with positions (`%1$I`); anything else is left unknown. */
function formatted([template = '', ...args]: string[]): string | null {
  let next = 0
  let known = true
  const text = template.replace(/%(?:(\d+)\$)?(.)/gs, (_match, position: string | undefined, kind: string) => {
    if (kind === '%') return '%'
    const value = args[position === undefined ? next++ : Number(position) - 1]
    if (value === undefined || !['I', 'L', 's'].includes(kind)) known = false
    return kind === 'I' ? quoteName(value ?? '') : kind === 'L' ? literal(value ?? '') : (value ?? '')
  })
  return known ? text : null
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
