import { describe, expect, test } from 'vitest'
import { listOverrides } from '../../../src/github/decide/list-overrides.ts'
import { hazards } from '../../../src/hazards/hazard-registry.ts'
import { impatientClock } from '../../support/clocks.ts'
import type { FakeRepository } from '../../support/github/repository.ts'
import { dangerous, harness } from '../harness.ts'
import { toyCore } from '../toy-core.ts'

const it = harness(toyCore, { clock: impatientClock() })
const label = 'lockcast:override'

async function blocked(options: { labels?: string[]; author?: string } = {}) {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous, ...options })
  await it.settled()
  return { repo, pull }
}

test.each([
  { actor: 'mia', role: 'maintain', allowed: true },
  { actor: 'ada', role: 'admin', allowed: true },
  { actor: 'cora', role: 'release manager', allowed: true },
  { actor: 'will', role: 'write', allowed: false },
  { actor: 'tom', role: 'triage', allowed: false },
  { actor: 'nobody', role: 'none', allowed: false },
])('a label from someone with the role $role: merge allowed is $allowed', async ({ actor, role, allowed }) => {
  const { repo, pull } = await blocked()
  repo.addLabel(pull, label, actor)
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(allowed)
  const said = allowed ? repo.checkRun(repo.head(pull))?.output.summary : repo.comments(pull).at(-1)?.body
  expect(said).toContain(`\`${actor}\``)
  expect(said?.replaceAll('`', '')).toContain(role)
})

test('who may is said once, however often the review runs', async () => {
  const { repo, pull } = await blocked()
  repo.addLabel(pull, label, 'tom')
  await it.settled()
  repo.rerunSuite(pull)
  await it.settled()
  const refusals = repo.comments(pull).filter(({ body }) => body.includes('does not count'))
  expect(refusals).toHaveLength(1)
  expect(refusals[0]?.body).toContain('**maintain** or **admin**')
})

test('a label set by an app does not count', async () => {
  const { repo, pull } = await blocked()
  repo.addLabel(pull, label, 'mia', { viaApp: true })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  expect(repo.comments(pull).at(-1)?.body).toContain('set by an app')
})

test('taking the label off blocks again', async () => {
  const { repo, pull } = await blocked()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  repo.removeLabel(pull, label, 'tom')
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
})

test('a label set again by someone without the role does not keep the override', async () => {
  const { repo, pull } = await blocked()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  repo.removeLabel(pull, label, 'tom')
  repo.addLabel(pull, label, 'tom')
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
})

test('an override is void when a push brings another dangerous migration; the label goes and a comment says why', async () => {
  const { repo, pull } = await blocked()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  repo.push(pull, { 'migrations/2.sql': '-- high: drops a table\n' })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  expect(repo.labels(pull)).toEqual([])
  expect(repo.comments(pull).at(-1)?.body).toContain('`migrations/2.sql` is new')
})

test('after a void override the label can be set again for what is there now', async () => {
  const { repo, pull } = await blocked()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  repo.push(pull, { 'migrations/2.sql': '-- high: drops a table\n' })
  await it.settled()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
})

test('an override is kept by a push that changes no migration', async () => {
  const { repo, pull } = await blocked()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  for (const text of ['a', 'b', 'c']) {
    repo.push(pull, { 'docs/notes.md': text })
    await it.settled()
  }
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  expect(repo.labels(pull)).toEqual([label])
})

test('an override is kept by a force push with the same migrations', async () => {
  const { repo, pull } = await blocked()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  repo.forcePush(pull, { ...dangerous, 'docs/notes.md': 'rewritten' })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
})

test('a label that was there before the findings were shown is taken off', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: { 'docs/a.md': 'a' } })
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  repo.push(pull, dangerous)
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  expect(repo.labels(pull)).toEqual([])
})

test('another label of a maintainer, renamed to the override label, does not count', async () => {
  const { repo, pull } = await blocked()
  repo.addLabel(pull, 'bug', 'mia')
  await it.settled()
  // A rename shows in the timeline under the new name, and no `labeled` event is sent for it.
  const renamed = repo.state.labels.get('bug')
  if (renamed) renamed.name = label
  for (const event of repo.pull(pull).timeline) if (event.kind === 'labeled') event.label = label
  repo.rerunSuite(pull)
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  expect(repo.comments(pull).at(-1)?.body).toContain('set it again')
})

