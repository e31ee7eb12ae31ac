import { columnOf, type Relation } from '../../catalog/relation.ts'
import type { Effect } from '../../effects/model/effect.ts'
import type { SchemaChange } from '../../effects/model/schema-change.ts'
import { print, quoteName, quoteRelation } from '../../sql/quote.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { addedKey } from '../context/schema-changes.ts'
import { type Alternative, alternative, outside, outsideHow, own, same } from './alternative.ts'
import { indexSql } from './concurrent-index.ts'
import { notNullByCheck } from './not-valid.ts'

/** The index of a key built CONCURRENTLY first, the constraint then over it; null for an exclusion constraint. */
export function keyOverIndex(step: Step, main: Effect, context: ReviewContext): Alternative | null {
  const key = addedKey(step)
  if (!key) return null
  const { relation } = key
  if (key.type === 'exclusion') return null
  const nullable =
    key.type === 'primary key' ? key.columns.filter((column) => !columnOf(relation, column)?.notNull) : []
  const column = columnAlone(step)
  const first = column ? 2 : 1
  const proofs = nullable.flatMap((text, i) => notNullByCheck(relation, text, first + i * 3, context.catalog))
  const next = first + nullable.length * 3
  const name = quoteName(key.constraint)
  const kind = key.type === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE'
  if (key.usingIndex) {
    return alternative('Prove the columns NOT NULL first; the key then only takes over the index.', [
      ...proofs,
      own(
        next,
        `ALTER TABLE ${quoteRelation(relation)} ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${quoteName(key.usingIndex)};`,
      ),
    ])
  }
  const index = main.builds.find(({ name }) => name === key.constraint) ?? main.builds[0]
  if (isParent(relation)) return onPartitions(step, key)
  if (!index) return null
  return alternative(
    `Build the unique index CONCURRENTLY first, outside a transaction, then let the constraint take it over: ${outsideHow(step)}.`,
    [
      ...(column ? [own(1, column)] : []),
      ...proofs,
      outside(next, indexSql(relation, index, key.constraint)),
      own(next + 1, `ALTER TABLE ${quoteRelation(relation)} ADD CONSTRAINT ${name} ${kind} USING INDEX ${name};`),
    ],
  )
}

/** ADD COLUMN … UNIQUE without its key; null for every other statement. */
function columnAlone({ statement: { node } }: Step): string | null {
  if (!node || !('AlterTableStmt' in node)) return null
  const [only, ...more] = node.AlterTableStmt.cmds ?? []
  const command = only && 'AlterTableCmd' in only ? only.AlterTableCmd : null
  if (more.length > 0 || command?.subtype !== 'AT_AddColumn' || !command.def || !('ColumnDef' in command.def))
    return null
  const constraints = command.def.ColumnDef.constraints?.filter(
    (constraint) =>
      !(
        'Constraint' in constraint && ['CONSTR_UNIQUE', 'CONSTR_PRIMARY'].includes(constraint.Constraint.contype ?? '')
      ),
  )
  const def = { ColumnDef: { ...command.def.ColumnDef, constraints } }
  const cmds = [{ AlterTableCmd: { ...command, def } }]
  return `${print({ AlterTableStmt: { ...node.AlterTableStmt, cmds } })};`
}

/** A key of a partitioned table: on the parent ONLY, each partition's over an index built CONCURRENTLY, then attached. */
function onPartitions(step: Step, key: Extract<SchemaChange, { kind: 'adds constraint' }>): Alternative {
  const kind = key.type === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE'
  const columns = key.columns.map(quoteName).join(', ')
  const parts = step.effects.flatMap(({ effect }) =>
    effect.builds.map((index) => ({ partition: effect.relation, index })),
  )
  const home = (schema: string, name: string): string => quoteRelation({ schema, name })
  const builds = parts.map(({ partition, index }, i) => outside(2 + i, indexSql(partition, index, index.name)))
  const last = 2 + parts.length
  const attaches = parts.flatMap(({ partition, index }) => [
    `ALTER TABLE ${quoteRelation(partition)} ADD CONSTRAINT ${quoteName(index.name)} ${kind} USING INDEX ${quoteName(index.name)};`,
    `ALTER INDEX ${home(key.relation.schema, key.constraint)} ATTACH PARTITION ${home(partition.schema, index.name)};`,
  ])
  return alternative(
    `Add it to the parent ONLY, build each partition’s index CONCURRENTLY, outside a transaction, then attach: ${outsideHow(step)}.`,
    [
      own(
        1,
        `ALTER TABLE ONLY ${quoteRelation(key.relation)} ADD CONSTRAINT ${quoteName(key.constraint)} ${kind} (${columns});`,
      ),
      ...builds,
      ...attaches.map((sql, i) => (i === 0 ? own(last, sql) : same(last, sql))),
    ],
  )
}

function isParent(relation: Relation): boolean {
  return relation.kind === 'partitioned table'
}
