import { expect, test } from 'vitest'
import { dangerous, harmless, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

const it = harness(toyCore)

test('a dangerous migration blocks the merge, with one comment on its line and one summary', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  expect(repo.mergeAllowed(pull)).toEqual({ allowed: false, reason: 'lockcast: failure' })
  expect(repo.reviewComments(pull)).toMatchObject([
    { path: 'migrations/1.sql', line: 2, startLine: null, author: { login: 'lockcast[bot]' } },
  ])
  expect(repo.reviewComments(pull)[0]?.body).toContain('**blocks writes (2,000,000 rows)**')
  expect(repo.comments(pull)).toHaveLength(1)
  expect(repo.checkRuns(repo.head(pull))).toHaveLength(1)
  expect(repo.checkRun(repo.head(pull))?.output.title).toBe('1 finding must be fixed or overridden')
})

test('a pull request without a migration gets a completed success and no comment', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: { 'src/a.ts': 'export {}\n' } })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  expect(repo.checkRun(repo.head(pull))?.output.title).toBe('No migration changed')
  expect(repo.comments(pull)).toEqual([])
})

test('drafts get their check like any other', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous, draft: true })
  await it.settled()
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
})

test('pushing the fix turns the check green, takes the comment away and says so in the summary', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  repo.push(pull, harmless)
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  expect(repo.reviewComments(pull)).toEqual([])
  expect(repo.comments(pull)).toHaveLength(1)
  expect(repo.comments(pull)[0]?.body).toContain('**Safe to run.**')
  expect(repo.comments(pull)[0]?.body).toContain('**Fixed:** blocks writes (2,000,000 rows) (`migrations/1.sql`)')
})

test('what comes back is not told as fixed any more', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  for (const files of [harmless, dangerous]) {
    repo.push(pull, files)
    await it.settled()
  }
  expect(repo.comments(pull)).toMatchObject([{ body: expect.not.stringContaining('Fixed') }])
})

test('a finding that grew worse is said anew, and the comment that says less goes', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: { 'migrations/1.sql': '-- medium: blocks\n' } })
  await it.settled()
  repo.push(pull, { 'migrations/1.sql': '-- critical: blocks\n' })
  await it.settled()
  expect(repo.reviewComments(pull)).toMatchObject([{ body: expect.stringContaining('critical') }])
})

test('a comment that someone answered stays when its finding is gone', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  repo.reply(pull, repo.reviewComments(pull)[0]?.id ?? 0, 'will', 'Why is that?')
  repo.push(pull, harmless)
  await it.settled()
  expect(repo.reviewComments(pull)).toHaveLength(2)
})

test('a second run on the same head posts nothing twice', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  const before = it.github.requests.length
  for (const delivery of it.github.deliveries.slice(-1)) await it.github.redeliver(delivery)
  repo.rerunSuite(pull)
  await it.settled()
  // Who asks for a new run gets one; nothing else is written.
  const writes = it.github.requests.slice(before).filter(({ method }) => method !== 'GET')
  expect(writes).toMatchObject([{ method: 'POST', path: expect.stringMatching(/check-runs$/) }])
  expect(repo.reviewComments(pull)).toHaveLength(1)
  expect(repo.comments(pull)).toHaveLength(1)
})

test('a finding that moved with its lines keeps its comment', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  const [first] = repo.reviewComments(pull)
  repo.push(pull, { 'migrations/1.sql': `SELECT 0;\n${dangerous['migrations/1.sql']}` })
  await it.settled()
  expect(repo.reviewComments(pull)).toMatchObject([{ id: first?.id, line: 3 }])
})

test('the Re-run button completes the same check again, for forks too', async () => {
  const repo = it.repository({ private: false })
  const pull = repo.openPullRequest({ files: dangerous, fork: 'mallory' })
  await it.settled()
  repo.rerunCheck(pull)
  await it.settled()
  expect(repo.checkRuns(repo.head(pull))).toMatchObject([{ status: 'completed', conclusion: 'failure' }])
})

