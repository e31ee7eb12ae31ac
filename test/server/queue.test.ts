import { expect, test } from 'vitest'
import type { Job, JobEnd, PullJob } from '../../src/github/jobs/job.ts'
import { createMemoryQueue } from '../../src/server/queue.ts'
import { heldClock } from '../support/clocks.ts'

function pull(number: number, more: Partial<PullJob> = {}): PullJob {
  return {
    kind: 'pull',
    installationId: 1,
    owner: 'acme',
    repo: 'shop',
    number,
    earlierHeads: [],
    labeled: [],
    ...more,
  }
}

/** A runner whose runs end when told. */
function gate() {
  const started: Job[] = []
  const ends: ((end: JobEnd) => void)[] = []
  const run = (job: Job) => {
    started.push(job)
    return new Promise<JobEnd>((resolve) => ends.push(resolve))
  }
  const finish = async (end: JobEnd = { kind: 'done', outcome: '' }) => {
    ends.shift()?.(end)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { run, started, finish }
}

test('a burst for one pull request is one run and one more, and what the events told is kept', async () => {
  const { run, started, finish } = gate()
  const queue = createMemoryQueue(run, 2)
  for (const head of ['a', 'b', 'c']) queue.add(pull(1, { earlierHeads: [head] }))
  queue.add(pull(1, { labeled: [{ label: 'x', actor: 'mia' }] }))
  expect(started).toHaveLength(1)
  await finish()
  expect(started).toHaveLength(2)
  expect(started[1]).toMatchObject({ earlierHeads: ['b', 'c'], labeled: [{ label: 'x', actor: 'mia' }] })
  await finish()
  await queue.idle()
  expect(started).toHaveLength(2)
})

test('no more jobs run at once than allowed, and never two of one pull request', async () => {
  const { run, started, finish } = gate()
  const queue = createMemoryQueue(run, 2)
  for (const number of [1, 1, 2, 3, 4]) queue.add(pull(number))
  expect(started).toHaveLength(2)
  for (let at = 0; at < 5; at++) await finish()
  await queue.idle()
  expect(started.map((job) => (job.kind === 'pull' ? job.number : 0))).toEqual([1, 2, 1, 3, 4])
})

test('a job that is put off runs again and takes along what came in', async () => {
  const { run, started, finish } = gate()
  const queue = createMemoryQueue(run, 1)
  queue.add(pull(1, { labeled: [{ label: 'x', actor: 'mia' }] }))
  await finish({ kind: 'again', at: Date.now() + 3_600_000, reason: 'limit' })
  queue.add(pull(1, { earlierHeads: ['a'] }))
  expect(started[1]).toMatchObject({ earlierHeads: ['a'], labeled: [{ label: 'x', actor: 'mia' }] })
  await finish()
})

test('closing waits for what runs, drops what waits, and takes nothing more', async () => {
  const { run, started, finish } = gate()
  const queue = createMemoryQueue(run, 1)
  queue.add(pull(1))
  queue.add(pull(2))
  const closed = queue.close(60_000)
  queue.add(pull(3))
  await finish()
  await closed
  expect(started).toHaveLength(1)
})

test('a job that has to run again and again waits longer each time, and is never given up', async () => {
  const clock = heldClock()
  let runs = 0
  const again = async (): Promise<JobEnd> => {
    runs++
    return { kind: 'again', at: clock.now() + 1_000, reason: 'limit' }
  }
  const queue = createMemoryQueue(again, 1, clock)
  queue.add(pull(1))
  const waits: number[] = []
  for (let at = 1; at <= 9; at++) {
    await queue.idle()
    let waited = 0
    while (runs === at) {
      clock.pass(1_000)
      waited += 1_000
    }
    waits.push(waited)
  }
  expect(waits.slice(0, 3)).toEqual([1_000, 20_000, 40_000])
  expect(waits.slice(-2)).toEqual([900_000, 900_000])
})
