import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toyCore } from '../github/toy-core.ts'
import { type FakeGitHub, startFakeGitHub } from '../support/github/fake-github.ts'
import { type RunningLockcast, startLockcast } from '../support/github/lockcast.ts'
import { deliveryHeaders } from '../support/github/webhooks.ts'

let github: FakeGitHub
let lockcast: RunningLockcast
const canary = 'canary-in-the-body'
const body = JSON.stringify({ action: 'opened', canary })

beforeAll(async () => {
  github = await startFakeGitHub()
  lockcast = await startLockcast(github, { core: toyCore })
})

afterAll(async () => {
  await lockcast?.close()
  await github?.close()
})

function post(headers: Record<string, string>, text = body) {
  return fetch(lockcast.webhookUrl, { method: 'POST', headers, body: text })
}

function signed(secret = github.app.webhookSecret, text = body, event = 'pull_request') {
  return deliveryHeaders(secret, event, 'some-delivery', text)
}

test('a request without a signature is refused and nothing of its body is logged', async () => {
  const { 'x-hub-signature-256': _, ...headers } = signed()
  expect((await post(headers)).status).toBe(401)
  expect(lockcast.log.join('')).not.toContain(canary)
})

test.each(['development', 'wrong'])(
  'a signature made with the secret %s is refused and nothing of the body is logged',
  async (secret) => {
    const response = await post(signed(secret))
    expect(response.status).toBe(401)
    expect(await response.text()).toBe('{"message":"wrong signature"}')
    expect(lockcast.log.join('')).not.toContain(canary)
    expect(lockcast.log.at(-1)).toContain('wrong signature')
  },
)

test('a signature for another body is refused', async () => {
  expect((await post(signed(), `${body} `)).status).toBe(401)
})

test('a signed body that is not JSON, or is no event we know, does no harm', async () => {
  expect((await post(signed(undefined, 'not json'), 'not json')).status).toBe(400)
  expect((await post(signed(undefined, body, 'star'))).status).toBe(202)
  expect((await post(signed())).status).toBe(202)
  expect((await post(signed(undefined, '[]'), '[]')).status).toBeLessThan(600)
  expect((await fetch(`${lockcast.url}/healthz`)).status).toBe(200)
})

test('an unsigned body is refused before it is read', async () => {
  const answer = await raw('POST', `content-length: ${80 * 1024 * 1024}\r\n`)
  expect(answer).toContain('401')
})

test('a body of more than 25 MB is refused before it is read', async () => {
  const signature = `sha256=${createHmac('sha256', 'x').update('y').digest('hex')}`
  const headers = `x-hub-signature-256: ${signature}\r\nx-github-event: push\r\nx-github-delivery: a\r\n`
  expect(await raw('POST', `${headers}content-length: ${80 * 1024 * 1024}\r\n`)).toContain('413')
  const chunk = `${(1024 * 1024).toString(16)}\r\n${'a'.repeat(1024 * 1024)}\r\n`
  expect(await raw('POST', `${headers}transfer-encoding: chunked\r\n`, chunk.repeat(26))).toContain('413')
})

test('only the webhook path and /healthz answer', async () => {
  expect((await fetch(`${lockcast.url}/`)).status).toBe(404)
  expect((await fetch(`${lockcast.url}/probot`)).status).toBe(404)
  expect((await fetch(lockcast.webhookUrl)).status).toBe(405)
})

test('what was opened while nobody listened is reviewed at the start', async () => {
  const quiet = await startFakeGitHub()
  const repo = quiet.repository('acme/shop')
  const waiting = repo.openPullRequest({ files: { 'migrations/1.sql': '-- high: late\n' } })
  const late = await startLockcast(quiet, { core: toyCore })
  await late.settled()
  expect(repo.mergeAllowed(waiting).reason).toBe('lockcast: failure')
  await late.close()
  await quiet.close()
})

test('a repository the app is installed on later has its open pull requests reviewed', async () => {
  const repo = github.repository('late/shop', { installed: false })
  const pull = repo.openPullRequest({ files: { 'migrations/1.sql': '-- high: late\n' } })
  github.install('late/shop')
  await lockcast.settled()
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
})

test('closing stops listening and ends', async () => {
  const other = await startLockcast(github, { core: toyCore })
  await other.close()
  await expect(fetch(`${other.url}/healthz`)).rejects.toThrow()
  github.registerWebhook(lockcast.webhookUrl)
})

/** What the server answers to a request whose body is not, or only partly, sent. */
function raw(method: string, headers: string, part = ''): Promise<string> {
  const { hostname, port, pathname } = new URL(lockcast.webhookUrl)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${method} ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\n${headers}\r\n${part}`)
    })
    socket.on('data', (data) => {
      answer += String(data)
      socket.destroy()
      resolve(answer)
    })
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)))
  })
}
