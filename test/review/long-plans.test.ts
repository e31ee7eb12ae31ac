import { expect, test } from 'vitest'
import { json } from '../../src/report/json.ts'
import { reviewSql } from '../support/review.ts'

const indexes = (many: number): string =>
  Array.from({ length: many }, (_, i) => `CREATE INDEX orders_${i} ON orders (total);`).join('\n')

test('a plan of more than a hundred steps is carried by its first finding, and the others say where it is', () => {
  const { findings } = reviewSql(indexes(120))
  const builds = findings.filter(({ hazard }) => hazard === 'blocking-index-build')
  expect(builds).toHaveLength(120)
  expect(builds.filter(({ alternative }) => alternative !== null).map(({ line }) => line)).toEqual([1])
  expect(builds[1]?.advice).toBe('The way out of line 1 settles this too.')
})

test('what is printed grows with the statements and not with their square', () => {
  const [some, twice] = [120, 240].map((many) => json(reviewSql(indexes(many))).length)
  expect(twice).toBeLessThan((some ?? 0) * 2.5)
})
