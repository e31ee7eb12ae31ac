import type { TruncateStmt } from '@pgsql/types'
import { type Relation, relationName } from '../../catalog/relation.ts'
import { because, type Through } from '../model/effect.ts'
import { featureNotSupported, wrongObjectType } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'
import { dependentKeys } from '../tables/dependents.ts'
import { inherited } from '../tables/inheritance.ts'

export const handlers: StatementHandlers = { TruncateStmt: truncate }

/** TRUNCATE: ACCESS EXCLUSIVE and new storage, with CASCADE for every referencing table too. */
function truncate(node: TruncateStmt, context: StatementContext): void {
  const { catalog } = context
  const cascade = node.behavior === 'DROP_CASCADE'
  const targets = new Map<number, { relation: Relation; through?: Through }>()
  const add = (relation: Relation, through: { through?: Through }): void => {
    if (targets.has(relation.id)) return
    targets.set(relation.id, { relation, ...through })
    for (const child of catalog.children(relation)) add(child, inherited(child, relation))
  }
  for (const item of node.relations ?? []) {
    if (!('RangeVar' in item)) continue
    const relation = context.relation(item.RangeVar)
    if (relation.known && !['table', 'partitioned table', 'foreign table'].includes(relation.kind)) {
      throw wrongObjectType(`"${relation.name}" is not a table`)
    }
    if (item.RangeVar.inh) add(relation, {})
    else targets.set(relation.id, { relation })
  }
  for (const { relation } of targets.values()) {
    for (const other of catalog.referencing(relation)) {
      if (targets.has(other.id)) continue
      if (!cascade)
        throw featureNotSupported(
          'cannot truncate a table referenced in a foreign key constraint',
          null,
          dependentKeys(other, relation),
        )
      // Plain children of a table that CASCADE brings in stay (heap_truncate_find_FKs).
      const through = because(`its foreign key refers to \`${relationName(relation)}\` and TRUNCATE is CASCADE`)
      targets.set(other.id, { relation: other, through })
    }
  }
  for (const { relation, ...through } of targets.values()) {
    const storage = relation.kind === 'table'
    context.lock(relation, 'AccessExclusiveLock', {
      rewrite: storage,
      scan: storage && relation.indexes.length > 0,
      builds: storage ? relation.indexes : [],
      emptied: true,
      ...through,
    })
    context.recordChange({ kind: 'truncates', relation })
    catalog.change(relation, {
      size: { ...catalog.current(relation).size, rows: 0, heapBytes: 0, indexBytes: 0, toastBytes: 0 },
    })
  }
}
