import type { Catalog } from '../catalog/catalog.ts'
import { type Constraint, columnOf, type Relation } from '../catalog/relation.ts'
import { parseOne } from '../sql/parse.ts'
import { columnsIn } from '../sql/walk.ts'
import { type Judging, StatementFails } from './judging.ts'

/** The partitioned table a partition belongs to, or the tables a child inherits from. */
export function parentsOf(catalog: Catalog, relation: Relation): Relation[] {
  const ids = [...(relation.partitionOf ? [relation.partitionOf.relation] : []), ...relation.inherits]
  return ids.flatMap((id) => catalog.get(id) ?? [])
}

/** `attinhcount` above zero: a child has every column of its parents. */
export function inheritsColumn(catalog: Catalog, relation: Relation, column: string): boolean {
  return parentsOf(catalog, relation).some((parent) => columnOf(parent, column) !== null)
}

/** `coninhcount` above zero: CHECKs come down to every child by name, keys and foreign keys to partitions by columns. */
export function inheritsConstraint(catalog: Catalog, relation: Relation, constraint: Constraint): boolean {
  return parentsOf(catalog, relation).some((parent) =>
    parent.constraints.some((one) => comesDown(relation, one, constraint)),
  )
}

/** A parent's primary key takes a partition's unique constraint for its own, and the reverse (DefineIndex). */
export function isSameKey(a: Constraint['kind'], b: Constraint['kind']): boolean {
  const unique = ['primary key', 'unique']
  return a === b || (unique.includes(a) && unique.includes(b))
}

function comesDown(child: Relation, above: Constraint, below: Constraint): boolean {
  if (!isSameKey(above.kind, below.kind)) return false
  if (above.kind === 'check') return above.name === below.name && !isNoInherit(above)
  if (!child.partitionOf || above.kind === 'not null') return false
  return above.columns.join() === below.columns.join() && above.references?.relation === below.references?.relation
}

/** The constraint of a child that came down from one of its parent's. */
export function inheritedFrom(child: Relation, above: Constraint): Constraint | null {
  return child.constraints.find((one) => comesDown(child, above, one)) ?? null
}

export function isNoInherit(constraint: Constraint): boolean {
  return /\bNO INHERIT\b/.test(constraint.definition)
}

export interface PartitionKey {
  strategy: 'range' | 'list' | 'hash'
  /** Null for an expression. */
  columns: (string | null)[]
  /** Every column the key reads, also in expressions. */
  uses: string[]
}

/** Reads what `pg_get_partkeydef` prints; null when the relation is not partitioned or the key cannot be read. */
export function partitionKeyOf(relation: Relation): PartitionKey | null {
  if (relation.partitionKey === null) return null
  try {
    const node = parseOne(`CREATE TABLE t () PARTITION BY ${relation.partitionKey}`)
    const spec = 'CreateStmt' in node ? node.CreateStmt.partspec : undefined
    const elements = (spec?.partParams ?? []).flatMap((one) => ('PartitionElem' in one ? [one.PartitionElem] : []))
    return {
      strategy:
        spec?.strategy === 'PARTITION_STRATEGY_LIST'
          ? 'list'
          : spec?.strategy === 'PARTITION_STRATEGY_HASH'
            ? 'hash'
            : 'range',
      columns: elements.map((one) => one.name ?? null),
      uses: elements.flatMap((one) => (one.name ? [one.name] : columnsIn(one.expr))),
    }
  } catch {
    return null
  }
}

/** Keys, indexes and foreign keys of partitioned tables came with 11. */
export function refuseOnOldPartitions({ catalog }: Judging, what: string): void {
  if (catalog.major >= 11) return
  throw new StatementFails('0A000', `${what} constraints are not supported on partitioned tables`)
}

/** A unique index over a partitioned table can only hold within each partition (DefineIndex in indexcmds.c). */
export function requirePartitionKey(relation: Relation, columns: (string | null)[], what: string): void {
  const key = relation.known ? partitionKeyOf(relation) : null
  if (!key) return
  if (key.columns.includes(null)) {
    throw new StatementFails('0A000', `unsupported ${what} constraint with partition key definition`)
  }
  if (!key.columns.every((one) => columns.includes(one))) {
    throw new StatementFails('0A000', 'unique constraint on partitioned table must include all partitioning columns')
  }
}

/** The columns a statement names are the parent's to change. */
export function requireOwnColumn(judging: Judging, relation: Relation, column: string, verb: string): void {
  if (inheritsColumn(judging.catalog, relation, column)) {
    throw new StatementFails('42P16', `cannot ${verb} inherited column "${column}"`)
  }
}
