import type { Catalog, Publication } from './catalog.ts'
import type { Relation } from './relation.ts'

/** A reason why logical replication refuses UPDATE and DELETE of a table. */
export interface Refusal {
  publication: Publication
  /** 55000: the table has no replica identity. 42P10: a column list or row filter uses columns outside it. */
  sqlstate: '55000' | '42P10'
  /** The column list, or the columns of the filter, that do not fit; empty for 55000. */
  columns: string[]
  by: 'identity' | 'list' | 'filter'
}

/** The publications that hold a table: by name, by its schema, all tables, or through a partitioned table above it. */
export function publicationsOf(relation: Relation, all: readonly Publication[], catalog: Catalog): Publication[] {
  const above = relation.partitionOf && catalog.get(relation.partitionOf.relation)
  const parents = above ? publicationsOf(above, all, catalog) : []
  if (relation.persistence !== 'permanent') return []
  return all.filter(
    (item) =>
      item.allTables ||
      item.relations.includes(relation.id) ||
      item.schemas.includes(relation.schema) ||
      parents.includes(item),
  )
}

/**
 * Why UPDATE and DELETE are refused on the publisher itself (CheckCmdReplicaIdentity in execReplication.c; seen on 13 to
 * 18): null when they are not. REPLICA IDENTITY FULL fits no column list, not even one of all columns.
 */
export function refusalOf(relation: Relation, all: readonly Publication[], catalog: Catalog): Refusal | null {
  if (relation.kind !== 'table' && relation.kind !== 'partitioned table') return null
  const identity = identityOf(relation)
  for (const publication of publicationsOf(relation, all, catalog)) {
    if (!publication.publishes.includes('update') && !publication.publishes.includes('delete')) continue
    if (identity === null) return { publication, sqlstate: '55000', columns: [], by: 'identity' }
    const part = publication.parts.find((part) => part.relation === relation.id)
    const list = part?.columns
    if (list && (identity === 'full' || identity.some((column) => !list.includes(column))))
      return { publication, sqlstate: '42P10', columns: list, by: 'list' }
    const beyond = identity === 'full' ? [] : (part?.filter ?? []).filter((column) => !identity.includes(column))
    if (beyond.length > 0) return { publication, sqlstate: '42P10', columns: beyond, by: 'filter' }
  }
  return null
}

/** The columns that identify the old row on a subscriber; null when there are none. */
export function identityOf({ replicaIdentity, constraints, indexes }: Relation): string[] | 'full' | null {
  switch (replicaIdentity) {
    case 'full':
      return 'full'
    case 'nothing':
      return null
    case 'default':
      return constraints.find(({ kind }) => kind === 'primary key')?.columns ?? null
    case 'index': {
      const index = indexes.find((index) => index.replicaIdentity)
      return index ? index.keys.flatMap((key) => key ?? []) : null
    }
  }
}
