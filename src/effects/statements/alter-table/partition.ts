import type { AlterTableCmd, PartitionBoundSpec } from '@pgsql/types'
import { columnOf, type Relation, relationName } from '../../../catalog/relation.ts'
import { because } from '../../model/effect.ts'
import {
  datatypeMismatch,
  invalidObjectDefinition,
  objectNotInPrerequisiteState,
  undefinedTable,
  wrongObjectType,
} from '../../model/sqlstate-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import { copiesOfConstraints, copyOfIndex } from '../../tables/index-copies.ts'
import {
  inherited,
  inheritedFrom,
  inheritsConstraint,
  partitionsOf,
  requireParentsColumns,
} from '../../tables/inheritance.ts'
import {
  boundText,
  isEmptyRange,
  overlap,
  provesInside,
  provesOutside,
  taken,
  takenBy,
} from '../../tables/partition-bounds.ts'

/**
 * ATTACH PARTITION: SHARE UPDATE EXCLUSIVE on the parent (from 12), ACCESS EXCLUSIVE on the partition, which is read
 * whole unless a valid CHECK implies the bound, and on the default partition, which is read unless one rules it out.
 */
export function attachPartition(context: StatementContext, parent: Relation, command: AlterTableCmd): void {
  const { catalog } = context
  const partition = command.def && 'PartitionCmd' in command.def ? command.def.PartitionCmd : {}
  if (!partition.bound) return
  const child = context.relation(partition.name)
  if (parent.known && parent.kind !== 'partitioned table') {
    const word = catalog.behaves('not-partitioned-says-table') ? 'table ' : ''
    throw catalog.behaves('action-refused-by-relation-kind')
      ? wrongObjectType(`ALTER action ATTACH PARTITION cannot be performed on relation "${parent.name}"`)
      : invalidObjectDefinition(`${word}"${parent.name}" is not partitioned`)
  }
  context.lock(
    parent,
    catalog.behaves('attach-partition-is-concurrent') ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock',
  )
  const isDefault = partition.bound.is_default ?? false
  const alone = isDefault && catalog.children(parent).length === 0
  requireFreeToAttach(context, child)
  requireSameColumns(parent, child)
  requireFreeBound(context, parent, child.name, partition.bound)
  requireParentsColumns(context, parent, child)
  const proven = provesInside(child, parent.partitionKey, partition.bound)
  const lacking = parent.indexes.filter(
    (index) =>
      !child.indexes.some(
        (own) => own.keys.join() === index.keys.join() && own.method === index.method && (!index.unique || own.unique),
      ),
  )
  const missing = lacking.map((index) => copyOfIndex(context, child, index, parent))
  for (const member of partitionsOf(context, child)) {
    const leaf = member.kind !== 'partitioned table'
    context.lock(member, 'AccessExclusiveLock', {
      scan: leaf && ((!proven && !alone) || missing.length > 0),
      builds: leaf ? missing : [],
      ...inherited(member, child),
    })
  }
  lockDefault(context, parent, partition.bound)
  lockReferencing(context, parent)
  lockReferenced(context, parent, child, catalog.behaves('attach-partition-is-concurrent'))
  catalog.change(child, {
    partitionOf: boundOf(parent, partition.bound),
    indexes: [...catalog.current(child).indexes, ...missing],
    constraints: [
      ...catalog.current(child).constraints,
      ...copiesOfConstraints(
        context,
        parent,
        child,
        new Map(lacking.map((item, i) => [item.name, missing[i]?.name ?? ''])),
      ),
    ],
  })
}

/** A new partition takes its rows' room from the default partition, which is locked and read to see that none is there. */
export function lockDefault(context: StatementContext, parent: Relation, bound: PartitionBoundSpec): void {
  const fallback = context.catalog.children(parent).find((child) => child.partitionOf?.default)
  if (!fallback || bound.is_default) return
  const proven = provesOutside(fallback, parent.partitionKey, bound)
  for (const member of partitionsOf(context, fallback)) {
    context.lock(member, 'AccessExclusiveLock', {
      scan: member.kind !== 'partitioned table' && !proven,
      through: because(`it is the default partition of \`${parent.name}\``),
    })
  }
}

/** ATExecAttachPartition: a relation that is in a hierarchy already cannot be attached. */
function requireFreeToAttach(context: StatementContext, child: Relation): void {
  if (child.partitionOf) throw wrongObjectType(`"${child.name}" is already a partition`)
  if (child.inherits.length > 0) throw wrongObjectType('cannot attach inheritance child as partition')
  if (child.kind === 'table' && context.catalog.children(child).length > 0) {
    throw wrongObjectType('cannot attach inheritance parent as partition')
  }
}

/** Foreign keys that refer to the parent come to refer to the new partition (CloneFkReferenced). */
export function lockReferencing(context: StatementContext, parent: Relation): void {
  if (!context.catalog.behaves('new-partition-locks-referencing-tables')) return
  for (const other of context.catalog.referencing(parent)) {
    // Partitions of a referencing table only have copies of its key.
    const own = other.constraints.some(
      (constraint) =>
        constraint.references?.relation === parent.id && !inheritsConstraint(context.catalog, other, constraint),
    )
    if (own)
      context.lock(other, 'ShareRowExclusiveLock', {
        through: because(`its foreign key refers to \`${parent.name}\``),
      })
  }
}

