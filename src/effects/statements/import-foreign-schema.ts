import type { ImportForeignSchemaStmt } from '@pgsql/types'
import { emptyRelation, unknownSize } from '../../catalog/relation.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { requireSchema } from './grant.ts'

export const handlers: StatementHandlers = { ImportForeignSchemaStmt: importForeignSchema }

/**
 * IMPORT FOREIGN SCHEMA creates a foreign table for each table of the other server. With LIMIT TO their names are known,
 * though not their columns; without it any name may exist from here on.
 */
function importForeignSchema(node: ImportForeignSchemaStmt, context: StatementContext): void {
  const { catalog } = context
  const schema = node.local_schema ?? ''
  requireSchema(context, schema)
  if (node.list_type !== 'FDW_IMPORT_SCHEMA_LIMIT_TO') return catalog.markUncertain()
  for (const item of node.table_list ?? []) {
    const name = 'RangeVar' in item ? (item.RangeVar.relname ?? '') : ''
    context.requireFreeName(schema, name)
    catalog.put({ ...emptyRelation(catalog.newId(), schema, name, 'foreign table'), known: false, size: unknownSize })
  }
}
