import type { CommentStmt, CreateForeignTableStmt, CreateSchemaStmt, CreateStatsStmt, ViewStmt } from '@pgsql/types'
import { type Column, emptyRelation, type Relation } from '../catalog/relation.ts'
import { parseType, typeOf } from '../catalog/types.ts'
import { strings } from '../sql/walk.ts'
import { requireColumns } from './columns.ts'
import { createTable } from './create-table.ts'
import { requireSchema } from './grants.ts'
import { type StatementContext, StatementFails } from './judging.ts'
import { requireType } from './new-column.ts'
import { outputColumns } from './query-columns.ts'
import { readsOf } from './query-reads.ts'
import { updatableBase } from './rewriting.ts'

/** CREATE VIEW, which locks no table; with OR REPLACE over the one that stands. */
export function createView(node: ViewStmt, context: StatementContext): void {
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
  catalog.put({
    ...emptyRelation(standing?.id ?? catalog.newId(), schema, name, 'view'),
    persistence: node.view?.relpersistence === 't' ? 'temporary' : 'permanent',
    columns: columns ?? [],
    known: columns !== null,
    reads: node.query ? readsOf(context, [node.query]) : [],
    base: updatableBase(context, query),
  })
}

/** OR REPLACE may only add columns at the end (checkViewColumns). */
function requireSameView(standing: Relation, columns: Column[], { catalog }: StatementContext): void {
  if (!standing.known) return
  if (columns.length < standing.columns.length) throw new StatementFails('42P16', 'cannot drop columns from view')
  standing.columns.forEach((before, i) => {
    const after = columns[i]
    if (!after) return
    if (after.name !== before.name) {
      throw new StatementFails('42P16', `cannot change name of view column "${before.name}" to "${after.name}"`)
    }
    // Where it is more than a column or a cast, the type is not known.
    if (before.type === '' || after.type === '' || before.type === after.type) return
    if (!parseType(before.type, catalog).user && !parseType(after.type, catalog).user) {
      const change = `from ${before.type} to ${after.type}`
      throw new StatementFails('42P16', `cannot change data type of view column "${before.name}" ${change}`)
    }
  })
}

/** COMMENT takes SHARE UPDATE EXCLUSIVE on the relation it speaks of. */
export function comment(node: CommentStmt, context: StatementContext): void {
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
    throw new StatementFails('42703', `column "${parts.at(-1)}" of relation "${relation.name}" does not exist`, {
      kind: 'column',
      name: parts.at(-1) ?? '',
    })
  }
  const listed = { OBJECT_TABCONSTRAINT: relation.constraints, OBJECT_TRIGGER: relation.triggers } as const
  const list =
    node.objtype === 'OBJECT_TABCONSTRAINT' || node.objtype === 'OBJECT_TRIGGER' ? listed[node.objtype] : null
  if (list && relation.known && !list.some((item) => item.name === parts.at(-1))) {
    const kind = node.objtype === 'OBJECT_TRIGGER' ? 'trigger' : 'constraint'
    throw new StatementFails('42704', `${kind} "${parts.at(-1)}" for table "${relation.name}" does not exist`, {
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

/** CREATE STATISTICS: SHARE UPDATE EXCLUSIVE on the table. */
export function createStatistics(node: CreateStatsStmt, context: StatementContext): void {
  for (const item of node.relations ?? []) {
    if (!('RangeVar' in item)) continue
    const relation = context.relation(item.RangeVar)
    context.lock(relation, 'ShareUpdateExclusiveLock')
    const columns = (node.exprs ?? []).flatMap((expr) => ('StatsElem' in expr ? (expr.StatsElem.name ?? []) : []))
    requireColumns(relation, columns, (name) => `column "${name}" does not exist`)
  }
}

/** CREATE FOREIGN TABLE: a table whose rows are elsewhere. */
export function createForeignTable(node: CreateForeignTableStmt, context: StatementContext): void {
  const base = node.base as Parameters<typeof createTable>[0] | undefined
  if (!base) return
  createTable(base, context)
  const made = context.find(base.relation)
  if (made?.isNew) context.catalog.change(made, { kind: 'foreign table' } satisfies Partial<Relation>)
}

/** CREATE SCHEMA, which locks no table. */
export function createSchema(node: CreateSchemaStmt, context: StatementContext): void {
  const { catalog } = context
  const name = node.schemaname ?? ''
  if (catalog.knowsSchema(name)) {
    if (node.if_not_exists || catalog.knowledge === 'assumed') return
    throw new StatementFails('42P06', `schema "${name}" already exists`, { kind: 'schema', name })
  }
  catalog.setSchema(name, true)
}
