import type { CreateSchemaStmt } from '@pgsql/types'
import { duplicateSchema } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'

export const handlers: StatementHandlers = { CreateSchemaStmt: createSchema }

/** CREATE SCHEMA, which locks no table. What it makes inside comes after it, with the new schema first in the path. */
function createSchema(node: CreateSchemaStmt, context: StatementContext): void {
  const { catalog } = context
  const name = node.schemaname ?? node.authrole?.rolename ?? ''
  if (catalog.knowsSchema(name)) {
    if (node.if_not_exists || catalog.knowledge === 'assumed') return
    throw duplicateSchema(`schema "${name}" already exists`, { kind: 'schema', name })
  }
  // A schema of the platform may well exist, with all that it holds.
  if (node.if_not_exists && catalog.isAssumedSchema(name)) return
  catalog.setSchema(name, true)
  const path = catalog.setting('search_path')
  catalog.setSetting('search_path', `${name}, ${path}`)
  for (const element of node.schemaElts ?? []) context.runStatement(element)
  catalog.setSetting('search_path', path)
}
