import { analyse } from '../calls/rules-and-triggers.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'

/** PREPARE only analyzes the query, which locks the relations it names. */
export const handlers: StatementHandlers = {
  PrepareStmt: (node, context) => {
    if (node.query) analyse(context, node.query, true)
  },
}
