/** Time as the app sees it; tests hand in one that runs faster. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs the task once, `ms` from now; what is returned calls it off. Keeps no process alive. */
  after(ms: number, task: () => void): () => void
}

/** Timers cannot wait longer than this, ms. */
const longestWait = 2 ** 31 - 1

export const wallClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, Math.min(Math.max(0, ms), longestWait))
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve))
}
