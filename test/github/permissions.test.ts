import { expect, test } from 'vitest'
import { grantedPermissions } from '../support/github/fake-github.ts'
import { dangerous, harmless, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

/** A permission that is missing is named where people look, and they need not know whom to ask for a new review. */

const it = harness(toyCore)

test('without contents: read the check fails and names it, and heals when the permission is accepted', async () => {
  it.github.permit({ contents: undefined })
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: harmless })
  await it.settled()
  expect(repo.mergeAllowed(pull).reason).toBe('lockcast: failure')
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('lacks the permission `contents: read`')
  it.github.grant(`${repo.state.owner.login}/shop`, grantedPermissions)
  await it.settled()
  expect(repo.mergeAllowed(pull)).toMatchObject({ allowed: true })
})

test('without pull_requests: write the verdict stands all the same, and the check names what kept comments away', async () => {
  it.github.permit({ pull_requests: 'read' })
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: dangerous })
  await it.settled()
  it.github.permit(grantedPermissions)
  const run = repo.checkRun(repo.head(pull))
  expect(run?.output.title).toBe('1 finding must be fixed or overridden')
  expect(run?.output.summary).toContain('lacks the permission `pull_requests: write`')
})
