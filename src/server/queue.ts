import { type Clock, wallClock } from '../github/clock.ts'
import { type Job, type JobEnd, jobKey, mergeJobs } from '../github/jobs/job.ts'

/** Takes jobs and runs them. One key is never run twice at once; what comes in meanwhile runs afterwards, merged. */
interface Queue {
  add(job: Job): void
  /** Resolves when nothing is waiting or running; jobs put off to a later time do not count. */
  idle(): Promise<void>
  /** Takes no more, and resolves when what runs has ended or `withinMs` have passed. */
  close(withinMs: number): Promise<void>
}

/**
 * A job that has to run again and again waits longer each time, up to this, ms. It is never given up: a check that never
 * arrives is worse than a late one.
 */
const longestPause = 15 * 60_000

interface Entry {
  job: Job
  attempts: number
}

/** A queue in this process: nothing survives its end. */
export function createMemoryQueue(
  run: (job: Job) => Promise<JobEnd>,
  concurrency: number,
  clock: Clock = wallClock,
): Queue {
  const waiting = new Map<string, Entry>()
  const running = new Map<string, Promise<void>>()
  const later = new Map<string, { entry: Entry; cancel: () => void }>()
  let closed = false
  let wakeIdle: (() => void)[] = []

  const put = (entry: Entry): void => {
    const key = jobKey(entry.job)
    const known = waiting.get(key) ?? takeBack(key)
    waiting.set(key, known ? { job: mergeJobs(known.job, entry.job), attempts: known.attempts } : entry)
    next()
  }
  const next = (): void => {
    for (const [key, entry] of waiting) {
      if (closed || running.size >= concurrency) break
      if (running.has(key)) continue
      waiting.delete(key)
      running.set(key, start(key, entry))
    }
    if (waiting.size === 0 && running.size === 0) {
      for (const wake of wakeIdle) wake()
      wakeIdle = []
    }
  }
  const start = async (key: string, entry: Entry): Promise<void> => {
    const end = await run(entry.job)
    running.delete(key)
    if (end.kind === 'again' && !closed) {
      // What came in meanwhile runs at once and takes this along.
      if (waiting.has(key)) put(entry)
      else putOff(key, entry, end.at)
    }
    next()
  }
  const putOff = (key: string, entry: Entry, at: number): void => {
    const pause = entry.attempts === 0 ? 0 : Math.min(2 ** entry.attempts * 10_000, longestPause)
    const again = { job: entry.job, attempts: entry.attempts + 1 }
    const cancel = clock.after(Math.max(at - clock.now(), pause), () => {
      later.delete(key)
      put(again)
    })
    later.set(key, { entry: again, cancel })
  }
  /** What was put off goes along with what comes in now; what it knew of labels and heads is not lost. */
  const takeBack = (key: string): Entry | undefined => {
    const known = later.get(key)
    known?.cancel()
    later.delete(key)
    return known?.entry
  }

  return {
    add(job) {
      if (!closed) put({ job, attempts: 0 })
    },
    idle: () => {
      if (waiting.size === 0 && running.size === 0) return Promise.resolve()
      return new Promise((resolve) => wakeIdle.push(resolve))
    },
    async close(withinMs) {
      closed = true
      waiting.clear()
      for (const { cancel } of later.values()) cancel()
      // Keeps the process alive: a job that waits for GitHub has only timers that do not, and would be cut off.
      let timer: NodeJS.Timeout | undefined
      const bound = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, withinMs)
      })
      await Promise.race([Promise.all(running.values()), bound])
      clearTimeout(timer)
    },
  }
}
