import type { AlterTableStmt, Constraint as ConstraintNode } from '@pgsql/types'
import type { Relation } from '../catalog/relation.ts'
import { quoteName } from '../sql/quote.ts'
import { faithful } from './faithful.ts'
import { tableSql } from './names.ts'
import { type NoWay, noWay, transaction, type Way, way } from './plan.ts'
import type { PlanContext, Subject } from './subject.ts'

/** ADD CHECK or FOREIGN KEY: NOT VALID first, then validated in a transaction of its own. */
export function notValidThenValidate(
  statement: AlterTableStmt,
  node: ConstraintNode,
  subject: Subject,
  context: PlanContext,
): Way | NoWay | null {
  const { catalog } = context
  const change = subject.analysis.changes.find((schemaChange) => schemaChange.kind === 'adds constraint')
  if (change?.kind !== 'adds constraint' || !change.validated) return null
  const relation = catalog.current(change.relation)
  const name = quoteName(change.constraint)
  const added = (on: Relation, only: boolean, skip: boolean): string | null =>
    faithful({
      AlterTableStmt: {
        ...statement,
        relation: { schemaname: on.schema, relname: on.name, inh: !only, relpersistence: 'p' },
        cmds: [
          {
            AlterTableCmd: {
              subtype: 'AT_AddConstraint',
              def: {
                Constraint: {
                  ...node,
                  conname: change.constraint,
                  skip_validation: skip,
                  initially_valid: !skip,
                },
              },
              behavior: 'DROP_RESTRICT',
            },
          },
        ],
      },
    })
  const table = tableSql(relation, catalog)
  const inherits = statement.relation?.inh !== true
  if (
    change.type === 'foreign key' &&
    relation.kind === 'partitioned table' &&
    !catalog.behaves('not-valid-key-of-partitioned-table')
  ) {
    return partitionByPartition(relation, change, added, name, context)
  }
  const first = added(relation, inherits, true)
  if (first === null) return noWay('The constraint could not be written again.')
  return way({
    pattern: 'not-valid-then-validate',
    summary:
      'Add it NOT VALID, which takes a moment, then validate it in a transaction of its own, while reads and writes go on.',
    finish: [first],
    undo: `ALTER TABLE ${table} DROP CONSTRAINT ${name};`,
    after: [transaction([`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`])],
  })
}

/** Before 18 a partitioned table takes no foreign key NOT VALID: each partition gets its own, and the parent takes them. */
function partitionByPartition(
  relation: Relation,
  change: { definition: string; references: Relation | null },
  added: (on: Relation, only: boolean, skip: boolean) => string | null,
  name: string,
  { catalog }: PlanContext,
): Way | NoWay {
  // The parent takes over a key of a partition that is the same.
  const has = (leaf: Relation): boolean =>
    leaf.constraints.some(
      (key) =>
        key.kind === 'foreign key' &&
        key.validated &&
        key.references?.relation === change.references?.id &&
        key.definition === change.definition,
    )
  const leaves = catalog.withDescendants(relation).filter((leaf) => leaf.kind !== 'partitioned table' && !has(leaf))
  const firsts = leaves.map((leaf) => added(leaf, false, true))
  const whole = added(relation, false, false)
  if (firsts.includes(null) || whole === null) return noWay('The constraint could not be written again.')
  return way({
    pattern: 'not-valid-then-validate',
    summary:
      'Give each partition the foreign key NOT VALID and validate it; the key of the parent then takes these over and reads no row.',
    prepare: leaves.flatMap((leaf, i) => [
      transaction([firsts[i] ?? ''], `ALTER TABLE ${tableSql(leaf, catalog)} DROP CONSTRAINT ${name};`),
      transaction([`ALTER TABLE ${tableSql(leaf, catalog)} VALIDATE CONSTRAINT ${name};`]),
    ]),
    finish: [whole],
  })
}
