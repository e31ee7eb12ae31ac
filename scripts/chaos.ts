import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createCrowd } from '../test/chaos/crowd.ts'
import { startFleet } from '../test/chaos/servers.ts'
import { startFakeGitHub } from '../test/support/github/fake-github.ts'
import type { Weather } from '../test/support/github/storm.ts'
import { restartPostgres, startPostgres } from '../test/support/postgres.ts'

/**
 * `npm run chaos`: real processes on one store against a GitHub that fails, while they are killed, deployed anew, and the
 * store restarts. Prints figures and everything that is wrong in the end; exit code 1 when something is.
 */
const { values } = parseArgs({
  options: {
    pulls: { type: 'string', default: '500' },
    repositories: { type: 'string', default: '20' },
    installations: { type: 'string', default: '5' },
    processes: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '180' },
    seed: { type: 'string', default: '1' },
    /** Seconds after which jobs that still wait count as wrong. */
    patience: { type: 'string', default: '600' },
  },
})
const count = (name: keyof typeof values): number => Number(values[name])
const random = seeded(count('seed'))
const github = await startFakeGitHub()
const store = await startPostgres({ settings: { max_connections: '200' } })
const silent = await silentDatabase()
const fleet = await startFleet(github, {
  size: count('processes'),
  storeUrl: store.url,
  random,
  env: {
    LOCKCAST_REPLICA_URL: `postgres://lockcast@127.0.0.1:${silent.port}/shop`,
    LOCKCAST_REPLICA_REPOSITORIES: 'owner-0/*',
  },
})
const crowd = createCrowd(github, {
  repositories: count('repositories'),
  installations: count('installations'),
  random,
  silent: 'owner-0',
})
github.registerWebhook(() => fleet.webhookUrl())
github.post = () => {
  const late = random() < 0.2 ? Math.floor(random() * 5_000) : Math.floor(random() * 50)
  return random() < 0.1 ? [late, late + Math.floor(random() * 2_000)] : [late]
}
let faults = 0
github.weather = weather()

const started = Date.now()
const total = count('pulls')
const spell = count('seconds') * 1_000
const events: string[] = []
const disasters = (async () => {
  let next = 0
  while (Date.now() - started < spell) {
    await sleep(spell / 12)
    const kind = next++ % 4
    if (kind === 3) {
      events.push('store restarted')
      await restartPostgres(store)
      continue
    }
    const signal = kind === 1 ? 'SIGTERM' : 'SIGKILL'
    events.push(signal)
    await fleet.replace(next % count('processes'), signal)
  }
})()
for (let opened = 0; opened < total; ) {
  const due = Math.ceil(Math.min(1, (Date.now() - started) / (spell * 0.8)) * total)
  for (; opened < due; opened++) crowd.open()
  crowd.act()
  await sleep((spell * 0.8) / total / 2)
}
await disasters
github.weather = null
github.post = null
await github.delivered()
// As after any deploy: what was missed is found.
for (let at = 0; at < count('processes'); at++) await fleet.replace(at, 'SIGTERM')
const calmAt = Date.now()
const left = await settled()
const problems = [...crowd.problems(), ...left, ...new Set(github.violations)]
const seconds = (from: number, to: number): string => `${Math.round((to - from) / 1_000)} s`
console.log(
  JSON.stringify(
    {
      ...crowd.figures(),
      requests: github.requests.length,
      faults,
      deliveries: github.deliveries.length,
      disasters: Object.fromEntries(
        [...new Set(events)].map((kind) => [kind, events.filter((e) => e === kind).length]),
      ),
      chaos: seconds(started, calmAt),
      afterwards: seconds(calmAt, Date.now()),
      wrong: problems.length,
    },
    null,
    2,
  ),
)
for (const problem of problems.slice(0, 40)) console.log(`wrong: ${problem}`)
await fleet.stop()
await store.stop()
await github.close()
silent.close()
process.exit(problems.length > 0 ? 1 : 0)

/** Waits until no job waits or runs; the ones of the silent database come back with each sweep and are not waited for. */
async function settled(): Promise<string[]> {
  const client = await store.connect()
  const end = Date.now() + count('patience') * 1_000
  let quiet = 0
  let rows: { key: string; state: string }[] = []
  while (Date.now() < end && quiet < 3) {
    await github.delivered()
    const found = await client.query<{ key: string; state: string }>(
      `SELECT key, CASE WHEN locked_at IS NOT NULL THEN 'runs' WHEN attempts >= max_attempts THEN 'was put aside'
         ELSE 'waits' END AS state
       FROM graphile_worker.jobs WHERE key IS NOT NULL OR locked_at IS NOT NULL`,
    )
    rows = found.rows
    quiet = rows.length === 0 ? quiet + 1 : 0
    await sleep(500)
  }
  await client.end()
  return rows.map(({ key, state }) => `the job ${key} ${state}`)
}

/** One request of twenty meets a limit, an outage, or a connection that breaks. */
function weather(): Weather {
  const troubles: ReturnType<Weather>[] = [
    { when: 'before', status: 500 },
    { when: 'before', status: 502 },
    { when: 'after', status: 502 },
    { when: 'after', status: 502 },
    {
      when: 'before',
      status: 403,
      message: 'You have exceeded a secondary rate limit.',
      headers: { 'retry-after': '3' },
    },
    { when: 'before', status: 429, headers: { 'retry-after': '2' } },
    { when: 'before', status: 0 },
    { when: 'after', status: 0 },
  ]
  return () => {
    if (random() > 0.05) return null
    faults++
    return troubles[Math.floor(random() * troubles.length)] ?? null
  }
}

/** A database that takes connections and never says a word. */
async function silentDatabase(): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = (): void => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { port: (server.address() as AddressInfo).port, close }
}

/** The "minimal standard" generator of Park and Miller: the same seed gives the same numbers. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
