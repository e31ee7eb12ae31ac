import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { openDatabase } from '../../src/server/databases.ts'
import { type FakeGitHub, startFakeGitHub } from '../support/github/fake-github.ts'
import { type RunningLockcast, startLockcast } from '../support/github/lockcast.ts'

/** A database that takes connections and never says a word delays its own repositories and no other. */

const sockets: Socket[] = []
/** Connections of the first seconds, of which none is given up before five. */
let most = 0
let firstAt: number | null = null
const silent = createServer((socket) => {
  sockets.push(socket)
  socket.on('error', () => {})
  firstAt ??= Date.now()
  if (Date.now() - firstAt < 3_000) most = sockets.length
})
let github: FakeGitHub
let running: RunningLockcast[]
const migration = { 'db/migration/V1__a.sql': 'CREATE INDEX ON orders (total);\n' }

beforeAll(async () => {
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  github = await startFakeGitHub()
  const databases = [
    {
      name: 'silent',
      from: { kind: 'url' as const, url: `postgres://lockcast@127.0.0.1:${port}/shop` },
      profilePath: null,
      activityUrl: null,
      migrations: null,
      repositories: ['slow-1/*', 'slow-2/*', 'slow-3/*', 'slow-4/*'],
    },
  ]
  // Two processes on one store.
  running = [await startLockcast(github, { databases }), await startLockcast(github, { databases })]
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  for (const lockcast of running) await lockcast.close()
  await github.close()
  silent.close()
})

test('reviews elsewhere are not behind those of its repositories, which fail with the reason; it gets three connections at most', async () => {
  const slow = [1, 2, 3, 4].map((at) => github.repository(`slow-${at}/shop`))
  const waiting = slow.flatMap((repo) =>
    Array.from({ length: 10 }, () => ({ repo, pull: repo.openPullRequest({ files: migration }) })),
  )
  const quick = github.repository('quick/shop')
  const pulls = Array.from({ length: 5 }, () => quick.openPullRequest({ files: { 'docs/a.md': 'a' } }))
  for (const pull of pulls) await quick.completedCheck(pull, 60_000)
  const open = waiting.filter(({ repo, pull }) => repo.checkRun(repo.head(pull))?.status !== 'completed')
  expect(open.length).toBeGreaterThan(0)
  for (const pull of pulls) expect(quick.mergeAllowed(pull).allowed).toBe(true)
  for (const { repo, pull } of waiting) {
    const run = await repo.completedCheck(pull, 120_000)
    expect(run.output.summary).toContain('database')
    expect(run.conclusion).toBe('failure')
  }
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThanOrEqual(3)
})

test('a database that failed twice is left alone, and the answer says since when', async () => {
  const database = {
    name: 'breaking',
    from: { kind: 'snapshot' as const, path: '/nowhere' },
    profilePath: null,
    activityUrl: null,
    migrations: null,
    repositories: [],
  }
  const asked: string[] = []
  const { catalog } = openDatabase(database, (name, _places, question) => {
    asked.push(name)
    return question()
  })
  const needs = { relations: [], cascades: false, code: [] }
  const answers = []
  for (let at = 0; at < 3; at++) answers.push(await catalog?.(needs, defaultPolicy))
  expect(answers.at(-1)).toMatchObject({
    kind: 'unreachable',
    reason: expect.stringContaining('does not answer since'),
  })
  expect(asked).toEqual(['breaking', 'breaking'])
})
