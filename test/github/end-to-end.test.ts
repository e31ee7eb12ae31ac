import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FakeGitHub, startFakeGitHub } from '../support/github/fake-github.ts'
import { type RunningLockcast, startLockcast } from '../support/github/lockcast.ts'
import type { FakeRepository } from '../support/github/repository.ts'
import { toyCore } from './toy-core.ts'

let github: FakeGitHub
let lockcast: RunningLockcast
let repo: FakeRepository
let count = 0

beforeAll(async () => {
  github = await startFakeGitHub()
  lockcast = await startLockcast(github, toyCore)
})

afterAll(async () => {
  await lockcast?.close()
  await github?.close()
})

beforeEach(() => {
  repo = github.repository(`acme/shop${++count}`, {
    roles: {
      mia: 'maintain',
      tom: 'triage',
      will: 'write',
      ada: 'admin',
      cora: { custom: 'release', base: 'maintain' },
    },
  })
})

afterEach(() => expect(github.violations).toEqual([]))

const dangerous = { 'migrations/1.sql': 'SELECT 1;\n-- high: blocks writes\nSELECT 2;\n' }

describe('the check', () => {
  test('a dangerous migration blocks the merge, with one comment on its line and one summary', async () => {
    const pull = repo.openPullRequest({ files: dangerous })
    await lockcast.settled()
    expect(repo.mergeAllowed(pull)).toEqual({ allowed: false, reason: 'lockcast: failure' })
    expect(repo.reviewComments(pull)).toMatchObject([
      { path: 'migrations/1.sql', line: 2, author: { login: 'lockcast[bot]' } },
    ])
    expect(repo.comments(pull)).toHaveLength(1)
    expect(repo.checkRuns(repo.head(pull))).toHaveLength(1)
  })

  test('a pull request without a migration gets a completed success and no comment', async () => {
    const pull = repo.openPullRequest({ files: { 'src/a.ts': 'export {}\n' } })
    await lockcast.settled()
    expect(repo.mergeAllowed(pull).allowed).toBe(true)
    expect(repo.checkRun(repo.head(pull))?.output.title).toBe('No migration changed')
    expect(repo.comments(pull)).toEqual([])
  })
})
