import type {
  CopyStmt,
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  Node,
  NullTest,
  SelectStmt,
  UpdateStmt,
  WithClause,
} from '@pgsql/types'
import { constantTruth } from '../catalog/expressions.ts'
import { type Constraint, columnOf, type Relation } from '../catalog/relation.ts'
import { print } from '../sql/quote.ts'
import { columnsIn, strings, walk } from '../sql/walk.ts'
import { calledFunctions } from './code.ts'
import { requireColumns } from './columns.ts'
import { createTableAs } from './create-table.ts'
import { requireUnread } from './extensions.ts'
import { inherited, partitionsOf } from './inheritance.ts'
import { because, type StatementContext } from './judging.ts'
import { isNull } from './new-column.ts'
import { partitionKeyOf } from './partition-key.ts'
import { ctesOf, outputColumns } from './query-columns.ts'
import type { Ctes } from './query-scope.ts'
import { writeThrough } from './rewriting.ts'
import { isBatch, isBounded, queriesOf, rowsJoined, rowsMatching, rowsOfSelect } from './rows.ts'
import { setConfig } from './session.ts'
import { deleteNames, insertNames, mergeNames, updateNames } from './write-names.ts'

/** UPDATE: ROW EXCLUSIVE; others wait for the same rows only, but WAL and bloat are the rows' own. */
export function update(node: UpdateStmt, context: StatementContext, around?: Ctes): void {
  const ctes = withQueries(node.withClause, context, around)
  const relation = context.writeTarget(node.relation)
  updateNames(node, context, relation, ctes)
  functionsOfRows(context, node)
  writeThrough(context, relation, 'update', (target) => {
    if (write(context, target, 'update', node, node.fromClause) === 0) return
    cascadeUpdate(context, target, setColumns(node), new Set([target.id]))
    fillNulls(context, target, node)
  })
}

function setColumns(node: UpdateStmt): string[] {
  return (node.targetList ?? []).flatMap((item) =>
    'ResTarget' in item && item.ResTarget.name ? [item.ResTarget.name] : [],
  )
}

/** Foreign keys with ON UPDATE CASCADE, SET NULL or SET DEFAULT write the rows that refer to a key that changes. */
function cascadeUpdate(context: StatementContext, relation: Relation, columns: string[], seen: Set<number>): void {
  for (const other of context.catalog.referencing(relation)) {
    const key = other.constraints.find(
      ({ references }) =>
        references?.relation === relation.id &&
        !['no action', 'restrict'].includes(references.onUpdate) &&
        references.columns.some((column) => columns.includes(column)),
    )
    if (!key || seen.has(other.id)) continue
    seen.add(other.id)
    context.lock(other, 'RowExclusiveLock', {
      when: 'depends',
      writes: { rows: null, verb: 'update' },
      through: {
        kind: 'cascade',
        text: `foreign key \`${key.name}\` is ON UPDATE ${key.references?.onUpdate.toUpperCase()}`,
      },
    })
    cascadeUpdate(context, other, key.columns, seen)
  }
}

/** DELETE: ROW EXCLUSIVE, and on every table whose foreign key cascades when rows match. */
export function remove(node: DeleteStmt, context: StatementContext, around?: Ctes): void {
  const ctes = withQueries(node.withClause, context, around)
  const relation = context.writeTarget(node.relation)
  deleteNames(node, context, relation, ctes)
  functionsOfRows(context, node)
  writeThrough(context, relation, 'delete', (target) => {
    const rows = write(context, target, 'delete', node, node.usingClause)
    cascadeDelete(context, target, rows, new Set([target.id]))
  })
}

/**
 * A backfill: what is set where it is null, or everywhere, holds no nulls afterwards. A batch is taken to be repeated
 * until it finds no row, as a batch is meant to be.
 */
function fillNulls(context: StatementContext, relation: Relation, node: UpdateStmt): void {
  const filled = (node.targetList ?? []).flatMap((item) => {
    if (!('ResTarget' in item) || !item.ResTarget.val || isNull(item.ResTarget.val)) return []
    const { name = '' } = item.ResTarget
    return node.whereClause === undefined || asksForNulls(node.whereClause, name) ? [name] : []
  })
  if (filled.length === 0) return
  const now = context.catalog.current(relation)
  context.catalog.change(now, {
    columns: now.columns.map((column) =>
      column.statistics && filled.includes(column.name)
        ? { ...column, statistics: { ...column.statistics, nullFraction: 0 } }
        : column,
    ),
  })
}

