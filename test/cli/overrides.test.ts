import { expect, test, vi } from 'vitest'
import { type OverridesOptions, overridesCommand } from '../../src/cli/overrides.ts'
import { dangerous, harmless, harness } from '../github/harness.ts'
import { toyCore } from '../github/toy-core.ts'

const it = harness(toyCore)
const label = 'lockcast:override'

async function printed(repo: string, options: Partial<OverridesOptions> = {}): Promise<string> {
  vi.stubEnv('GITHUB_API_URL', it.github.url)
  vi.stubEnv('GITHUB_TOKEN', it.github.token('auditor', 'read'))
  let stdout = ''
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
  try {
    expect(await overridesCommand({ repo, limit: 100, format: 'json', ...options })).toBe(0)
  } finally {
    written.mockRestore()
    vi.unstubAllEnvs()
  }
  return stdout
}

async function audited() {
  const repo = it.repository()
  const refused = repo.openPullRequest({ files: dangerous })
  const granted = repo.openPullRequest({ files: dangerous, branch: 'second' })
  repo.openPullRequest({ files: harmless, branch: 'third' })
  await it.settled()
  repo.addLabel(refused, label, 'tom')
  repo.addLabel(granted, `${label}/toy`, 'mia')
  await it.settled()
  return { repo, refused, granted, name: `${repo.state.owner.login}/${repo.state.name}` }
}

test('overrides and refusals are listed with who, when, what and by which app', async () => {
  const { repo, refused, granted, name } = await audited()
  const entries = JSON.parse(await printed(name)) as object[]
  expect(entries).toHaveLength(2)
  expect(entries).toContainEqual(
    expect.objectContaining({ pull: refused, outcome: 'refused', actor: 'tom', role: 'triage', app: 'lockcast' }),
  )
  expect(entries).toContainEqual(
    expect.objectContaining({
      pull: granted,
      outcome: 'granted',
      actor: 'mia',
      label: `${label}/toy`,
      hazards: { toy: 1 },
      head: repo.head(granted),
    }),
  )
  const text = await printed(name, { format: 'text' })
  expect(text).toContain(`#${granted} granted ${label}/toy by mia (maintain)`)
  const [head, ...rows] = (await printed(name, { format: 'csv' })).trim().split('\r\n')
  expect(head).toBe('at,pull,outcome,why,label,actor,role,reason,hazards,head,app')
  expect(rows).toHaveLength(2)
})

test('an override that a push ended is told with its end; --since leaves out what was before', async () => {
  const { repo, granted, name } = await audited()
  repo.push(granted, { 'migrations/2.sql': '-- high: another\n' })
  await it.settled()
  const outcomes = () =>
    printed(name).then((text) => (JSON.parse(text) as { outcome: string }[]).map((item) => item.outcome))
  expect((await outcomes()).sort()).toEqual(['granted', 'refused', 'void'])
  const since = new Date(Date.now() + 86_400_000).toISOString()
  expect(JSON.parse(await printed(name, { since }))).toEqual([])
})

test('what is no date is said', async () => {
  await expect(printed('acme/shop', { since: 'yesterday' })).rejects.toThrow('--since yesterday')
})

test('a label that no app weighed is told as not recorded', async () => {
  const repo = it.repository({ installed: false })
  const pull = repo.openPullRequest({ files: dangerous })
  repo.addLabel(pull, label, 'will')
  const entries = JSON.parse(await printed(`${repo.state.owner.login}/${repo.state.name}`)) as object[]
  expect(entries).toMatchObject([{ pull, outcome: 'unrecorded', actor: 'will', role: null }])
})
