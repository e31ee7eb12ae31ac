import type { CreateStatsStmt } from '@pgsql/types'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { requireColumns } from '../names/require-columns.ts'

export const handlers: StatementHandlers = { CreateStatsStmt: createStatistics }

/** CREATE STATISTICS: SHARE UPDATE EXCLUSIVE on the table. */
function createStatistics(node: CreateStatsStmt, context: StatementContext): void {
  for (const item of node.relations ?? []) {
    if (!('RangeVar' in item)) continue
    const relation = context.relation(item.RangeVar)
    context.lock(relation, 'ShareUpdateExclusiveLock')
    const columns = (node.exprs ?? []).flatMap((expr) => ('StatsElem' in expr ? (expr.StatsElem.name ?? []) : []))
    requireColumns(relation, columns, (name) => `column "${name}" does not exist`)
  }
}
