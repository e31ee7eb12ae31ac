import { expect, test } from 'vitest'
import type { FakeRepository } from '../../support/github/repository.ts'
import { harness } from '../harness.ts'

/** Whether the code at a pull request's head names a dropped column, with few requests. */

const it = harness(null)

const drop = { 'migrations/1.sql': "SET LOCAL lock_timeout = '3s';\nALTER TABLE orders DROP COLUMN region;\n" }
const files = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`src/f${i}.ts`, `export const f${i} = ${i}\n`]))
const use = { 'src/report.ts': "db.query('SELECT region FROM orders')\n" }

const textOf = (repo: FakeRepository, pull: number) => repo.checkRun(repo.head(pull))?.output.text ?? ''
const requestsFor = (path: RegExp) => it.github.requests.filter((request) => path.test(request.path)).length

test('many files come as one archive, and later only what changed is read', async () => {
  const repo = it.repository({ files: { ...files, ...use } })
  const before = { blobs: requestsFor(/\/git\/blobs\//), archives: requestsFor(/\/tarball\//) }
  const pull = repo.openPullRequest({ files: drop })
  await it.settled()
  expect(textOf(repo, pull)).toContain('src/report.ts:1')
  expect(requestsFor(/\/tarball\//) - before.archives).toBe(1)
  // The migration itself.
  expect(requestsFor(/\/git\/blobs\//) - before.blobs).toBe(1)

  repo.push(pull, { 'src/f7.ts': "export const f7 = 'region of orders'\n" })
  await it.settled()
  expect(textOf(repo, pull)).toContain('src/f7.ts:1')
  expect(requestsFor(/\/tarball\//) - before.archives).toBe(1)
  expect(requestsFor(/\/git\/blobs\//) - before.blobs).toBe(2)
})

test('a column that nothing names is medium, and it is said what was searched', async () => {
  const repo = it.repository({ files: { ...files, 'README.md': 'region', 'docs/a.md': 'region' } })
  const pull = repo.openPullRequest({ files: drop })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  expect(textOf(repo, pull)).toMatch(/None of the 60 files searched/)
})

test('uses that the pull request removes make it medium, which is said', async () => {
  const repo = it.repository({ files: { ...files, ...use } })
  const pull = repo.openPullRequest({ files: { ...drop, 'src/report.ts': 'export {}\n' } })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  expect(textOf(repo, pull)).toContain('takes the last uses out of the code')
})

test('an archive that GitHub does not give leaves the code unsearched, and the review goes on', async () => {
  const others = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, `// other\n${text}`]))
  const repo = it.repository({ files: others })
  it.github.fail({ method: 'GET', path: /\/tarball\//, when: 'before', status: 404 })
  const pull = repo.openPullRequest({ files: drop })
  await it.settled()
  expect(repo.mergeAllowed(pull)).toEqual({ allowed: false, reason: 'lockcast: failure' })
  expect(textOf(repo, pull)).toContain('Not all of the code could be searched')
})

test('a change that takes nothing away searches nothing', async () => {
  const repo = it.repository({ files: { ...files, ...use } })
  const before = requestsFor(/\/tarball\//)
  repo.openPullRequest({ files: { 'migrations/1.sql': 'ALTER TABLE orders ADD COLUMN note text;\n' } })
  await it.settled()
  expect(requestsFor(/\/tarball\//)).toBe(before)
})
