import type { RangeVar } from '@pgsql/types'
import { missingRelation } from '../model/server-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'

/** Fails unless a name that the model lacks may mean a relation of the system, of an extension, or one of dynamic SQL. */
export function requireUnread(context: StatementContext, name: RangeVar): void {
  const { catalog, unknown } = context
  const { relname = '', schemaname } = name
  // A rule's own names for the row.
  if (context.hasVariables && schemaname === undefined && ['old', 'new'].includes(relname)) return
  const system = schemaname === undefined ? relname.startsWith('pg_') : /^(pg_|information_schema$)/.test(schemaname)
  if (!system && unknown === null && !catalog.extensions.has(anyExtension)) throw missingRelation(name)
}

/** Marks, among the extensions, that one was created whose objects are not known. */
export const anyExtension = '*'
