import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { inFolder, lockcast } from '../support/command-line.ts'

const index = 'CREATE INDEX orders_total ON orders (total);'

/** One line on standard error, nothing on standard output, exit code 2. */
async function refused(args: string[], cwd: string, env: Record<string, string> = {}): Promise<string> {
  const { exit, stdout, stderr } = await lockcast(args, { cwd, env })
  expect({ exit, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({ exit: 2, stdout: '', lines: 1 })
  return stderr
}

describe('a database that cannot be read ends the command in one line', () => {
  test.each([
    ['postgres://app:s3cret@127.0.0.1:1/shop', /shop on 127\.0\.0\.1 port 1 as app cannot be read: .*ECONNREFUSED/],
    ['notaurl', /not a PostgreSQL URL/],
    ['http://127.0.0.1/shop', /not a PostgreSQL URL/],
    ['postgres://app:s3cret@127.0.0.1:port/shop', /cannot be read/],
  ])('%s', async (url, words) => {
    await inFolder({ 'migrations/1.sql': index }, async (cwd) => {
      const stderr = await refused(['review', 'migrations', '--database-url', url], cwd)
      expect(stderr).toMatch(words)
      expect(stderr).not.toContain('s3cret')
    })
  })

  test('--without-database reviews all the same, also where the environment names one', async () => {
    await inFolder({ 'migrations/1.sql': index }, async (cwd) => {
      const env = { LOCKCAST_DATABASE_URL: 'postgres://app@127.0.0.1:1/shop' }
      const { exit, stdout } = await lockcast(['review', 'migrations', '--without-database'], { cwd, env })
      expect(exit).toBe(1)
      expect(stdout).toContain('blocking-index-build')
    })
  })
})

describe('--base', () => {
  test('outside a repository says so', async () => {
    await inFolder({ 'migrations/1.sql': index }, async (cwd) => {
      expect(await refused(['review', '--base', 'main'], cwd)).toContain('in no git repository')
    })
  })

  test('with an unknown ref says so', async () => {
    await inFolder({ 'migrations/1.sql': index }, async (cwd) => {
      commit(cwd)
      expect(await refused(['review', '--base', 'nope'], cwd)).toContain('git knows no such commit or branch')
    })
  })

  test('in a shallow clone says how to deepen it', async () => {
    await inFolder({ 'origin/migrations/1.sql': index }, async (cwd) => {
      commit(`${cwd}/origin`)
      commit(`${cwd}/origin`)
      execFileSync('git', ['clone', '-q', '--depth', '1', `file://${cwd}/origin`, 'clone'], { cwd })
      expect(await refused(['review', '--base', 'HEAD~1'], `${cwd}/clone`)).toContain('fetch-depth: 0')
    })
  })
})

test('explain without a statement says so', async () => {
  await inFolder({}, async (cwd) => {
    expect(await refused(['explain', ''], cwd)).toContain('has no statement')
  })
})

test('a part of a hazard names the hazard that was meant', async () => {
  await inFolder({}, async (cwd) => {
    expect(await refused(['hazards', 'blocking-index'], cwd)).toContain('did you mean blocking-index-build?')
  })
})

function commit(cwd: string): void {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.invalid', ...args], { cwd })
  git('init', '-q')
  git('add', '.')
  git('commit', '-q', '--allow-empty', '-m', 'Add a migration')
}
