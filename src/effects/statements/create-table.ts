import type {
  ColumnDef,
  Constraint as ConstraintNode,
  CreateStmt,
  CreateTableAsStmt,
  PartitionSpec,
  RangeVar,
} from '@pgsql/types'
import {
  type Column,
  type Constraint,
  columnOf,
  emptyRelation,
  emptySize,
  type Relation,
} from '../../catalog/relation.ts'
import { print, quoteName } from '../../sql/quote.ts'
import { strings } from '../../sql/walk.ts'
import { duplicateColumn } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { requireImmutable } from '../names/immutable-functions.ts'
import { storedName } from '../names/object-names.ts'
import { outputColumns } from '../names/query-columns.ts'
import { readsOf } from '../names/query-reads.ts'
import { requireColumns } from '../names/require-columns.ts'
import { addConstraint } from '../tables/add-constraint.ts'
import { rowsOfSelect } from '../tables/affected-rows.ts'
import { copiesOfConstraints, copyIndexes } from '../tables/index-copies.ts'
import { isNoInherit } from '../tables/inheritance.ts'
import { newColumn, requireExpressions } from '../tables/new-column.ts'
import { keepNotNullName, nameNotNulls } from '../tables/not-null-constraints.ts'
import { requirePartitioned, requireStrategy } from '../tables/partition-bounds.ts'
import { boundOf, lockDefault, lockReferenced, lockReferencing, requireFreeBound } from './alter-table/partition.ts'

export const handlers: StatementHandlers = { CreateStmt: createTable, CreateTableAsStmt: createTableAs }

/** CREATE TABLE: the table is empty and unknown to others; tables it refers to, inherits from or is a partition of are locked. */
export function createTable(node: CreateStmt, context: StatementContext): void {
  const { catalog } = context
  const schema = context.creationSchema(node.relation)
  const name = storedName(node.relation?.relname ?? '')
  if (catalog.nameTaken(schema, name)) {
    if (node.if_not_exists) return
    context.requireFreeName(schema, name)
  }
  const kind = node.partspec ? 'partitioned table' : 'table'
  const table: Relation = {
    ...emptyRelation(catalog.newId(), schema, name, kind),
    persistence:
      node.relation?.relpersistence === 't'
        ? 'temporary'
        : node.relation?.relpersistence === 'u'
          ? 'unlogged'
          : 'permanent',
    partitionKey: node.partspec ? keyText(node.partspec) : null,
    size: emptySize,
  }
  const parents = (node.inhRelations ?? []).flatMap((relation) =>
    'RangeVar' in relation ? [context.relation(relation.RangeVar)] : [],
  )
  catalog.put(
    node.partbound && parents[0] ? partition(context, table, parents[0], node) : inheriting(context, table, parents),
  )
  const constraints: { node: ConstraintNode; column: string | null }[] = []
  for (const element of node.tableElts ?? []) {
    if ('ColumnDef' in element) {
      for (const constraint of addColumnDef(context, table, element.ColumnDef, parents.length > 0)) {
        constraints.push({ node: constraint, column: element.ColumnDef.colname ?? '' })
      }
    } else if ('Constraint' in element) constraints.push({ node: element.Constraint, column: null })
    else if ('TableLikeClause' in element)
      copyLike(context, table, element.TableLikeClause.relation, element.TableLikeClause.options ?? 0)
  }
  for (const element of node.tableElts ?? []) {
    if ('ColumnDef' in element) requireExpressions(context, catalog.current(table), element.ColumnDef)
  }
  requireKey(context, catalog.current(table), node.partspec)
  // Keys first: a foreign key may refer to the table itself.
  for (const { node: constraint, column } of withoutTwins(
    [...constraints].sort((a, b) => order(a.node) - order(b.node)),
  )) {
    addConstraint(context, catalog.current(table), constraint, { column, recurse: false })
  }
  nameNotNulls(context, table)
  context.recordChange({ kind: 'creates relation', relation: catalog.current(table) })
}

