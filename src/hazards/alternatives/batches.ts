import type { DeleteStmt, Node, RangeVar, ResTarget, UpdateStmt } from '@pgsql/types'
import { columnOf, type Relation } from '../../catalog/relation.ts'
import { nodesInCode } from '../../effects/calls/function-bodies.ts'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import { columnsIn, functionsIn, rangeVars, walk } from '../../sql/walk.ts'
import type { Step } from '../context/review-context.ts'
import { type AlternativeStep, outside } from './alternative.ts'

/** One round of a backfill; to be repeated until it changes no row. `table`: with the alias that `where` knows it by. */
export function batch(
  relation: Relation,
  verb: { update: string } | 'delete',
  where: string,
  table = quoteRelation(relation),
): string {
  const key = rowKey(relation)
  const condition = where === 'true' ? '' : ` WHERE ${where}`
  const chosen = `WHERE ${key} IN (SELECT ${key.replace(/^\(|\)$/g, '')} FROM ${table}${condition} LIMIT 10000)`
  const statement =
    verb === 'delete' ? `DELETE FROM ${table} ${chosen};` : `UPDATE ${table} SET ${verb.update} ${chosen};`
  return `${repeat}\n${statement}`
}

const repeat = '-- repeat until it changes no row, each round in a transaction of its own'

/** The primary key when it is one column, else the row's place: in a partitioned table only with its partition. */
function rowKey(relation: Relation): string {
  const [only, more] = relation.constraints.find((constraint) => constraint.kind === 'primary key')?.columns ?? []
  return only !== undefined && more === undefined
    ? quoteName(only)
    : relation.kind === 'partitioned table'
      ? '(tableoid, ctid)'
      : 'ctid'
}

/** A value to be replaced by the right one, of the column's own type so that the statement runs as printed. */
export function someValue(type: string | undefined): string {
  const value =
    [
      [/^(smallint|int|bigint|numeric|real|double)/, '0'],
      [/^(text|character|varchar)/, "''"],
      [/^bool/, 'false'],
      [/^(timestamp|date|time)/, 'now()'],
      [/^uuid/, 'gen_random_uuid()'],
      [/^jsonb?$/, "'{}'"],
      [/\[\]$/, "'{}'"],
    ].find(([pattern]) => (pattern as RegExp).test(type ?? ''))?.[1] ?? 'DEFAULT'
  return `${value} /* the right value */`
}

/** The statement as a batch to be repeated, or null when its rows cannot be told apart from those already written. */
export function batchesOf(step: Step): string | null {
  const write = step.analysis.changes.find((change) => change.kind === 'writes rows')
  const { node } = step.statement
  if (!write || !node) return null
  const found = writingNode(node)
  if (!found || leansOnWith(node, found)) return null
  if ('DeleteStmt' in found) return deleteBatch(write.relation, found.DeleteStmt)
  return updateBatch(write.relation, found.UpdateStmt)
}

/** The UPDATE or DELETE itself, also one inside WITH or code. */
function writingNode(node: Node): { UpdateStmt: UpdateStmt } | { DeleteStmt: DeleteStmt } | null {
  if ('UpdateStmt' in node) return { UpdateStmt: node.UpdateStmt }
  if ('DeleteStmt' in node) return { DeleteStmt: node.DeleteStmt }
  let found: ReturnType<typeof writingNode> = null
  walk(node, (name, value) => {
    if (name === 'UpdateStmt') found = { UpdateStmt: value as UpdateStmt }
    if (name === 'DeleteStmt') found = { DeleteStmt: value as DeleteStmt }
    return found === null
  })
  for (const inner of found ? [] : nodesInCode(node)) found ??= writingNode(inner)
  return found
}

/** The rows to be written come out of a WITH query, which a batch would have to take along. */
function leansOnWith(node: Node, found: NonNullable<ReturnType<typeof writingNode>>): boolean {
  const queries = new Set<string>()
  walk(node, (name, value) => {
    if (name === 'CommonTableExpr' && 'ctename' in value) queries.add(String(value.ctename))
    return undefined
  })
  const { withClause: _, ...own } = 'UpdateStmt' in found ? found.UpdateStmt : found.DeleteStmt
  return rangeVars(own).some(({ schemaname, relname }) => schemaname === undefined && queries.has(relname ?? ''))
}

function deleteBatch(relation: Relation, { whereClause, usingClause, relation: target }: DeleteStmt): string {
  const where = whereClause ? print(whereClause) : null
  const { name, written } = named(target, relation)
  if (!usingClause) return batch(relation, 'delete', where ?? 'true', written)
  const from = usingClause.map(print).join(', ')
  const rows = `SELECT ${name}.ctid FROM ${written}, ${from}${where === null ? '' : ` WHERE ${where}`} LIMIT 10000`
  return `${repeat}\nDELETE FROM ${written} WHERE ${name}.ctid IN (${rows});`
}

