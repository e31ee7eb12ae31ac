import type { AlterTableCmd, PartitionBoundSpec } from '@pgsql/types'
import { columnOf, type Relation } from '../catalog/catalog.ts'
import { partitionsOf } from './constraints.ts'
import { type Judging, StatementFails } from './judging.ts'
import { freeName } from './object-names.ts'
import { provesInside, provesOutside } from './partition-bounds.ts'

/**
 * ATTACH PARTITION: SHARE UPDATE EXCLUSIVE on the parent (from 12), ACCESS EXCLUSIVE on the partition, which is read
 * whole, and on the default partition, which is read too. A CHECK that implies the bound would save the reading; whether
 * one does is not proven here, so a partition with any valid CHECK is `depends`.
 */
export function attachPartition(judging: Judging, parent: Relation, command: AlterTableCmd): void {
  const { catalog } = judging
  const partition = command.def && 'PartitionCmd' in command.def ? command.def.PartitionCmd : {}
  if (!partition.bound) return
  const child = judging.relation(partition.name)
  judging.touch(parent, catalog.major >= 12 ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock')
  const isDefault = partition.bound.is_default ?? false
  const alone = isDefault && catalog.children(parent).length === 0
  requireSameColumns(parent, child)
  const proven = provesInside(child, parent.partitionKey, partition.bound)
  const lacking = parent.indexes.filter(
    (index) =>
      !child.indexes.some(
        (own) => own.keys.join() === index.keys.join() && own.method === index.method && (!index.unique || own.unique),
      ),
  )
  const missing = lacking.map((index) => ({
    ...index,
    name: freeName(
      child.name,
      index.primary ? [] : index.keys.map((key) => key ?? 'expr'),
      index.primary ? 'pkey' : parent.constraints.some((one) => one.index === index.name) ? 'key' : 'idx',
      (one) => catalog.nameTaken(child.schema, one),
    ),
  }))
  for (const member of partitionsOf(judging, child)) {
    const leaf = member.kind !== 'partitioned table'
    judging.touch(member, 'AccessExclusiveLock', {
      scan: leaf && ((!proven && !alone) || missing.length > 0),
      builds: leaf ? missing : [],
      ...(member.id === child.id ? {} : { through: `it is a partition of ${child.name}` }),
    })
  }
  lockDefault(judging, parent, partition.bound)
  catalog.change(child, {
    partitionOf: boundOf(parent, partition.bound),
    indexes: [...catalog.now(child).indexes, ...missing],
  })
}

/** A new partition takes its rows' room from the default partition, which is locked and read to see that none is there. */
export function lockDefault(judging: Judging, parent: Relation, bound: PartitionBoundSpec): void {
  const fallback = judging.catalog.children(parent).find((child) => child.partitionOf?.default)
  if (!fallback || bound.is_default) return
  const proven = provesOutside(fallback, parent.partitionKey, bound)
  for (const member of partitionsOf(judging, fallback)) {
    judging.touch(member, 'AccessExclusiveLock', {
      scan: member.kind !== 'partitioned table' && !proven,
      through: `it is the default partition of ${parent.name}`,
    })
  }
}

function requireSameColumns(parent: Relation, child: Relation): void {
  if (!parent.known || !child.known) return
  const extra = child.columns.find((column) => !columnOf(parent, column.name))
  if (extra) {
    throw new StatementFails(
      '42804',
      `table "${child.name}" contains column "${extra.name}" not found in parent "${parent.name}"`,
    )
  }
  const missing = parent.columns.find((column) => !columnOf(child, column.name))
  if (missing) throw new StatementFails('42804', `child table is missing column "${missing.name}"`)
}

export function boundOf(parent: Relation, bound: PartitionBoundSpec): NonNullable<Relation['partitionOf']> {
  return {
    relation: parent.id,
    bound: bound.is_default ? 'DEFAULT' : 'as made in this review',
    default: bound.is_default ?? false,
  }
}

/** DETACH PARTITION: the parent and the default partition too; CONCURRENTLY is gentle with the parent. */
export function detachPartition(judging: Judging, parent: Relation, command: AlterTableCmd): void {
  const { catalog } = judging
  const partition = command.def && 'PartitionCmd' in command.def ? command.def.PartitionCmd : {}
  const child = judging.relation(partition.name)
  if (child.known && child.partitionOf?.relation !== parent.id) {
    throw new StatementFails('42P01', `relation "${child.name}" is not a partition of relation "${parent.name}"`)
  }
  const gentle = partition.concurrent || command.subtype === 'AT_DetachPartitionFinalize'
  judging.touch(parent, gentle ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock')
  judging.touch(child, catalog.major >= 14 || gentle ? 'AccessExclusiveLock' : 'ShareUpdateExclusiveLock')
  if (!gentle) {
    const fallback = catalog.children(parent).find((one) => one.partitionOf?.default)
    if (fallback && fallback.id !== child.id) {
      judging.touch(fallback, 'AccessExclusiveLock', { through: `it is the default partition of ${parent.name}` })
    }
  }
  catalog.change(child, { partitionOf: null })
}
