import nock from 'nock'
import type { ProbotOctokit } from 'probot'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Octokit, requestOptions } from '../../../src/github/client/app-client.ts'
import { createBudget } from '../../../src/github/client/budget.ts'
import { budgeted } from '../../../src/github/client/budgeted.ts'
import { type Failure, GitHubError } from '../../../src/github/client/failure.ts'
import type { RepositoryClient } from '../../../src/github/client/port.ts'
import { createRecentAnswers } from '../../../src/github/client/recent-answers.ts'
import { createRepositoryClient } from '../../../src/github/client/repository-client.ts'
import { wallClock } from '../../../src/github/clock.ts'

/** What single calls make of GitHub's errors. Whole ways through the app stand in the tests with the fake. */

const now = Date.now()
let client: RepositoryClient

beforeEach(() => {
  nock.disableNetConnect()
  const octokit: ProbotOctokit = new Octokit({ auth: { token: 'secret-token' }, request: requestOptions })
  // A budget each: what one test is told to wait for is not the next one's.
  const budget = createBudget(wallClock, { processes: () => 1, limited: true })
  client = createRepositoryClient(
    budgeted(octokit, { budget, urgency: 'review', clock: wallClock }),
    { owner: 'acme', repo: 'shop', appId: 1 },
    { clock: wallClock, budget },
    { answers: createRecentAnswers(wallClock.now), notBefore: 0, policyNotBefore: 0 },
  )
})

afterEach(() => {
  expect(nock.pendingMocks()).toEqual([])
  nock.cleanAll()
})

const api = () => nock('https://api.github.com')
const blob = '/repos/acme/shop/git/blobs/abc'

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof GitHubError)) throw new Error(`not a GitHubError: ${String(error)}`)
  expect(JSON.stringify({ ...error, message: error.message })).not.toContain('secret-token')
  return error.failure
}

test.each<{ status: number; body?: object; headers?: Record<string, string>; kind: Failure['kind'] }>([
  { status: 404, kind: 'not found' },
  { status: 410, kind: 'not found' },
  { status: 401, kind: 'unauthorized' },
  { status: 403, body: { message: 'Resource not accessible by integration' }, kind: 'forbidden' },
  { status: 403, body: { message: 'You have exceeded a secondary rate limit.' }, kind: 'rate limited' },
  { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9999999999' }, kind: 'rate limited' },
  { status: 429, kind: 'rate limited' },
  { status: 422, kind: 'refused' },
])('$status $body $headers means $kind', async ({ status, body, headers, kind }) => {
  api()
    .get(blob)
    .reply(status, body ?? {}, headers)
  expect((await failureOf(client.blob('abc'))).kind).toBe(kind)
})

test('a limit with retry-after ends when GitHub says', async () => {
  api().get(blob).reply(403, {}, { 'retry-after': '30' })
  const failure = await failureOf(client.blob('abc'))
  if (failure.kind !== 'rate limited') throw new Error(failure.kind)
  expect(failure.retryAt).toBeGreaterThanOrEqual(now + 30_000)
})

test('a read is tried three times while GitHub is unavailable', async () => {
  api().get(blob).times(3).reply(502)
  expect(await failureOf(client.blob('abc'))).toEqual({ kind: 'unavailable', status: 502 })
})

test('a connection that breaks counts as unavailable', async () => {
  api().get(blob).times(3).replyWithError('socket hang up')
  expect((await failureOf(client.blob('abc'))).kind).toBe('unavailable')
})

test('a write is sent once, whatever is answered', async () => {
  api().post('/repos/acme/shop/issues/7/comments').reply(502)
  expect((await failureOf(client.createComment(7, 'hello'))).kind).toBe('unavailable')
})

test('a file that is not there is null, not an error', async () => {
  api().get('/repos/acme/shop/contents/.github%2Flockcast.yml?ref=heads%2Fmain').reply(404)
  expect(await client.file('.github/lockcast.yml', 'main')).toBeNull()
})
