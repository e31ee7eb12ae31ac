import { expect, test } from 'vitest'
import { harness } from './harness.ts'

/** A pull request that is too large for a review fails its check, which names the limit and its key. */

const it = harness(null)
const policy = '.github/lockcast.yml'

function lines(count: number, line: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => line(at)).join('')
}

test.each<{ key: string; files: Record<string, string>; value: number; most: string }>([
  {
    key: 'files',
    value: 2,
    most: '2 migrations',
    files: Object.fromEntries([1, 2, 3].map((at) => [`db/migration/V${at}__a.sql`, `CREATE TABLE t${at} (id int);\n`])),
  },
  {
    key: 'megabytes',
    value: 0.01,
    most: '0.01 MB of migrations',
    files: Object.fromEntries(
      [1, 2, 3].map((at) => [`db/migration/V${at}__a.sql`, `CREATE TABLE t (id int); -- ${'x'.repeat(5_000)}\n`]),
    ),
  },
  {
    key: 'statements',
    value: 50,
    most: '50 statements',
    files: { 'db/migration/V1__a.sql': lines(60, (at) => `CREATE TABLE t${at} (id int);\n`) },
  },
  {
    key: 'statements',
    value: 10,
    most: '10 statements',
    files: { 'db/migration/V1__a.sql': lines(500, () => 'SELECT FROM;\n') },
  },
  {
    key: 'findings',
    value: 3,
    most: '3 findings',
    files: { 'db/migration/V1__a.sql': lines(8, (at) => `DROP TABLE gone${at};\n`) },
  },
])(
  'limits.$key: beyond $value the check fails and says so; with more allowed it does not',
  async ({ key, value, most, files }) => {
    const repo = it.repository({ files: { [policy]: `limits:\n  ${key}: ${value}\n` } })
    const pull = repo.openPullRequest({ files })
    await it.settled()
    const run = repo.checkRun(repo.head(pull))
    expect(run?.conclusion).toBe('failure')
    expect(run?.output.summary).toContain(`\`limits.${key}\``)
    expect(run?.output.summary).toContain(most)
    repo.commit('main', { [policy]: 'fail_on: high\n' })
    await it.settled()
    expect(repo.checkRun(repo.head(pull))?.output.summary).not.toContain('`limits.')
  },
)

test('forty copies of one file of 1 MB: most are never read', async () => {
  const text = lines(20_000, (at) => `INSERT INTO orders VALUES (${at}, 'some words in it');\n`)
  const repo = it.repository()
  const before = it.github.requests.length
  const pull = repo.openPullRequest({
    files: Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`db/migration/V${at}__a.sql`, `-- ${at}\n${text}`]),
    ),
  })
  await it.settled()
  expect(repo.checkRun(repo.head(pull))?.output.summary).toContain('`limits.')
  const blobs = it.github.requests.slice(before).filter(({ path }) => path.includes('/git/blobs/'))
  expect(blobs.length).toBeLessThan(20)
})

test('forty copies of one file of 200 KB with the default limits end in a check that names the limit', async () => {
  const text = lines(6_000, (at) => `CREATE INDEX i${at} ON orders (total);\n`)
  const repo = it.repository()
  const pull = repo.openPullRequest({
    files: Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`db/migration/V${at}__a.sql`, text])),
  })
  await it.settled()
  expect(repo.checkRun(repo.head(pull))?.conclusion).toBe('failure')
  expect(repo.checkRun(repo.head(pull))?.output.summary).toMatch(/`limits\.(statements|megabytes)`/)
})
