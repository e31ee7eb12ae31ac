import { expect, test } from 'vitest'
import { impatientClock } from '../support/clocks.ts'
import { storm } from '../support/github/storm.ts'
import { dangerous, harmless, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

/** Limits and outages at any request, in any order: what stands in the end is what would stand without them. */

const it = harness(toyCore, { clock: impatientClock() })

test.each(Array.from({ length: 4 }, (_, at) => at + 1))('storm %i ends with exactly the right state', async (seed) => {
  const repo = it.repository()
  const bad = repo.openPullRequest({ files: dangerous })
  const overridden = repo.openPullRequest({ files: { 'migrations/2.sql': '-- high: drops a table\n' } })
  const fixed = repo.openPullRequest({ files: { 'migrations/3.sql': '-- high: a\n-- medium: b\n' } })
  await it.settled()
  const before = it.github.requests.length
  it.github.weather = storm(seed, 60)
  repo.push(bad, { 'migrations/1.sql': '-- high: one\n-- high: two\n-- low: three\n' })
  repo.addLabel(overridden, 'lockcast:override', 'mia')
  repo.push(fixed, { 'migrations/3.sql': 'SELECT 3;\n' })
  const late = repo.openPullRequest({ files: { 'migrations/4.sql': '-- critical: four\n' } })
  const good = repo.openPullRequest({ files: harmless })
  await it.settled()
  it.github.weather = null
  expect(it.github.requests.slice(before).filter(({ status }) => status >= 403).length).toBeGreaterThan(30)
  const state = (pull: number) => ({
    allowed: repo.mergeAllowed(pull).allowed,
    running: repo.checkRuns(repo.head(pull)).filter(({ status }) => status !== 'completed').length,
    lines: repo.reviewComments(pull).map(({ line }) => line),
    comments: repo.comments(pull).length,
    labels: repo.labels(pull),
  })
  expect({
    bad: state(bad),
    overridden: state(overridden),
    fixed: state(fixed),
    late: state(late),
    good: state(good),
  }).toEqual({
    bad: { allowed: false, running: 0, lines: [1, 2], comments: 1, labels: [] },
    overridden: { allowed: true, running: 0, lines: [1], comments: 1, labels: ['lockcast:override'] },
    fixed: { allowed: true, running: 0, lines: [], comments: 1, labels: [] },
    late: { allowed: false, running: 0, lines: [1], comments: 1, labels: [] },
    good: { allowed: true, running: 0, lines: [], comments: 0, labels: [] },
  })
})
