import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { oldNodeProblem } from '../../src/cli/node-version.ts'
import { inFolder, lockcast, mainFile, put } from '../support/command-line.ts'

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

test.each([
  ['snapshot', '--database-url'],
  ['calibrate', '--database-url'],
  ['calibrate', '--database-url', 'postgres://127.0.0.1:1/shop', '--scratch-url'],
  ['preflight', 'migrations/1.sql', '--activity-url'],
  ['review', 'migrations', '--activity-url'],
])('%s refuses an address that is no PostgreSQL URL: %s %s %s', async (...args) => {
  await inFolder({ 'migrations/1.sql': index }, async (cwd) => {
    expect(await refused([...args, 'notaurl'], cwd)).toContain('not a PostgreSQL URL')
  })
})

test('snapshot names the database that it cannot read, without the password', async () => {
  await inFolder({}, async (cwd) => {
    const stderr = await refused(['snapshot', '--database-url', 'postgres://app:s3cret@127.0.0.1:1/shop'], cwd)
    expect(stderr).toContain('the database shop on 127.0.0.1 port 1 as app cannot be read')
    expect(stderr).not.toContain('s3cret')
  })
})

test.skipIf(process.getuid?.() !== 0)(
  'what another user may not read is left out or named, never a stack',
  async () => {
    await inFolder({ 'migrations/1.sql': 'ALTER TABLE orders DROP COLUMN total;' }, async (cwd) => {
      const asNobody = (...args: string[]) => {
        const [file, ...rest] = [
          'setpriv',
          '--reuid=65534',
          '--regid=65534',
          '--clear-groups',
          process.execPath,
          mainFile,
        ]
        const { status, stdout, stderr } = spawnSync(file!, [...rest, ...args], { cwd, encoding: 'utf8' })
        return { status, stdout, stderr }
      }
      mkdirSync(`${cwd}/data`, { mode: 0o700 })
      put(cwd, { 'src/a.ts': 'orders.total', 'src/secret.ts': 'orders.total' })
      chmodSync(`${cwd}/src/secret.ts`, 0)
      chmodSync(cwd, 0o755)
      expect(asNobody('review', 'migrations')).toMatchObject({ status: 1, stderr: '' })
      chmodSync(`${cwd}/migrations/1.sql`, 0)
      expect(asNobody('review', 'migrations').status).toBe(2)
      chmodSync(`${cwd}/migrations`, 0o700)
      expect(asNobody('review', 'migrations')).toEqual({
        status: 2,
        stdout: '',
        stderr: 'lockcast: migrations: permission denied\n',
      })
    })
  },
)

test('an empty file passes and is named', async () => {
  await inFolder({ 'migrations/1.sql': '' }, async (cwd) => {
    const { exit, stdout } = await lockcast(['review', 'migrations'], { cwd })
    expect(exit).toBe(0)
    expect(stdout).toContain('migrations/1.sql has no statement')
  })
})

test.each([
  ['20.20.2', false],
  ['22.17.9', false],
  ['22.18.0', true],
  ['24.0.0', true],
])('Node %s is new enough: %s', (version, isEnough) => {
  expect(oldNodeProblem(version) === null).toBe(isEnough)
})

describe('--base', () => {
  test('without git on the PATH says so', async () => {
    await inFolder({ 'migrations/1.sql': index }, async (cwd) => {
      expect(await refused(['review', '--base', 'main'], cwd, { PATH: '/nonexistent' })).toContain('git is needed')
    })
  })

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
