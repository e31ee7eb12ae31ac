import { expect, test } from 'vitest'
import { type Ask, createBudget, type Urgency } from '../../../src/github/client/budget.ts'
import { heldClock } from '../../support/clocks.ts'

const read = (urgency: Urgency = 'review'): Ask => ({ urgency, points: 1, content: false })
const verdict: Ask = { urgency: 'verdict', points: 5, content: false }
const comment: Ask = { urgency: 'comment', points: 5, content: true }

function budgetOf(processes = 1, limited = true) {
  const clock = heldClock()
  const budget = createBudget(clock, { processes: () => processes, limited })
  const sent: string[] = []
  const times: { at: number; points: number; content: boolean }[] = []
  const start = clock.now()
  const ask = (request: Ask, name: string) =>
    budget.turn(request).then(
      () => {
        sent.push(name)
        times.push({ at: clock.now() - start, points: request.points, content: request.content })
      },
      (error: { failure?: { kind: string } }) => void sent.push(`${name}: ${error.failure?.kind}`),
    )
  /** Time passes in steps, as timers see it. */
  const pass = async (ms: number, step = 500): Promise<void> => {
    for (let passed = 0; passed < ms; passed += step) {
      clock.pass(step)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { budget, clock, ask, sent, times, pass }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a thousand reads at once keep to 900 points in any minute, and none is lost', async () => {
  const { ask, times, pass } = budgetOf()
  for (let at = 0; at < 1_000; at++) void ask(read(), `${at}`)
  await pass(130_000)
  expect(times).toHaveLength(1_000)
  for (const { at: from } of times) {
    const within = times.filter(({ at }) => at >= from && at < from + 60_000)
    expect(within.reduce((sum, { points }) => sum + points, 0)).toBeLessThanOrEqual(900)
  }
})

test('verdicts go before reads, and reads before comments', async () => {
  const { ask, sent, pass } = budgetOf()
  for (let at = 0; at < 880; at++) void ask(read(), 'first')
  await settled()
  sent.splice(0)
  void ask(read('comment'), 'comment')
  void ask(read(), 'review')
  void ask(verdict, 'verdict')
  await pass(70_000)
  // A comment that would wait long gives its place away.
  expect(sent).toEqual(['comment: rate limited', 'verdict', 'review'])
})

test('of what makes content at most 80 go in a minute, and a verdict does not wait behind them', async () => {
  const { ask, sent, times, pass, budget, clock } = budgetOf()
  for (let at = 0; at < 100; at++) void ask(comment, 'comment')
  void ask(verdict, 'verdict')
  await settled()
  expect(times.filter(({ content }) => content).length).toBeLessThanOrEqual(80)
  expect(sent).toContain('verdict')
  expect(budget.commentsDueAt()).toBeGreaterThan(clock.now())
  await pass(62_000)
  expect(budget.commentsDueAt()).toBe(clock.now())
})

test('comments leave half of the points to reviews', async () => {
  const { ask, times } = budgetOf()
  for (let at = 0; at < 900; at++) void ask(read('comment'), 'comment')
  await settled()
  expect(times.length).toBeLessThanOrEqual(450)
})

test('processes that share a budget take their part of it', async () => {
  const { ask, times } = budgetOf(4)
  for (let at = 0; at < 900; at++) void ask(read(), 'read')
  await settled()
  expect(times.length).toBeLessThanOrEqual(900 / 4)
})

test('a server without limits is asked at once', async () => {
  const { ask, times } = budgetOf(1, false)
  for (let at = 0; at < 2_000; at++) void ask(verdict, 'write')
  await settled()
  expect(times).toHaveLength(2_000)
})

test('a short pause is waited for in place, a long one gives the place away, and stopping refuses all', async () => {
  const { ask, sent, pass, budget, clock } = budgetOf()
  budget.pause(clock.now() + 30_000)
  void ask(read(), 'short')
  await settled()
  expect(sent).toEqual([])
  await pass(31_000)
  expect(sent).toEqual(['short'])
  budget.pause(clock.now() + 3_600_000)
  await ask(read(), 'long')
  expect(sent.at(-1)).toBe('long: rate limited')
  budget.stop()
  await ask(verdict, 'late')
  expect(sent.at(-1)).toBe('late: stopping')
})

test('progress is written only while most of the budget is free', async () => {
  const { ask, budget } = budgetOf()
  expect(budget.isFree()).toBe(true)
  for (let at = 0; at < 500; at++) void ask(read(), 'read')
  await settled()
  expect(budget.isFree()).toBe(false)
})
