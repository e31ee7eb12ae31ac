import { expect, test } from 'vitest'
import type { FakeRepository } from '../support/github/repository.ts'
import { dangerous, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

/** Whatever happens while the server is down, the start finds it: nothing stays green that should not. */

const it = harness(toyCore)
const label = 'lockcast:override'
const lax = { '.github/lockcast.yml': 'fail_on: critical\n' }

/** Things that end a green check, after what makes it green. */
const endings: Record<
  string,
  { before(repo: FakeRepository, pull: number): void; happen(repo: FakeRepository, pull: number): void }
> = {
  'an override label taken off': {
    before: (repo, pull) => repo.addLabel(pull, label, 'mia'),
    happen: (repo, pull) => repo.removeLabel(pull, label, 'will'),
  },
  'an override label deleted from the repository': {
    before: (repo, pull) => repo.addLabel(pull, label, 'mia'),
    happen: (repo) => repo.deleteLabel(label, 'will'),
  },
  'a label taken off and set again by somebody without the role': {
    before: (repo, pull) => repo.addLabel(pull, label, 'mia'),
    happen(repo, pull) {
      repo.removeLabel(pull, label, 'will')
      repo.addLabel(pull, label, 'will')
    },
  },
  'a retarget to a stricter base': {
    before(repo) {
      repo.commit('strict', { '.github/lockcast.yml': 'fail_on: low\n' })
      repo.commit('main', lax)
    },
    happen: (repo, pull) => repo.retarget(pull, 'strict'),
  },
  'a stricter policy on the base': {
    before: (repo) => void repo.commit('main', lax),
    happen: (repo) => void repo.commit('main', { '.github/lockcast.yml': 'fail_on: low\n' }),
  },
  'a push of another danger': {
    before: (repo, pull) => repo.addLabel(pull, label, 'mia'),
    happen: (repo, pull) => void repo.push(pull, { 'migrations/2.sql': '-- critical: more\n' }),
  },
  'another pull request with the same head into a stricter base': {
    before(repo) {
      repo.commit('strict', { '.github/lockcast.yml': 'fail_on: low\n' })
      repo.commit('main', lax)
    },
    happen: (repo, pull) =>
      void repo.openPullRequest({
        files: {},
        branch: 'change-too',
        head: repo.head(pull),
        base: 'strict',
        author: 'will',
      }),
  },
}

test.each(Object.keys(endings))('%s while the server was down ends the green check at the start', async (what) => {
  const ending = endings[what]
  const repo = it.repository({ private: false })
  const pull = repo.openPullRequest({ files: dangerous, author: 'will' })
  await it.settled()
  ending?.before(repo, pull)
  await it.settled()
  expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
  // GitHub tells times in whole seconds: a label set again within one second looks the same.
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  it.github.unheard(() => ending?.happen(repo, pull))
  // GitHub's log has nothing of it: the state alone has to tell.
  it.github.deliveries.splice(0)
  await it.restart()
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
})

test('an override label that was set while the server was down, and that the log of deliveries lacks, is refused with the way out', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  it.github.unheard(() => repo.addLabel(pull, label, 'mia'))
  it.github.deliveries.splice(0)
  await it.restart()
  for (let looks = 0; looks < 200 && repo.comments(pull).length < 2; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  expect(repo.comments(pull).at(-1)?.body).toContain('set it again')
  repo.removeLabel(pull, label, 'mia')
  await it.settled()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
})
