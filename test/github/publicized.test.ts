import { expect, test } from 'vitest'
import { impatientClock } from '../support/clocks.ts'
import type { FakeRepository } from '../support/github/repository.ts'
import { dangerous, harness } from './harness.ts'
import { toyCore } from './toy-core.ts'

/** A private repository becomes public: exact numbers must not stay anywhere. */

const it = harness(toyCore, { clock: impatientClock() })

/** Everything of the app's that readers of the repository can see, also what is hidden in it. */
function everythingSaid(repo: FakeRepository): string {
  const bodies = [...repo.state.pulls.keys()].flatMap((pull) => [
    ...repo.comments(pull).map(({ body }) => body),
    ...repo.reviewComments(pull).map(({ body }) => body),
  ])
  const checks = repo.state.checkRuns.map(({ output }) => JSON.stringify(output))
  const said = [...bodies, ...checks].join('\n')
  const hidden = [...said.matchAll(/<!-- \S+ ([\w-]{40,}) -->/g)].map(([, text = '']) =>
    Buffer.from(text, 'base64url').toString('utf8'),
  )
  return [said, ...hidden].join('\n')
}

test('when a repository becomes public, exact numbers go from checks, comments and what is hidden in them, of closed pull requests too', async () => {
  const repo = it.repository({ private: true })
  const closed = repo.openPullRequest({ files: dangerous })
  const open = repo.openPullRequest({ files: { 'migrations/2.sql': '-- high: drops a table\n' } })
  await it.settled()
  repo.push(open, { 'migrations/2.sql': 'SELECT 1;\n-- high: drops a table\n-- high: and more\n' })
  await it.settled()
  const [comment] = repo.reviewComments(open)
  if (comment) repo.reply(open, comment.id, 'will', 'Really?')
  repo.close(closed)
  await it.settled()
  expect(everythingSaid(repo)).toContain('2,000,000 rows')
  repo.publicize()
  await it.settled()
  expect(everythingSaid(repo)).not.toContain('2,000,000 rows')
  expect(everythingSaid(repo)).toContain('over 1 M rows')
  expect(repo.mergeAllowed(open).reason).toBe('lockcast: failure')
  expect(repo.reviewComments(open).filter(({ author }) => author.type === 'Bot')).toHaveLength(2)
  expect(repo.comments(open)).toHaveLength(1)
})

test('no fingerprint leaves the server as it is: a name cannot be found by trying', async () => {
  const repo = it.repository({ private: true })
  repo.openPullRequest({ files: dangerous })
  const other = it.repository({ private: true })
  other.openPullRequest({ files: dangerous })
  await it.settled()
  // The toy core's fingerprint is readable, so that it would show.
  expect(everythingSaid(repo)).not.toContain('toy migrations/1.sql')
  const [here, there] = [repo, other].map(
    (of) => /"fingerprints":\["([0-9a-f]+)"\]/.exec(everythingSaid(of))?.[1] ?? '',
  )
  expect(here).toMatch(/^[0-9a-f]{32}$/)
  expect(here).not.toBe(there)
})
