import { expect, test } from 'vitest'
import { heldClock } from '../support/clocks.ts'
import { harness } from './harness.ts'

/** What a review costs of the rate limit. Times stand in `npm run bench`. */

const it = harness(null, { clock: heldClock() })

/** The requests that the app makes meanwhile. */
async function requestsOf(happen: () => void) {
  const before = it.github.requests.length
  happen()
  await it.settled()
  // Not the app's own look at its deliveries.
  return it.github.requests.slice(before).filter(({ path }) => path.startsWith('/repos/'))
}

test('a first review makes at most 15 requests and one for each file it reads; one that finds nothing new at most 8, nearly all free', async () => {
  const repo = it.repository({
    files: {
      '.github/lockcast.yml': 'fail_on: high\n',
      'flyway.conf': 'flyway.locations=filesystem:db/migration\n',
      'db/migration/V1__orders.sql': 'CREATE TABLE orders (id bigint, total int);\n',
    },
  })
  const pulls: number[] = []
  const files = {
    'db/migration/V2__total.sql': 'CREATE INDEX orders_total ON orders (total);\n',
    'db/migration/V3__more.sql': 'CREATE INDEX orders_more ON orders (id, total);\n',
  }
  const first = await requestsOf(() => pulls.push(repo.openPullRequest({ files })))
  const [pull = 0] = pulls
  expect(repo.reviewComments(pull).length).toBeGreaterThan(0)
  const asked = first
  const blobs = asked.filter(({ path }) => path.includes('/git/blobs/'))
  expect(blobs.map(({ path }) => path)).toEqual([...new Set(blobs.map(({ path }) => path))])
  // The policy, what tells the tool, and the migrations.
  expect(blobs.length).toBeLessThanOrEqual(2 + 2)
  expect(asked.length - 2).toBeLessThanOrEqual(15)
  const look = () => repo.press(pull, 'ready_for_review')
  await requestsOf(look)
  const again = await requestsOf(look)
  expect(again.length).toBeLessThanOrEqual(8)
  // The pull request has changed, if only its time. Whether the organisation has a policy is the one question whose
  // answer, no, has no tag.
  const same = again.filter(({ path }) => !path.endsWith(`/pulls/${pull}`) && !path.includes('/.github/'))
  expect(same.filter(({ status }) => status !== 304)).toEqual([])
})
