import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { type CatalogSnapshot, catalogSnapshot, type SnapshotRelation } from '../../src/catalog/snapshot.ts'
import { readWholeCatalog, wholeDefaults } from '../../src/replica/read-replica.ts'
import { startPostgres } from './postgres.ts'
import { withFigures } from './shop-figures.ts'

/** The catalog that most scenarios are reviewed against; `node scripts/scenario-catalogs.ts` writes it. */
export const shopFile = new URL('../../fixtures/catalogs/shop.json', import.meta.url)

export function readShop(): CatalogSnapshot {
  return catalogSnapshot.parse(JSON.parse(readFileSync(shopFile, 'utf8')))
}

/** Path of a copy that was taken so many days ago, gone when this process ends: sizes of an old snapshot do not count. */
export function freshShop(daysOld = 0): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockcast-shop-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'shop.json')
  const takenAt = new Date(Date.now() - daysOld * 86_400_000).toISOString()
  writeFileSync(path, shopText({ ...readShop(), takenAt }))
  return path
}

/** Makes the shop in the database of this connection. */
export async function makeShop(client: pg.Client): Promise<void> {
  await client.query(readFileSync(new URL('../../fixtures/catalogs/shop.sql', import.meta.url), 'utf8'))
  // What a CREATE INDEX CONCURRENTLY leaves behind when it fails: an INVALID index.
  await client.query(`UPDATE orders SET reference = 'twice' WHERE id <= 2`)
  await client.query('CREATE UNIQUE INDEX CONCURRENTLY orders_reference_key ON orders (reference)').then(
    () => Promise.reject(new Error('the index was to fail')),
    () => {},
  )
  await client.query(`UPDATE orders SET reference = 'R' || id WHERE id <= 2`)
  await client.query('ANALYZE')
}

/** shop.json as it is made anew from a real server; `work` may ask that server for more. */
export async function shopFromServer(work?: (url: string) => Promise<void>): Promise<CatalogSnapshot> {
  const server = await startPostgres({ settings: { full_page_writes: 'on' } })
  try {
    const client = await server.connect()
    await makeShop(client).finally(() => client.end())
    const facts = await readWholeCatalog(server.url, wholeDefaults)
    if (facts.kind !== 'replica') throw new Error('the catalog could not be read')
    await work?.(server.url)
    return renumbered(withFigures({ ...facts.snapshot, warnings: [] }))
  } finally {
    await server.stop()
  }
}

export function shopText(snapshot: CatalogSnapshot): string {
  return `${JSON.stringify(snapshot, null, 1)}\n`
}

/** OIDs differ from server to server: relations in the order of their names, numbered from 1. */
function renumbered(snapshot: CatalogSnapshot): CatalogSnapshot {
  const sorted = [...snapshot.relations].sort((a, b) => (fullName(a) < fullName(b) ? -1 : 1))
  const numbers = new Map(sorted.map(({ id }, i) => [id, i + 1]))
  const number = (id: number) => numbers.get(id) ?? 0
  const relations = sorted.map((relation) => ({
    ...relation,
    id: number(relation.id),
    indexes: relation.indexes.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    constraints: relation.constraints
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((constraint) => ({
        ...constraint,
        references: constraint.references && {
          ...constraint.references,
          relation: number(constraint.references.relation),
        },
      })),
    partitionOf: relation.partitionOf && { ...relation.partitionOf, relation: number(relation.partitionOf.relation) },
    inherits: relation.inherits.map(number),
    reads: relation.reads.map((read) => ({ ...read, relation: number(read.relation) })),
    ownedBy: relation.ownedBy && { ...relation.ownedBy, relation: number(relation.ownedBy.relation) },
  }))
  return { ...snapshot, relations }
}

function fullName({ schema, name }: SnapshotRelation): string {
  return `${schema}.${name}`
}
