import { expect, test } from 'vitest'
import { impatientClock } from '../support/clocks.ts'
import { dangerous, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

/** Facts that are missing for a while neither end an override nor widen it. */

let isAway = false
const emptyCatalog = { kind: 'none' } as const
const it = harness(toyCore, {
  clock: impatientClock(),
  connect: () => ({
    activity: null,
    catalog: async () =>
      isAway
        ? { kind: 'unreachable' as const, reason: 'The database server does not answer.', retry: 'Press Re-run.' }
        : emptyCatalog,
  }),
})

test('a database that does not answer for a while ends no override, before and after a push, and the label stays', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  repo.addLabel(pull, 'lockcast:override', 'mia')
  await it.settled()
  const said = repo.comments(pull).length
  isAway = true
  repo.rerunSuite(pull)
  await it.settled()
  expect({ labels: repo.labels(pull), ...repo.mergeAllowed(pull) }).toMatchObject({
    allowed: true,
    labels: ['lockcast:override'],
  })
  repo.push(pull, { 'docs/a.md': 'a' })
  await it.settled()
  expect({ labels: repo.labels(pull), ...repo.mergeAllowed(pull) }).toMatchObject({
    allowed: true,
    labels: ['lockcast:override'],
  })
  repo.push(pull, { 'migrations/2.sql': '-- high: drops a table\n' })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  isAway = false
  repo.pushBack(pull, repo.head(pull))
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  expect(repo.comments(pull).length).toBeGreaterThanOrEqual(said)
})
