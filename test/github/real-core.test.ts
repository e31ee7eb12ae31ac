import { expect, test } from 'vitest'
import { harness } from './harness.ts'

/** The whole way with the real core and no database. What it finds is tested elsewhere; here, that it arrives. */

const it = harness(null)

test('a blocking index build is found in a migration of Flyway, on its line, with an alternative', async () => {
  const repo = it.repository({
    files: { 'db/migration/V1__orders.sql': 'CREATE TABLE orders (id bigint, total int);\n' },
  })
  const pull = repo.openPullRequest({
    files: { 'db/migration/V2__total.sql': '-- find by total\nCREATE INDEX orders_total ON orders (total);\n' },
  })
  await it.settled()
  expect(repo.mergeAllowed(pull)).toEqual({ allowed: false, reason: 'lockcast: failure' })
  expect(repo.reviewComments(pull)).toMatchObject([{ path: 'db/migration/V2__total.sql', line: 2 }])
  expect(repo.reviewComments(pull)[0]?.body).toContain('CREATE INDEX CONCURRENTLY orders_total ON')
})

test('a new table passes without a comment', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({
    files: { 'db/migration/V1__orders.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY);\n' },
  })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  expect(repo.comments(pull)).toEqual([])
})

test('a statement that does not parse is a finding at its line and the rest is reviewed', async () => {
  const repo = it.repository()
  const text = 'SELEC 1;\nCREATE INDEX orders_total ON orders (total);\n'
  const pull = repo.openPullRequest({ files: { 'db/migration/V2__total.sql': text } })
  await it.settled()
  const summary = repo.checkRun(repo.head(pull))?.output.summary
  expect(summary).toContain('V2__total.sql:1`')
  expect(summary).toContain('V2__total.sql:2`')
})
