import { expect, test } from 'vitest'
import { codeQuality } from '../../src/report/code-quality.ts'
import { gcc } from '../../src/report/gcc.ts'
import { rdjson } from '../../src/report/rdjson.ts'
import { reviewSql } from '../support/review.ts'
import { reviewOf } from './made.ts'

test('gcc: one line a finding, whatever is in a path or message', () => {
  expect(gcc(reviewOf({ path: 'a\nb.sql', message: 'Blocks\nwrites.', column: 7 }))).toBe(
    'a b.sql:2:7: error: Blocks writes. [index-not-concurrent]\n',
  )
})

test('gitlab: every finding has what a code quality report needs, and a fingerprint of its own', () => {
  const review = reviewSql('CREATE INDEX ON orders (total);\nDROP TABLE customers;')
  const issues = JSON.parse(codeQuality(review))
  expect(issues).toHaveLength(review.findings.length)
  expect(new Set(issues.map(({ fingerprint }: { fingerprint: string }) => fingerprint)).size).toBe(issues.length)
  for (const issue of issues)
    expect(issue).toEqual({
      description: expect.any(String),
      check_name: expect.any(String),
      fingerprint: expect.any(String),
      severity: expect.stringMatching(/^(info|minor|major|critical|blocker)$/),
      location: { path: '1.sql', lines: { begin: expect.any(Number), end: expect.any(Number) } },
    })
})

test('rdjson: a column is given only where its bytes are known', () => {
  const columnOf = (column: number) => JSON.parse(rdjson(reviewOf({ column }))).diagnostics[0].location.range.start
  expect(columnOf(1)).toEqual({ line: 2, column: 1 })
  expect(columnOf(9)).toEqual({ line: 2 })
  expect(JSON.parse(rdjson(reviewOf())).diagnostics[0]).toMatchObject({
    severity: 'ERROR',
    code: { value: 'index-not-concurrent' },
  })
})
