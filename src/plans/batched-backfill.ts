import type { DeleteStmt, Node, RangeVar, UpdateStmt } from '@pgsql/types'
import { volatility } from '../catalog/expressions.ts'
import { columnOf, type Relation } from '../catalog/relation.ts'
import { print, quoteName } from '../sql/quote.ts'
import { columnsIn, functionsIn, rangeVars, strings, walk as walkTree } from '../sql/walk.ts'
import { firing, walk, walkedKey, walkedName, walkedTables } from './backfill.ts'
import type { RangeWork } from './key-walk.ts'
import { freeRelation, tableSql } from './names.ts'
import { type NoWay, noWay, type Part, transaction, type Way, way } from './plan.ts'
import { refusals } from './refusals.ts'
import type { PlanContext, Subject } from './subject.ts'

const atOnce = 'Other sessions see the rows change range by range, not all at one moment.'

/** UPDATE or DELETE of many rows: by ranges of the key, each in a transaction of its own. */
export function batchedBackfill(subject: Subject, context: PlanContext): Way | NoWay | null {
  const { node } = subject
  const change = subject.analysis.changes.find((schemaChange) => schemaChange.kind === 'writes rows')
  if (change?.kind !== 'writes rows' || change.batch) return null
  if (!('UpdateStmt' in node) && !('DeleteStmt' in node)) {
    return noWay(
      'Lockcast splits UPDATE and DELETE by ranges of the key; this statement does not name its rows that way.',
    )
  }
  const relation = context.catalog.current(change.relation)
  if (relation.kind !== 'table' && relation.kind !== 'partitioned table') {
    return noWay('The rows are written through a view.')
  }
  return 'UpdateStmt' in node ? update(node.UpdateStmt, relation, context) : remove(node.DeleteStmt, relation, context)
}

function update(node: UpdateStmt, relation: Relation, context: PlanContext): Way | NoWay {
  const { catalog } = context
  const targets = (node.targetList ?? []).flatMap((item) => ('ResTarget' in item ? [item.ResTarget] : []))
  const written = targets.map(({ name }) => name ?? '')
  const reason = unsplit(node, relation, context) ?? unsplitColumns(relation, written, context)
  if (reason !== null) return noWay(reason)
  if (targets.some(({ val, indirection }) => (indirection ?? []).length > 0 || (val && 'MultiAssignRef' in val))) {
    return noWay('It assigns parts of values or several columns from one query.')
  }
  const values = targets.map(({ val }) => val)
  const once = !targets.every(({ name, val }) => val === undefined || againTheSame(val, name ?? '', written))
  const ordered = once ? numberedKey(relation, context) : null
  if (once && ordered === null) {
    return noWay(
      'A row written twice would come out otherwise than a row written once, and no key that grows with each row tells how far the ranges are.',
    )
  }
  const tables = walkedTables(relation, context, node.relation?.inh !== true)
  const sets = targets.map(({ name, val }) => `${quoteName(name ?? '')} = ${val ? print(val) : 'DEFAULT'}`).join(', ')
  const where = node.whereClause ? print(node.whereClause) : null
  const from = (node.fromClause ?? []).map(print).join(', ')
  const calm = values.every((value) => value !== undefined && volatility(value, catalog).volatility === 'calm')
  const progress = once ? freeRelation(relation.schema, relation.name, 'progress', catalog) : null
  const home = progress === null ? undefined : tableSql({ schema: relation.schema, name: progress }, catalog)
  const parts: Part[] =
    home === undefined ? [] : [transaction([`CREATE TABLE ${home} (done bigint, last bigint);`], `DROP TABLE ${home};`)]
  for (const table of tables) {
    const name = aliasOf(node.relation, table)
    const own = `${walkedName(table, context)} AS ${name}`
    const all = from === '' ? own : `${own}, ${from}`
    const differs = targets.map(({ name: column = '', val }) => differsFrom(table, name, column, val)).join(' OR ')
    const keyed = walkedKey(table) !== null
    const also = `${where === null ? '' : ` AND (${where})`}${keyed ? '' : ` AND (${differs})`}`
    // Without a key a row that moves is missed: what is pending must show.
    if (!keyed && !calm) {
      return noWay(`${table.name} has no key, and the new values do not show which rows have them.`)
    }
    const work: RangeWork = {
      table: own,
      alias: name,
      before: [],
      ...(home === undefined ? {} : { progress: home }),
      lock: (range, order) => `${all} WHERE ${range}${also} ORDER BY ${order} FOR NO KEY UPDATE OF ${name}`,
      write: (range) =>
        `UPDATE ${own} SET ${sets}${from === '' ? '' : ` FROM ${from}`} WHERE ${range}${also}${home === undefined ? '' : `; UPDATE ${home} SET done = range_high`}`,
      pending: keyed ? null : { from: all, where: `true${also}` },
    }
    const like = `UPDATE ${own} SET ${sets}${from === '' ? '' : ` FROM ${from}`}${where === null ? '' : ` WHERE ${where}`};`
    parts.push({ kind: 'backfill', sql: walk(table, work, context), like, text: texts(table) })
  }
  if (home !== undefined) parts.push(transaction([`DROP TABLE ${home};`]))
  return way({
    pattern: 'batched-backfill',
    summary:
      'Write the rows by ranges of the key, each in a transaction of its own: one statement that runs to its end by itself.',
    changes: [
      ...firedText(firing(tables, 'UPDATE', written)),
      atOnce,
      ...(values.some((value) => value && readsClock(value))
        ? ['Each range has its own time: `now()` gives when its transaction began.']
        : []),
      'If a range fails, those before it stay written; run it again when the cause is gone.',
      home === undefined
        ? 'Rows that begin to match while it runs are written too.'
        : 'Each row up to the highest key at the start is written once; `done` and `last` keep how far it is.',
    ],
    prepare: parts,
  })
}

