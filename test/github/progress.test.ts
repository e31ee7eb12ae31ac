import { expect, test } from 'vitest'
import type { CatalogFacts } from '../../src/review/facts.ts'
import { heldClock } from '../support/clocks.ts'
import { dangerous, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

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

async function slowReview() {
  const repo = it.repository()
  const reached = new Promise<void>((resolve) => {
    asked = resolve
  })
  const pull = repo.openPullRequest({ files: dangerous })
  await reached
  return { repo, pull }
}

test('the check is in progress at once, says after three seconds what is being done, and ends with the verdict', async () => {
  const { repo, pull } = await slowReview()
  const check = () => repo.checkRun(repo.head(pull))
  expect(check()).toMatchObject({ status: 'in_progress', output: { title: 'Reviewing' } })
  const told = it.github.next({ method: 'PATCH', path: /check-runs/ })
  clock.pass(3_000)
  await told
  expect(check()?.status).toBe('in_progress')
  expect(check()?.output.summary).toContain('reading schema and statistics of the database')
  answer({ kind: 'none' })
  await it.settled()
  expect(check()).toMatchObject({ status: 'completed', conclusion: 'failure' })
})
