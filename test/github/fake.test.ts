import { Probot } from 'probot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAppClient, Octokit, requestOptions } from '../../src/github/client/app-client.ts'
import { GitHubError } from '../../src/github/client/failure.ts'
import type { RepositoryClient } from '../../src/github/client/port.ts'
import { wallClock } from '../../src/github/clock.ts'
import { createLog } from '../../src/server/log.ts'
import { type FakeGitHub, startFakeGitHub } from '../support/github/fake-github.ts'
import type { FakeRepository } from '../support/github/repository.ts'

/** The fake is as strict as GitHub where it counts; otherwise the other tests would prove nothing. */

let github: FakeGitHub
let repo: FakeRepository
let client: RepositoryClient
let pull: number

async function clientOf(fake: FakeGitHub): Promise<RepositoryClient> {
  const { id, privateKey, webhookSecret: secret } = fake.app
  const log = createLog('error')
  const probot = new Probot({ appId: id, privateKey, secret, Octokit, request: requestOptions, baseUrl: fake.url, log })
  await probot.ready()
  const app = createAppClient(probot, id, wallClock, { processes: () => 1, limited: false })
  const [installation] = await app.installations()
  return app.repository(installation ?? 0, 'acme', 'shop')
}

beforeAll(async () => {
  github = await startFakeGitHub()
  repo = github.repository('acme/shop', { roles: { mia: 'maintain' } })
  pull = repo.openPullRequest({ files: { 'a.sql': 'SELECT 1;\nSELECT 2;\n' } })
  client = await clientOf(github)
})

afterAll(() => github?.close())

async function statusOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return error instanceof GitHubError ? error.failure.kind : 'ok'
}

const running = (summary: string) => ({ status: 'in_progress', output: { title: 't', summary } }) as const

const comment = (line: number, startLine: number | null = null) => ({ path: 'a.sql', body: 'hello', line, startLine })

describe('a review', () => {
  test('with one anchor outside the hunks is lost as a whole', async () => {
    expect(await statusOf(client.createReview(pull, repo.head(pull), [comment(1), comment(9)]))).toBe('refused')
    expect(repo.reviewComments(pull)).toEqual([])
  })

  test('over lines of one hunk is kept', async () => {
    expect(await statusOf(client.createReview(pull, repo.head(pull), [comment(2, 1)]))).toBe('ok')
    expect(repo.reviewComments(pull)).toMatchObject([{ startLine: 1, line: 2 }])
  })
})

describe('a check', () => {
  test('takes 65,535 bytes and not one more, whatever the number of characters', async () => {
    const run = await client.createCheckRun(repo.head(pull), 'x', running('é'.repeat(32_767)))
    const change = (summary: string) => client.updateCheckRun(run.id, running(summary))
    expect(await statusOf(change('é'.repeat(32_768)))).toBe('refused')
    expect(await statusOf(change(`${'é'.repeat(32_767)}a`))).toBe('ok')
  })

  test('of the head has to be completed before the merge is allowed', () => {
    expect(repo.mergeAllowed(pull)).toEqual({ allowed: false, reason: 'lockcast is in_progress' })
  })
})

test('maintain is told as write in the old field, and by its name', async () => {
  expect(await client.role('mia')).toEqual({ name: 'maintain', mayOverride: true, mayWrite: true })
  const other = await startFakeGitHub()
  const { body } = await roleAnswer(other)
  expect(body).toMatchObject({ permission: 'write', role_name: 'maintain', user: { permissions: { maintain: true } } })
  await other.close()
})

async function roleAnswer(fake: FakeGitHub): Promise<{ body: unknown }> {
  fake.repository('acme/shop', { roles: { mia: 'maintain' } })
  const answers: unknown[] = []
  const { id, privateKey, webhookSecret: secret } = fake.app
  const listening = async (url: string, init: RequestInit) => {
    const response = await fetch(url, init)
    answers.push(await response.clone().json())
    return response
  }
  const probot = new Probot({
    appId: id,
    privateKey,
    secret,
    Octokit,
    request: { fetch: listening },
    baseUrl: fake.url,
    log: createLog('error'),
  })
  await probot.ready()
  const app = createAppClient(probot, id, wallClock, { processes: () => 1, limited: false })
  const [installation] = await app.installations()
  await (await app.repository(installation ?? 0, 'acme', 'shop')).role('mia')
  return { body: answers.at(-1) }
}

test('a request beyond the granted permissions is refused', async () => {
  const poor = await startFakeGitHub({ permissions: { metadata: 'read', pull_requests: 'read' } })
  const shop = poor.repository('acme/shop')
  const number = shop.openPullRequest({ files: { 'a.sql': 'SELECT 1;\n' } })
  const reader = await clientOf(poor)
  expect(await statusOf(reader.pullRequest(number))).toBe('ok')
  expect(await statusOf(reader.createComment(number, 'hello'))).toBe('forbidden')
  expect(await statusOf(reader.createCheckRun(shop.head(number), 'x', running('s')))).toBe('forbidden')
  await poor.close()
})

test('a request that the description does not know is noticed', async () => {
  const before = github.violations.length
  await fetch(`${github.url}/repos/acme/shop/unknown`)
  expect(github.violations.splice(before)).toEqual(['GET /repos/acme/shop/unknown is not an operation in use'])
  expect(github.violations).toEqual([])
})
