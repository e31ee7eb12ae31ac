import { expect, test } from 'vitest'
import type { CatalogFacts } from '../../../src/review/facts.ts'
import { heldClock } from '../../support/clocks.ts'
import { dangerous, harness } from '../harness.ts'
import { toyCore } from '../toy-core.ts'

const clock = heldClock()
let asked: (() => void) | null = null
let answer: (facts: CatalogFacts) => void = () => {}

/** A database that answers when the test says so. */
const it = harness(toyCore, {
  clock,
  connect: () => ({
    activity: null,
    catalog: () => {
      asked?.()
      return new Promise((resolve) => {
        answer = resolve
      })
    },
  }),
})

/** What happens starts a review, and it has come to the database. */
async function atDatabase(happen: () => void): Promise<void> {
  const reached = new Promise<void>((resolve) => {
    asked = resolve
  })
  happen()
  await reached
}

test('a check says after two seconds that it runs and what is being done, and ends with the verdict', async () => {
  const repo = it.repository()
  const pulls: number[] = []
  await atDatabase(() => pulls.push(repo.openPullRequest({ files: dangerous })))
  const [pull = 0] = pulls
  const check = () => repo.checkRun(repo.head(pull))
  expect(check()).toBeNull()
  const passTwoSeconds = async (): Promise<void> => {
    const shown = it.github.next({ method: 'POST', path: /check-runs/ })
    clock.pass(2_000)
    await shown
  }
  await passTwoSeconds()
  expect(check()?.status).toBe('in_progress')
  expect(check()?.output.summary).toContain('reading schema and statistics of the database')
  answer({ kind: 'none' })
  await it.settled()
  const done = check()
  expect(done).toMatchObject({ status: 'completed', conclusion: 'failure' })

  // Another slow look, that finds nothing new.
  const verdict = structuredClone(done)
  await atDatabase(() => repo.rerunSuite(pull))
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
  await passTwoSeconds()
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast is in_progress')
  answer({ kind: 'none' })
  await it.settled()
  expect(check()).toMatchObject({ status: 'completed', conclusion: 'failure', output: verdict?.output })
})
