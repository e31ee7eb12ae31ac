import { expect, test } from 'vitest'
import { dangerous, harmless, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

const it = harness(toyCore)
const misspelt = { '.github/lockcast.yml': 'fail_on: high\nbugdet:\n  reads: 1s\n' }

test('a policy with an unknown key fails the check and names file, line, key and the nearest right one', async () => {
  const repo = it.repository({ files: misspelt })
  const pull = repo.openPullRequest({ files: harmless })
  await it.settled()
  const run = repo.checkRun(repo.head(pull))
  expect(run?.conclusion).toBe('failure')
  expect(run?.output.summary).toContain('`.github/lockcast.yml:2`')
  expect(run?.output.summary).toContain('unknown key bugdet; did you mean budget?')
})

test('a pull request that would break the policy does not pass', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: misspelt })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('bugdet')
})

test('a pull request that repairs the policy can be merged', async () => {
  const repo = it.repository({ files: misspelt })
  const pull = repo.openPullRequest({ files: { '.github/lockcast.yml': 'fail_on: high\n' } })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
})

test('a pull request cannot choose its own rules', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: { ...dangerous, '.github/lockcast.yml': 'fail_on: never\n' } })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
})

test("an organisation's policy holds for its repositories, under what they say themselves", async () => {
  const repo = it.repository()
  const owner = repo.state.owner.login
  it.github.repository(`${owner}/.github`, { files: { '.github/lockcast.yml': 'fail_on: critical\n' } })
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  repo.commit('strict', { '.github/lockcast.yml': 'fail_on: high\n' })
  repo.retarget(pull, 'strict')
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
})

test('what an organisation locks a repository cannot loosen, and the check says so', async () => {
  const repo = it.repository({ files: { '.github/lockcast.yml': 'fail_on: never\n' } })
  const owner = repo.state.owner.login
  it.github.repository(`${owner}/.github`, { files: { '.github/lockcast.yml': 'locked: [fail_on]\n' } })
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('the organisation locks `fail_on`')
})

test("a mistake in the organisation's policy fails the check and names that file", async () => {
  const repo = it.repository()
  const owner = repo.state.owner.login
  it.github.repository(`${owner}/.github`, { files: { '.github/lockcast.yml': 'fail_onn: low\n' } })
  const pull = repo.openPullRequest({ files: harmless })
  await it.settled()
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain(`\`${owner}/.github:.github/lockcast.yml:1\``)
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
})

test('a policy that cannot be read fails the check and makes no comment', async () => {
  const repo = it.repository({ files: { '.github/lockcast.yml': 'fail_on: high # nobody read this yet\n' } })
  it.github.fail({ method: 'GET', path: /git\/blobs/, when: 'before', status: 403, message: 'no' })
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
  expect(repo.comments(pull)).toEqual([])
  expect(repo.reviewComments(pull)).toEqual([])
})
