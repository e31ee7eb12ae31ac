import { expect, test } from 'vitest'
import type { Job, JobEnd, PullJob } from '../../src/github/job.ts'
import { createMemoryQueue } from '../../src/server/queue.ts'

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
