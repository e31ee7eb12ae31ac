import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { startFakeGitHub } from '../test/support/github/fake-github.ts'
import { startPostgres } from '../test/support/postgres.ts'

/**
 * `npm run bench:hostile`: what strangers send, against one real process: memory of the process that takes events, of its
 * worker, and the slowest answer of `/healthz` meanwhile.
 */
const github = await startFakeGitHub()
const store = await startPostgres({ settings: { max_connections: '100' } })
const main = new URL('../src/cli/main.ts', import.meta.url).pathname
const server = spawn(process.execPath, [main, 'serve'], {
  env: {
    PATH: process.env.PATH,
    APP_ID: String(github.app.id),
    PRIVATE_KEY: github.app.privateKey,
    WEBHOOK_SECRET: github.app.webhookSecret,
    GITHUB_API_URL: github.url,
    HOST: '127.0.0.1',
    PORT: '0',
    LOCKCAST_STORE_URL: store.url,
    LOCKCAST_DATA: mkdtempSync('/tmp/lockcast-hostile-'),
  },
  stdio: ['ignore', 'pipe', 'inherit'],
})
const port = await new Promise<number>((resolve) => {
  let text = ''
  server.stdout.on('data', (part) => {
    text += part
    const found = /"port":(\d+),"webhookPath"/.exec(text)
    if (found) resolve(Number(found[1]))
  })
})
const address = `http://127.0.0.1:${port}`
github.registerWebhook(`${address}/api/github/webhooks`)
const repo = github.repository('acme/shop')
await sleep(5_000)
const lines = (bytes: number, line: (at: number) => string): string => {
  let text = ''
  for (let at = 0; text.length < bytes; at++) text += line(at)
  return text.slice(0, bytes)
}
const MB = 1024 * 1024
const index = lines(4 * MB - 10, (at) => `CREATE INDEX i${at} ON orders (total);\n`)
await watched('idle', () => sleep(3_000))
await watched('80 bodies of 24 MiB with a false signature', () => Promise.all(Array.from({ length: 80 }, unsigned)))
await reviewed(
  '40 copies of one file of 4 MB',
  Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`db/migration/V${at}__a.sql`, index])),
)
await reviewed('4 MB that do not parse', {
  'db/migration/V1__a.sql': lines(4 * MB - 10, (at) => `CREATE INDEXX i${at} ON;;\n`),
})
await reviewed('4 MB in one statement', {
  'db/migration/V1__a.sql': `INSERT INTO orders VALUES ${lines(4 * MB - 100, (at) => `(${at}, 'a'),\n`)}(1, 'a');`,
})
await reviewed('1 MB of DO with EXECUTE', {
  'db/migration/V1__a.sql': lines(MB, (at) => `DO $$ BEGIN EXECUTE 'ALTER TABLE t${at} ADD COLUMN c int'; END $$;\n`),
})
await reviewed('one DO of 500 KB with EXECUTE', {
  'db/migration/V1__a.sql': `DO $$ BEGIN\n${lines(500_000, (at) => `EXECUTE 'CREATE INDEX i${at} ON orders (total)';\n`).replace(/[^\n]*$/, '')}END $$;\n`,
})
server.kill('SIGTERM')
await new Promise((resolve) => server.once('exit', resolve))
await store.stop()
await github.close()
process.exit(0)

async function reviewed(name: string, files: Record<string, string>): Promise<void> {
  const pull = repo.openPullRequest({ files })
  let title = ''
  await watched(name, async () => {
    title = (await repo.completedCheck(pull, 240_000)).output.title ?? ''
  })
  console.log(`  ${title}; ${repo.checkRun(repo.head(pull))?.output.summary?.split('\n')[0]?.slice(0, 200)}`)
}

async function watched(name: string, task: () => Promise<unknown>): Promise<void> {
  const started = performance.now()
  const most = { web: 0, worker: 0, health: 0 }
  let isDone = false
  const watch = (async () => {
    while (!isDone) {
      const asked = performance.now()
      await fetch(`${address}/healthz`, { headers: { connection: 'close' } }).then((response) => response.text())
      most.health = Math.max(most.health, performance.now() - asked)
      most.web = Math.max(most.web, residentMb(server.pid ?? 0))
      for (const pid of childrenOf(server.pid ?? 0)) most.worker = Math.max(most.worker, residentMb(pid))
      await sleep(50)
    }
  })()
  await task()
  isDone = true
  await watch
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  const [web, worker, health] = [most.web, most.worker, most.health].map(Math.round)
  console.log(`${name}: ${seconds} s, takes events ${web} MB, worker ${worker} MB, /healthz at most ${health} ms`)
}

function unsigned(): Promise<void> {
  return new Promise((resolve) => {
    const headers = {
      'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
      'x-github-event': 'push',
      'x-github-delivery': 'a-b-c',
      'content-length': 24 * MB,
    }
    const sent = request(`${address}/api/github/webhooks`, { method: 'POST', headers }, (response) => {
      response.resume().on('close', resolve)
    })
    sent.on('error', () => resolve())
    sent.end(Buffer.alloc(24 * MB))
  })
}

function residentMb(pid: number): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4_096) / MB
  } catch {
    return 0
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number).filter(Boolean)
  } catch {
    return []
  }
}