test('a marker in a comment of someone with write access grants nothing', async () => {
  const { repo, pull } = await blocked()
  const [summary] = repo.comments(pull)
  const record = repo.checkRun(repo.head(pull))?.output.text?.split('\n')[0] ?? ''
  if (summary) summary.body = `${record}\n${summary.body}`
  repo.comment(pull, 'will', record)
  repo.addLabel(pull, label, 'will')
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
})

test('when the role cannot be read the label does not count', async () => {
  const { repo, pull } = await blocked()
  it.github.fail({ method: 'GET', path: /collaborators\/mia/, when: 'before', status: 404 })
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
})

/** A repository whose policy has these rules for overrides. */
async function ruled(
  rules: string,
  extra: { author?: string; teams?: Record<string, string[]>; files?: Record<string, string> } = {},
) {
  const files = { '.github/lockcast.yml': `override:\n${rules}` }
  const repo = it.repository({ files, ...(extra.teams ? { teams: extra.teams } : {}) })
  const pull = repo.openPullRequest({ files: extra.files ?? dangerous, author: extra.author ?? 'dev' })
  await it.settled()
  return { repo, pull }
}

describe('a label for one hazard', () => {
  test('is short enough for GitHub, for every hazard', () => {
    expect(hazards.map(({ id }) => `${label}/${id}`).filter((name) => name.length > 50)).toEqual([])
  })

  test('accepts the findings of that hazard', async () => {
    const { repo, pull } = await blocked()
    repo.addLabel(pull, `${label}/toy`, 'mia')
    await it.settled()
    expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
  })

  test('leaves those of another blocking', async () => {
    const repo = it.repository()
    const pull = repo.openPullRequest({ files: { 'migrations/1.sql': '-- high: waits\n-- high (other): fails\n' } })
    await it.settled()
    repo.addLabel(pull, `${label}/other`, 'mia')
    await it.settled()
    expect(repo.mergeAllowed(pull).allowed).toBe(false)
    expect(repo.checkRun(repo.head(pull))?.output.title).toBe('1 finding must be fixed or overridden')
    repo.addLabel(pull, `${label}/toy`, 'ada')
    await it.settled()
    expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
    expect(repo.checkRun(repo.head(pull))?.output.title).toBe('2 findings accepted by mia, ada')
  })
})

describe('the author', () => {
  test('may override as a maintainer, unless the policy says no', async () => {
    const allowed = await blocked({ author: 'mia' })
    const refused = await ruled('  author: false\n', { author: 'mia' })
    for (const { repo, pull } of [allowed, refused]) repo.addLabel(pull, label, 'mia')
    await it.settled()
    expect(allowed.repo.mergeAllowed(allowed.pull).allowed).toBe(true)
    expect(refused.repo.mergeAllowed(refused.pull).allowed).toBe(false)
    expect(refused.repo.comments(refused.pull).at(-1)?.body).toContain('is the author of this pull request')
    refused.repo.removeLabel(refused.pull, label, 'mia')
    refused.repo.addLabel(refused.pull, label, 'ada')
    await it.settled()
    expect(refused.repo.mergeAllowed(refused.pull).allowed).toBe(true)
  })
})

describe('where a reason is required', () => {
  const rules = '  reason: true\n'

  test.each<{ how: string; give: (repo: FakeRepository, pull: number, by: string) => void }>([
    {
      how: 'a comment',
      give: (repo, pull, by) => repo.comment(pull, by, 'ok then\n\nlockcast: nobody reads it yet\n'),
    },
    { how: 'a review', give: (repo, pull, by) => repo.review(pull, by, 'Lockcast: nobody reads it yet') },
  ])('the label counts once the same person gives one in $how, and the check tells it', async ({ give }) => {
    const { repo, pull } = await ruled(rules)
    repo.addLabel(pull, label, 'mia')
    await it.settled()
    expect(repo.mergeAllowed(pull).allowed).toBe(false)
    expect(repo.comments(pull).at(-1)?.body).toContain('asks for a reason')
    give(repo, pull, 'will')
    await it.settled()
    expect(repo.mergeAllowed(pull).allowed).toBe(false)
    give(repo, pull, 'mia')
    await it.settled()
    expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
    expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('nobody reads it yet')
  })

  test('one that was written before the label counts too', async () => {
    const { repo, pull } = await ruled(rules)
    repo.comment(pull, 'mia', 'lockcast: nobody reads it yet')
    repo.addLabel(pull, label, 'mia')
    await it.settled()
    expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
  })
})

