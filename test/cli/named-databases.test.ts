import { expect, test } from 'vitest'
import type { Review } from '../../src/review/result.ts'
import { inFolder, lockcast } from '../support/command-line.ts'
import { freshShop } from '../support/shop.ts'

/** Several tools and databases in one repository, on the command line. */

const shop = freshShop()
const index = "SET LOCAL lock_timeout = '3s';\nCREATE INDEX orders_note_idx ON orders (status);\n"
const files = {
  '.github/lockcast.yml':
    "migrations:\n  - { paths: 'billing/**', database: billing }\n  - { paths: 'audit/**', database: audit }\n",
  'shop/db/migration/V1__a.sql': index,
  'shop/pom.xml': 'flyway',
  'billing/migrations/1_a.sql': `-- +goose Up\n${index}`,
  'audit/migrations/1_a.up.sql': index,
}

const severity = ({ findings }: Review, path: string): string | undefined =>
  findings.find((finding) => finding.path === path && finding.hazard === 'blocking-index-build')?.severity

test('the policy maps folders to names, options and environment give their addresses', async () => {
  await inFolder(files, async (folder) => {
    const args = ['review', '.', '--format', 'json', '--from-empty']
    const env = { LOCKCAST_DATABASE_URL_AUDIT: shop }
    const { stdout, stderr } = await lockcast([...args, '--database', `billing=${shop}`], { cwd: folder, env })
    expect(stderr).toBe('')
    const reviewed = JSON.parse(stdout) as Review
    expect(reviewed.files.map(({ path, runner }) => [path, runner])).toEqual(
      expect.arrayContaining([
        ['audit/migrations/1_a.up.sql', 'golang-migrate'],
        ['billing/migrations/1_a.sql', 'goose'],
        ['shop/db/migration/V1__a.sql', 'flyway'],
      ]),
    )
    expect(severity(reviewed, 'billing/migrations/1_a.sql')).toBe('critical')
    expect(severity(reviewed, 'audit/migrations/1_a.up.sql')).toBe('critical')
    // From empty: the table does not exist.
    expect(severity(reviewed, 'shop/db/migration/V1__a.sql')).toBeUndefined()
    expect(reviewed.notes.join('\n')).toContain('Compared with database billing')
  })
})

test('a name without an address is compared with no other database, and a name that is not in the policy is refused', async () => {
  await inFolder(files, async (folder) => {
    const { stdout } = await lockcast(['review', 'billing', '--format', 'json', '--snapshot', shop], { cwd: folder })
    const reviewed = JSON.parse(stdout) as Review
    expect([reviewed.catalog, reviewed.notes[0]]).toEqual(['none', expect.stringContaining('No catalog was given')])
    const { exit, stderr } = await lockcast(['review', '.', '--database', `shop=${shop}`], { cwd: folder })
    expect([exit, stderr]).toEqual([2, expect.stringContaining('the policy names no such database')])
  })
})
