import type { SelectStmt } from '@pgsql/types'
import { calledFunctions } from '../calls/function-bodies.ts'
import { withQueries } from '../calls/with-queries.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { outputColumns } from '../names/query-columns.ts'
import { createTableAs } from './create-table.ts'
import { setConfig } from './set-variable.ts'

export const handlers: StatementHandlers = {
  SelectStmt: (node, context) => {
    select(node, context)
    calledFunctions(node, context)
  },
}

/** SELECT only reads, but for SELECT INTO, data-modifying WITH queries, and row locks, which ask for ROW SHARE. */
function select(node: SelectStmt, context: StatementContext): void {
  if (node.intoClause) {
    createTableAs(
      { query: { SelectStmt: { ...node, intoClause: undefined } }, into: node.intoClause, objtype: 'OBJECT_TABLE' },
      context,
    )
    return
  }
  outputColumns(context, node)
  withQueries(node.withClause, context)
  setConfig(node, context)
}