test('numbers are told exactly in a private repository and in buckets in public ones and for forks', async () => {
  const own = it.repository()
  const open = it.repository({ private: false })
  const pulls = [
    [own, own.openPullRequest({ files: dangerous })],
    [own, own.openPullRequest({ files: dangerous, fork: 'mallory' })],
    [open, open.openPullRequest({ files: dangerous })],
  ] as const
  await it.settled()
  const told = pulls.map(([repo, pull]) => {
    const run = repo.checkRun(repo.head(pull))
    const bodies = [run?.output.summary, run?.output.text, ...repo.reviewComments(pull).map(({ body }) => body)]
    return bodies.some((body) => body?.includes('2,000,000'))
  })
  expect(told).toEqual([true, false, false])
})

test('a migration on the second page of files is found', async () => {
  const repo = it.repository()
  const many = Object.fromEntries(Array.from({ length: 140 }, (_, at) => [`docs/${at}.md`, `${at}\n`]))
  const pull = repo.openPullRequest({ files: { ...many, ...dangerous } })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
})

test('past the 3,000 files that GitHub lists, whole trees are compared', async () => {
  const repo = it.repository()
  const many = Object.fromEntries(Array.from({ length: 3_005 }, (_, at) => [`docs/${at}.md`, `${at}\n`]))
  const pull = repo.openPullRequest({ files: { ...many, ...dangerous } })
  await it.settled()
  const run = repo.checkRun(repo.head(pull))
  expect(run?.conclusion).toBe('failure')
  expect(run?.output.summary).toContain('blocks writes')
  expect(run?.output.summary).toContain('comparing whole trees')
})

test('a finding outside the hunks stands in the summary and not on a line', async () => {
  const filler = Array.from({ length: 40 }, (_, at) => `SELECT ${at};`).join('\n')
  const repo = it.repository({ files: { 'migrations/1.sql': `-- high: far away\n${filler}\n` } })
  const pull = repo.openPullRequest({ files: { 'migrations/1.sql': `-- high: far away\n${filler}\n-- high: near\n` } })
  await it.settled()
  expect(repo.reviewComments(pull)).toMatchObject([{ line: 42 }])
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('far away')
  expect(it.github.requests.filter(({ status }) => status === 422)).toEqual([])
})

test('of more than thirty findings thirty stand on lines and all in the check', async () => {
  const repo = it.repository()
  const lines = Array.from({ length: 45 }, (_, at) => `-- medium: number ${at}`)
  const pull = repo.openPullRequest({ files: { 'migrations/1.sql': `${lines.join('\n')}\n` } })
  await it.settled()
  expect(repo.reviewComments(pull)).toHaveLength(30)
  expect(repo.pull(pull).reviews).toHaveLength(1)
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('number 44')
})

test('what is found on one line stands in one comment, the worst first, which goes when one of them does', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: { 'migrations/1.sql': '-- medium: waits -- high: fails\n' } })
  await it.settled()
  expect(repo.reviewComments(pull)).toMatchObject([{ body: expect.stringMatching(/\*\*fails.*\n---\n.*\*\*waits/s) }])
  repo.push(pull, { 'migrations/1.sql': '-- medium: waits\n' })
  await it.settled()
  expect(repo.reviewComments(pull)).toMatchObject([{ body: expect.not.stringContaining('fails') }])
})

test('advice alone is told in the check and makes no comment', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: { 'migrations/1.sql': '-- low: could be nicer\n' } })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
  expect(repo.comments(pull)).toEqual([])
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('could be nicer')
})

test('a burst of pushes ends with one completed check on the last head', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  for (let at = 0; at < 15; at++) repo.push(pull, { 'migrations/2.sql': `-- high: number ${at}\n` })
  await it.settled()
  const runs = repo.state.checkRuns
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('number 14')
  expect(runs.length).toBeLessThan(15)
  expect(repo.reviewComments(pull)).toHaveLength(2)
})

test('events that come twice and in the wrong order end in the state of now', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  repo.push(pull, harmless)
  await it.settled()
  const own = it.github.deliveries.slice(-2).reverse()
  for (const delivery of own) await it.github.redeliver(delivery)
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
})

test('a new base is reviewed again, with the policy of that base', async () => {
  const repo = it.repository()
  repo.commit('release', { '.github/lockcast.yml': 'fail_on: critical\n' })
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(false)
  repo.retarget(pull, 'release')
  await it.settled()
  expect(repo.mergeAllowed(pull).allowed).toBe(true)
})

