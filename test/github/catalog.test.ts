import { expect, test } from 'vitest'
import { harmless, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

let asked = 0
const it = harness(toyCore, {
  connect: () => ({
    activity: null,
    catalog: async () => {
      asked++
      return {
        kind: 'unreachable' as const,
        reason: 'The database server refuses connections.',
        retry: 'Run it again.',
      }
    },
  }),
})

test('a listed database that cannot be reached fails the check with a clear finding', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: harmless })
  await it.settled()
  expect(asked).toBe(1)
  const run = repo.checkRun(repo.head(pull))
  expect(run?.conclusion).toBe('failure')
  expect(run?.output.summary).toContain('The database server refuses connections')
})

test('a repository that is not listed is never compared with the database', async () => {
  const before = asked
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: harmless })
  await it.settled()
  expect(asked).toBe(before)
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
})
