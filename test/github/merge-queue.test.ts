import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Group } from '../support/github/merge-queue.ts'
import { freshShop } from '../support/shop.ts'
import { dangerous, harmless, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

const label = 'lockcast:override'
const other = { 'migrations/2.sql': '-- high: drops a table\n' }

describe('a merge group', () => {
  const it = harness(toyCore)

  test('without a migration is let through', async () => {
    const repo = it.repository()
    const pull = repo.openPullRequest({ files: { 'docs/a.md': 'a' } })
    await it.settled()
    const group = repo.queue.add([pull])
    await it.settled()
    expect(repo.queue.allowed(group)).toMatchObject({ allowed: true })
    expect(repo.queue.check(group)?.output.summary?.split('\n')[0]).toContain('changes no migration')
  })

  test('with a dangerous migration is stopped, and nothing is said on the pull request again', async () => {
    const repo = it.repository()
    const pull = repo.openPullRequest({ files: dangerous })
    await it.settled()
    const said = repo.comments(pull).length
    const group = repo.queue.add([pull])
    await it.settled()
    expect(repo.queue.allowed(group).reason).toBe('lockcast: failure')
    expect(repo.comments(pull)).toHaveLength(said)
  })

  test('is let through when a maintainer overrode its pull requests, each their own', async () => {
    const repo = it.repository()
    const first = repo.openPullRequest({ files: dangerous })
    const second = repo.openPullRequest({ files: other })
    await it.settled()
    repo.addLabel(first, label, 'mia')
    await it.settled()
    const alone = repo.queue.add([first, second])
    await it.settled()
    expect(repo.queue.allowed(alone).allowed).toBe(false)
    repo.queue.destroy(alone, 'dequeued')
    repo.addLabel(second, `${label}/toy`, 'ada')
    await it.settled()
    const group = repo.queue.add([first, second])
    await it.settled()
    expect(repo.queue.allowed(group)).toMatchObject({ allowed: true })
    expect(repo.queue.check(group)?.output.summary).toMatch(/`mia`.*`ada`/s)
  })

  test('is stopped when the override is over by then', async () => {
    const repo = it.repository()
    const pull = repo.openPullRequest({ files: dangerous })
    await it.settled()
    repo.addLabel(pull, label, 'mia')
    await it.settled()
    repo.collaborator('mia', 'write')
    const group = repo.queue.add([pull])
    await it.settled()
    expect(repo.queue.allowed(group).allowed).toBe(false)
  })

  test('is stopped by what stands in the queue ahead of it and is not merged yet', async () => {
    const repo = it.repository()
    const first = repo.openPullRequest({ files: dangerous })
    const second = repo.openPullRequest({ files: harmlessElsewhere })
    await it.settled()
    repo.queue.add([first])
    const behind = repo.queue.add([second])
    await it.settled()
    expect(repo.queue.allowed(behind).allowed).toBe(false)
  })

  test('whose branch has a form that is not known is stopped, in words', async () => {
    const repo = it.repository()
    const pull = repo.openPullRequest({ files: harmless })
    await it.settled()
    const group = repo.queue.add([pull], { form: () => 'gh-merge-train/main/7' })
    await it.settled()
    expect(repo.queue.allowed(group).reason).toBe('lockcast: failure')
    expect(repo.queue.check(group)?.output.summary).toContain('a form that is not known')
  })

  test('that cannot be read is stopped, says how to retry, and Re-run lets it through', async () => {
    const repo = it.repository()
    const pull = repo.openPullRequest({ files: { 'docs/a.md': 'a' } })
    await it.settled()
    it.github.fail({ method: 'GET', path: /git\/trees/, when: 'before', status: 403, message: 'no' })
    const group = repo.queue.add([pull])
    await it.settled()
    expect(repo.queue.allowed(group).reason).toBe('lockcast: failure')
    expect(repo.queue.check(group)?.output.summary).toContain('Re-run')
    repo.pressCheck(group.headSha)
    await it.settled()
    expect(repo.queue.allowed(group)).toMatchObject({ allowed: true })
  })

  test('that is dissolved while it waits does not leave a check running', async () => {
    const repo = it.repository()
    const pull = repo.openPullRequest({ files: harmless })
    await it.settled()
    const client = await it.client(repo)
    const groups: Group[] = []
    it.github.unheard(() => groups.push(repo.queue.add([pull])))
    const [group] = groups
    if (!group) throw new Error('no group')
    // As a server leaves it that ends in the middle of the review.
    const output = { title: 'Reviewing', summary: 'Reviewing.' }
    await client.createCheckRun(group.headSha, 'merge-group', { status: 'in_progress', output })
    repo.queue.destroy(group, 'dequeued')
    await it.settled()
    expect(repo.queue.check(group)).toMatchObject({ status: 'completed', conclusion: 'failure' })
  })

  test('can be merged, and the pull requests behind it go on', async () => {
    const repo = it.repository()
    const [first, second] = [harmless, harmlessElsewhere].map((files) => repo.openPullRequest({ files }))
    await it.settled()
    const [ahead, behind] = [repo.queue.add([first ?? 0]), repo.queue.add([second ?? 0])]
    await it.settled()
    repo.queue.merge(ahead)
    await it.settled()
    expect(repo.queue.allowed(behind)).toMatchObject({ allowed: true })
  })
})

const harmlessElsewhere = { 'migrations/3.sql': 'SELECT 3;\n' }

describe('two pull requests that are right alone', () => {
  const it = harness(null)

  test('are stopped together when both create the same index', async () => {
    const files = {
      '.github/lockcast.yml': 'snapshot: { path: db/catalog.json }\n',
      'db/catalog.json': readFileSync(freshShop(), 'utf8'),
    }
    const repo = it.repository({ files })
    const index = (version: number) => ({
      [`db/migration/V${version}__find.sql`]: `SET LOCAL lock_timeout = '3s';\nCREATE INDEX find_it ON order_disputes (id);\n`,
    })
    const [first, second] = [9, 10].map((version) => repo.openPullRequest({ files: index(version) }))
    await it.settled()
    expect([first, second].map((pull) => repo.mergeAllowed(pull ?? 0).allowed)).toEqual([true, true])
    const [ahead, behind] = [repo.queue.add([first ?? 0]), repo.queue.add([second ?? 0])]
    await it.settled()
    expect(repo.queue.allowed(ahead)).toMatchObject({ allowed: true })
    expect(repo.queue.allowed(behind)).toMatchObject({ allowed: false })
    expect(repo.queue.check(behind)?.output.summary).toContain('already exists')
  })
})
