import type { Node, UpdateStmt } from '@pgsql/types'
import { constantTruth } from '../../catalog/expressions.ts'
import { type Constraint, columnOf, type Relation } from '../../catalog/relation.ts'
import { print } from '../../sql/quote.ts'
import { columnsIn, strings } from '../../sql/walk.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { isBatch, isBounded, queriesOf, rowsJoined, rowsMatching } from '../tables/affected-rows.ts'
import { inherited } from '../tables/inheritance.ts'
import { isNull } from '../tables/new-column.ts'
import { partitionKeyOf } from '../tables/partition-key.ts'

/** Gives the number of rows written; null when it is unknown. */
export function writeMatchingRows(
  context: StatementContext,
  relation: Relation,
  verb: 'update' | 'delete',
  {
    relation: name,
    whereClause,
    withClause,
    targetList,
  }: Pick<UpdateStmt, 'relation' | 'whereClause' | 'withClause'> & { targetList?: UpdateStmt['targetList'] },
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
    if (truth === false && !own && member.partitionOf && context.catalog.behaves('false-condition-locks-no-partition'))
      continue
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
    batch: context.commits || isBatch(relation, where),
    sets: (targetList ?? []).flatMap(setIn),
    certain: !context.isConditional && from === undefined && !mayLeaveOut(relation),
  })
  return rows
}

/** A row trigger that fires before may leave rows out. */
export function mayLeaveOut({ triggers }: Relation): boolean {
  return triggers.some(
    ({ enabled, definition }) => enabled && !/^CREATE (CONSTRAINT )?TRIGGER .*? AFTER /is.test(definition),
  )
}

function setIn(target: Node): { column: string; value: 'null' | 'constant' | 'shifted' | 'other' }[] {
  if (!('ResTarget' in target) || !target.ResTarget.val) return []
  const { name: column = '', val } = target.ResTarget
  if (isNull(val)) return [{ column, value: 'null' }]
  const plain = 'TypeCast' in val && val.TypeCast.arg ? val.TypeCast.arg : val
  if ('A_Const' in plain) return [{ column, value: 'constant' }]
  return [{ column, value: isShifted(plain, column) ? 'shifted' : 'other' }]
}

/** `n + 1` or `n - 1` of the column itself. */
function isShifted(value: Node, column: string): boolean {
  if (!('A_Expr' in value) || value.A_Expr.kind !== 'AEXPR_OP') return false
  const { name, lexpr, rexpr } = value.A_Expr
  const number = rexpr && 'A_Const' in rexpr ? (rexpr.A_Const.ival?.ival ?? 0) : 0
  return (
    ['+', '-'].includes(strings(name)[0] ?? '') &&
    number !== 0 &&
    lexpr !== undefined &&
    'ColumnRef' in lexpr &&
    columnsIn(lexpr)[0] === column
  )
}

function prunes(relation: Relation, where: Node | undefined): boolean {
  const key = where ? partitionKeyOf(relation) : null
  const named = key ? columnsIn(where) : []
  return key?.uses.some((column) => named.includes(column)) ?? false
}

/** Foreign keys with ON UPDATE CASCADE, SET NULL or SET DEFAULT write the rows that refer to a key that changes. */
export function cascadeUpdate(
  context: StatementContext,
  relation: Relation,
  columns: string[],
  seen: Set<number>,
): void {
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

/** Foreign keys with ON DELETE CASCADE, SET NULL or SET DEFAULT write the referencing rows too. */
export function cascadeDelete(
  context: StatementContext,
  relation: Relation,
  deleted: number | null,
  seen: Set<number>,
): void {
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