/** Before rows go that others refer to ON DELETE CASCADE: those others, in batches of their own. */
export function followersFirst(step: Step): AlternativeStep[] {
  const write = step.analysis.changes.find((change) => change.kind === 'writes rows')
  const found = step.statement.node && writingNode(step.statement.node)
  if (write?.verb !== 'delete' || !found || !('DeleteStmt' in found) || found.DeleteStmt.usingClause) return []
  return step.effects.flatMap(({ effect }): AlternativeStep[] => {
    const key = effect.relation.constraints.find(
      (constraint) =>
        constraint.references?.relation === write.relation.id && constraint.references.onDelete === 'cascade',
    )
    if (!key?.references || effect.when !== 'depends') return []
    const own = key.columns.map(quoteName).join(', ')
    const theirs = key.references.columns.map(quoteName).join(', ')
    const gone = `SELECT ${theirs} FROM ${quoteRelation(write.relation)}${write.where === null ? '' : ` WHERE ${write.where}`}`
    return [outside(1, batch(effect.relation, 'delete', `(${own}) IN (${gone})`))]
  })
}

function updateBatch(relation: Relation, node: UpdateStmt): string | null {
  const targets = (node.targetList ?? []).flatMap((item) => ('ResTarget' in item ? [item.ResTarget] : []))
  const settings = targets.map(
    (target) => `${quoteName(target.name ?? '')} = ${target.val ? print(target.val) : 'DEFAULT'}`,
  )
  const names = targets.map((target) => target.name ?? '')
  const where = node.whereClause ? print(node.whereClause) : null
  const limits = where !== null && selfLimiting(where, names)
  const unclear = !limits && targets.some(({ val }) => val && !tellsWhatIsDone(val, names))
  const { name, written } = named(node.relation, relation)
  if (unclear) return node.fromClause ? null : walkKey(relation, settings.join(', '), where, written)
  const done = pending(relation, targets[0], node.fromClause ? `${name}.` : '')
  const condition = limits
    ? where
    : [where === null ? null : `(${where})`, done].filter((item) => item !== null).join(' AND ')
  if (!node.fromClause) return batch(relation, { update: settings.join(', ') }, condition || 'true', written)
  const from = node.fromClause.map(print).join(', ')
  const rows = `SELECT ${name}.ctid FROM ${written}, ${from} WHERE ${condition} LIMIT 10000`
  const joined = where === null ? '' : ` AND ${where}`
  return `${repeat}\nUPDATE ${written} SET ${settings.join(', ')} FROM ${from} WHERE ${name}.ctid IN (${rows})${joined};`
}

/** The rows that are not written yet; `of`: the table's name with a dot, where others stand beside it. */
function pending(relation: Relation, target: ResTarget | undefined, of: string): string | null {
  if (!target?.val) return null
  const text = withoutEquality.test(columnOf(relation, target.name ?? '')?.type ?? '') ? '::text' : ''
  return `${of}${quoteName(target.name ?? '')}${text} IS DISTINCT FROM (${print(target.val)})${text}`
}

/** Types that have no `=`, or one that compares areas or lengths. */
export const withoutEquality = /^(json|xml|point|line|lseg|box|path|polygon|circle)\b/

/** How the statement calls its table: by its alias when it has one. */
function named(target: RangeVar | undefined, relation: Relation): { name: string; written: string } {
  const table = quoteRelation(relation)
  const alias = target?.alias?.aliasname
  return alias
    ? { name: quoteName(alias), written: `${table} AS ${quoteName(alias)}` }
    : { name: quoteName(relation.name), written: table }
}

/** A value that comes out otherwise on the next round (`total * 1.1`, `gen_random_uuid()`) shows not which rows have it. */
function tellsWhatIsDone(value: Node, columns: string[]): boolean {
  return functionsIn(value).length === 0 && !columnsIn(value).some((column) => columns.includes(column))
}

/** Each row once, in the order of an integer key; null without one. */
function walkKey(relation: Relation, settings: string, where: string | null, table: string): string | null {
  const [key, more] = relation.constraints.find((constraint) => constraint.kind === 'primary key')?.columns ?? []
  const type = key === undefined || more !== undefined ? undefined : columnOf(relation, key)?.type
  if (key === undefined || !['smallint', 'integer', 'bigint'].includes(type ?? '')) return null
  const id = quoteName(key)
  const rows = `SELECT ${id} FROM ${table} WHERE ${id} > 0${where === null ? '' : ` AND (${where})`} ORDER BY ${id} LIMIT 10000`
  return `-- again with the last ${id} of each round in place of 0, until it changes no row, each round in a transaction of its own\nUPDATE ${table} SET ${settings} WHERE ${id} IN (${rows});`
}

/** `SET x = … WHERE x IS NULL` finds no written row again. */
function selfLimiting(where: string, columns: string[]): boolean {
  return columns.some((column) =>
    new RegExp(`(^|[^\\w"])"?${column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"?\\s+IS\\s+NULL`, 'i').test(where),
  )
}
