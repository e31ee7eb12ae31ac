import type { AlterTableCmd } from '@pgsql/types'
import { columnOf, type Relation } from '../../../catalog/relation.ts'
import { missingColumn } from '../../model/server-errors.ts'
import { dependentObjectsStillExist, invalidTableDefinition } from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import { dependentKey } from '../../tables/dependents.ts'
import { inherited, requireOwnColumn } from '../../tables/inheritance.ts'
import { requireOutsideKey } from '../../tables/partition-key.ts'
import { dropRelation } from '../drop.ts'
import { leavePublications } from '../publication.ts'
import { removeConstraint } from './alter-drop-constraint.ts'
import { generatedFrom, requireNoReaders } from './column-readers.ts'

/** DROP COLUMN only changes the column; its indexes and constraints go, and a foreign key's other table is locked. */
export function dropColumn(
  context: StatementContext,
  relation: Relation,
  command: AlterTableCmd,
  recurse: boolean,
): void {
  const { catalog } = context
  const name = command.name ?? ''
  const cascade = command.behavior === 'DROP_CASCADE'
  context.lock(relation, 'AccessExclusiveLock')
  const column = columnOf(relation, name)
  if (!column) {
    if (!relation.known) context.recordChange({ kind: 'drops column', relation, column: name })
    if (!relation.known || command.missing_ok) return
    throw missingColumn(relation, name)
  }
  requireOwnColumn(context, relation, name, 'drop')
  requireOutsideKey(relation, name, 'drop')
  if (!recurse && relation.kind === 'partitioned table' && catalog.children(relation).length > 0) {
    throw invalidTableDefinition('cannot drop column from only the partitioned table when partitions exist')
  }
  const family = recurse ? catalog.withDescendants(relation) : [relation]
  const refusal =
    family.length > 1
      ? 'cannot drop desired object(s) because other objects depend on them'
      : `cannot drop ${catalog.behaves('drop-column-names-column-first') ? `column ${name} of table ${relation.name}` : `table ${relation.name} column ${name}`} because other objects depend on it`
  for (const member of family) {
    if (!cascade) requireNoReaders(context, member, name, refusal)
    else dropReaders(context, member, name)
  }
  for (const other of catalog.referencing(relation)) {
    for (const key of other.constraints) {
      if (
        key.references?.relation !== relation.id ||
        !key.references.columns.includes(name) ||
        other.id === relation.id
      )
        continue
      if (!cascade) {
        throw dependentObjectsStillExist(refusal, null, [dependentKey(other, key)])
      }
      removeConstraint(context, other, key.name)
    }
  }
  for (const member of family) {
    context.lock(member, 'AccessExclusiveLock', inherited(member, relation))
    for (const constraint of member.constraints) {
      if (constraint.columns.includes(name)) removeConstraint(context, member, constraint.name)
    }
    const now = catalog.current(member)
    const gone = new Set([name, ...generatedFrom(now, name)])
    catalog.put({
      ...now,
      columns: now.columns.filter((item) => !gone.has(item.name)),
      indexes: now.indexes.filter((index) => !index.uses.some((used) => gone.has(used))),
    })
  }
  context.recordChange({ kind: 'drops column', relation, column: name })
}

function dropReaders(context: StatementContext, relation: Relation, column: string): void {
  const { catalog } = context
  leavePublications(context, relation, column)
  for (const view of catalog.readers(relation)) {
    const reads = view.reads.some((read) => read.relation === relation.id && read.columns.includes(column))
    if (reads && catalog.get(view.id)) dropRelation(context, view, true, new Set())
  }
}