/** Two pull requests with one head: one into main, where it blocks, one into a lax branch. */
async function sharedHead() {
  const repo = it.repository()
  repo.commit('release', { '.github/lockcast.yml': 'fail_on: critical\n' })
  const strict = repo.openPullRequest({ files: dangerous, branch: 'change' })
  await it.settled()
  const lax = repo.openPullRequest({ files: {}, branch: 'change-too', base: 'release', head: repo.head(strict) })
  await it.settled()
  return { repo, strict, lax }
}

test('two pull requests with one head are as good as the worse of them, whichever was reviewed last', async () => {
  const { repo, strict, lax } = await sharedHead()
  for (const pull of [strict, lax, strict]) {
    repo.addLabel(pull, 'bug', 'will')
    await it.settled()
    expect(repo.mergeAllowed(lax).allowed).toBe(false)
    expect(repo.checkRun(repo.head(lax))?.output.summary).toContain(`the head of pull request ${lax}`)
  }
})

test.each<{ what: string; mend: (shared: Awaited<ReturnType<typeof sharedHead>>) => void }>([
  { what: 'is closed', mend: ({ repo, strict }) => repo.close(strict) },
  { what: 'goes into another branch', mend: ({ repo, strict }) => repo.retarget(strict, 'release') },
  { what: 'gets another head', mend: ({ repo, strict }) => repo.push(strict, harmless) },
  { what: 'is overridden', mend: ({ repo, strict }) => repo.addLabel(strict, 'lockcast:override', 'mia') },
])('when the other pull request with the head $what, the check is computed anew', async ({ mend }) => {
  const shared = await sharedHead()
  mend(shared)
  await it.settled()
  expect(shared.repo.mergeAllowed(shared.lax)).toMatchObject({ allowed: true })
})

test('an override of one pull request does not count for another with the same head', async () => {
  const repo = it.repository()
  const first = repo.openPullRequest({ files: dangerous })
  const second = repo.openPullRequest({ files: {}, branch: 'change-too', head: repo.head(first) })
  await it.settled()
  repo.addLabel(first, 'lockcast:override', 'mia')
  await it.settled()
  expect(repo.mergeAllowed(first).allowed).toBe(false)
  repo.addLabel(second, 'lockcast:override', 'mia')
  await it.settled()
  expect(repo.mergeAllowed(first).allowed).toBe(true)
})

test('a push while the review runs leaves no comment on what is gone', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  it.github.once({ method: 'GET', path: /git\/trees/ }, () =>
    repo.push(pull, { 'migrations/1.sql': '-- high: other\n' }),
  )
  await it.settled()
  expect(repo.reviewComments(pull)).toMatchObject([{ line: 1, body: expect.stringContaining('other') }])
  expect(repo.pull(pull).reviews).toHaveLength(1)
})

test('the base branch is read when the migrations want it', async () => {
  const repo = it.repository({ files: { 'migrations/0.sql': 'SELECT 0;\n' } })
  const pull = repo.openPullRequest({ files: { 'migrations/1.sql': '-- see base\n' } })
  await it.settled()
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('applied first: migrations/0')
})

test('a file that is not UTF-8 is reported and the rest is reviewed', async () => {
  const repo = it.repository()
  const files = { ...dangerous, 'migrations/0.sql': Buffer.from([0xff, 0xfe, 0x41]) }
  const pull = repo.openPullRequest({ files })
  await it.settled()
  const summary = repo.checkRun(repo.head(pull))?.output.summary
  expect(summary).toContain('not UTF')
  expect(summary).toContain('blocks writes')
})

test('more findings than a check can hold are cut by bytes and the check still arrives', async () => {
  const repo = it.repository()
  const lines = Array.from({ length: 900 }, (_, at) => `-- high: ${'é'.repeat(150)} ${at}`)
  const pull = repo.openPullRequest({ files: { 'migrations/1.sql': `${lines.join('\n')}\n` } })
  await it.settled()
  const run = repo.checkRun(repo.head(pull))
  expect(run?.conclusion).toBe('failure')
  expect(run?.output.summary).toMatch(/\d+ more findings/)
})
