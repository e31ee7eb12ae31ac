import type { Node, SelectStmt, VariableSetStmt } from '@pgsql/types'
import { pathOf } from '../../catalog/catalog.ts'
import { qualifiedName, strings } from '../../sql/walk.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'

export const handlers: StatementHandlers = {
  AlterDatabaseSetStmt: ({ setstmt }, context) => setForSessions(setstmt, context),
  AlterRoleSetStmt: ({ setstmt }, context) => setForSessions(setstmt, context),
  VariableSetStmt: set,
}

/** ALTER ROLE and ALTER DATABASE … SET: whether the role migrates, and in a new session, the files do not say. */
function setForSessions(node: VariableSetStmt | undefined, { catalog }: StatementContext): void {
  if (node?.name?.toLowerCase() !== 'search_path' || node.kind !== 'VAR_SET_VALUE') return
  catalog.addSearchPath((node.args ?? []).flatMap((arg) => pathOf(valueText(arg))))
}

/** SET and RESET change the settings of later statements in the session. */
function set(node: VariableSetStmt, context: StatementContext): void {
  const name = (node.name ?? '').toLowerCase()
  const value = node.kind === 'VAR_SET_VALUE' ? (node.args ?? []).map(valueText).join(', ') : null
  context.recordChange({ kind: 'sets', setting: name, value, local: node.is_local ?? false })
  if (node.kind === 'VAR_RESET_ALL') return context.catalog.resetSettings()
  context.catalog.setSetting(
    name,
    value ?? context.catalog.snapshot?.settings[name] ?? (name === 'search_path' ? 'public' : null),
  )
}

/** As SHOW would print it: SET search_path keeps several, SET lock_timeout = 3000 is in ms. */
export function valueText(node: Node): string {
  if ('TypeCast' in node && node.TypeCast.arg) return valueText(node.TypeCast.arg)
  if (!('A_Const' in node)) return ''
  const { sval, ival, fval, boolval } = node.A_Const
  return sval?.sval ?? fval?.fval ?? (boolval ? String(boolval.boolval ?? false) : String(ival?.ival ?? 0))
}

/** `SELECT set_config('search_path', '', false)`, as pg_dump writes it. */
export function setConfig(node: SelectStmt, context: StatementContext): void {
  for (const target of node.targetList ?? []) {
    const call =
      'ResTarget' in target && target.ResTarget.val && 'FuncCall' in target.ResTarget.val
        ? target.ResTarget.val.FuncCall
        : null
    if (!call || qualifiedName(call.funcname).name !== 'set_config') continue
    const [name = '', , local = 'false'] = (call.args ?? []).map(valueText)
    const value = call.args?.[1] ? computedValue(call.args[1], context) : null
    if (value === null) {
      if (name.toLowerCase() === 'search_path') context.catalog.addSearchPath([...context.catalog.schemas()])
      continue
    }
    context.recordChange({ kind: 'sets', setting: name.toLowerCase(), value, local: /^t/.test(local) })
    context.catalog.setSetting(name, value)
  }
}

/** The text of a constant, of `current_setting()`, or of both joined; null for anything else. */
function computedValue(node: Node, context: StatementContext): string | null {
  if ('TypeCast' in node && node.TypeCast.arg) return computedValue(node.TypeCast.arg, context)
  if ('A_Const' in node) return valueText(node)
  if ('FuncCall' in node && qualifiedName(node.FuncCall.funcname).name === 'current_setting') {
    const [name] = (node.FuncCall.args ?? []).map(valueText)
    return name === undefined ? null : context.catalog.setting(name)
  }
  if (!('A_Expr' in node) || strings(node.A_Expr.name)[0] !== '||') return null
  const [left, right] = [node.A_Expr.lexpr, node.A_Expr.rexpr].map((side) => side && computedValue(side, context))
  return typeof left === 'string' && typeof right === 'string' ? `${left}${right}` : null
}
