import type { CommentStmt } from '@pgsql/types'
import { typeOf } from '../../catalog/types.ts'
import { strings } from '../../sql/walk.ts'
import { undefinedColumn, undefinedObject } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { requireType } from '../tables/new-column.ts'
import { requireSchema } from './grant.ts'

export const handlers: StatementHandlers = { CommentStmt: comment }

/** COMMENT takes SHARE UPDATE EXCLUSIVE on the relation it speaks of. */
function comment(node: CommentStmt, context: StatementContext): void {
  if (node.objtype === 'OBJECT_SCHEMA' && node.object && 'String' in node.object) {
    return requireSchema(context, node.object.String.sval ?? '')
  }
  if (node.objtype === 'OBJECT_TYPE' && node.object && 'TypeName' in node.object) {
    return requireType(context, typeOf(node.object.TypeName, context.catalog))
  }
  const parts = strings(node.object && 'List' in node.object ? node.object.List.items : undefined)
  if (node.objtype === 'OBJECT_INDEX') {
    const schema = parts.length > 1 ? (parts.at(-2) ?? null) : null
    if (context.catalog.findIndex(schema, parts.at(-1) ?? '') || context.catalog.mayHoldMore) return
  }
  if (node.objtype === 'OBJECT_INDEX' || node.objtype === 'OBJECT_VIEW' || node.objtype === 'OBJECT_SEQUENCE') {
    context.relation({ relname: parts.at(-1), ...(parts.length > 1 ? { schemaname: parts.at(-2) } : {}) })
    return
  }
  const relationParts =
    node.objtype === 'OBJECT_TABLE' || node.objtype === 'OBJECT_MATVIEW' || node.objtype === 'OBJECT_FOREIGN_TABLE'
      ? parts
      : node.objtype === 'OBJECT_COLUMN' ||
          node.objtype === 'OBJECT_TABCONSTRAINT' ||
          node.objtype === 'OBJECT_TRIGGER' ||
          node.objtype === 'OBJECT_POLICY' ||
          node.objtype === 'OBJECT_RULE'
        ? parts.slice(0, -1)
        : null
  if (!relationParts) return
  const [name = '', schema = null] = [...relationParts].reverse()
  const relation = context.relation({ relname: name, ...(schema ? { schemaname: schema } : {}) })
  if (
    node.objtype === 'OBJECT_COLUMN' &&
    relation.known &&
    !relation.columns.some((column) => column.name === parts.at(-1))
  ) {
    throw undefinedColumn(`column "${parts.at(-1)}" of relation "${relation.name}" does not exist`, {
      kind: 'column',
      name: parts.at(-1) ?? '',
    })
  }
  const listed = { OBJECT_TABCONSTRAINT: relation.constraints, OBJECT_TRIGGER: relation.triggers } as const
  const list =
    node.objtype === 'OBJECT_TABCONSTRAINT' || node.objtype === 'OBJECT_TRIGGER' ? listed[node.objtype] : null
  if (list && relation.known && !list.some((item) => item.name === parts.at(-1))) {
    const kind = node.objtype === 'OBJECT_TRIGGER' ? 'trigger' : 'constraint'
    throw undefinedObject(`${kind} "${parts.at(-1)}" for table "${relation.name}" does not exist`, {
      kind,
      name: parts.at(-1) ?? '',
    })
  }
  context.lock(
    relation,
    node.objtype === 'OBJECT_POLICY' ||
      node.objtype === 'OBJECT_RULE' ||
      node.objtype === 'OBJECT_TRIGGER' ||
      node.objtype === 'OBJECT_TABCONSTRAINT'
      ? 'AccessShareLock'
      : 'ShareUpdateExclusiveLock',
  )
}
