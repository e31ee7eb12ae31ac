import type { ViewStmt } from '@pgsql/types'
import { type Column, emptyRelation, type Relation } from '../../catalog/relation.ts'
import { parseType } from '../../catalog/types.ts'
import { strings } from '../../sql/walk.ts'
import { updatableBase } from '../calls/rules-and-triggers.ts'
import { invalidTableDefinition } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { outputColumns } from '../names/query-columns.ts'
import { readsOf } from '../names/query-reads.ts'

export const handlers: StatementHandlers = { ViewStmt: createView }

/** CREATE VIEW, which locks no table; with OR REPLACE over the existing one. */
function createView(node: ViewStmt, context: StatementContext): void {
  const { catalog } = context
  const schema = context.creationSchema(node.view)
  const name = node.view?.relname ?? ''
  const standing = catalog.find(schema, name)
  if (standing && !(node.replace && standing.kind === 'view')) context.requireFreeName(schema, name)
  const query = node.query && 'SelectStmt' in node.query ? node.query.SelectStmt : null
  const named = strings(node.aliases)
  const given = query ? outputColumns(context, query) : null
  const columns = given?.map((column, i) => ({ ...column, name: named[i] ?? column.name })) ?? null
  if (standing && columns) requireSameView(standing, columns, context)
  const relation = catalog.put({
    ...emptyRelation(standing?.id ?? catalog.newId(), schema, name, 'view'),
    isNew: standing?.isNew ?? true,
    persistence: node.view?.relpersistence === 't' ? 'temporary' : 'permanent',
    columns: columns ?? [],
    known: columns !== null,
    reads: node.query ? readsOf(context, [node.query]) : [],
    base: updatableBase(context, query),
  })
  if (!standing) context.recordChange({ kind: 'creates relation', relation })
}

/** OR REPLACE may only add columns at the end (checkViewColumns). */
function requireSameView(standing: Relation, columns: Column[], { catalog }: StatementContext): void {
  if (!standing.known) return
  if (columns.length < standing.columns.length) throw invalidTableDefinition('cannot drop columns from view')
  standing.columns.forEach((before, i) => {
    const after = columns[i]
    if (!after) return
    if (after.name !== before.name) {
      throw invalidTableDefinition(`cannot change name of view column "${before.name}" to "${after.name}"`)
    }
    // Where it is more than a column or a cast, the type is not known.
    if (before.type === '' || after.type === '' || before.type === after.type) return
    if (!parseType(before.type, catalog).user && !parseType(after.type, catalog).user) {
      const change = `from ${before.type} to ${after.type}`
      throw invalidTableDefinition(`cannot change data type of view column "${before.name}" ${change}`)
    }
  })
}
