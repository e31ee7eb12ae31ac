import type { CreateForeignTableStmt } from '@pgsql/types'
import type { Relation } from '../../catalog/relation.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { createTable } from './create-table.ts'

export const handlers: StatementHandlers = { CreateForeignTableStmt: createForeignTable }

/** CREATE FOREIGN TABLE: a table whose rows are elsewhere. */
function createForeignTable(node: CreateForeignTableStmt, context: StatementContext): void {
  const base = node.base as Parameters<typeof createTable>[0] | undefined
  if (!base) return
  createTable(base, context)
  const made = context.find(base.relation)
  if (made?.isNew) context.catalog.change(made, { kind: 'foreign table' } satisfies Partial<Relation>)
}
