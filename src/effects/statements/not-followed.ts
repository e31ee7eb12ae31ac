import { CannotBeJudged } from '../model/server-errors.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'

/** Statements that lock relations which the catalog does not say. */
export const handlers: StatementHandlers = {
  AlterTableMoveAllStmt: () => cannot('it rewrites every table of a tablespace, and which those are is not read'),
  DropOwnedStmt: () => cannot('what a role owns is not read'),
  ExecuteStmt: () => cannot('what was prepared is not followed'),
}

function cannot(reason: string): never {
  throw new CannotBeJudged(reason)
}
