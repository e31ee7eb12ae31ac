import type { MergeStmt } from '@pgsql/types'
import { functionsOfRows, withQueries } from '../calls/with-queries.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { Ctes, StatementHandlers } from '../model/statement-handler.ts'
import { mergeNames } from '../names/write-names.ts'

export const handlers: StatementHandlers = { MergeStmt: merge }

/** MERGE: ROW EXCLUSIVE on the target; no WHERE bounds the rows it writes. */
function merge(node: MergeStmt, context: StatementContext, outer?: Ctes): void {
  const ctes = withQueries(node.withClause, context, outer)
  functionsOfRows(context, node)
  const relation = context.writeTarget(node.relation)
  mergeNames(node, context, relation, ctes)
  const rows = context.catalog.current(relation).size.rows
  for (const member of context.catalog.withDescendants(relation))
    context.lock(member, 'RowExclusiveLock', { writes: { rows, verb: 'update' } })
  context.recordChange({
    kind: 'writes rows',
    relation,
    verb: 'update',
    rows,
    where: null,
    bounded: false,
    batch: false,
    sets: [],
    certain: false,
  })
}
