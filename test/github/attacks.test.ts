import { describe, expect, test } from 'vitest'
import { impatientClock } from '../support/clocks.ts'
import type { FakeRepository } from '../support/github/repository.ts'
import { dangerous, harmless, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

/** People with write access, and strangers with a fork, try to get past the check or to spoil it. */

const it = harness(toyCore, { clock: impatientClock() })
const label = 'lockcast:override'
const withReason = { files: { '.github/lockcast.yml': 'override:\n  reason: true\n' } }

/** Somebody with write access may edit anybody's comment. */
function editComment(repo: FakeRepository, pull: number, by: string, body: string): void {
  const comment = repo.comments(pull).find(({ author }) => author.login === by)
  if (comment) comment.body = body
}

describe.each(['old name', 'new name'] as const)('where the timeline keeps the %s of a renamed label', (timeline) => {
  describe.each([
    {
      how: 'withdrawn by its maintainer',
      end: (repo: FakeRepository, pull: number) => repo.removeLabel(pull, label, 'mia'),
    },
    { how: 'deleted from the repository', end: (repo: FakeRepository) => repo.deleteLabel(label, 'will') },
  ])('an override label that was $how', ({ end }) => {
    test.each([true, false])(
      'is not granted to another label that is renamed into its name; the server saw each step: %s',
      async (sawEachStep) => {
        const repo = it.repository(withReason)
        const pull = repo.openPullRequest({ files: dangerous })
        repo.addLabel(pull, 'bug', 'mia')
        repo.comment(pull, 'mia', 'I will look at this tomorrow')
        await it.settled()
        repo.addLabel(pull, label, 'mia')
        await it.settled()
        end(repo, pull)
        if (sawEachStep) await it.settled()
        if (timeline === 'old name') repo.addLabel(pull, 'bug', 'mia')
        repo.deleteLabel(label, 'will')
        repo.renameLabel('bug', label, timeline)
        editComment(repo, pull, 'mia', 'lockcast: this is fine')
        await it.settled()
        for (const again of [1, 2]) {
          repo.rerunSuite(pull)
          await it.settled()
          expect({ again, ...repo.mergeAllowed(pull) }).toMatchObject({ again, allowed: false })
        }
      },
    )
  })

  test('a label that was set and taken off at once confirms no other label that is renamed into its name', async () => {
    const repo = it.repository()
    const pull = repo.openPullRequest({ files: dangerous })
    await it.settled()
    it.github.unheard(() => repo.addLabel(pull, 'bug', 'mia'))
    repo.addLabel(pull, label, 'mia')
    repo.removeLabel(pull, label, 'mia')
    await it.settled()
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    it.github.unheard(() => {
      repo.removeLabel(pull, 'bug', 'mia')
      repo.addLabel(pull, 'bug', 'mia')
    })
    repo.deleteLabel(label, 'will')
    repo.renameLabel('bug', label, timeline)
    repo.rerunSuite(pull)
    await it.settled()
    expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: false })
  })
})

test('a reason that is edited into a comment does not count, and the label waits for one', async () => {
  const repo = it.repository(withReason)
  const pull = repo.openPullRequest({ files: dangerous })
  repo.comment(pull, 'mia', 'I will look at this tomorrow')
  await it.settled()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  editComment(repo, pull, 'mia', 'lockcast: this is fine')
  repo.rerunSuite(pull)
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  repo.comment(pull, 'mia', 'lockcast: the table is empty')
  await it.settled()
  expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
})

test('the old head of an override that ended is red when it is pushed back', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  const old = repo.head(pull)
  await it.settled()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  repo.push(pull, { 'migrations/2.sql': '-- high: drops a table\n' })
  await it.settled()
  expect(repo.labels(pull)).toEqual([])
  expect(repo.checkRun(old)?.conclusion).toBe('failure')
  repo.pushBack(pull, old)
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
})

test('the old head is red when the label was taken off on a newer one with the same migrations', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  const old = repo.head(pull)
  await it.settled()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  repo.push(pull, { 'docs/a.md': 'a' })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  repo.removeLabel(pull, label, 'mia')
  await it.settled()
  expect(repo.checkRun(old)?.conclusion).toBe('failure')
  repo.pushBack(pull, old)
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
})

describe("a stranger's pull request with the commit of an internal one", () => {
  test.each([
    { what: 'whose base has a stricter policy', overridden: false },
    { what: 'without the override of the internal one', overridden: true },
  ])('$what does not turn its check red', async ({ overridden }) => {
    const repo = it.repository({
      private: false,
      files: { '.github/lockcast.yml': overridden ? '' : 'fail_on: critical\n' },
    })
    it.github.unheard(() => repo.commit('strict', { '.github/lockcast.yml': 'fail_on: low\n' }))
    const pull = repo.openPullRequest({ files: dangerous, author: 'will' })
    await it.settled()
    if (overridden) repo.addLabel(pull, label, 'mia')
    await it.settled()
    expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
    repo.openPullRequest({
      files: {},
      head: repo.head(pull),
      fork: 'mallory',
      author: 'mallory',
      base: overridden ? 'main' : 'strict',
    })
    await it.settled()
    expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
    repo.rerunSuite(pull)
    await it.settled()
    expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
  })

  test('does not turn a red one green either', async () => {
    const repo = it.repository({ private: false })
    it.github.unheard(() => repo.commit('lax', { '.github/lockcast.yml': 'fail_on: critical\n' }))
    const pull = repo.openPullRequest({ files: dangerous, author: 'will' })
    await it.settled()
    repo.openPullRequest({ files: {}, head: repo.head(pull), fork: 'mallory', author: 'mallory', base: 'lax' })
    await it.settled()
    expect(repo.mergeAllowed(pull).allowed).toBe(false)
  })

  test('decides alone where it is the only one', async () => {
    const repo = it.repository({ private: false })
    const pull = repo.openPullRequest({ files: dangerous, fork: 'mallory', author: 'mallory' })
    await it.settled()
    expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
  })
})

test('a tag with the name of the base branch is not taken for it: neither its policy nor its tree', async () => {
  const repo = it.repository({ files: { 'migrations/0.sql': 'SELECT 0;\n' } })
  const lax = repo.commit('elsewhere', { '.github/lockcast.yml': 'fail_on: critical\n', ...dangerous })
  await it.settled()
  repo.tag('main', lax)
  const pull = repo.openPullRequest({ files: { ...dangerous, 'migrations/2.sql': '-- see base\n' } })
  await it.settled()
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('applied first: migrations/0.sql')
  await it.restart()
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
})

test('a broken policy on the base branch fails a pull request whose head merely lacks the file', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: harmless })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  repo.commit('main', { '.github/lockcast.yml': 'bugdet: 1s\n' })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('bugdet')
  const late = repo.openPullRequest({ files: { 'docs/a.md': 'a', '.github/lockcast.yml': null } })
  await it.settled()
  expect(repo.mergeAllowed(late).allowed).toBe(false)
})
