import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Review } from '../../src/review/result.ts'
import { commitAll, git, inFolder, inRepository, put, reviewIn } from '../support/command-line.ts'
import { freshShop } from '../support/shop.ts'

/** `--base REF` in real git repositories: what changed since the branch left, committed or not. */

const snapshot = freshShop()
const path = (number: number) => `db/migration/V${number}__change.sql`
const harmless = (name: string) => `CREATE TABLE ${name} (id bigint PRIMARY KEY);\n`
const deployed = {
  'db/migration/V1__orders.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY, placed_at timestamp);\n',
  'db/migration/V2__placed.sql': 'CREATE INDEX orders_placed_at_idx ON orders (placed_at);\n',
}

async function since(
  folder: string,
  ref = 'main',
  paths: string[] = [],
): Promise<{ exit: number; paths: string[]; reviewed: Review }> {
  const { exit, stdout } = await reviewIn(folder, paths, { snapshot, base: ref })
  const reviewed = JSON.parse(stdout) as Review
  return { exit, paths: reviewed.files.map((file) => file.path), reviewed }
}

test('only what changed is reviewed: committed, in the index, changed and untracked', async () => {
  await inRepository({ ...deployed, [path(3)]: harmless('a') }, async (folder) => {
    git(folder, 'switch', '--quiet', '--create', 'change')
    put(folder, { [path(4)]: harmless('b') })
    commitAll(folder)
    put(folder, { [path(5)]: harmless('c') })
    git(folder, 'add', '--all')
    put(folder, { [path(6)]: harmless('d'), [path(3)]: `${harmless('a')}-- and more\n`, 'src/app.ts': 'export {}\n' })
    expect((await since(folder)).paths).toEqual([path(3), path(4), path(5), path(6)])
  })
})

test('a renamed file is reviewed under its new name, a deleted one is not', async () => {
  await inRepository({ ...deployed, [path(3)]: harmless('a'), [path(4)]: harmless('b') }, async (folder) => {
    git(folder, 'mv', path(3), path(7))
    git(folder, 'rm', '--quiet', path(4))
    commitAll(folder)
    expect((await since(folder, 'HEAD~1')).paths).toEqual([path(7)])
  })
})

test('what the base branch gained meanwhile is not this change', async () => {
  await inRepository(deployed, async (folder) => {
    git(folder, 'switch', '--quiet', '--create', 'change')
    put(folder, { [path(4)]: harmless('b') })
    commitAll(folder)
    git(folder, 'switch', '--quiet', 'main')
    put(folder, { [path(3)]: harmless('a') })
    commitAll(folder)
    git(folder, 'switch', '--quiet', 'change')
    expect((await since(folder)).paths).toEqual([path(4)])
  })
})

test('nothing changed is a pass that says so', async () => {
  await inRepository(deployed, async (folder) => {
    expect(await since(folder)).toMatchObject({ exit: 0, paths: [], reviewed: { notes: ['No migration changed.'] } })
  })
})

test('files that git ignores are not reviewed', async () => {
  await inRepository({ ...deployed, '.gitignore': 'scratch/\n' }, async (folder) => {
    put(folder, { 'scratch/migrations/1.sql': harmless('x') })
    expect((await since(folder)).paths).toEqual([])
  })
})

test('in a subfolder its own files are reviewed, by paths from there', async () => {
  const files = { 'shop/db/migration/V1__a.sql': harmless('a'), 'other/db/migration/V1__a.sql': harmless('a') }
  await inRepository(files, async (folder) => {
    put(folder, {
      'shop/db/migration/V2__b.sql': 'ALTER TABLE a ADD COLUMN b int;\n',
      'other/db/migration/V2__b.sql': harmless('b'),
    })
    const result = await since(join(folder, 'shop'))
    expect(result.paths).toEqual(['db/migration/V2__b.sql'])
    expect(result.reviewed.notes.join()).toContain('db/migration/V1__a.sql')
    expect(result.exit).toBe(0)
  })
})