function asksForNulls(where: Node, column: string): boolean {
  let found = false
  walk(where, (name, value) => {
    found ||= name === 'NullTest' && (value as NullTest).nulltesttype === 'IS_NULL' && columnsIn(value).includes(column)
    return !found
  })
  return found
}

/** Gives the number of rows written; null when it is unknown. */
function write(
  context: StatementContext,
  relation: Relation,
  verb: 'update' | 'delete',
  { relation: name, whereClause, withClause }: Pick<UpdateStmt, 'relation' | 'whereClause' | 'withClause'>,
  from: Node[] | undefined,
): number | null {
  const truth = whereClause ? constantTruth(whereClause) : true
  const where = truth ? undefined : whereClause
  const known = name?.alias?.aliasname ?? name?.relname ?? ''
  const queries = queriesOf(withClause)
  const joined = from ? rowsJoined(context, relation, known, from, where, queries) : null
  const rows = truth === false ? 0 : joined ? joined.rows : rowsMatching(context, relation, where, queries)
  for (const member of !name?.inh ? [relation] : context.catalog.withDescendants(relation)) {
    const own = member.id === relation.id
    // Children that inherit are locked even so, and to 11 partitions too.
    if (truth === false && !own && member.partitionOf && context.catalog.major >= 12) continue
    const work = truth === false ? {} : own ? { writes: { rows, verb } } : inherited(member, relation)
    context.lock(member, 'RowExclusiveLock', {
      // The planner leaves out partitions that the condition rules out, and does not lock them.
      when: !own && member.partitionOf && prunes(relation, where) ? 'depends' : 'always',
      ...work,
    })
  }
  // `WHERE false` writes nothing, and the planner does not even look.
  if (truth === false) return 0
  context.recordChange({
    kind: 'writes rows',
    relation,
    verb,
    rows,
    where: where ? print(where) : null,
    bounded: isBounded(relation, where) || (joined?.listed ?? false),
    batch: isBatch(relation, where),
  })
  return rows
}

function prunes(relation: Relation, where: Node | undefined): boolean {
  const key = where ? partitionKeyOf(relation) : null
  const named = key ? columnsIn(where) : []
  return key?.uses.some((column) => named.includes(column)) ?? false
}

/** Foreign keys with ON DELETE CASCADE, SET NULL or SET DEFAULT write the referencing rows too. */
function cascadeDelete(context: StatementContext, relation: Relation, deleted: number | null, seen: Set<number>): void {
  for (const other of context.catalog.referencing(relation)) {
    const key = other.constraints.find(
      (constraint) =>
        constraint.references?.relation === relation.id &&
        !['no action', 'restrict'].includes(constraint.references.onDelete),
    )
    if (!key || seen.has(other.id)) continue
    seen.add(other.id)
    const rows = rowsReferring(other, key, deleted)
    context.lock(other, 'RowExclusiveLock', {
      when: 'depends',
      writes: { rows, verb: key.references?.onDelete === 'cascade' ? 'delete' : 'update' },
      through: {
        kind: 'cascade',
        text: `foreign key \`${key.name}\` is ON DELETE ${key.references?.onDelete.toUpperCase()}`,
      },
    })
    if (key.references?.onDelete === 'cascade') cascadeDelete(context, other, rows, seen)
  }
}

/** Rows that refer to so many rows: the average of those that share a value of the key's columns, by its statistics. */
function rowsReferring(relation: Relation, key: Constraint, referred: number | null): number | null {
  const { rows } = relation.size
  if (rows === null || referred === null) return null
  const distinct = Math.max(
    1,
    ...key.columns.map((name) => {
      const statistics = columnOf(relation, name)?.statistics
      if (!statistics) return 0
      return statistics.distinct > 0 ? statistics.distinct : -statistics.distinct * rows
    }),
  )
  return Math.min(rows, Math.ceil((referred * rows) / distinct))
}

/** INSERT: ROW EXCLUSIVE; the rows come to stand in the model, so that a new table that is filled counts as filled. */
export function insert(node: InsertStmt, context: StatementContext, around?: Ctes): void {
  const ctes = withQueries(node.withClause, context, around)
  const relation = context.writeTarget(node.relation)
  insertNames(node, context, relation, ctes)
  functionsOfRows(context, node)
  writeThrough(context, relation, 'insert', (target) => insertInto(context, target, node))
}

