import { expect, test } from 'vitest'
import { type CatalogSnapshot, catalogSnapshot } from '../../src/catalog/snapshot.ts'
import { reviewSql } from '../support/review.ts'
import { readShop } from '../support/shop.ts'

/** As `lockcast snapshot` wrote it before sequences, reads of indexes and parts of publications were read. */
function asWrittenBefore({ countsSince: _, ...shop }: CatalogSnapshot): unknown {
  return {
    ...shop,
    publications: [{ name: 'news', allTables: true, relations: [] }],
    relations: shop.relations.map(({ sequence: _, ...relation }) => ({
      ...relation,
      indexes: relation.indexes.map(({ reads: _, replicaIdentity: __, ...index }) => index),
    })),
  }
}

test('a snapshot that was written before a fact was read still tells all that it knew', () => {
  const snapshot = catalogSnapshot.parse(asWrittenBefore(readShop()))
  const told = (sql: string): string[] => reviewSql(sql, { snapshot }).findings.map(({ hazard }) => hazard)
  expect(told('ALTER TABLE orders DROP CONSTRAINT orders_pkey CASCADE;')).toContain('replica-identity-lost')
  const sql = 'ALTER TABLE line_items ALTER COLUMN id TYPE bigint; CREATE INDEX ON orders (total);'
  const { publications } = snapshot
  expect(reviewSql(sql, { snapshot })).toEqual(reviewSql(sql, { snapshot: { ...readShop(), publications } }))
})
