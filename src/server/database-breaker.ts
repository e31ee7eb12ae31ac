/**
 * A database that does not answer is left alone for a while, so that it delays no more reviews: each of its questions
 * would wait for its timeout. After the pause one question is let through.
 */

/** Failures in a row after which a database is left alone. */
const mostFailures = 2

/** How long it is left alone, ms; longer each time, up to the last. */
const pausesMs = [15_000, 30_000, 60_000]

/** Connections to a database at once, over all processes: its role allows a few. */
const mostConnections = 3

interface State {
  failures: number
  since: number
  /** ms since 1970; 0: closed. */
  openUntil: number
}

const states = new Map<string, State>()

/** The problem of a database for `/readyz`; null while it answers. */
export function breakerProblem(name: string): string | null {
  const state = states.get(name)
  if (!state || state.failures === 0) return null
  return `does not answer since ${new Date(state.since).toISOString()}`
}

/** Runs a question while it holds one of the connections that a database may have, over all processes. */
export type Connections = <T>(name: string, most: number, question: () => Promise<T>) => Promise<T>

interface Unreachable {
  kind: 'unreachable'
  reason: string
  retry: string
}

/**
 * Puts a breaker and a limit of connections before a database. A question waits in its process first, so that no more
 * of them ask for a place among all processes than this one may use.
 */
export function withBreaker<Asked extends unknown[], Facts extends { kind: string }>(
  name: string,
  connections: Connections,
  ask: (...asked: Asked) => Promise<Facts | Unreachable>,
): (...asked: Asked) => Promise<Facts | Unreachable> {
  const state: State = states.get(name) ?? { failures: 0, since: 0, openUntil: 0 }
  states.set(name, state)
  const isOpen = (): boolean => state.openUntil > Date.now()
  const refused = (): Unreachable => ({
    kind: 'unreachable',
    reason: `The database server does not answer since ${new Date(state.since).toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
    retry: 'When it answers again, press Re-run.',
  })
  const noted = (facts: Facts | Unreachable): Facts | Unreachable => {
    if (facts.kind !== 'unreachable') {
      Object.assign(state, { failures: 0, since: 0, openUntil: 0 })
      return facts
    }
    if (state.failures === 0) state.since = Date.now()
    state.failures++
    const pause = pausesMs[Math.min(state.failures - mostFailures, pausesMs.length - 1)]
    if (state.failures >= mostFailures && pause !== undefined) state.openUntil = Date.now() + pause
    return facts
  }
  const inTurn = createTurns(mostConnections)
  return async (...asked) => {
    if (isOpen()) return refused()
    return inTurn(async () => {
      // Who waited for its turn learned meanwhile that there is no answer.
      if (isOpen()) return refused()
      return connections(name, mostConnections, async () => (isOpen() ? refused() : noted(await ask(...asked))))
    })
  }
}

/** Runs so many tasks at once, in the order in which they came. */
function createTurns(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (task) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    running++
    try {
      return await task()
    } finally {
      running--
      waiting.shift()?.()
    }
  }
}
