import { expect, test } from 'vitest'
import { only, reviewSql } from '../support/review.ts'

const index = 'CREATE INDEX orders_total_idx ON orders (total);'

function changes(sql: string | Record<string, string>): string[] {
  return reviewSql(sql).findings.map(({ fingerprint }) => fingerprint)
}

test('a fingerprint is sixteen hexadecimal digits, one for each finding', () => {
  const all = changes(`${index}\nALTER TABLE orders ADD COLUMN a int NOT NULL;\nDROP TABLE order_disputes;`)
  expect(all.length).toBeGreaterThan(3)
  for (const change of all) expect(change).toMatch(/^[0-9a-f]{16}$/)
  expect(new Set(all).size).toBe(all.length)
})

test.each([
  ['lines above', `-- a comment\n\nSELECT 1;\n${index}`],
  ['other white space', 'CREATE  INDEX orders_total_idx\n  ON orders (total);'],
  ['the case of keywords', 'create index orders_total_idx on orders (total);'],
  ['a comment above', `-- why\n${index}`],
])('it does not change with %s', (_words, sql) => {
  expect(changes(sql)).toEqual(changes(index))
})

test.each([
  ['the statement', '1.sql', 'CREATE INDEX orders_total_idx ON orders (total, id);'],
  ['the table', '1.sql', 'CREATE INDEX orders_total_idx ON line_items (price);'],
  ['the file', '2.sql', index],
])('it changes with %s', (_words, path, sql) => {
  expect(changes({ [path]: sql })).not.toEqual(changes(index))
})

test('equal statements of one file have fingerprints of their own, and the first keeps its when another is added', () => {
  const update = 'UPDATE orders SET total = total + 1;'
  const twice = changes(`${update}\n${update}`)
  expect(new Set(twice).size).toBe(2)
  expect(twice).toContain(changes(update)[0])
})

test('numbers that grow do not change it', () => {
  const finding = only(reviewSql(index), 'blocking-index-build')
  const later = only(reviewSql(index, { policy: 'budget:\n  writes: 1h\n' }), 'blocking-index-build')
  expect(later.severity).not.toBe(finding.severity)
  expect(later.fingerprint).toBe(finding.fingerprint)
})
