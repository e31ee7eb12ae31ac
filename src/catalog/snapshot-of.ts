import type { Catalog } from './catalog.ts'
import { type CatalogSnapshot, catalogSnapshot } from './snapshot.ts'

/**
 * The current state as a snapshot that another review can start from; everything in it counts as existing before.
 * Ids are numbered from 1, as those of a new catalog would collide with them.
 */
export function snapshotOf(catalog: Catalog): CatalogSnapshot {
  const numbers = new Map([...catalog.all()].map(({ id }, i) => [id, i + 1]))
  const number = (id: number): number => numbers.get(id) ?? 0
  const numbered = (read: { relation: number; columns: string[] }) => ({ ...read, relation: number(read.relation) })
  return catalogSnapshot.parse({
    lockcastSnapshot: 1,
    takenAt: '2026-01-01T00:00:00.000Z',
    serverVersion: catalog.serverVersion,
    standby: true,
    countsSince: null,
    settings: { TimeZone: 'UTC' },
    roleSettings: [],
    searchPath: catalog.searchPath,
    schemas: [...catalog.schemas()],
    extensions: [...catalog.extensions.keys()],
    types: [...catalog.allTypes()],
    functions: [...catalog.allFunctions()].map((item) => ({ ...item, reads: item.reads.map(numbered) })),
    casts: [...catalog.casts()].map(({ cast }) => cast),
    operators: catalog.operators && [...catalog.operators.values()].flat(),
    publications: catalog.publications.map((publication) => ({
      ...publication,
      relations: publication.relations.map(number),
      parts: publication.parts.map((part) => ({ ...part, relation: number(part.relation) })),
    })),
    relations: [...catalog.all()].map(({ known: _, isNew: __, base: ___, ...relation }) => ({
      ...relation,
      id: number(relation.id),
      constraints: relation.constraints.map((constraint) => ({
        ...constraint,
        references: constraint.references && {
          ...constraint.references,
          relation: number(constraint.references.relation),
        },
      })),
      partitionOf: relation.partitionOf && { ...relation.partitionOf, relation: number(relation.partitionOf.relation) },
      inherits: relation.inherits.map(number),
      reads: relation.reads.map(numbered),
      ownedBy: relation.ownedBy && { ...relation.ownedBy, relation: number(relation.ownedBy.relation) },
    })),
    profile: null,
    warnings: [],
  } satisfies CatalogSnapshot)
}
