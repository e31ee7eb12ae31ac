import type { Node } from '@pgsql/types'
import { calledName } from '../../catalog/called-functions.ts'
import { qualifiedName, strings } from '../../sql/walk.ts'

/** The name of a column of SELECT, given or made up. */
export function targetName(target: Node, major: number): string | null {
  if (!('ResTarget' in target) || !target.ResTarget.val) return null
  return target.ResTarget.name ?? figuredName(target.ResTarget.val, major).name
}

/** The name the server gives to a column without one, and how sure it is of it (FigureColnameInternal, parse_target.c). */
export function figuredName(node: Node | undefined, major: number): { name: string; strength: 0 | 1 | 2 } {
  const none = { name: '?column?', strength: 0 } as const
  const sure = (name: string | undefined) => ({ name: name ?? none.name, strength: 2 }) as const
  if (!node) return none
  if ('ColumnRef' in node) return sure(strings(node.ColumnRef.fields).at(-1))
  if ('A_Indirection' in node) {
    const name = strings(node.A_Indirection.indirection).at(-1)
    return name === undefined ? figuredName(node.A_Indirection.arg, major) : sure(name)
  }
  if ('FuncCall' in node) return sure(calledName(qualifiedName(node.FuncCall.funcname), major))
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? sure('nullif') : none
  if ('CollateClause' in node) return figuredName(node.CollateClause.arg, major)
  if ('CoalesceExpr' in node) return sure('coalesce')
  if ('MinMaxExpr' in node) return sure(node.MinMaxExpr.op === 'IS_GREATEST' ? 'greatest' : 'least')
  if ('A_ArrayExpr' in node) return sure('array')
  if ('RowExpr' in node) return sure('row')
  if ('GroupingFunc' in node) return sure('grouping')
  if ('SQLValueFunction' in node) return sure(node.SQLValueFunction.op?.replace(/^SVFOP_|_N$/g, '').toLowerCase())
  if ('TypeCast' in node) {
    const inner = figuredName(node.TypeCast.arg, major)
    return inner.strength > 1 ? inner : { name: qualifiedName(node.TypeCast.typeName?.names).name, strength: 1 }
  }
  if ('CaseExpr' in node) {
    const inner = figuredName(node.CaseExpr.defresult, major)
    return inner.strength > 1 ? inner : { name: 'case', strength: 1 }
  }
  if ('SubLink' in node) {
    const { subLinkType, subselect } = node.SubLink
    if (subLinkType === 'EXISTS_SUBLINK') return sure('exists')
    if (subLinkType === 'ARRAY_SUBLINK') return sure('array')
    if (subLinkType !== 'EXPR_SUBLINK' || !subselect || !('SelectStmt' in subselect)) return none
    const [target] = subselect.SelectStmt.targetList ?? []
    const name = target && targetName(target, major)
    return name ? sure(name) : none
  }
  return none
}
