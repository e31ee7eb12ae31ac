import type { GrantStmt } from '@pgsql/types'
import { strings } from '../../sql/walk.ts'
import { invalidSchemaName } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { requireColumns } from '../names/require-columns.ts'
import { requireUnread } from '../names/unread-names.ts'

export const handlers: StatementHandlers = { GrantStmt: grant }

/** GRANT and REVOKE lock nothing against writes or other DDL (from 18 ACCESS SHARE), but their objects must exist. */
function grant(node: GrantStmt, context: StatementContext): void {
  if (node.targtype !== 'ACL_TARGET_OBJECT') return
  for (const object of node.objects ?? []) {
    if (node.objtype === 'OBJECT_SCHEMA' && 'String' in object) requireSchema(context, object.String.sval ?? '')
    else if ((node.objtype === 'OBJECT_TABLE' || node.objtype === 'OBJECT_SEQUENCE') && 'RangeVar' in object) {
      const relation = context.find(object.RangeVar)
      if (!relation) {
        requireUnread(context, object.RangeVar)
        continue
      }
      for (const privilege of node.privileges ?? []) {
        if ('AccessPriv' in privilege) requireColumns(relation, strings(privilege.AccessPriv.cols))
      }
    }
  }
}

/** Fails as the server does when the schema does not exist. */
export function requireSchema(context: StatementContext, name: string): void {
  if (context.catalog.hasSchema(name)) return
  throw invalidSchemaName(`schema "${name}" does not exist`, { kind: 'schema', name })
}
