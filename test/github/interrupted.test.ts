import { expect, test } from 'vitest'
import { dangerous, harmless, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

/** The process ends between two steps: the next one finds where it was. */

const it = harness(toyCore)

test.each([
  { what: 'passes', files: harmless },
  { what: 'fails', files: dangerous },
])('a check that $what, written just before the process ended, is not written again', async ({ files }) => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files })
  await it.settled()
  const head = repo.head(pull)
  // The state of the store at kill -9 after GitHub took the check and before its answer was noted.
  const name = repo.state.owner.login
  await it.store(`UPDATE lockcast.heads SET check_run = check_run || '{"id": 0}' WHERE repository LIKE '${name}/%'`)
  await it.store(`DELETE FROM lockcast.pull_records WHERE repository LIKE '${name}/%'`)
  await it.store(`UPDATE lockcast.pulls SET verdict = NULL WHERE repository LIKE '${name}/%'`)
  await it.restart()
  await it.settled()
  expect(repo.checkRuns(head)).toHaveLength(1)
  expect(repo.comments(pull).length).toBeLessThanOrEqual(1)
})

test('a green check that an ended override gave is ended also when the store is not sure of it', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  const old = repo.head(pull)
  await it.settled()
  repo.addLabel(pull, 'lockcast:override', 'mia')
  await it.settled()
  expect(repo.checkRun(old)?.conclusion).toBe('success')
  await it.store(`UPDATE lockcast.heads SET check_run = '{"id": 0, "conclusion": null}' WHERE sha = '${old}'`)
  repo.push(pull, { 'migrations/2.sql': '-- high: drops a table\n' })
  await it.settled()
  expect(repo.checkRun(old)?.conclusion).toBe('failure')
})
