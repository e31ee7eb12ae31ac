import { expect, test } from 'vitest'
import type { DeliveryAttempt } from '../../../src/github/client/app-client.ts'
import { GitHubError } from '../../../src/github/client/failure.ts'
import { wallClock } from '../../../src/github/clock.ts'
import { redeliverFailed } from '../../../src/github/jobs/redeliver.ts'
import { dangerous, harness } from '../harness.ts'
import { toyCore } from '../toy-core.ts'

/** GitHub never sends an event again by itself; the server has it do so. */

const it = harness(toyCore, {})

test('an override whose event nobody heard counts after the next start, and what has arrived is not sent again', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  it.github.unheard(() => repo.addLabel(pull, 'lockcast:override', 'mia'))
  const missed = it.github.deliveries.at(-1)
  await it.restart()
  await it.settled()
  expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
  await it.restart()
  await it.settled()
  expect(it.github.deliveries.filter(({ guid }) => guid === missed?.guid).map(({ status }) => status)).toEqual([0, 202])
})

test('an event that fails again and again is sent three times, one that GitHub does not have any more once', async () => {
  const attempts = [attempt('failing', 1), attempt('gone', 2)]
  const sent: string[] = []
  const app: Parameters<typeof redeliverFailed>[0] = {
    deliveries: (status) => Promise.resolve(status === 'failure' ? attempts.toReversed() : []),
    redeliver(id) {
      const guid = attempts.find((deliveryAttempt) => deliveryAttempt.id === id)?.guid ?? ''
      sent.push(guid)
      if (guid === 'gone') return Promise.reject(new GitHubError('redeliver', { kind: 'not found' }))
      attempts.push(attempt(guid, attempts.length + 1))
      return Promise.resolve()
    },
  }
  const asked = new Set<number>()
  for (let round = 0; round < 5; round++) await redeliverFailed(app, wallClock, asked)
  expect(sent.sort()).toEqual(['failing', 'failing', 'gone'])
})

function attempt(guid: string, id: number): DeliveryAttempt {
  return { id, guid, at: new Date().toISOString() }
}
