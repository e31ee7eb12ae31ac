/** Time as the app sees it; tests hand in one that runs faster. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs the task once, `ms` from now; what is returned calls it off. */
  after(ms: number, task: () => void): () => void
}

/** Timers cannot wait longer than this, ms. */
const longestWait = 2 ** 31 - 1

/** Keeps no process alive: the server has its sockets for that. */
export const wallClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = timerFor(ms, task)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Keeps the process alive while something waits, for a command that has nothing else to do meanwhile. */
export const waitingClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = timerFor(ms, task)
    return () => clearTimeout(timer)
  },
}

function timerFor(ms: number, task: () => void): NodeJS.Timeout {
  return setTimeout(task, Math.min(Math.max(0, ms), longestWait))
}

/** Resolves so many ms from now, by the clock. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve))
}
