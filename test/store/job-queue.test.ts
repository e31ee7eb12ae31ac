import { afterEach, expect, test } from 'vitest'
import { type JobQueue, type JobRun, openQueue, type RunEnd, type StoredJob } from '../../src/store/job-queue.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { freshStore } from '../support/store.ts'

const quiet = { info() {}, error() {} }
const settings = { concurrency: 4, perOwner: [2, 2], mostAttempts: 2 }
const open: { queue: JobQueue; store: Store }[] = []

afterEach(async () => {
  for (const { queue, store } of open.splice(0)) {
    await queue.close(1_000)
    await store.close()
  }
})

/** A process that runs jobs on this store. */
async function worker(url: string, run: (run: JobRun) => Promise<RunEnd>): Promise<JobQueue> {
  const store = await openStore({ kind: 'url', url }, { works: true, beside: false, log: quiet })
  const queue = await openQueue(store, settings, quiet, { tasks: ['look'], run: (_task, known) => run(known) })
  open.push({ queue, store })
  return queue
}

function job(key: string, owner = 'A', payload: object = { key }): StoredJob {
  return { task: 'look', key, payloads: [payload], owners: [owner], rank: 0, delayMs: 0 }
}

async function idle(queue: JobQueue): Promise<void> {
  for (;;) {
    const { waiting, running, soon } = await queue.counts()
    if (waiting + running + soon === 0) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('jobs of one key are one, and one that comes during a run runs afterwards', async () => {
  const runs: object[][] = []
  let release = (): void => {}
  let started = (): void => {}
  const isStarted = new Promise<void>((resolve) => {
    started = resolve
  })
  const queue = await worker(await freshStore(), async ({ payloads }) => {
    runs.push(payloads)
    if (runs.length > 1) return { kind: 'done' }
    started()
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return { kind: 'done' }
  })
  await queue.add([job('one', 'A', { at: 1 })])
  await isStarted
  await queue.add([job('one', 'A', { at: 2 })])
  await queue.add([job('one', 'A', { at: 3 })])
  release()
  await idle(queue)
  expect(runs).toEqual([[{ at: 1 }], [{ at: 2 }, { at: 3 }]])
})

test('two processes never run one key at once, and run each job once', async () => {
  const url = await freshStore()
  const underWay = new Set<string>()
  const ran: string[] = []
  const run = async ({ key }: JobRun): Promise<RunEnd> => {
    expect(underWay.has(key)).toBe(false)
    underWay.add(key)
    await new Promise((resolve) => setTimeout(resolve, 5))
    underWay.delete(key)
    ran.push(key)
    return { kind: 'done' }
  }
  const [first] = [await worker(url, run), await worker(url, run)]
  const keys = Array.from({ length: 30 }, (_, at) => `job ${at}`)
  await first.add(keys.map((key, at) => job(key, `owner ${at % 3}`)))
  await idle(first)
  expect(ran.sort()).toEqual(keys.sort())
})

test('a quiet owner does not wait behind a busy one', async () => {
  const order: string[] = []
  let release = (): void => {}
  const isReleased = new Promise<void>((resolve) => {
    release = resolve
  })
  const queue = await worker(await freshStore(), async ({ key }) => {
    await isReleased
    order.push(key)
    return { kind: 'done' }
  })
  await queue.add(Array.from({ length: 40 }, (_, at) => job(`busy ${at}`, 'busy')))
  await queue.add([job('quiet', 'quiet')])
  release()
  await idle(queue)
  // The two shares of the busy one run at once; then it is the quiet one's turn.
  expect(order.indexOf('quiet')).toBeLessThan(10)
})

test('a job that is put off counts no try, a fault does, and after the last it is put aside until somebody retries it', async () => {
  const tries: number[] = []
  let ends: RunEnd[] = [
    { kind: 'later', delayMs: 10 },
    { kind: 'later', delayMs: 10 },
    { kind: 'buried', reason: 'no use' },
  ]
  const queue = await worker(await freshStore(), async ({ attempt }) => {
    tries.push(attempt)
    return ends.shift() ?? { kind: 'done' }
  })
  await queue.add([job('one')])
  await idle(queue)
  expect(tries).toEqual([1, 1, 1])
  expect(await queue.list()).toMatchObject([{ state: 'buried', key: 'one', error: 'no use' }])
  ends = []
  expect(await queue.retry([])).toBe(1)
  await idle(queue)
  expect(await queue.list()).toEqual([])
})
