import type { InsertStmt } from '@pgsql/types'
import type { Relation } from '../../catalog/relation.ts'
import { writeThrough } from '../calls/rules-and-triggers.ts'
import { functionsOfRows, withQueries } from '../calls/with-queries.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { Ctes, StatementHandlers } from '../model/statement-handler.ts'
import { insertNames } from '../names/write-names.ts'
import { queriesOf, rowsOfSelect } from '../tables/affected-rows.ts'
import { inherited, partitionsOf } from '../tables/inheritance.ts'
import { mayLeaveOut } from '../tables/written-rows.ts'

export const handlers: StatementHandlers = { InsertStmt: insert }

/** INSERT: ROW EXCLUSIVE; the rows are added to the model, so that a new table that is filled counts as filled. */
function insert(node: InsertStmt, context: StatementContext, outer?: Ctes): void {
  const ctes = withQueries(node.withClause, context, outer)
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
    sets: [],
    certain: !context.isConditional && !node.onConflictClause && !mayLeaveOut(relation),
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
