import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { freshShop } from '../support/shop.ts'
import { harness } from './harness.ts'

/** The app that may not connect to the database: the catalog is a file on the base branch. */

const it = harness(null)
const policy = { '.github/lockcast.yml': 'snapshot: { path: db/catalog.json }\n' }
const fresh = readFileSync(freshShop(), 'utf8')
const index = (table: string) => ({
  'db/migration/V9__find.sql': `SET LOCAL lock_timeout = '3s';\nCREATE INDEX ON ${table} (id);\n`,
})

test('sizes come from the snapshot that the policy names', async () => {
  const repo = it.repository({ private: true, files: { ...policy, 'db/catalog.json': fresh } })
  const big = repo.openPullRequest({ files: index('orders') })
  const small = repo.openPullRequest({ files: index('order_disputes') })
  await it.settled()
  expect(repo.checkRun(repo.head(big))?.output.summary).toContain('80 M rows')
  expect(repo.mergeAllowed(small).allowed).toBe(true)
})

test('a pull request cannot bring its own sizes', async () => {
  const repo = it.repository({ private: true, files: { ...policy, 'db/catalog.json': fresh } })
  const shrunk = JSON.parse(fresh) as { relations: { size: { rows: number; heapBytes: number } }[] }
  for (const { size } of shrunk.relations) Object.assign(size, { rows: 1, heapBytes: 8192 })
  const pull = repo.openPullRequest({ files: { ...index('orders'), 'db/catalog.json': JSON.stringify(shrunk) } })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
})

test('one that is eight days old comes with a warning, one of forty days without its sizes', async () => {
  const at = (days: number) => ({ 'db/catalog.json': readFileSync(freshShop(days), 'utf8') })
  const summaries: string[] = []
  for (const days of [8, 40]) {
    const repo = it.repository({ private: true, files: { ...policy, ...at(days) } })
    const pull = repo.openPullRequest({ files: index('orders') })
    await it.settled()
    summaries.push(repo.checkRun(repo.head(pull))?.output.summary ?? '')
  }
  expect(summaries[0]).toContain('80 M rows')
  expect(summaries[0]).toContain('The snapshot is 8 d old')
  expect(summaries[1]).not.toContain('80 M rows')
  expect(summaries[1]).toContain('its sizes count as unknown')
})

test.each([
  ['is not there', {}, 'there is no such file'],
  ['is none', { 'db/catalog.json': '{"relations": []}' }, 'not a catalog snapshot'],
])('a snapshot that %s fails the check and names the file', async (_words, files, sentence) => {
  const repo = it.repository({ files: { ...policy, ...files } })
  const pull = repo.openPullRequest({ files: index('order_disputes') })
  await it.settled()
  const run = repo.checkRun(repo.head(pull))
  expect(run?.conclusion).toBe('failure')
  expect(run?.output.summary).toContain('db/catalog.json')
  expect(run?.output.summary).toContain(sentence)
})
