import type { WithClause } from '@pgsql/types'
import { calledFunctions } from '../calls/function-bodies.ts'
import { because } from '../model/effect.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { Ctes } from '../model/statement-handler.ts'
import { ctesOf } from '../names/query-columns.ts'

/** Follows functions in the values, conditions and RETURNING, which run if there is a row. */
export function functionsOfRows(context: StatementContext, node: object): void {
  context.sideEffects(because('a function that it calls works on it'), () => calledFunctions(node, context))
}

/** Analyzes the data-modifying statements inside WITH. Returns the names that the statement may read from. */
export function withQueries(clause: WithClause | undefined, context: StatementContext, outer: Ctes = new Map()): Ctes {
  const ctes = ctesOf(context, clause, null, outer)
  for (const cte of clause?.ctes ?? []) {
    const query = 'CommonTableExpr' in cte ? cte.CommonTableExpr.ctequery : undefined
    if (query && !('SelectStmt' in query)) context.runStatement(query, ctes)
  }
  return ctes
}
