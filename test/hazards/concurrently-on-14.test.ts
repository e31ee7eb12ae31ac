import { expect, test } from 'vitest'
import { only, reviewSql } from '../support/review.ts'
import { readShop } from '../support/shop.ts'

const sql = 'CREATE INDEX CONCURRENTLY ON orders (total);'

test.each([140_000, 140_003])('an index built CONCURRENTLY on %i may lack rows', (serverVersion) => {
  const reviewed = reviewSql(sql, { autocommit: true, snapshot: { ...readShop(), serverVersion } })
  const finding = only(reviewed, 'version-mismatch')
  expect(finding.severity).toBe('high')
  expect(finding.message).toContain('lacks rows')
})

test.each([130_008, 140_004, 150_000])('on %i it does not', (serverVersion) => {
  const reviewed = reviewSql(sql, { autocommit: true, snapshot: { ...readShop(), serverVersion } })
  expect(reviewed.findings.filter(({ hazard }) => hazard === 'version-mismatch')).toEqual([])
})
