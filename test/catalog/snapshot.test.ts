import { expect, test } from 'vitest'
import { catalogSnapshot } from '../../src/catalog/snapshot.ts'
import { reviewSql } from '../support/review.ts'
import { readShop } from '../support/shop.ts'

/** What came after the first snapshots were written. */
const later = new Set(['countsSince', 'sequence', 'reads'])

test('a snapshot that was written before a field was read says as much as its reader knew', () => {
  const without = (_key: string, value: unknown): unknown =>
    value === null || typeof value !== 'object' || Array.isArray(value)
      ? value
      : Object.fromEntries(
          Object.entries(value).filter(
            ([key]) => !later.has(key) || (key === 'reads' && Array.isArray((value as { reads: unknown }).reads)),
          ),
        )
  const text = JSON.stringify(readShop(), without)
  const old = catalogSnapshot.parse(JSON.parse(text))
  const sql = 'ALTER TABLE line_items ALTER COLUMN id TYPE bigint; CREATE INDEX ON orders (total);'
  expect(text.length).toBeLessThan(JSON.stringify(readShop()).length)
  expect(reviewSql(sql, { snapshot: old })).toEqual(reviewSql(sql))
})
