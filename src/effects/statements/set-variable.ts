import type { Node, SelectStmt, VariableSetStmt } from '@pgsql/types'
import { qualifiedName } from '../../sql/walk.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'

export const handlers: StatementHandlers = { VariableSetStmt: set }

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
    const [name = '', value = '', local = 'false'] = (call.args ?? []).map(valueText)
    context.recordChange({ kind: 'sets', setting: name.toLowerCase(), value, local: /^t/.test(local) })
    context.catalog.setSetting(name, value)
  }
}
