import { expect, test } from 'vitest'
import type { Finding, Review } from '../../src/review/result.ts'
import { commitAll, git, inFolder, inRepository, put, reviewIn } from '../support/command-line.ts'

/** Whether the code names a dropped column, in real working trees. */

const drop = { 'db/migration/V2__drop.sql': "SET LOCAL lock_timeout = '3s';\nALTER TABLE orders DROP COLUMN region;\n" }
const change = ['db/migration/V2__drop.sql']
const base = { 'db/migration/V1__orders.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY, region text);\n' }
const use = { 'src/report.ts': "db.query('SELECT region FROM orders')\n" }

async function dropIn(folder: string, paths: string[], options = {}): Promise<Finding> {
  const { stdout } = await reviewIn(folder, paths, options)
  const reviewed = JSON.parse(stdout) as Review
  const found = reviewed.findings.find(({ hazard }) => hazard === 'drop-column')
  if (!found) throw new Error(stdout)
  return found
}

test('in git, what is tracked and what is new counts; what is ignored does not', async () => {
  await inRepository({ ...base, '.gitignore': 'build/\n', 'src/a.ts': 'export {}\n' }, async (folder) => {
    put(folder, { ...drop, 'build/report.ts': use['src/report.ts'] })
    expect(await dropIn(folder, change)).toMatchObject({ severity: 'medium' })
    put(folder, use)
    const found = await dropIn(folder, change)
    expect(found.severity).toBe('high')
    expect(found.why).toContain('`src/report.ts:1`')
  })
})

test('in a subfolder of a repository the whole repository is searched', async () => {
  await inRepository({ 'api/x.go': 'o.Region = orders\n' }, async (folder) => {
    put(folder, { 'shop/db/migration/V2__drop.sql': drop['db/migration/V2__drop.sql'] })
    expect((await dropIn(`${folder}/shop`, ['db'])).why).toContain('`../api/x.go:1`')
  })
})

test('without git the current folder is searched, and files that are no text are passed over', async () => {
  await inFolder({ ...drop, ...use, 'src/blob.dat': Buffer.from([0, 1, 2]) }, async (folder) => {
    expect((await dropIn(folder, ['db'])).why).toContain('`src/report.ts:1`')
  })
})

test('SQL beside a reviewed file is no code, though no migration tool claims its folder', async () => {
  const files = { 'sql/2.sql': drop['db/migration/V2__drop.sql'], 'sql/1.sql': base['db/migration/V1__orders.sql'] }
  for (const within of [inFolder, inRepository]) {
    await within({ ...files, ...use }, async (folder) => {
      const { why } = await dropIn(folder, ['sql/2.sql'])
      expect(why).toContain('in one place: `src/report.ts:1`')
    })
  }
})

test('where there is no code it is not called searched', async () => {
  await inFolder(drop, async (folder) => {
    expect(await dropIn(folder, ['db'])).toMatchObject({
      severity: 'high',
      why: expect.stringContaining('No code was found'),
    })
  })
})

test('the policy leaves out files, or turns the search off', async () => {
  await inRepository({ ...base, ...use, 'src/a.ts': 'export {}\n' }, async (folder) => {
    put(folder, { ...drop, '.github/lockcast.yml': 'code_search: { ignore: [src/report.ts] }\n' })
    expect((await dropIn(folder, change)).severity).toBe('medium')
    put(folder, { '.github/lockcast.yml': 'code_search: { enabled: false }\n' })
    expect(await dropIn(folder, change)).toMatchObject({
      severity: 'high',
      why: expect.stringContaining('The code was not searched'),
    })
  })
})

test('uses that the change removes are found at the merge base, in files that are gone too', async () => {
  await inRepository(
    { ...base, ...use, 'src/b.py': 'order["region"]\n', 'src/a.ts': 'export {}\n' },
    async (folder) => {
      git(folder, 'switch', '--quiet', '--create', 'change')
      git(folder, 'rm', '--quiet', 'src/b.py')
      put(folder, { ...drop, 'src/report.ts': "db.query('SELECT id FROM orders')\n" })
      commitAll(folder)
      const found = await dropIn(folder, [], { base: 'main' })
      expect(found.severity).toBe('medium')
      expect(found.why).toContain('takes the last uses out of the code')
      expect(found.why).toContain('`src/b.py:1`')
      expect(found.why).toContain('`src/report.ts:1`')
    },
  )
})

test('an odd name, and one with a dash in front, are only names', async () => {
  const sql = 'ALTER TABLE orders DROP COLUMN "--all"; ALTER TABLE orders DROP COLUMN "größe";'
  await inRepository({ 'src/a.ts': 'orders["--all"] + größe\n' }, async (folder) => {
    put(folder, { 'db/migration/V2__drop.sql': sql })
    const { stdout } = await reviewIn(folder, ['db'])
    const found = (JSON.parse(stdout) as Review).findings.filter(({ hazard }) => hazard === 'drop-column')
    expect(found.map(({ severity }) => severity)).toEqual(['high', 'high'])
    expect(found.every(({ why }) => why.includes('`src/a.ts:1`'))).toBe(true)
  })
})