function readsClock(value: Node): boolean {
  let found = functionsIn(value).some(({ name }) =>
    ['now', 'transaction_timestamp', 'statement_timestamp'].includes(name),
  )
  walkTree(value, (name) => {
    found ||= name === 'SQLValueFunction'
    return undefined
  })
  return found
}

/** An integer key that a sequence numbers, of a table alone: rows that come while the walk runs are behind its end. */
function numberedKey(relation: Relation, { catalog }: PlanContext): string | null {
  const [only, more] = walkedKey(relation) ?? []
  if (only === undefined || more !== undefined || catalog.withDescendants(relation).length > 1) return null
  const column = columnOf(relation, only)
  const numbered = column?.identity !== null || /^nextval\(/.test(column.default ?? '')
  return column && numbered && ['smallint', 'integer', 'bigint'].includes(column.type) ? only : null
}

function remove(node: DeleteStmt, relation: Relation, context: PlanContext): Way | NoWay {
  const { catalog } = context
  const reason = unsplit(node, relation, context)
  if (reason !== null) return noWay(reason)
  const where = node.whereClause ? print(node.whereClause) : null
  const using = (node.usingClause ?? []).map(print).join(', ')
  const refused = refusals(relation, node, where, using, context)
  if (refused.kind === 'no way') return noWay(refused.reason)
  const tables = walkedTables(relation, context, node.relation?.inh !== true)
  const parts = tables.map((table): Part => {
    const name = aliasOf(node.relation, table)
    const own = `${walkedName(table, context)} AS ${name}`
    const all = using === '' ? own : `${own}, ${using}`
    const also = where === null ? '' : ` AND (${where})`
    const work: RangeWork = {
      table: own,
      alias: name,
      before: refused.raises,
      lock: (range, order) => `${all} WHERE ${range}${also} ORDER BY ${order} FOR UPDATE OF ${name}`,
      write: (range) => `DELETE FROM ${own}${using === '' ? '' : ` USING ${using}`} WHERE ${range}${also}`,
      pending: walkedKey(table) === null ? { from: all, where: where ?? 'true' } : null,
    }
    const like = `DELETE FROM ${own}${using === '' ? '' : ` USING ${using}`}${where === null ? '' : ` WHERE ${where}`};`
    return { kind: 'backfill', sql: walk(table, work, context), like, text: texts(table) }
  })
  return way({
    pattern: 'batched-backfill',
    summary:
      'Delete by ranges of the key, each in a transaction of its own: one statement that runs to its end by itself.',
    changes: [
      ...firedText(firing(tables, 'DELETE', null)),
      'Other sessions see the rows go range by range, not all at one moment.',
      ...(refused.raises.length > 0
        ? [
            `It looks first for rows that a foreign key would refuse, and then deletes nothing: ${tableSql(relation, catalog)} is left as it is.`,
          ]
        : []),
    ],
    prepare: parts,
  })
}

function texts(table: Relation): string {
  return walkedKey(table) === null
    ? 'Runs to its end by itself, page by page, and begins again while rows are pending. When it is interrupted, run it again.'
    : 'Runs to its end by itself, by ranges of the key. When it is interrupted, run it again.'
}

/** The sentence of `changes` about triggers that fire for each row. */
function firedText(names: string[]): string[] {
  if (names.length === 0) return []
  const list = names.map((name) => `\`${quoteName(name)}\``).join(', ')
  return [
    `${names.length > 1 ? 'The triggers' : 'The trigger'} ${list} ${names.length > 1 ? 'fire' : 'fires'} for each row, as with the statement itself.`,
  ]
}

/** Why the statement cannot be split by rows; null when it can. */
function unsplit(node: UpdateStmt | DeleteStmt, relation: Relation, { catalog }: PlanContext): string | null {
  if (node.withClause) return 'Its rows come out of a WITH query, which each range would compute from other rows.'
  const { relation: _, ...rest } = node
  const family = new Set(catalog.withDescendants(relation).map(({ id }) => id))
  const read = rangeVars(rest).flatMap(
    ({ schemaname, relname }) => catalog.find(schemaname ?? null, relname ?? '') ?? [],
  )
  if (read.some(({ id }) => family.has(id))) {
    return 'What becomes of a row depends on other rows of the same table, which the ranges before it would have changed.'
  }
  if (read.some(({ kind }) => kind === 'view')) return 'It reads a view, which may read the rows that it writes.'
  const statementTriggers = [...family].flatMap((id) => catalog.get(id)?.triggers ?? [])
  if (statementTriggers.some(({ enabled, definition }) => enabled && /FOR EACH STATEMENT/i.test(definition))) {
    return 'A trigger for each statement would fire once a range instead of once.'
  }
  if ([...family].some((id) => (catalog.get(id)?.rules.length ?? 0) > 0)) return 'A rule rewrites it.'
  return null
}

/** Why these columns cannot be written range by range; null when they can. */
function unsplitColumns(relation: Relation, written: string[], { catalog }: PlanContext): string | null {
  const key = walkedKey(relation) ?? []
  if (key.some((column) => written.includes(column))) return 'It writes the key that the ranges would walk.'
  const family = catalog.withDescendants(relation)
  const unique = family.some(({ indexes, constraints }) =>
    [
      ...indexes.filter((index) => index.unique).map(({ uses }) => uses),
      ...constraints.filter(({ kind }) => kind === 'exclusion').map(({ columns }) => columns),
    ].some((columns) => columns.some((column) => written.includes(column))),
  )
  if (unique) return 'It writes a unique column, whose values may only fit together when all rows are written.'
  const partitions = family.flatMap(({ partitionKey }) => (partitionKey === null ? [] : [partitionKey]))
  if (partitions.some((text) => written.some((column) => text.includes(column)))) {
    return 'It writes the partition key, which moves rows to other partitions.'
  }
  return null
}

/** Functions that give the same when they are applied to their own result. */
const idempotent = new Set([
  'lower',
  'upper',
  'btrim',
  'ltrim',
  'rtrim',
  'abs',
  'floor',
  'ceil',
  'ceiling',
  'round',
  'trunc',
  'date_trunc',
])

/** True when the column of a row that is written twice comes out as that of a row written once. */
function againTheSame(value: Node, target: string, written: string[]): boolean {
  const own = columnsIn(value).filter((column) => written.includes(column))
  if (own.length === 0) return true
  // Another column that is written has its new value the second time.
  if (own.some((column) => column !== target)) return false
  if ('FuncCall' in value) {
    const [name] = strings(value.FuncCall.funcname).slice(-1)
    const args = value.FuncCall.args ?? []
    return idempotent.has(name ?? '') && args.every((arg) => 'ColumnRef' in arg || 'A_Const' in arg)
  }
  if ('CoalesceExpr' in value) {
    const [first, ...rest] = value.CoalesceExpr.args ?? []
    return (
      first !== undefined &&
      'ColumnRef' in first &&
      functionsIn(rest).length === 0 &&
      columnsIn(rest).every((column) => !written.includes(column))
    )
  }
  return false
}

/** Types that have no `=`, or one that compares areas or lengths. */
const withoutEquality = /^(json|xml|point|line|lseg|box|path|polygon|circle)\b/

/** The row does not have its new value yet. */
function differsFrom(relation: Relation, alias: string, column: string, value: Node | undefined): string {
  const type = columnOf(relation, column)?.type ?? ''
  const text = withoutEquality.test(type) ? '::text' : ''
  const name = `${alias}.${quoteName(column)}${text}`
  if (!value) return 'false'
  const cast = type === '' ? '' : `::${type}`
  return `${name} IS DISTINCT FROM (${print(value)})${cast}${text}`
}

/** How the statement calls its table. */
function aliasOf(target: RangeVar | undefined, relation: Relation): string {
  return quoteName(target?.alias?.aliasname ?? target?.relname ?? relation.name)
}
