import type { DeleteStmt } from '@pgsql/types'
import { writeThrough } from '../calls/rules-and-triggers.ts'
import { functionsOfRows, withQueries } from '../calls/with-queries.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { Ctes, StatementHandlers } from '../model/statement-handler.ts'
import { deleteNames } from '../names/write-names.ts'
import { requireIdentity } from '../tables/replica-identity.ts'
import { cascadeDelete, writeMatchingRows } from '../tables/written-rows.ts'

export const handlers: StatementHandlers = { DeleteStmt: remove }

/** DELETE: ROW EXCLUSIVE, and on every table whose foreign key cascades when rows match. */
function remove(node: DeleteStmt, context: StatementContext, outer?: Ctes): void {
  const ctes = withQueries(node.withClause, context, outer)
  const relation = context.writeTarget(node.relation)
  deleteNames(node, context, relation, ctes)
  functionsOfRows(context, node)
  writeThrough(context, relation, 'delete', (target) => {
    requireIdentity(context, target, 'delete')
    const rows = writeMatchingRows(context, target, 'delete', node, node.usingClause)
    cascadeDelete(context, target, rows, new Set([target.id]))
  })
}