/**
 * A new partition gets its parent's foreign keys, with triggers on the other side; a key that it has already gives its
 * triggers up (CloneFkReferencing, tryAttachPartitionForeignKey). `copies`: false where ATTACH locks nothing for the
 * former, as on 11 (measured).
 */
export function lockReferenced(context: StatementContext, parent: Relation, child: Relation, copies: boolean): void {
  for (const constraint of parent.constraints) {
    const target = constraint.references && context.catalog.get(constraint.references.relation)
    if (!target) continue
    const own = inheritedFrom({ ...child, partitionOf: boundOf(parent, { is_default: true }) }, constraint)
    if (!own && !copies) continue
    for (const member of partitionsOf(context, target)) {
      context.lock(member, own ? 'AccessExclusiveLock' : 'ShareRowExclusiveLock', {
        through: because(
          `foreign key \`${constraint.name}\` of \`${relationName(parent)}\` refers to ${member.id === target.id ? 'it' : `\`${target.name}\``}`,
        ),
      })
    }
  }
}

/** A value has one partition (check_new_partition_bound in partbounds.c). */
export function requireFreeBound(
  context: StatementContext,
  parent: Relation,
  name: string,
  bound: PartitionBoundSpec,
): void {
  if (isEmptyRange(parent.partitionKey, bound)) {
    throw invalidObjectDefinition(`empty range bound specified for partition "${name}"`)
  }
  const wanted = taken(parent.partitionKey, bound)
  for (const standing of context.catalog.children(parent)) {
    if (!standing.partitionOf) continue
    if (bound.is_default && standing.partitionOf.default) {
      throw invalidObjectDefinition(`partition "${name}" conflicts with existing default partition "${standing.name}"`)
    }
    const other = wanted && takenBy(parent.partitionKey, standing.partitionOf)
    if (wanted && other && overlap(wanted, other)) {
      throw invalidObjectDefinition(`partition "${name}" would overlap partition "${standing.name}"`)
    }
  }
}

function requireSameColumns(parent: Relation, child: Relation): void {
  if (!parent.known || !child.known) return
  const extra = child.columns.find((column) => !columnOf(parent, column.name))
  if (extra) {
    throw datatypeMismatch(`table "${child.name}" contains column "${extra.name}" not found in parent "${parent.name}"`)
  }
}

/** The place of a partition in its parent, as the catalog keeps it. */
export function boundOf(parent: Relation, bound: PartitionBoundSpec): NonNullable<Relation['partitionOf']> {
  return {
    relation: parent.id,
    bound: boundText(bound),
    default: bound.is_default ?? false,
  }
}

/** DETACH PARTITION: the parent and the default partition too; CONCURRENTLY is gentle with the parent. */
export function detachPartition(context: StatementContext, parent: Relation, command: AlterTableCmd): void {
  const { catalog } = context
  const partition = command.def && 'PartitionCmd' in command.def ? command.def.PartitionCmd : {}
  const child = context.relation(partition.name)
  if (child.known && child.partitionOf?.relation !== parent.id) {
    throw undefinedTable(`relation "${child.name}" is not a partition of relation "${parent.name}"`)
  }
  if (partition.concurrent && catalog.children(parent).some((member) => member.partitionOf?.default)) {
    throw objectNotInPrerequisiteState('cannot detach partitions concurrently when a default partition exists')
  }
  const gentle = partition.concurrent || command.subtype === 'AT_DetachPartitionFinalize'
  context.lock(
    parent,
    gentle ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock',
    gentle ? { awaits: 'AccessExclusiveLock' } : {},
  )
  const referencing = catalog.referencing(parent)
  const strong =
    catalog.behaves('detach-locks-partition') || gentle || child.partitionOf?.default || referencing.length > 0
  context.lock(child, strong ? 'AccessExclusiveLock' : 'ShareUpdateExclusiveLock')
  if (!gentle) {
    const fallback = catalog.children(parent).find((relation) => relation.partitionOf?.default)
    if (fallback && fallback.id !== child.id) {
      context.lock(fallback, 'AccessExclusiveLock', {
        through: because(`it is the default partition of \`${parent.name}\``),
      })
    }
  }
  for (const other of referencing) {
    context.lock(other, 'AccessExclusiveLock', {
      scan: true,
      through: because(`its foreign key refers to \`${parent.name}\`, and none of its rows may need the partition`),
    })
  }
  for (const constraint of child.constraints) {
    const { references } = constraint
    const referenced = references && catalog.get(references.relation)
    // Foreign keys of the parent become the partition's own, with triggers on the other side (DetachPartitionFinalize).
    if (referenced && inheritsConstraint(catalog, child, constraint))
      context.lock(referenced, 'ShareRowExclusiveLock', { through: because(`\`${child.name}\` refers to it`) })
  }
  catalog.change(child, { partitionOf: null })
}
