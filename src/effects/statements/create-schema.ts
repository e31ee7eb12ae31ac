import type { CreateSchemaStmt } from '@pgsql/types'
import { duplicateSchema } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'

export const handlers: StatementHandlers = { CreateSchemaStmt: createSchema }

/** CREATE SCHEMA, which locks no table. */
function createSchema(node: CreateSchemaStmt, context: StatementContext): void {
  const { catalog } = context
  const name = node.schemaname ?? ''
  if (catalog.knowsSchema(name)) {
    if (node.if_not_exists || catalog.knowledge === 'assumed') return
    throw duplicateSchema(`schema "${name}" already exists`, { kind: 'schema', name })
  }
  catalog.setSchema(name, true)
}
