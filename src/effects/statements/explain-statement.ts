import type { ExplainStmt, RangeVar } from '@pgsql/types'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers, StatementKind } from '../model/statement-handler.ts'

export const handlers: StatementHandlers = { ExplainStmt: explain }

/** EXPLAIN only plans, for which it locks the relations that would be written; with ANALYZE it runs the statement. */
function explain(node: ExplainStmt, context: StatementContext): void {
  if (!node.query) return
  const kind = Object.keys(node.query)[0] as StatementKind
  const body: unknown = Object.values(node.query)[0]
  if ((node.options ?? []).some((option) => 'DefElem' in option && option.DefElem.defname === 'analyze')) {
    context.runStatement(node.query)
    return
  }
  if (!['UpdateStmt', 'DeleteStmt', 'InsertStmt', 'MergeStmt'].includes(kind)) return
  const relation = context.writeTarget((body as { relation?: RangeVar }).relation)
  for (const member of kind === 'InsertStmt' ? [relation] : context.catalog.withDescendants(relation)) {
    context.lock(member, 'RowExclusiveLock')
  }
}
