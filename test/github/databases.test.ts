import { expect, test } from 'vitest'
import { type FakeGitHub, startFakeGitHub } from '../support/github/fake-github.ts'
import { startLockcast } from '../support/github/lockcast.ts'
import { shopWith } from '../support/review.ts'

const places = { from: { kind: 'url' as const, url: 'postgres://nowhere' }, profilePath: null, activityUrl: null }
const small = shopWith((relation) => ({ size: { ...relation.size, rows: 10, heapBytes: 8192 } }))
const catalogs = { shop: shopWith(() => ({})), billing: small }
const index = "SET LOCAL lock_timeout = '3s';\nCREATE INDEX orders_note ON orders (status);\n"

test('a pull request with migrations of two databases gets one check and one set of comments', async () => {
  const github: FakeGitHub = await startFakeGitHub()
  const lockcast = await startLockcast(github, {
    databases: [
      { ...places, name: 'shop', repositories: ['acme/shop'], migrations: null },
      { ...places, name: 'billing', repositories: ['acme/shop'], migrations: ['billing/**'] },
    ],
    connect: ({ name }) => ({
      catalog: async () => ({ kind: 'replica', snapshot: catalogs[name as keyof typeof catalogs] }),
      activity: null,
    }),
  })
  try {
    const repo = github.repository('acme/shop', { private: true })
    const pull = repo.openPullRequest({
      files: { 'billing/migrations/1.sql': index, 'shop/migrations/1.sql': index },
    })
    await lockcast.settled()
    expect(repo.mergeAllowed(pull).allowed).toBe(false)
    expect(repo.reviewComments(pull).map(({ path }) => path)).toEqual(['shop/migrations/1.sql'])
    const { summary } = repo.checkRun(repo.head(pull))?.output ?? {}
    expect(summary).toContain('billing/migrations/1.sql')
    expect(summary).toContain('Compared with database billing')
    expect(github.violations.splice(0)).toEqual([])
  } finally {
    await lockcast.close()
    await github.close()
  }
})
