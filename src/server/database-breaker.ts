import type { CatalogSource } from '../github/core.ts'

/**
 * A database that does not answer is left alone for a while, so that it delays no more reviews: each of its questions
 * would wait for its timeout. After the pause one question is let through.
 */

/** Failures in a row after which a database is left alone. */
const mostFailures = 2

/** How long it is left alone, ms; longer each time, up to the last. */
const pausesMs = [15_000, 30_000, 60_000]

/** Questions that a database is asked at once by this process: its role allows a few connections. */
const mostAtOnce = 3

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

/** Puts a breaker and a limit of connections before a database. */
export function withBreaker(name: string, ask: CatalogSource): CatalogSource {
  const state: State = states.get(name) ?? { failures: 0, since: 0, openUntil: 0 }
  states.set(name, state)
  let running = 0
  const waiting: (() => void)[] = []
  const enter = async (): Promise<void> => {
    if (running >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    running++
  }
  const leave = (): void => {
    running--
    waiting.shift()?.()
  }
  const refused = () => ({
    kind: 'unreachable' as const,
    reason: `The database server does not answer since ${new Date(state.since).toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
    retry: 'When it answers again, press Re-run.',
  })
  return async (needs, policy) => {
    if (state.openUntil > Date.now()) return refused()
    await enter()
    try {
      // Who waited for its turn learned meanwhile that there is no answer.
      if (state.openUntil > Date.now()) return refused()
      const facts = await ask(needs, policy)
      if (facts.kind !== 'unreachable') {
        Object.assign(state, { failures: 0, since: 0, openUntil: 0 })
        return facts
      }
      if (state.failures === 0) state.since = Date.now()
      state.failures++
      const pause = pausesMs[Math.min(state.failures - mostFailures, pausesMs.length - 1)]
      if (state.failures >= mostFailures && pause !== undefined) state.openUntil = Date.now() + pause
      return facts
    } finally {
      leave()
    }
  }
}
