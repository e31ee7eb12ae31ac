import { expect, test } from 'vitest'
import type { DeliveryAttempt } from '../../../src/github/client/app-client.ts'
import { GitHubError } from '../../../src/github/client/failure.ts'
import { wallClock } from '../../../src/github/clock.ts'
import type { AppContext } from '../../../src/github/context.ts'
import { redeliverMissing } from '../../../src/github/jobs/redeliver.ts'
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

test('an event that fails again and again is sent three times, one that GitHub does not have any more once a look', async () => {
  const attempts = [attempt('failing', 1), attempt('gone', 2)]
  const sent: string[] = []
  const values = new Map<string, unknown>()
  const context = {
    clock: wallClock,
    records: {
      taken: async () => new Set<string>(),
      value: async <T>(name: string) => (values.get(name) as T) ?? null,
      saveValue: async (name: string, value: unknown) => void values.set(name, value),
      valueOnce: async <T>(_name: string, make: () => T) => make(),
    },
    app: {
      deliveries: () => Promise.resolve(attempts.toReversed()),
      redeliver(id: number) {
        const guid = attempts.find((known) => known.id === id)?.guid ?? ''
        sent.push(guid)
        if (guid === 'gone') return Promise.reject(new GitHubError('redeliver', { kind: 'not found' }))
        attempts.push(attempt(guid, attempts.length + 1))
        return Promise.resolve()
      },
    },
  }
  for (let round = 0; round < 3; round++) await redeliverMissing(context as unknown as AppContext)
  expect(sent.filter((guid) => guid === 'failing')).toHaveLength(2)
  expect(await redeliverMissing(context as unknown as AppContext)).toEqual({
    kind: 'done',
    outcome: 'no event is missing',
  })
})

function attempt(guid: string, id: number): DeliveryAttempt {
  return { id, guid, at: new Date().toISOString(), taken: false }
}
