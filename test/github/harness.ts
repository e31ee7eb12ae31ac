import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { CatalogSource, Core } from '../../src/github/core.ts'
import type { Database } from '../../src/server/databases.ts'
import { type FakeGitHub, startFakeGitHub } from '../support/github/fake-github.ts'
import { type RunningLockcast, startLockcast } from '../support/github/lockcast.ts'
import type { RepositoryOptions } from '../support/github/populate.ts'
import type { FakeRepository } from '../support/github/repository.ts'

/** A fake GitHub and the real app for one test file. Every request of the app must fit GitHub's description. */
export interface Harness {
  github: FakeGitHub
  lockcast: RunningLockcast
  /** A new repository with one person for each role, and an owner of its own: limits are the installation's. */
  repository(options?: RepositoryOptions): FakeRepository
  settled(): Promise<void>
}

/** `core` null: the real one. */
export function harness(core: Core | null, options: { connect?: () => CatalogSource } = {}): Harness {
  let github: FakeGitHub | null = null
  let lockcast: RunningLockcast | null = null
  let count = 0
  beforeAll(async () => {
    github = await startFakeGitHub()
    const databases: Database[] = options.connect
      ? [
          {
            name: 'shop',
            from: { kind: 'url', url: 'postgres://nowhere' },
            profilePath: null,
            repositories: ['acme-1/*'],
          },
        ]
      : []
    lockcast = await startLockcast(github, { ...(core ? { core } : {}), databases, ...options })
    await lockcast.settled()
  })
  afterEach(() => expect(github?.violations.splice(0)).toEqual([]))
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
    settled: () => started(lockcast).settled(),
  }
}

/** A migration of the toy core with one blocking finding on line 2. */
export const dangerous = { 'migrations/1.sql': 'SELECT 1;\n-- high: blocks writes\nSELECT 2;\n' }

export const harmless = { 'migrations/1.sql': 'SELECT 1;\nSELECT 2;\n' }
