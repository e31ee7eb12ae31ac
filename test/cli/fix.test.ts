import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commitAll, git, inFolder, inRepository, lockcast, put } from '../support/command-line.ts'
import { freshShop } from '../support/shop.ts'

/** `lockcast fix` in real git repositories. */

const snapshot = freshShop()
const text = 'CREATE INDEX orders_note ON orders (region);\n'
const path = 'db/migration/V2__note.sql'
const files = { 'db/migration/V1__base.sql': 'SELECT 1;\n', [path]: text }

const run = (folder: string, ...args: string[]) => lockcast(['fix', ...args, '--snapshot', snapshot], { cwd: folder })
const textOf = (folder: string): string => readFileSync(join(folder, path), 'utf8')

test('a dry run prints a diff that git applies, and writes nothing', async () => {
  await inRepository(files, async (folder) => {
    const { exit, stdout } = await run(folder, path, '--dry-run')
    expect(exit).toBe(0)
    expect(textOf(folder)).toBe(text)
    put(folder, { 'fix.patch': stdout })
    git(folder, 'apply', 'fix.patch')
    const patched = textOf(folder)
    git(folder, 'checkout', '--quiet', '--', '.')
    expect((await run(folder, path)).exit).toBe(0)
    expect(textOf(folder)).toBe(patched)
    expect(patched).toContain('CREATE INDEX CONCURRENTLY orders_note ON orders (region);')
  })
})

test('a second run changes nothing', async () => {
  await inRepository(files, async (folder) => {
    await run(folder, path)
    const { exit, stdout } = await run(folder, 'db/migration')
    expect(stdout).toContain('Nothing to write')
    expect(exit).toBe(0)
  })
})

test('what is not committed is overwritten only when told', async () => {
  await inRepository(files, async (folder) => {
    put(folder, { [path]: `${text}-- not committed\n` })
    const refused = await run(folder, path)
    expect(refused).toMatchObject({ exit: 2, stderr: expect.stringContaining('--force') })
    expect(textOf(folder)).toContain('-- not committed')
    expect((await run(folder, path, '--force')).exit).toBe(0)
    expect(textOf(folder)).toContain('CONCURRENTLY')
  })
  await inFolder(files, async (folder) => {
    expect(await run(folder, path)).toMatchObject({ exit: 2, stderr: expect.stringContaining('not committed') })
  })
})

test('a file that the base branch has stays as it is', async () => {
  await inRepository(files, async (folder) => {
    git(folder, 'switch', '--quiet', '--create', 'change')
    const { exit, stdout } = await run(folder, path, '--base', 'main')
    expect(stdout).toContain(`left    ${path}: main has it already`)
    expect(exit).toBe(1)
    put(folder, { 'db/migration/V3__more.sql': 'CREATE INDEX orders_more ON orders (region);\n' })
    commitAll(folder)
    expect((await run(folder, 'db/migration/V3__more.sql', '--base', 'main')).exit).toBe(0)
    expect(textOf(folder)).toBe(text)
  })
})

test('plain SQL gets an entry of the policy, which keeps its comments', async () => {
  const plain = { 'migrations/001_note.sql': text, '.github/lockcast.yml': '# Ours.\nfail_on: high\n' }
  await inRepository(plain, async (folder) => {
    const { exit, stdout } = await run(folder, 'migrations/001_note.sql')
    expect(stdout).toContain('edited  .github/lockcast.yml')
    expect(exit).toBe(0)
    expect(readFileSync(join(folder, '.github/lockcast.yml'), 'utf8')).toMatch(
      /^# Ours\.\nfail_on: high\nmigrations:\n {2}- paths: migrations\/001_note\.sql\n {4}transaction: none\n$/,
    )
    expect((await run(folder, 'migrations')).stdout).toContain('Nothing to write')
  })
})

test('what cannot be called so is refused', async () => {
  await inFolder(files, async (folder) => {
    expect(await run(folder, 'nowhere.sql')).toMatchObject({ exit: 2, stderr: expect.stringContaining('no such file') })
    expect((await run(folder)).exit).toBe(2)
  })
  await inRepository(files, async (folder) => {
    await run(folder, path, '--dry-run')
    expect(existsSync(join(folder, 'lockcast'))).toBe(false)
    expect(readdirSync(join(folder, 'db/migration'))).toHaveLength(2)
  })
})
