import type { CatalogSnapshot, SnapshotRelation } from '../catalog/snapshot.ts'

/**
 * The relations that a proof rebuilds: those named, their partitions and parents, what their foreign keys tie to them, the
 * sequences they own or draw from, and the views over them.
 */
export function concernedRelations(snapshot: CatalogSnapshot, names: ReadonlySet<string>): SnapshotRelation[] {
  const { relations } = snapshot
  const wanted = new Set(
    relations.filter((relation) => names.has(`${relation.schema}.${relation.name}`)).map(({ id }) => id),
  )
  withFamilies(wanted, relations)
  const tied = relations.flatMap((relation) =>
    relation.constraints.flatMap(({ references }) => {
      if (!references) return []
      if (wanted.has(relation.id)) return [references.relation]
      return wanted.has(references.relation) ? [relation.id] : []
    }),
  )
  for (const id of tied) wanted.add(id)
  withFamilies(wanted, relations)
  return relations.filter(
    (relation) =>
      wanted.has(relation.id) || isOfThem(relation, wanted, relations) || relation.kind === 'composite type',
  )
}

/** Partitions, parents and children, and views, as far as they go. */
function withFamilies(wanted: Set<number>, relations: SnapshotRelation[]): void {
  for (let before = -1; before < wanted.size; ) {
    before = wanted.size
    for (const { id, kind, partitionOf, inherits, reads } of relations) {
      const parents = [...inherits, ...(partitionOf ? [partitionOf.relation] : [])]
      if (wanted.has(id)) for (const parent of parents) wanted.add(parent)
      if (parents.some((parent) => wanted.has(parent))) wanted.add(id)
      const isView = kind === 'view' || kind === 'materialized view'
      if (isView && reads.some(({ relation }) => wanted.has(relation))) wanted.add(id)
      // A view can only be made when all that it reads exists.
      if (isView && wanted.has(id)) for (const { relation } of reads) wanted.add(relation)
    }
  }
}

/** Sequences that they own, or that a default draws from. */
function isOfThem(
  { kind, schema, name, ownedBy }: SnapshotRelation,
  wanted: ReadonlySet<number>,
  relations: SnapshotRelation[],
): boolean {
  if (kind !== 'sequence') return false
  if (ownedBy && wanted.has(ownedBy.relation)) return true
  return relations.some(
    (relation) =>
      wanted.has(relation.id) &&
      relation.columns.some(
        (column) => column.default?.includes(`${schema}.${name}`) || column.default?.includes(`nextval('${name}'`),
      ),
  )
}
