import { expect, test } from 'vitest'
import type { FakeRepository } from '../support/github/repository.ts'
import { dangerous, harmless, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

/** Whatever an event says, it only means that the pull request is looked at again, as it is now. */

const it = harness(toyCore)
const lax = { '.github/lockcast.yml': 'fail_on: critical\n' }

test.each<{ event: string; happen: (repo: FakeRepository, pull: number) => void }>([
  { event: 'pull_request.reopened', happen: (repo, pull) => repo.press(pull, 'reopened') },
  { event: 'pull_request.ready_for_review', happen: (repo, pull) => repo.press(pull, 'ready_for_review') },
  { event: 'pull_request.converted_to_draft', happen: (repo, pull) => repo.press(pull, 'converted_to_draft') },
  { event: 'pull_request.labeled', happen: (repo, pull) => repo.addLabel(pull, 'bug', 'will') },
  { event: 'pull_request.unlabeled', happen: (repo, pull) => repo.removeLabel(pull, 'bug', 'will') },
  { event: 'check_run.rerequested', happen: (repo, pull) => repo.rerunCheck(pull) },
  { event: 'check_run.requested_action', happen: (repo, pull) => repo.pressCheck(repo.head(pull), 'review-again') },
  { event: 'check_suite.rerequested', happen: (repo, pull) => repo.rerunSuite(pull) },
  { event: 'issue_comment.created', happen: (repo, pull) => repo.comment(pull, 'mia', 'Well,\nlockcast: it is fine') },
  { event: 'pull_request_review.submitted', happen: (repo, pull) => repo.review(pull, 'mia', 'lockcast: it is fine') },
])('$event: the pull request is judged by what holds now', async ({ happen }) => {
  const repo = it.repository({ private: false })
  const pull = repo.openPullRequest({ files: dangerous, fork: 'mallory' })
  await it.settled()
  expect(repo.mergeAllowed(pull)).toEqual({ allowed: false, reason: 'lockcast: failure' })
  it.github.unheard(() => repo.commit('main', lax))
  happen(repo, pull)
  await it.settled()
  expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
})

test('check_suite.requested, which comes with every push: a pull request whose own event was missed gets its check', async () => {
  const repo = it.repository()
  const pulls: number[] = []
  it.github.unheard(() => pulls.push(repo.openPullRequest({ files: dangerous })))
  const [pull = 0] = pulls
  repo.rerunSuite(pull, 'requested')
  await it.settled()
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
  const before = it.github.requests.length
  repo.rerunSuite(pull, 'requested')
  await it.settled()
  expect(it.github.requests.length - before).toBe(0)
})

test('a comment without a reason is nobody’s business', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  const before = it.github.requests.length
  repo.comment(pull, 'will', 'lockcast is right, I think')
  await it.settled()
  expect(it.github.requests.length).toBe(before)
})

test('another title does not start a review, another base does', async () => {
  const repo = it.repository()
  it.github.unheard(() => repo.commit('release', lax))
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  repo.retarget(pull, 'release')
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
})

test('while another base is reviewed, the verdict for the one before lets nothing through', async () => {
  const repo = it.repository({ files: lax })
  it.github.unheard(() => repo.commit('strict', { '.github/lockcast.yml': 'fail_on: low\n' }))
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  const during: boolean[] = []
  it.github.once({ method: 'GET', path: /git\/trees/ }, () => during.push(repo.mergeAllowed(pull).allowed))
  repo.retarget(pull, 'strict')
  await it.settled()
  expect([...during, repo.mergeAllowed(pull).allowed]).toEqual([false, false])
})

test('a push to the base branch that changes the policy: its open pull requests are judged by the new one', async () => {
  const repo = it.repository()
  it.github.unheard(() => repo.commit('release', { 'docs/a.md': 'a' }))
  const here = repo.openPullRequest({ files: dangerous })
  const elsewhere = repo.openPullRequest({ files: dangerous, base: 'release' })
  await it.settled()
  repo.commit('main', lax)
  await it.settled()
  expect([here, elsewhere].map((pull) => repo.mergeAllowed(pull).allowed)).toEqual([true, false])
})

test("a push that changes the organisation's policy: open pull requests of its repositories are judged by it", async () => {
  const repo = it.repository()
  const organisation = it.github.repository(`${repo.state.owner.login}/.github`)
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  organisation.commit('main', lax)
  await it.settled()
  expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
})

test('a push that leaves the policy alone starts no review', async () => {
  const repo = it.repository()
  repo.openPullRequest({ files: dangerous })
  await it.settled()
  const before = it.github.requests.length
  repo.commit('main', { 'docs/a.md': 'a' })
  await it.settled()
  expect(it.github.requests.length).toBe(before)
})

test('when the app is installed, open pull requests are reviewed at once and the label is there', async () => {
  const repo = it.repository({ installed: false })
  const pull = repo.openPullRequest({ files: dangerous })
  it.github.install(`${repo.state.owner.login}/shop`)
  await it.settled()
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
  const label = repo.state.labels.get('lockcast:override')
  expect(label?.color).toMatch(/^[0-9a-f]{6}$/)
  expect(label?.description).toContain('accepts')
})

test('when a repository is added to an installation, its open pull requests are reviewed, and only there', async () => {
  const first = it.repository()
  await it.settled()
  const owner = first.state.owner.login
  const name = `${owner}/billing`
  const second = it.github.repository(name, { installed: false })
  const pull = second.openPullRequest({ files: harmless })
  const before = it.github.requests.length
  it.github.install(name)
  await it.settled()
  expect(second.mergeAllowed(pull).allowed).toBe(true)
  expect(it.github.requests.slice(before).filter(({ path }) => path.startsWith(`/repos/${owner}/shop`))).toEqual([])
})

test('what nobody heard of is found at the next start, and what is done is left alone', async () => {
  const repo = it.repository()
  const done = repo.openPullRequest({ files: harmless })
  await it.settled()
  const [run] = repo.checkRuns(repo.head(done))
  const missed: number[] = []
  it.github.unheard(() => missed.push(repo.openPullRequest({ files: dangerous })))
  await it.restart()
  expect(missed.map((pull) => repo.mergeAllowed(pull).reason)).toEqual(['lockcast: failure'])
  expect(repo.checkRuns(repo.head(done))).toEqual([run])
})

test('an event that comes late, for a pull request that is closed, does nothing', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: { 'docs/a.md': 'a' } })
  await it.settled()
  const late = it.github.deliveries.at(-1)
  repo.close(pull)
  await it.settled()
  const before = it.github.requests.length
  if (late) await it.github.redeliver(late)
  await it.settled()
  expect(it.github.requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([])
})

test('a label whose event is still on its way is not answered, and counts when it arrives', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  it.github.unheard(() => repo.addLabel(pull, 'lockcast:override', 'mia'))
  const late = it.github.deliveries.at(-1)
  const said = repo.comments(pull).length
  repo.rerunSuite(pull)
  await it.github.next({ method: 'GET', path: /collaborators/ })
  if (late) await it.github.redeliver(late)
  await it.settled()
  expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
  expect(repo.comments(pull)).toHaveLength(said)
})