/** The columns of a partition key must exist, and its expressions must be immutable (ComputePartitionAttrs). */
function requireKey(context: StatementContext, table: Relation, spec: PartitionSpec | undefined): void {
  for (const param of spec?.partParams ?? []) {
    if (!('PartitionElem' in param)) continue
    const { name, expr } = param.PartitionElem
    requireColumns(table, name ? [name] : [], (column) => `column "${column}" named in partition key does not exist`)
    const message = 'functions in partition key expression must be marked IMMUTABLE'
    requireImmutable(expr, table, context.catalog, message)
  }
}

/** As `pg_get_partkeydef` prints it. */
function keyText(spec: PartitionSpec): string {
  const parts = (spec.partParams ?? []).map((param) =>
    'PartitionElem' in param && param.PartitionElem.name
      ? quoteName(param.PartitionElem.name)
      : 'PartitionElem' in param && param.PartitionElem.expr
        ? `(${print(param.PartitionElem.expr)})`
        : '…',
  )
  return `${(spec.strategy ?? '').replace('PARTITION_STRATEGY_', '')} (${parts.join(', ')})`
}

interface Placed {
  node: ConstraintNode
  column: string | null
}

/**
 * A second key over the same columns makes no second index: the first takes over the name when it has none
 * (transformIndexConstraints). The primary key comes first.
 */
function withoutTwins(list: Placed[]): Placed[] {
  const kept: Placed[] = []
  const of = ({ node, column }: Placed): string =>
    JSON.stringify([
      column === null ? strings(node.keys) : [column],
      strings(node.including),
      node.deferrable ?? false,
      node.initdeferred ?? false,
      node.nulls_not_distinct ?? false,
    ])
  for (const placed of list) {
    const twin =
      placed.node.contype === 'CONSTR_UNIQUE' || placed.node.contype === 'CONSTR_PRIMARY'
        ? kept.findIndex(
            (other) =>
              ['CONSTR_UNIQUE', 'CONSTR_PRIMARY'].includes(other.node.contype ?? '') &&
              of(other) === of(placed) &&
              (other.node.contype !== 'CONSTR_PRIMARY' || placed.node.contype !== 'CONSTR_PRIMARY'),
          )
        : -1
    const first = kept[twin]
    if (!first) kept.push(placed)
    else if (!first.node.conname && placed.node.conname) {
      kept[twin] = { ...first, node: { ...first.node, conname: placed.node.conname } }
    }
  }
  return kept
}

function order(node: ConstraintNode): number {
  return node.contype === 'CONSTR_PRIMARY' ? 0 : node.contype === 'CONSTR_FOREIGN' ? 2 : 1
}

function addColumnDef(context: StatementContext, table: Relation, node: ColumnDef, merges: boolean): ConstraintNode[] {
  const { catalog } = context
  const now = catalog.current(table)
  const inherited = columnOf(now, node.colname ?? '')
  if (inherited && !merges) {
    throw duplicateColumn(`column "${node.colname}" specified more than once`)
  }
  if (inherited && !node.typeName) {
    return (node.constraints ?? []).flatMap((constraint) =>
      'Constraint' in constraint && constraint.Constraint.contype !== 'CONSTR_DEFAULT' ? [constraint.Constraint] : [],
    )
  }
  const added = newColumn(context, now, node)
  catalog.change(now, { columns: [...now.columns.filter((column) => column.name !== added.column.name), added.column] })
  keepNotNullName(context, now, node)
  return added.constraints
}

