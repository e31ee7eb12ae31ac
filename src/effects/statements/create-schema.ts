import type { CreateSchemaStmt } from '@pgsql/types'
import { StatementFails } from '../model/errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'

export const handlers: StatementHandlers = { CreateSchemaStmt: createSchema }

/** CREATE SCHEMA, which locks no table. */
function createSchema(node: CreateSchemaStmt, context: StatementContext): void {
  const { catalog } = context
  const name = node.schemaname ?? ''
  if (catalog.knowsSchema(name)) {
    if (node.if_not_exists || catalog.knowledge === 'assumed') return
    throw new StatementFails('42P06', `schema "${name}" already exists`, { kind: 'schema', name })
  }
  catalog.setSchema(name, true)
}