test('paths narrow what changed', async () => {
  await inRepository(deployed, async (folder) => {
    put(folder, { [path(4)]: harmless('b'), 'other/migrations/1.sql': harmless('c') })
    expect((await since(folder, 'main', ['other'])).paths).toEqual(['other/migrations/1.sql'])
    expect((await since(folder, 'main', ['./db/', 'other'])).paths).toHaveLength(2)
    expect((await since(folder, 'main', ['.'])).paths).toHaveLength(2)
  })
})

test('names with spaces, umlauts and quotes are read as they are', async () => {
  const odd = 'db/migration/V4__größe "neu".sql'
  await inRepository(deployed, async (folder) => {
    put(folder, { [odd]: harmless('b') })
    commitAll(folder)
    expect((await since(folder, 'HEAD~1')).paths).toEqual([odd])
  })
})

test('a table merged before and not deployed yet is known, and what the base changed in a file counts as it was', async () => {
  await inRepository({ ...deployed, [path(3)]: harmless('wishlists') }, async (folder) => {
    put(folder, { [path(4)]: 'ALTER TABLE wishlists ADD COLUMN note text;\n' })
    const { exit, reviewed } = await since(folder)
    expect(reviewed.findings).toEqual([])
    expect(reviewed.notes.join()).toContain(`applied first: ${path(3)}`)
    expect(exit).toBe(0)
  })
})

test('a migration that was merged and is changed now is not applied twice', async () => {
  await inRepository({ ...deployed, [path(3)]: harmless('wishlists') }, async (folder) => {
    put(folder, { [path(3)]: 'CREATE TABLE wishlists (id bigint PRIMARY KEY, note text);\n' })
    const { reviewed } = await since(folder)
    expect(reviewed.findings.filter(({ hazard }) => hazard === 'unknown-relation')).toEqual([])
  })
})

test('a file that is not UTF-8 on the base branch harms nobody who did not touch it', async () => {
  await inRepository({ ...deployed, [path(3)]: Buffer.from([0xff, 0xfe, 0x00]) }, async (folder) => {
    put(folder, { [path(4)]: 'ALTER TABLE nope ADD COLUMN note text;\n' })
    const { reviewed } = await since(folder)
    expect(reviewed.findings).toMatchObject([{ hazard: 'unknown-relation', path: path(4) }])
  })
})

test('nothing of the repository is run: hooks, filters and external diffs stay still', async () => {
  await inRepository({ ...deployed, '.gitattributes': '*.sql diff=loud\n' }, async (folder) => {
    git(folder, 'config', 'diff.loud.command', `touch ${join(folder, 'ran')}`)
    git(folder, 'config', 'diff.loud.textconv', `touch ${join(folder, 'ran')} #`)
    put(folder, { [path(1).replace('change', 'orders')]: `${deployed['db/migration/V1__orders.sql']}-- more\n` })
    await since(folder)
    expect(git(folder, 'status', '--porcelain')).not.toContain('ran')
  })
})

test('outside a git repository it is said in one line', async () => {
  await inFolder({ [path(1)]: harmless('a') }, async (folder) => {
    await expect(reviewIn(folder, [], { base: 'main' })).rejects.toThrow(/git|--base main/)
  })
})

test('a merged file that is edited makes nothing new: what it made long ago is no empty table', async () => {
  const dropped = "SET LOCAL lock_timeout = '3s';\nALTER TABLE orders DROP COLUMN placed_at;\n"
  await inRepository(deployed, async (folder) => {
    put(folder, {
      'db/migration/V1__orders.sql': `${deployed['db/migration/V1__orders.sql']}-- more\n`,
      [path(9)]: dropped,
    })
    const { stdout } = await reviewIn(folder, [], { base: 'main' })
    const { findings } = JSON.parse(stdout) as Review
    expect(findings.map(({ hazard }) => hazard).sort()).toEqual(['drop-column', 'edited-applied-migration'])
  })
})