/** CREATE TABLE … PARTITION OF: ACCESS EXCLUSIVE on the parent, and on its default partition, which is read. */
function partition(context: StatementContext, table: Relation, parent: Relation, node: CreateStmt): Relation {
  const { catalog } = context
  requirePartitioned(parent)
  context.lock(parent, 'AccessExclusiveLock')
  if (node.partbound) {
    requireStrategy(parent, node.partbound)
    requireFreeBound(context, parent, table.name, node.partbound)
    lockDefault(context, parent, node.partbound)
  }
  const made: Relation = {
    ...table,
    columns: parent.columns,
    known: parent.known,
    partitionOf: node.partbound ? boundOf(parent, node.partbound) : null,
  }
  catalog.put(made)
  lockReferenced(context, parent, table, true)
  lockReferencing(context, parent)
  const names = copyIndexes(context, made, parent, parent.indexes)
  return {
    ...catalog.current(made),
    constraints: [...checksOf(parent), ...copiesOfConstraints(context, parent, made, names)],
  }
}

/** A new table has no row that could break a CHECK, so it is valid there. */
function checksOf(parent: Relation): Constraint[] {
  return parent.constraints.flatMap((constraint) =>
    constraint.kind === 'check' && !isNoInherit(constraint) ? [{ ...constraint, validated: true }] : [],
  )
}

function inheriting(context: StatementContext, table: Relation, parents: Relation[]): Relation {
  const columns: Column[] = []
  for (const parent of parents) {
    context.lock(parent, 'ShareUpdateExclusiveLock')
    for (const column of parent.columns) if (!columns.some((item) => item.name === column.name)) columns.push(column)
  }
  return {
    ...table,
    columns,
    known: parents.every((parent) => parent.known),
    inherits: parents.map((parent) => parent.id),
    constraints: parents.flatMap(checksOf),
  }
}

/** The bits of TableLikeOption in parsenodes.h. */
const like = { constraints: 4, defaults: 8, generated: 16, identity: 32, indexes: 64 }

function copyLike(context: StatementContext, table: Relation, source: RangeVar | undefined, options: number): void {
  const { catalog } = context
  const from = context.relation(source)
  const now = catalog.current(table)
  const columns = from.columns.map((column) => ({
    ...column,
    statistics: null,
    default: options & (column.generated ? like.generated : like.defaults) ? column.default : null,
    generated: options & like.generated ? column.generated : null,
    identity: options & like.identity ? column.identity : null,
  }))
  catalog.put({
    ...now,
    known: now.known && from.known,
    columns: [...now.columns, ...columns],
    constraints: [
      ...now.constraints,
      ...(options & like.constraints ? checksOf(from) : []),
      ...from.constraints.filter(({ kind }) => kind === 'not null'),
    ],
  })
  if (!(options & like.indexes)) return
  const names = copyIndexes(context, table, from, from.indexes)
  const keys = copiesOfConstraints(context, from, table, names).filter((constraint) => constraint.index !== null)
  const made = catalog.current(table)
  catalog.put({ ...made, constraints: [...made.constraints, ...keys] })
}

/** CREATE TABLE AS, SELECT INTO and CREATE MATERIALIZED VIEW: a new relation filled from a query. */
export function createTableAs(node: CreateTableAsStmt, context: StatementContext): void {
  const { catalog } = context
  const target = node.into?.rel
  const schema = context.creationSchema(target)
  const name = storedName(target?.relname ?? '')
  if (catalog.nameTaken(schema, name)) {
    if (node.if_not_exists) return
    context.requireFreeName(schema, name)
  }
  const query = node.query && 'SelectStmt' in node.query ? node.query.SelectStmt : null
  const reads = query ? readsOf(context, [{ SelectStmt: query }]) : []
  const isView = node.objtype === 'OBJECT_MATVIEW'
  const columns = query ? outputColumns(context, query) : null
  const rows = node.into?.skipData ? 0 : query ? rowsOfSelect(context, query) : null
  const relation = catalog.put({
    ...emptyRelation(catalog.newId(), schema, name, isView ? 'materialized view' : 'table'),
    persistence:
      target?.relpersistence === 't' ? 'temporary' : target?.relpersistence === 'u' ? 'unlogged' : 'permanent',
    columns: columns ?? [],
    known: columns !== null,
    reads: isView ? reads : [],
    size: { ...emptySize, rows, heapBytes: rows === null ? null : rows * 100 },
  })
  context.recordChange({ kind: 'creates relation', relation })
}
