import { expect, test } from 'vitest'
import { dangerous, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

const it = harness(toyCore)
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
