import { beforeEach, expect, test } from 'vitest'
import { GitHubError } from '../../../src/github/client/failure.ts'
import { createThrottle, type Throttle } from '../../../src/github/client/throttle.ts'
import { heldClock } from '../../support/clocks.ts'

let clock: ReturnType<typeof heldClock>
let throttle: Throttle

beforeEach(() => {
  clock = heldClock()
  throttle = createThrottle(clock)
})

/** When a turn that is refused may be asked for again, ms from now; null when it is given. */
async function refusal(kind: Parameters<Throttle['turn']>[0]): Promise<number | null> {
  try {
    await throttle.turn(kind)
    return null
  } catch (error) {
    if (!(error instanceof GitHubError) || error.failure.kind !== 'rate limited') throw error
    return error.failure.retryAt - clock.now()
  }
}

async function write(times: number): Promise<(number | null)[]> {
  const ends: (number | null)[] = []
  for (let at = 0; at < times; at++) ends.push(await refusal('write'))
  return ends
}

test('sixty writes go through at once, the next is put off until the minute is over, reads are not held up', async () => {
  expect(new Set(await write(60))).toEqual(new Set([null]))
  clock.pass(1_000)
  expect(await refusal('write')).toBe(59_000)
  expect(await refusal('read')).toBeNull()
  clock.pass(59_000)
  expect(await refusal('write')).toBeNull()
})

test('what is free within ten seconds waits for its turn', async () => {
  await write(60)
  clock.pass(55_000)
  const turn = refusal('write')
  await Promise.resolve()
  clock.pass(5_000)
  expect(await turn).toBeNull()
})

test('an hour takes 450 writes', async () => {
  for (let minute = 0; minute < 9; minute++) {
    await write(50)
    clock.pass(60_000)
  }
  expect(await refusal('write')).toBe(51 * 60_000)
})

test('once GitHub has told to wait nothing goes out but a verdict', async () => {
  throttle.pause(clock.now() + 30_000)
  expect(await refusal('read')).toBe(30_000)
  expect(await refusal('write')).toBe(30_000)
  expect(await refusal('verdict')).toBeNull()
  clock.pass(30_000)
  expect(await refusal('read')).toBeNull()
})
