import { expect, test } from 'vitest'
import type { Review } from '../../src/review/result.ts'
import { dangerous, harmless, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

const secret = 'password=hunter2'
const it = harness({
  ...toyCore,
  review(...given): Review {
    if (given[0].some(({ path }) => path.endsWith('crash.sql'))) throw new Error(`cannot connect, ${secret}`)
    return toyCore.review(...given)
  },
})

test.each([
  { what: 'the review', path: /\/reviews$/ },
  { what: 'the summary comment', path: /issues\/\d+\/comments$/ },
  { what: 'the check', path: /check-runs$/ },
])('a 502 after $what was stored does not make it twice', async ({ path }) => {
  const repo = it.repository()
  it.github.fail({ method: 'POST', path, when: 'after', status: 502 })
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  expect(repo.reviewComments(pull)).toHaveLength(1)
  expect(repo.pull(pull).reviews).toHaveLength(1)
  expect(repo.comments(pull)).toHaveLength(1)
  expect(repo.checkRuns(repo.head(pull))).toMatchObject([{ status: 'completed', conclusion: 'failure' }])
})

test('a 502 before the review was stored is tried once more', async () => {
  const repo = it.repository()
  it.github.fail({ method: 'POST', path: /\/reviews$/, when: 'before', status: 502 })
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  expect(repo.reviewComments(pull)).toHaveLength(1)
})

test('a read that fails once is tried again', async () => {
  const repo = it.repository()
  it.github.fail({ method: 'GET', path: /git\/trees/, when: 'before', status: 503 })
  const pull = repo.openPullRequest({ files: harmless })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
})

test('when GitHub does not answer at all, the check is completed as failed', async () => {
  const repo = it.repository()
  const outage = { method: 'GET', path: /git\/trees/, when: 'before' as const, status: 503 }
  // The base's tree and the head's, three tries each.
  for (let at = 0; at < 6; at++) it.github.fail(outage)
  const pull = repo.openPullRequest({ files: harmless })
  await it.settled()
  const run = repo.checkRun(repo.head(pull))
  expect(run?.conclusion).toBe('failure')
  expect(run?.output.summary).toContain('GitHub did not answer')
})

test('when GitHub refuses the contents the check is completed as failed, says how to retry, and its id is in the log', async () => {
  const repo = it.repository()
  it.github.fail({ method: 'GET', path: /git\/blobs/, when: 'before', status: 403, message: 'Resource not accessible' })
  const pull = repo.openPullRequest({ files: { 'migrations/1.sql': 'SELECT 3;\n' } })
  await it.settled()
  const summary = repo.checkRun(repo.head(pull))?.output.summary ?? ''
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
  expect(summary).toContain('Re-run')
  const [, id] = /Reference `(\w+)`/.exec(summary) ?? []
  expect(it.lockcast.log.some((line) => line.includes(id ?? 'no id'))).toBe(true)
  repo.rerunCheck(pull)
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
})

test('an error of our own completes the check as failed and tells nothing of its text, on GitHub or in the log', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: { 'migrations/crash.sql': 'SELECT 1;\n' } })
  await it.settled()
  const run = repo.checkRun(repo.head(pull))
  expect(run?.conclusion).toBe('failure')
  expect(JSON.stringify([run, repo.comments(pull), it.github.deliveries.at(-1)?.status])).not.toContain(secret)
  expect(it.lockcast.log.join('')).not.toContain(secret)
  const line = it.lockcast.log.findLast((name) => name.includes('review failed')) ?? '{}'
  expect(JSON.parse(line).err).toMatchObject({
    name: 'Error',
    stack: expect.arrayContaining([expect.stringMatching(/^at .*trouble\.test\.ts/)]),
  })
})

test('a secondary rate limit puts the job off and nothing is lost', async () => {
  const repo = it.repository()
  it.github.fail({
    method: 'POST',
    path: /check-runs$/,
    when: 'before',
    status: 403,
    message: 'You have exceeded a secondary rate limit',
    headers: { 'retry-after': '1' },
  })
  const pull = repo.openPullRequest({ files: dangerous })
  const run = await repo.completedCheck(pull)
  expect(run.conclusion).toBe('failure')
  await it.settled()
})

test('comments that GitHub refuses do not hold up the verdict, and the check says so', async () => {
  const repo = it.repository()
  const message = 'Unable to create comment because issue is locked.'
  it.github.fail({ method: 'POST', path: /\/reviews$/, when: 'before', status: 403, message })
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  const run = repo.checkRun(repo.head(pull))
  expect(run?.conclusion).toBe('failure')
  expect(run?.output.title).toBe('1 finding must be fixed or overridden')
  expect(run?.output.summary).toContain('Not every comment could be posted.')
})

test('comments that meet a limit come later, and the verdict does not wait', async () => {
  const repo = it.repository()
  it.github.fail({
    method: 'POST',
    path: /\/reviews$/,
    when: 'before',
    status: 403,
    message: 'You have exceeded a secondary rate limit',
    headers: { 'retry-after': '1' },
  })
  const pull = repo.openPullRequest({ files: dangerous })
  await it.github.next({ method: 'POST', path: /\/reviews$/ })
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
  await it.github.next({ method: 'POST', path: /\/reviews$/ })
  await it.settled()
  expect(repo.reviewComments(pull)).toHaveLength(1)
})
