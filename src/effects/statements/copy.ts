import type { CopyStmt } from '@pgsql/types'
import { strings } from '../../sql/walk.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { outputColumns } from '../names/query-columns.ts'
import { requireColumns } from '../names/require-columns.ts'
import { requireUnread } from '../names/unread-names.ts'
import { partitionsOf } from '../tables/inheritance.ts'

export const handlers: StatementHandlers = { CopyStmt: copy }

/** COPY FROM: ROW EXCLUSIVE; the number of rows in the file is unknown. COPY TO only reads. */
function copy(node: CopyStmt, context: StatementContext): void {
  if (node.query && 'SelectStmt' in node.query) outputColumns(context, node.query.SelectStmt)
  if (!node.relation) return
  if (!node.is_from && !context.find(node.relation)) return requireUnread(context, node.relation)
  const relation = context.writeTarget(node.relation)
  requireColumns(relation, strings(node.attlist))
  if (!node.is_from) return
  for (const member of partitionsOf(context, relation)) {
    context.lock(member, 'RowExclusiveLock', { writes: { rows: null, verb: 'insert' } })
  }
  const { size } = context.catalog.current(relation)
  context.catalog.change(relation, { size: { ...size, rows: null, heapBytes: null } })
}
