import type { AlterFunctionStmt } from '@pgsql/types'
import { qualifiedName } from '../../sql/walk.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { argumentsOf } from './create-function.ts'

export const handlers: StatementHandlers = { AlterFunctionStmt: alterFunction }

/** ALTER FUNCTION … VOLATILE, STABLE, IMMUTABLE: a later DEFAULT or index may call it. */
function alterFunction(node: AlterFunctionStmt, { catalog }: StatementContext): void {
  const volatility = (node.actions ?? [])
    .flatMap((item) => ('DefElem' in item && item.DefElem.defname === 'volatility' ? [item.DefElem.arg] : []))
    .flatMap((arg) => (arg && 'String' in arg ? [arg.String.sval] : []))
    .at(-1)
  if (volatility !== 'volatile' && volatility !== 'stable' && volatility !== 'immutable') return
  const { schema, name } = qualifiedName(node.func?.objname)
  const overloads = catalog.functions(schema, name)
  const count = node.func?.objargs?.length ?? 0
  const altered = overloads.filter((fn) => overloads.length === 1 || argumentsOf(fn.arguments) === count)
  for (const home of new Set(altered.map((fn) => fn.schema))) {
    const here = overloads.filter((fn) => fn.schema === home)
    catalog.setFunctions(
      home,
      name,
      here.map((fn) => (altered.includes(fn) ? { ...fn, volatility } : fn)),
    )
  }
}
