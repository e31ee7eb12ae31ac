import type { Relation } from '../../catalog/relation.ts'
import { parseOne } from '../../sql/parse.ts'
import { columnsIn } from '../../sql/walk.ts'
import { featureNotSupported, invalidTableDefinition } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'

interface PartitionKey {
  strategy: 'range' | 'list' | 'hash'
  /** Null for an expression. */
  columns: (string | null)[]
  /** Every column the key reads, also in expressions. */
  uses: string[]
}

/** Reads the output of `pg_get_partkeydef`; null when the relation is not partitioned or the key cannot be read. */
export function partitionKeyOf(relation: Relation): PartitionKey | null {
  if (relation.partitionKey === null) return null
  try {
    const node = parseOne(`CREATE TABLE t () PARTITION BY ${relation.partitionKey}`)
    const spec = 'CreateStmt' in node ? node.CreateStmt.partspec : undefined
    const elements = (spec?.partParams ?? []).flatMap((param) =>
      'PartitionElem' in param ? [param.PartitionElem] : [],
    )
    return {
      strategy:
        spec?.strategy === 'PARTITION_STRATEGY_LIST'
          ? 'list'
          : spec?.strategy === 'PARTITION_STRATEGY_HASH'
            ? 'hash'
            : 'range',
      columns: elements.map((partitionElem) => partitionElem.name ?? null),
      uses: elements.flatMap((partitionElem) =>
        partitionElem.name ? [partitionElem.name] : columnsIn(partitionElem.expr),
      ),
    }
  } catch {
    return null
  }
}

/** Keys, indexes and foreign keys of partitioned tables came with 11. */
export function refuseOnOldPartitions({ catalog }: StatementContext, what: string): void {
  if (catalog.behaves('partitioned-table-has-indexes')) return
  throw featureNotSupported(`${what} constraints are not supported on partitioned tables`)
}

/** A unique index over a partitioned table can only hold within each partition (DefineIndex in indexcmds.c). */
export function requirePartitionKey(relation: Relation, columns: (string | null)[], what: string): void {
  const key = relation.known ? partitionKeyOf(relation) : null
  if (!key) return
  if (key.columns.includes(null)) {
    throw featureNotSupported(`unsupported ${what} constraint with partition key definition`)
  }
  if (!key.columns.every((column) => columns.includes(column))) {
    throw featureNotSupported('unique constraint on partitioned table must include all partitioning columns')
  }
}

/** A column of the partition key can neither go nor change its type. */
export function requireOutsideKey(relation: Relation, column: string, verb: 'alter' | 'drop'): void {
  if (!partitionKeyOf(relation)?.uses.includes(column)) return
  throw invalidTableDefinition(
    `cannot ${verb} column "${column}" because it is part of the partition key of relation "${relation.name}"`,
  )
}
