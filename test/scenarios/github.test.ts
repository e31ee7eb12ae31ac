import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { databaseSource } from '../../src/server/databases.ts'
import { closedPort } from '../support/closed-port.ts'
import { type FakeGitHub, startFakeGitHub } from '../support/github/fake-github.ts'
import { type RunningLockcast, startLockcast } from '../support/github/lockcast.ts'
import type { FakeRepository } from '../support/github/repository.ts'
import { activityOf, readScenarios, type Scenario } from '../support/scenarios.ts'
import { readShop } from '../support/shop.ts'

/**
 * Every scenario as a pull request on the fake GitHub, reviewed by the real app: whether it may be merged, and a comment
 * on the line of each finding worth one. Each repository has an owner of its own, since writes are paced for each
 * installation. A history from nothing is not what the app reviews.
 */
const scenarios = readScenarios().filter((scenario) => scenario.catalog !== 'empty')
const fullName = (name: string) => `acme-${name}/shop`
const namesWith = (catalog: Scenario['catalog']) =>
  scenarios.flatMap((scenario) => (scenario.catalog === catalog && !scenario.activity ? [fullName(scenario.name)] : []))
const shop = {
  from: { kind: 'url' as const, url: 'postgres://nowhere' },
  profilePath: null,
  activityUrl: null,
  migrations: null,
}

let github: FakeGitHub
let lockcast: RunningLockcast

beforeAll(async () => {
  const snapshot = readShop()
  const url = `postgres://reader:hidden@127.0.0.1:${await closedPort()}/shop`
  github = await startFakeGitHub()
  lockcast = await startLockcast(github, {
    databases: [
      ...scenarios
        .filter((scenario) => scenario.activity)
        .map((scenario) => ({ ...shop, name: scenario.name, repositories: [fullName(scenario.name)] })),
      { ...shop, name: 'shop', repositories: namesWith('shop') },
      {
        name: 'dark',
        from: { kind: 'url', url },
        profilePath: null,
        activityUrl: null,
        migrations: null,
        repositories: namesWith('unreachable'),
      },
    ],
    connect: (database) => {
      if (database.name === 'dark') return { catalog: databaseSource(database), activity: null }
      const scenario = scenarios.find((scenario) => scenario.name === database.name)
      const activity = scenario?.activity ? activityOf(scenario.activity) : null
      return { catalog: async () => ({ kind: 'replica', snapshot }), activity: activity && (async () => activity) }
    },
  })
})

afterAll(async () => {
  await lockcast?.close()
  await github?.close()
})

describe.each(scenarios)('$name: $given', (scenario) => {
  test('the pull request gets the right answer', async () => {
    const repo = github.repository(fullName(scenario.name), {
      files: { ...scenario.base, ...policyOf(scenario) },
    })
    const removed = Object.fromEntries(scenario.removes.map((path) => [path, null]))
    const pull = repo.openPullRequest({ files: { ...scenario.files, ...removed } })
    await lockcast.settled()
    expect(repo.mergeAllowed(pull)).toEqual({
      allowed: scenario.verdict === 'pass',
      reason: `lockcast: ${scenario.verdict === 'pass' ? 'success' : 'failure'}`,
    })
    expect(placesOf(repo, pull)).toEqual(commentedPlaces(scenario))
    expect(lacking(scenario, repo, pull)).toEqual([])
    expect(github.violations.splice(0)).toEqual([])
  })
})

function policyOf({ policy, postgres }: Scenario): Record<string, string> {
  const all = { ...policy, ...(postgres === undefined ? {} : { postgres_version: postgres }) }
  return Object.keys(all).length > 0 ? { '.github/lockcast.yml': stringify(all) } : {}
}

/** Where comments begin. */
function placesOf(repo: FakeRepository, pull: number): string[] {
  return repo
    .reviewComments(pull)
    .map((comment) => `${comment.path}:${comment.startLine ?? comment.line}`)
    .sort()
}

/** One comment for a place, however many findings; none for what is low or only a rollback's. */
function commentedPlaces(scenario: Scenario): string[] {
  return [...new Set(worthComment(scenario).map(({ at }) => at))].sort()
}

function worthComment({ findings }: Scenario): Scenario['findings'] {
  return findings.filter(({ severity, direction, inline }) => severity !== 'low' && direction === 'up' && inline)
}

/** What the comments and the check's summary should say and do not. */
function lacking(scenario: Scenario, repo: FakeRepository, pull: number): string[] {
  const summary = plain(repo.checkRun(repo.head(pull))?.output.summary)
  const inComments = worthComment(scenario).flatMap(({ at, says, why, instead }) => {
    const body = plain(
      repo.reviewComments(pull).find((comment) => `${comment.path}:${comment.startLine ?? comment.line}` === at)?.body,
    )
    return [...says, ...why, ...instead].filter((phrase) => !body.includes(phrase)).map((phrase) => `${at}: ${phrase}`)
  })
  const inSummary = scenario.findings.flatMap(({ at, says }) =>
    [at, ...says].filter((phrase) => !summary.includes(phrase)).map((phrase) => `summary: ${phrase}`),
  )
  return [...inComments, ...inSummary]
}

/** Without Markdown's escapes. */
function plain(text: string | null | undefined): string {
  // Comments wrap SQL at its clauses.
  return (text ?? '')
    .replace(/\\(?=[^A-Za-z0-9\s])/g, '')
    .replaceAll('&lt;', '<')
    .replace(/\s+/g, ' ')
}

test('a pull request that changes no migration is completed at once and says so', () => {
  const repo = github.repository(fullName('42-no-migration-changed'))
  expect(repo.checkRun(repo.head(1))?.output.title).toBe('No migration changed')
  expect(repo.comments(1)).toEqual([])
})

test('the check of an unreachable database says how to try again, without the password', () => {
  const repo = github.repository(fullName('40-replica-out-of-reach'))
  const { output } = repo.checkRun(repo.head(1)) ?? {}
  expect(output?.summary).toContain('The database server refuses connections')
  expect(output?.summary).toMatch(/run the review again/i)
  expect(JSON.stringify(output) + lockcast.log.join('')).not.toContain('hidden')
})

test('an override where nothing blocks accepts nothing: the next dangerous push blocks', async () => {
  const [name, dangerous] = ['05-concurrently-alone-in-its-file', '01-index-on-a-big-table']
  const repo = github.repository(fullName(name))
  repo.collaborator('mia', 'maintain')
  repo.addLabel(1, 'lockcast:override', 'mia')
  await lockcast.settled()
  expect(repo.mergeAllowed(1).allowed).toBe(true)
  repo.push(1, scenarios.find((scenario) => scenario.name === dangerous)?.files ?? {})
  await lockcast.settled()
  expect(repo.mergeAllowed(1).allowed).toBe(false)
})

test('an override lets a dangerous change through, by who may give it only', async () => {
  const repo = github.repository(fullName('18-validated-in-the-same-transaction'))
  repo.collaborator('tom', 'triage')
  repo.collaborator('mia', 'maintain')
  repo.addLabel(1, 'lockcast:override', 'tom')
  await lockcast.settled()
  expect(repo.mergeAllowed(1).allowed).toBe(false)
  repo.removeLabel(1, 'lockcast:override', 'tom')
  repo.addLabel(1, 'lockcast:override', 'mia')
  await lockcast.settled()
  expect(repo.mergeAllowed(1).allowed).toBe(true)
})
