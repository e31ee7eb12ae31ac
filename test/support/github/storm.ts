import type { Fault } from './fake-github.ts'

/** What goes wrong with a request, if anything. */
export type Weather = (request: {
  method: string
  path: string
}) => Pick<Fault, 'when' | 'status' | 'message' | 'headers'> | null

const troubles: ReturnType<Weather>[] = [
  { when: 'before', status: 429, headers: { 'retry-after': '30' } },
  { when: 'before', status: 403, message: 'You have exceeded a secondary rate limit.' },
  { when: 'before', status: 403, headers: { 'x-ratelimit-remaining': '0', 'retry-after': '600' } },
  { when: 'before', status: 500 },
  { when: 'before', status: 502 },
  { when: 'after', status: 502 },
  { when: 'after', status: 503 },
]

/** A third of all requests meets a limit or an outage, until so many have; the same seed gives the same storm. */
export function storm(seed: number, most: number): Weather {
  let state = seed
  let left = most
  const random = (): number => {
    // The "minimal standard" generator of Park and Miller.
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  return () => {
    if (left === 0 || random() > 1 / 3) return null
    left--
    return troubles[Math.floor(random() * troubles.length)] ?? null
  }
}