function insertInto(context: StatementContext, relation: Relation, node: InsertStmt): void {
  const { catalog } = context
  const query = node.selectStmt && 'SelectStmt' in node.selectStmt ? node.selectStmt.SelectStmt : null
  const rows = query ? rowsOfSelect(context, query, queriesOf(node.withClause)) : 1
  for (const member of partitionsOf(context, relation)) {
    context.lock(member, 'RowExclusiveLock', {
      ...(member.id === relation.id
        ? { writes: { rows, verb: 'insert' } }
        : { ...inherited(member, relation), when: 'depends' }),
    })
  }
  const values = query?.valuesLists !== undefined || query === null
  context.recordChange({
    kind: 'writes rows',
    relation,
    verb: 'insert',
    rows,
    where: null,
    bounded: values,
    batch: false,
  })
  const { size } = catalog.current(relation)
  const width = size.rows && size.heapBytes ? size.heapBytes / size.rows : 100
  catalog.change(relation, {
    size: {
      ...size,
      rows: size.rows === null || rows === null ? null : size.rows + rows,
      heapBytes: size.heapBytes === null || rows === null ? null : size.heapBytes + rows * width,
    },
  })
}

/** MERGE: ROW EXCLUSIVE on the target; how many rows it writes is not told by any WHERE. */
export function merge(node: MergeStmt, context: StatementContext, around?: Ctes): void {
  const ctes = withQueries(node.withClause, context, around)
  functionsOfRows(context, node)
  const relation = context.writeTarget(node.relation)
  mergeNames(node, context, relation, ctes)
  const rows = context.catalog.current(relation).size.rows
  for (const member of context.catalog.withDescendants(relation))
    context.lock(member, 'RowExclusiveLock', { writes: { rows, verb: 'update' } })
  context.recordChange({
    kind: 'writes rows',
    relation,
    verb: 'update',
    rows,
    where: null,
    bounded: false,
    batch: false,
  })
}

/** COPY FROM: ROW EXCLUSIVE, and nobody knows how many rows the file has. COPY TO only reads. */
export function copy(node: CopyStmt, context: StatementContext): void {
  if (node.query && 'SelectStmt' in node.query) outputColumns(context, node.query.SelectStmt)
  if (!node.relation) return
  if (!node.is_from && !context.find(node.relation)) return requireUnread(context, node.relation)
  const relation = context.writeTarget(node.relation)
  requireColumns(relation, strings(node.attlist))
  if (!node.is_from) return
  for (const member of partitionsOf(context, relation)) {
    context.lock(member, 'RowExclusiveLock', { writes: { rows: null, verb: 'insert' } })
  }
  const { size } = context.catalog.current(relation)
  context.catalog.change(relation, { size: { ...size, rows: null, heapBytes: null } })
}

/** What functions in the values, conditions and RETURNING do, if a row is there to call them for. */
function functionsOfRows(context: StatementContext, node: object): void {
  context.sideEffects(because('a function that it calls works on it'), () => calledFunctions(node, context))
}

/** SELECT only reads, but for SELECT INTO, data-modifying WITH queries, and row locks, which ask for ROW SHARE. */
export function select(node: SelectStmt, context: StatementContext): void {
  if (node.intoClause) {
    createTableAs(
      { query: { SelectStmt: { ...node, intoClause: undefined } }, into: node.intoClause, objtype: 'OBJECT_TABLE' },
      context,
    )
    return
  }
  outputColumns(context, node)
  withQueries(node.withClause, context)
  setConfig(node, context)
}

/** Judges data-modifying statements inside WITH; gives the names that the statement may read from. */
function withQueries(clause: WithClause | undefined, context: StatementContext, around: Ctes = new Map()): Ctes {
  const ctes = ctesOf(context, clause, null, around)
  for (const cte of clause?.ctes ?? []) {
    const query = 'CommonTableExpr' in cte ? cte.CommonTableExpr.ctequery : undefined
    if (!query) continue
    if ('UpdateStmt' in query) update(query.UpdateStmt, context, ctes)
    else if ('DeleteStmt' in query) remove(query.DeleteStmt, context, ctes)
    else if ('InsertStmt' in query) insert(query.InsertStmt, context, ctes)
    else if ('MergeStmt' in query) merge(query.MergeStmt, context, ctes)
  }
  return ctes
}
