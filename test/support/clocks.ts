import type { Clock } from '../../src/github/clock.ts'

/** Clocks for tests: nobody waits for what takes minutes on GitHub. */

interface Timer {
  due: number
  task: () => void
}

/** Whatever is put off is due at once, in its order, and time jumps there. */
export function impatientClock(): Clock & { pending(): number } {
  let skipped = 0
  const now = (): number => Date.now() + skipped
  const timers = new Set<Timer>()
  const fire = (): void => {
    const [next] = [...timers].sort((a, b) => a.due - b.due)
    if (!next) return
    timers.delete(next)
    skipped += Math.max(0, next.due - now())
    next.task()
  }
  return {
    now,
    after(ms, task) {
      const timer = { due: now() + Math.max(0, ms), task }
      timers.add(timer)
      setTimeout(fire, 1)
      return () => void timers.delete(timer)
    },
    pending: () => timers.size,
  }
}

/** Time passes when the test says so. */
export function heldClock(): Clock & { pass(ms: number): void } {
  let now = Date.now()
  const timers = new Set<Timer>()
  return {
    now: () => now,
    after(ms, task) {
      const timer = { due: now + ms, task }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    pass(ms) {
      now += ms
      for (const timer of timers) {
        if (timer.due > now) continue
        timers.delete(timer)
        timer.task()
      }
    },
  }
}
