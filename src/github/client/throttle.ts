import { type Clock, sleep } from '../clock.ts'
import { GitHubError } from './failure.ts'

/**
 * An installation's own throttle: what one of them asks for never holds up another. Keeps its writes under GitHub's
 * secondary limits (80 a minute, 500 an hour for what makes content), and asks for nothing while GitHub has told it to
 * wait.
 */
export interface Throttle {
  /**
   * Resolves when the request may be sent. Throws {@link GitHubError} when that is not soon: then a job is put off. A
   * `verdict` is tried even while GitHub has told to wait: one request at the end of a review that is done already, and
   * the merge waits for it.
   */
  turn(kind: 'read' | 'write' | 'verdict'): Promise<void>
  /** GitHub told to wait until then, ms since 1970. */
  pause(until: number): void
}

const minute = 60_000
const limits = [
  { most: 60, within: minute },
  { most: 450, within: 60 * minute },
]

/** A job holds its place for so long at most while it waits for its turn, ms. */
const longestWait = 10_000

/** A throttle that nothing was asked of yet. */
export function createThrottle(clock: Clock): Throttle {
  let writes: number[] = []
  let pausedUntil = 0
  let queue: Promise<void> = Promise.resolve()

  const write = async (): Promise<void> => {
    const now = clock.now()
    writes = writes.filter((at) => at > now - 60 * minute)
    const free = limits.map(({ most, within }) => (writes.at(-most) ?? Number.NEGATIVE_INFINITY) + within)
    const until = Math.max(now, ...free)
    if (until - now > longestWait) throw limited('write', until)
    if (until > now) await sleep(clock, until - now)
    writes.push(clock.now())
  }
  return {
    async turn(kind) {
      if (pausedUntil > clock.now() && kind !== 'verdict') throw limited(kind, pausedUntil)
      if (kind === 'read') return
      const mine = queue.then(write)
      queue = mine.catch(() => {})
      await mine
    },
    pause(until) {
      pausedUntil = Math.max(pausedUntil, until)
    },
  }
}

function limited(call: string, retryAt: number): GitHubError {
  return new GitHubError(call, { kind: 'rate limited', retryAt })
}
