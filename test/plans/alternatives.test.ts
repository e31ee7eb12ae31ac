import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { planCases } from './cases.ts'
import { planStage } from './try-plan.ts'

/**
 * A sample of `npm run alternatives`: every forty-first case is followed on a server, with a reader and a writer at work.
 * `.ci/run` takes every fifth, in a step of its own, since each case takes seconds.
 */
const every = Number(process.env.PLANS_EVERY ?? 41)
const sample = planCases.filter((_, at) => at % every === 0)

let server: PostgresServer
let stage: Awaited<ReturnType<typeof planStage>>

beforeAll(async () => {
  server = await startPostgres()
  stage = await planStage(server)
})

afterAll(() => server?.stop())

test.each(sample)('$name: $planCase.sql', async ({ planCase }) => {
  const outcome = await stage.run(planCase, await stage.original(planCase), { clock: false })
  expect(outcome.kind === 'wrong' ? outcome : null).toBeNull()
})
