import { call, doBlock } from '../calls/function-bodies.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'

export const handlers: StatementHandlers = { CallStmt: call, DoStmt: doBlock }