test('what the policy never lets be overridden has to be fixed, with either label', async () => {
  const { repo, pull } = await ruled('  never: [toy]\n')
  repo.addLabel(pull, label, 'mia')
  repo.addLabel(pull, `${label}/toy`, 'ada')
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  expect(repo.comments(pull).filter(({ body }) => body.includes('has to be fixed'))).toHaveLength(2)
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('no label can accept `toy`')
})

describe('a team of the policy', () => {
  const rules = '  teams: [dba]\n'
  const teams = { dba: ['will'] }

  test('may override whatever the role; others may not', async () => {
    it.github.permit({ members: 'read' })
    const { repo, pull } = await ruled(rules, { teams })
    repo.addLabel(pull, label, 'tom')
    await it.settled()
    expect(repo.mergeAllowed(pull).allowed).toBe(false)
    repo.removeLabel(pull, label, 'tom')
    repo.addLabel(pull, label, 'will')
    await it.settled()
    expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
    expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('team dba')
    it.github.permit({ members: undefined })
  })

  test('cannot be read without the permission for it: the label does not count, and the permission is named', async () => {
    const { repo, pull } = await ruled(rules, { teams })
    repo.addLabel(pull, label, 'will')
    await it.settled()
    expect(repo.mergeAllowed(pull).allowed).toBe(false)
    expect(repo.comments(pull).at(-1)?.body).toContain('`members: read`')
  })
})

test('with 900 findings, whose list is too long for the check, an override counts, and ends with another migration', async () => {
  const lines = Array.from({ length: 900 }, (_, at) => `-- high: number ${at}`)
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: { 'migrations/1.sql': `${lines.join('\n')}\n` } })
  await it.settled()
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('too many to keep a list')
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  repo.push(pull, { 'docs/a.md': 'a' })
  await it.settled()
  expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
  repo.push(pull, { 'migrations/2.sql': '-- high: another\n' })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  expect(repo.labels(pull)).toEqual([])
})

test('an override ends with the push that fixes the migration, and does not wait for the next danger', async () => {
  const { repo, pull } = await blocked()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  repo.push(pull, { 'migrations/1.sql': 'SELECT 1;\n' })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  expect(repo.labels(pull)).toEqual([])
})

test('every override and refusal is in the log and in the records of the repository, with who, when, why and what', async () => {
  const { repo, pull } = await blocked()
  const head = repo.head(pull)
  repo.addLabel(pull, label, 'tom')
  await it.settled()
  repo.removeLabel(pull, label, 'tom')
  repo.comment(pull, 'mia', 'lockcast: nobody reads it yet')
  await it.settled()
  repo.addLabel(pull, label, 'mia')
  await it.settled()
  repo.push(pull, { 'migrations/2.sql': '-- high: drops a table\n' })
  await it.settled()
  const told = it.lockcast.log.flatMap((line) => {
    const entry = JSON.parse(line) as { audit?: string; repository?: string }
    return entry.audit === 'override' && entry.repository?.startsWith(`${repo.state.owner.login}/`) ? [entry] : []
  })
  const granted = { actor: 'mia', role: 'maintain', reason: 'nobody reads it yet', hazards: { toy: 1 }, head }
  expect(told).toMatchObject([
    { outcome: 'refused', why: 'forbidden', actor: 'tom', role: 'triage', head },
    { outcome: 'granted', ...granted, blobs: { 'migrations/1.sql': expect.stringMatching(/^[0-9a-f]{40}$/) } },
    { outcome: 'void', why: 'void', actor: 'mia', head: repo.head(pull) },
  ])
  const records = await listOverrides(await it.client(repo), { label, since: null, most: 10 })
  expect(records.map(({ outcome, actor }) => `${outcome} ${actor}`).sort()).toEqual([
    'granted mia',
    'refused tom',
    'void mia',
  ])
  const found = records.find(({ outcome }) => outcome === 'granted')
  expect(found).toMatchObject({ pull, app: 'lockcast', ...granted })
})
