import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FakeGitHub, startFakeGitHub } from '../support/github/fake-github.ts'

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
const folder = openFolder(join(tmpdir(), 'lockcast-serve-'))
let github: FakeGitHub
beforeAll(async () => {
  github = await startFakeGitHub()
})
afterAll(async () => {
  await github.close()
  rmSync(folder, { recursive: true, force: true })
})

test('each missing setting is a line on standard error and the exit code is 2', async () => {
  const server = serve({})
  const [code, , errors] = await ended(server)
  expect(code).toBe(2)
  expect(errors.trim().split('\n')).toEqual([
    expect.stringMatching(/^lockcast: APP_ID is missing/),
    expect.stringMatching(/^lockcast: PRIVATE_KEY or PRIVATE_KEY_PATH is missing/),
    expect.stringMatching(/^lockcast: WEBHOOK_SECRET is missing/),
  ])
})

test('a key that GitHub does not accept, or a port that is taken, is a line on standard error and the exit code is 2', async () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const foreign = String(other.export({ type: 'pkcs1', format: 'pem' }))
  const taken = new URL(github.url).port
  const wrong: Record<string, string>[] = [{ PRIVATE_KEY: foreign }, { APP_ID: '99' }, { PORT: taken }]
  const starts = wrong.map((setting) => ended(serve({ ...settings(), ...setting })))
  for (const [code, , errors] of await Promise.all(starts)) {
    expect(code).toBe(2)
    expect(errors).toMatch(/^lockcast: (GitHub does not accept APP_ID with this|HOST .* cannot be listened on).*\n$/)
  }
})

test('serves until it is told to stop, and hears no unsigned event', async () => {
  const server = serve(settings())
  const end = ended(server)
  const port = await listening(server)
  const url = `http://127.0.0.1:${port}`
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  const unsigned = await fetch(`${url}/api/github/webhooks`, { method: 'POST', body: '{"secret":"words"}' })
  expect(unsigned.status).toBe(401)
  server.kill('SIGTERM')
  const [code, log, errors] = await end
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(log).not.toContain('words')
})

test('one port serves the metrics of the web server and of the jobs that its worker runs', async () => {
  const port = await freePort()
  const server = serve({ ...settings(), LOCKCAST_METRICS_PORT: String(port) })
  const end = ended(server)
  await listening(server)
  // The worker counts its first job, the look at all open pull requests.
  await expect
    .poll(async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), { timeout: 300_000 })
    .toMatch(/^lockcast_job_seconds_count\{kind="start".*\} [1-9]/m)
  server.kill('SIGTERM')
  expect((await end)[0]).toBe(0)
})

/** PostgreSQL does not run as root: its user must be able to enter. */
function openFolder(prefix: string): string {
  const path = mkdtempSync(prefix)
  chmodSync(path, 0o755)
  return path
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function settings(): Record<string, string> {
  return {
    APP_ID: String(github.app.id),
    PRIVATE_KEY: github.app.privateKey,
    WEBHOOK_SECRET: github.app.webhookSecret,
    GITHUB_API_URL: github.url,
    HOST: '127.0.0.1',
    PORT: '0',
    LOCKCAST_DATA: openFolder(join(folder, 'data-')),
  }
}

function serve(settings: Record<string, string>): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [main, 'serve'], { env: { PATH: process.env.PATH, ...settings } })
}

/** The port that the log names. */
async function listening(server: ChildProcessWithoutNullStreams): Promise<number> {
  let text = ''
  for await (const part of server.stdout.iterator({ destroyOnReturn: false })) {
    text += part
    const port = /"port":(\d+)/.exec(text)?.[1]
    if (port) return Number(port)
  }
  throw new Error(`it did not start: ${text}`)
}

/** Exit code, standard output and standard error. */
function ended(server: ChildProcessWithoutNullStreams): Promise<[number | null, string, string]> {
  const texts = { out: '', err: '' }
  server.stdout.on('data', (part) => {
    texts.out += part
  })
  server.stderr.on('data', (part) => {
    texts.err += part
  })
  return new Promise((resolve) => server.once('close', (code) => resolve([code, texts.out, texts.err])))
}
