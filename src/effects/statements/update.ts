import type { Node, NullTest, UpdateStmt } from '@pgsql/types'
import type { Relation } from '../../catalog/relation.ts'
import { columnsIn, walk } from '../../sql/walk.ts'
import { writeThrough } from '../calls/rules-and-triggers.ts'
import { functionsOfRows, withQueries } from '../calls/with-queries.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { Ctes, StatementHandlers } from '../model/statement-handler.ts'
import { updateNames } from '../names/write-names.ts'
import { isNull } from '../tables/new-column.ts'
import { requireIdentity } from '../tables/replica-identity.ts'
import { cascadeUpdate, writeMatchingRows } from '../tables/written-rows.ts'

export const handlers: StatementHandlers = { UpdateStmt: update }

/** UPDATE: ROW EXCLUSIVE; others wait for the same rows only, but WAL and bloat are the rows' own. */
function update(node: UpdateStmt, context: StatementContext, outer?: Ctes): void {
  const ctes = withQueries(node.withClause, context, outer)
  const relation = context.writeTarget(node.relation)
  // A system catalog changed by hand: a cast that is made implicit, a constraint that counts as validated.
  if (/^pg_/.test(node.relation?.relname ?? '')) context.catalog.markUncertain()
  updateNames(node, context, relation, ctes)
  functionsOfRows(context, node)
  writeThrough(context, relation, 'update', (target) => {
    requireIdentity(context, target, 'update')
    if (writeMatchingRows(context, target, 'update', node, node.fromClause) === 0) return
    cascadeUpdate(context, target, setColumns(node), new Set([target.id]))
    fillNulls(context, target, node)
  })
}

function setColumns(node: UpdateStmt): string[] {
  return (node.targetList ?? []).flatMap((item) =>
    'ResTarget' in item && item.ResTarget.name ? [item.ResTarget.name] : [],
  )
}

/**
 * A backfill: a column set where it is null, or everywhere, has no nulls afterwards. A batch is assumed to be repeated
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
