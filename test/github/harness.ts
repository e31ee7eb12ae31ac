import { Probot } from 'probot'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { createAppClient, Octokit, requestOptions } from '../../src/github/client/app-client.ts'
import type { RepositoryClient } from '../../src/github/client/port.ts'
import { type Clock, wallClock } from '../../src/github/clock.ts'
import type { Core, RepositoryDatabase } from '../../src/github/core.ts'
import type { Database } from '../../src/server/databases.ts'
import { createLog } from '../../src/server/log.ts'
import type { impatientClock } from '../support/clocks.ts'
import { type FakeGitHub, startFakeGitHub } from '../support/github/fake-github.ts'
import { type RunningLockcast, startLockcast } from '../support/github/lockcast.ts'
import type { RepositoryOptions } from '../support/github/populate.ts'
import type { FakeRepository } from '../support/github/repository.ts'

/** A fake GitHub and the real app for one test file. Every request of the app must fit GitHub's description. */
interface Harness {
  github: FakeGitHub
  lockcast: RunningLockcast
  /** A new repository with one person for each role, and an owner of its own: limits are the installation's. */
  repository(options?: RepositoryOptions): FakeRepository
  settled(): Promise<void>
  /** The repository as the app sees it. */
  client(repo: FakeRepository): Promise<RepositoryClient>
  /** The server ends and starts again. */
  restart(): Promise<void>
  /** Runs SQL in the server's store. */
  store(sql: string): Promise<void>
}

/** `core` null: the real one. */
export function harness(
  core: Core | null,
  options: {
    connect?: () => Pick<RepositoryDatabase, 'catalog' | 'activity'>
    clock?: Clock | ReturnType<typeof impatientClock>
    shorten?: (ms: number) => number
  } = {},
): Harness {
  let github: FakeGitHub | null = null
  let lockcast: RunningLockcast | null = null
  let count = 0
  const databases: Database[] = options.connect
    ? [
        {
          name: 'shop',
          from: { kind: 'url', url: 'postgres://nowhere' },
          profilePath: null,
          activityUrl: null,
          migrations: null,
          repositories: ['acme-1/*'],
        },
      ]
    : []
  const start = async (on: FakeGitHub): Promise<RunningLockcast> => {
    const { clock } = options
    // With a clock that jumps, time passes there and what is put off comes at once.
    const shorten = (ms: number): number => {
      clock?.after(ms, () => {})
      return Math.min(ms, 20)
    }
    const jumps = clock && 'pending' in clock ? { shorten } : {}
    const running = await startLockcast(on, { ...(core ? { core } : {}), databases, ...jumps, ...options })
    await running.settled()
    return running
  }
  beforeAll(async () => {
    github = await startFakeGitHub()
    lockcast = await start(github)
  })
  afterEach(() => {
    expect(github?.violations.splice(0)).toEqual([])
    // GitHub lets `neutral` and `skipped` pass.
    expect(github?.conclusions()).toEqual(expect.not.arrayContaining(['neutral', 'skipped']))
  })
  afterAll(async () => {
    await lockcast?.close()
    await github?.close()
  })
  const started = <T>(part: T | null): T => {
    if (part === null) throw new Error('not started')
    return part
  }
  return {
    get github() {
      return started(github)
    },
    get lockcast() {
      return started(lockcast)
    },
    repository: (extra) =>
      started(github).repository(`acme-${++count}/shop`, {
        roles: {
          mia: 'maintain',
          ada: 'admin',
          tom: 'triage',
          will: 'write',
          cora: { custom: 'release manager', base: 'maintain' },
        },
        ...extra,
      }),
    async settled() {
      const { settled } = started(lockcast)
      const { clock } = options
      await settled()
      while (clock && 'pending' in clock && clock.pending() > 0) {
        await new Promise((resolve) => setTimeout(resolve, 2))
        await settled()
      }
    },
    client: (repo) => appClientOf(started(github), repo),
    store: (sql) => started(lockcast).store(sql),
    async restart() {
      await started(lockcast).close()
      lockcast = await start(started(github))
    },
  }
}

async function appClientOf(github: FakeGitHub, repo: FakeRepository): Promise<RepositoryClient> {
  const { id: appId, privateKey, webhookSecret: secret } = github.app
  const log = createLog('error')
  const probot = new Probot({ appId, privateKey, secret, Octokit, request: requestOptions, baseUrl: github.url, log })
  await probot.ready()
  const { owner, name, installation } = repo.state
  return createAppClient(probot, appId, wallClock, { processes: () => 1, limited: false }).repository(
    installation?.id ?? 0,
    owner.login,
    name,
  )
}

/** A migration of the toy core with one blocking finding on line 2. */
export const dangerous = { 'migrations/1.sql': 'SELECT 1;\n-- high: blocks writes\nSELECT 2;\n' }

export const harmless = { 'migrations/1.sql': 'SELECT 1;\nSELECT 2;\n' }
