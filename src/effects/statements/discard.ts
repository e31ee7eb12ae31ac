import type { DiscardStmt } from '@pgsql/types'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'

export const handlers: StatementHandlers = { DiscardStmt: discard }

/** DISCARD ALL resets the session's settings; it and DISCARD TEMP drop the temporary tables. */
function discard(node: DiscardStmt, { catalog }: StatementContext): void {
  if (node.target === 'DISCARD_ALL') catalog.resetSettings()
  if (node.target !== 'DISCARD_ALL' && node.target !== 'DISCARD_TEMP') return
  for (const relation of [...catalog.all()]) if (relation.persistence === 'temporary') catalog.drop(relation)
}
