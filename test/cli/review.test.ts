import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/cli/errors.ts'
import type { Review } from '../../src/review/result.ts'
import { inFolder, inRepository, lockcast, mainFile, put, reviewIn } from '../support/command-line.ts'
import { freshShop } from '../support/shop.ts'

const snapshot = freshShop()
const index = 'CREATE INDEX orders_total_idx ON orders (total);\n'

async function reviewed(files: Record<string, string | Buffer>, paths = ['.']): Promise<Review & { exit: number }> {
  return inFolder(files, async (folder) => {
    const { exit, stdout } = await reviewIn(folder, paths, { snapshot })
    return { ...(JSON.parse(stdout) as Review), exit }
  })
}

describe('files as people have them', () => {
  test('one that is not UTF-8 is a finding that names its line, the other is reviewed, and the exit code is 2', async () => {
    const latin = Buffer.concat([Buffer.from('-- a\n-- caf'), Buffer.from([0xe9]), Buffer.from('\nSELECT 1;\n')])
    const result = await reviewed({ 'migrations/1.sql': latin, 'migrations/2.sql': index })
    expect(result.exit).toBe(2)
    expect(result.findings.map(({ hazard, path }) => [hazard, path])).toEqual([
      ['blocking-index-build', 'migrations/2.sql'],
      ['not-reviewed', 'migrations/1.sql'],
    ])
    expect(result.findings.at(-1)?.message).toContain('is not UTF-8 (line 2)')
    expect(result.unread).toEqual([{ path: 'migrations/1.sql', reason: expect.stringContaining('line 2') }])
  })

  test('UTF-16 and binary files are refused in words', async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(index, 'utf16le')])
    const result = await reviewed({ 'migrations/1.sql': utf16, 'migrations/2.sql': Buffer.from('SELECT 1;\0\0') })
    expect(result.exit).toBe(2)
    expect(result.unread.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('not UTF-8 (line 1)'),
      expect.stringContaining('NUL bytes'),
    ])
  })

  test.each([
    ['empty', ''],
    ['only comments', '-- nothing yet\n/* nor\n here */\n'],
    ['only white space', '\n \r\n\t'],
    ['a BOM alone', '\ufeff'],
    ['semicolons', ';;\n;'],
  ])('%s passes without a finding', async (_words, text) => {
    expect(await reviewed({ 'migrations/1.sql': text })).toMatchObject({
      exit: 0,
      verdict: 'pass',
      findings: [],
      files: [{ path: 'migrations/1.sql', statements: [] }],
    })
  })

  test('5 MB of statements are reviewed to the last', async () => {
    const line = `INSERT INTO countries VALUES ('XX', '${'x'.repeat(200)}');\n`
    const count = Math.ceil((5 * 1024 ** 2) / line.length)
    const result = await reviewed({ 'migrations/1.sql': line.repeat(count) + index })
    expect(result.exit).toBe(1)
    expect(result.files[0]?.statements).toHaveLength(count + 1)
    expect(result.findings).toMatchObject([{ hazard: 'blocking-index-build', line: count + 1 }])
  })

  test('one statement of 5 MB is one statement', async () => {
    const result = await reviewed({ 'migrations/1.sql': `SELECT '${'x'.repeat(5 * 1024 ** 2)}';\n${index}` })
    expect(result.findings).toMatchObject([{ hazard: 'blocking-index-build', line: 2 }])
  })

  test('a statement nested 10,000 deep is a finding at its line and the rest is reviewed', async () => {
    const deep = `SELECT ${'('.repeat(10_000)}1${')'.repeat(10_000)};\n`
    const result = await reviewed({ 'migrations/1.sql': `SELECT 1;\n${deep}${index}` })
    expect(result.exit).toBeGreaterThan(0)
    expect(result.findings.map(({ hazard, line }) => [hazard, line])).toEqual([
      ['syntax-error', 2],
      ['blocking-index-build', 3],
    ])
    expect(result.findings[0]?.message).toMatch(/too deep/)
  })

  test('CRLF, a BOM and umlauts leave lines as the editor shows them', async () => {
    const text = `\ufeff-- Übersicht\r\n\r\nSELECT 'ß😀';\r\nCREATE INDEX "größe"\r\n  ON orders (total);\r\n`
    const { findings } = await reviewed({ 'migrations/1.sql': text })
    expect(findings).toMatchObject([{ line: 4, endLine: 5 }])
  })

  test('a file given by name is a migration wherever it lies', async () => {
    const result = await reviewed({ 'notes/try.sql': index }, ['notes/try.sql'])
    expect(result).toMatchObject({ exit: 1, files: [{ path: 'notes/try.sql', runner: 'plain' }] })
  })

  test('a file given twice is reviewed once', async () => {
    const result = await reviewed({ 'migrations/1.sql': index }, ['.', 'migrations', './migrations/1.sql'])
    expect(result.findings).toHaveLength(1)
  })

  test('files share one evolving catalog in the runner’s order', async () => {
    const result = await reviewed({
      'db/migration/V10__index.sql': 'CREATE INDEX ON tickets (title);\n',
      'db/migration/V9__tickets.sql': 'CREATE TABLE tickets (id bigint PRIMARY KEY, title text);\n',
    })
    expect(result).toMatchObject({ exit: 0, findings: [] })
    expect(result.files.map(({ path }) => path)).toEqual([
      'db/migration/V9__tickets.sql',
      'db/migration/V10__index.sql',
    ])
  })
})

describe('what cannot be is said in one line, with exit code 2', () => {
  const files = {
    'migrations/1.sql': index,
    'text.json': 'not JSON',
    'sizes.json': '{"orders": "many"}',
    'list.json': '[]',
    'policy.yml': 'fail_at: high\n',
    'deep.yml': 'budget:\n  reads: 1s\n  tables:\n    public.orders:\n      writs: 1s\n',
    'runner.yml': 'runner: rails-ish\n',
    'escape.yml': 'fail\u001b[31m_on: high\n',
    'broken.yml': 'budget: [\n',
  }
  const database = ['--database-url', 'postgres://127.0.0.1:1/shop']

  test.each<[string, string[], RegExp]>([
    ['nothing to review', [], /say what to review/],
    ['a path that is not there', ['nope'], /nope: no such file or folder/],
    ['a folder without a migration', ['empty'], /empty: (no migration|no such)/],
    ['an unknown runner', ['migrations', '--runner', 'rake'], /--runner rake: not known; known are .*flyway/],
    ['a snapshot that is not there', ['migrations', '--snapshot', 'nope.json'], /nope\.json: no such file/],
    ['--sizes alone', ['migrations', '--sizes', 'sizes.json'], /--sizes goes with --from-empty/],
    [
      'sizes that are no numbers',
      ['migrations', '--from-empty', '--sizes', 'sizes.json'],
      /sizes\.json: orders: write a number/,
    ],
    [
      'sizes that are a list',
      ['migrations', '--from-empty', '--sizes', 'list.json'],
      /list\.json: sizes are an object/,
    ],
    ['two catalogs', ['migrations', '--snapshot', 'text.json', ...database], /--database-url and --snapshot: only one/],
    ['a catalog and none', ['migrations', '--from-empty', ...database], /--database-url and --from-empty: only one/],
    [
      'an unknown key in the policy',
      ['migrations', '--config', 'policy.yml'],
      /policy\.yml:1: unknown key fail_at; did you mean fail_on\?/,
    ],
    [
      'an unknown key deep in the policy',
      ['migrations', '--config', 'deep.yml'],
      /deep\.yml:5: unknown key .*writs; did you mean writes\?/,
    ],
    ['a policy that is no YAML', ['migrations', '--config', 'broken.yml'], /broken\.yml:\d+: /],
    ['an escape sequence in the policy', ['migrations', '--config', 'escape.yml'], /unknown key fail\[31m_on/],
    ['a policy with an unknown runner', ['migrations', '--config', 'runner.yml'], /rails-ish/],
    ['a policy that is not there', ['migrations', '--config', 'nope.yml'], /nope\.yml: no such policy file/],
    ['an unknown format', ['migrations', '--format', 'xml'], /--format.*xml/],
    ['an unknown threshold', ['migrations', '--fail-on', 'severe'], /--fail-on.*severe/],
    ['a version that is none', ['migrations', '--postgres-version', 'sixteen'], /major version from 10 to 18/],
    ['a version of the past', ['migrations', '--postgres-version', '9'], /major version from 10 to 18/],
    ['an unknown option', ['migrations', '--fix'], /unknown option '--fix'/],
    ['no git repository', ['--base', 'main'], /--base main|not a git repository/],
  ])('%s', async (_words, args, message) => {
    const ended = await inFolder(files, (cwd) =>
      lockcast(['review', ...args], { cwd, env: { GIT_CEILING_DIRECTORIES: '/' } }),
    )
    expect(ended.exit).toBe(2)
    expect(ended.stdout).toBe('')
    expect(ended.stderr).toMatch(message)
    expect(ended.stderr).not.toMatch(/\n\s+at |file:\/\//)
  })

  test('a ref that git does not know is named', async () => {
    const ended = await inRepository({ 'migrations/1.sql': index }, (cwd) =>
      lockcast(['review', '--base', 'origin/nope'], { cwd }),
    )
    expect(ended).toMatchObject({ exit: 2, stdout: '' })
    expect(ended.stderr).toContain('--base origin/nope')
  })

  test('an unknown key is also found in the policy of the repository', async () => {
    await inFolder({ 'migrations/1.sql': index, '.github/lockcast.yml': 'fail_onn: low\n' }, async (folder) => {
      await expect(reviewIn(folder, ['.'])).rejects.toThrow(UsageError)
      await expect(reviewIn(folder, ['.'])).rejects.toThrow(
        /lockcast\.yml:1: unknown key fail_onn; did you mean fail_on\?/,
      )
    })
  })
})

describe('the exit code', () => {
  test.each([
    ['high', 1],
    ['critical', 1],
    ['never', 0],
  ] as const)('--fail-on %s with a critical finding is %s', async (failOn, exit) => {
    await inFolder({ 'migrations/1.sql': index }, async (folder) => {
      const result = await reviewIn(folder, ['.'], { snapshot, failOn })
      expect(result.exit).toBe(exit)
      expect(JSON.parse(result.stdout).findings).toHaveLength(1)
    })
  })

  test('is 2 under never too when something could not be read', async () => {
    await inFolder({ 'migrations/1.sql': Buffer.from([0xff]) }, async (folder) => {
      expect((await reviewIn(folder, ['.'], { snapshot, failOn: 'never' })).exit).toBe(2)
    })
  })

  test('--fail-on wins over the policy, and the policy over the default', async () => {
    const files = { 'migrations/1.sql': index, '.github/lockcast.yml': 'fail_on: never\n' }
    await inFolder(files, async (folder) => {
      expect((await reviewIn(folder, ['.'], { snapshot })).exit).toBe(0)
      expect((await reviewIn(folder, ['.'], { snapshot, failOn: 'critical' })).exit).toBe(1)
    })
  })
})

describe('formats', () => {
  test.each([
    ['text', /orders_total_idx/, /Blocks writes to/],
    ['markdown', /\*\*Fails\*\*/, /```sql/],
    ['sarif', /"version":\s*"2\.1\.0"/, /blocking-index-build/],
    ['github', /^::error file=migrations\/1\.sql,line=1/m, /Blocks writes/],
  ] as const)('%s', async (format, ...patterns) => {
    await inFolder({ 'migrations/1.sql': index }, async (folder) => {
      const { exit, stdout } = await reviewIn(folder, ['.'], { snapshot, format })
      expect(exit).toBe(1)
      for (const pattern of patterns) expect(stdout).toMatch(pattern)
      expect(stdout).not.toContain('\u001b[')
    })
  })

  test('escape sequences of a migration do not reach the terminal', async () => {
    const sql = `CREATE INDEX "a\u001b[31mb\u0007" ON orders (total);\n`
    await inFolder({ 'migrations/1.sql': sql }, async (folder) => {
      const { stdout } = await reviewIn(folder, ['.'], { snapshot, format: 'text' })
      for (const control of ['\u0007', '\u001b']) expect(stdout).not.toContain(control)
    })
  })
})

test('a reader that closes the pipe early, as head does, is no error', async () => {
  const many = index.repeat(3_000)
  await inFolder({ 'migrations/1.sql': many }, async (cwd) => {
    const { exit, stderr } = await new Promise<{ exit: number | null; stderr: string }>((resolve) => {
      const child = spawn(process.execPath, [mainFile, 'review', '.', '--format', 'json'], {
        cwd,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let text = ''
      child.stderr.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      child.stdout.once('data', () => child.stdout.destroy())
      child.once('close', (code) => resolve({ exit: code, stderr: text }))
    })
    expect(stderr).toBe('')
    expect(exit).toBe(1)
  })
})

test('a connection string in the environment is used, and one on the command line beside a snapshot is refused', async () => {
  await inFolder({ 'migrations/1.sql': index }, async (cwd) => {
    const env = { LOCKCAST_DATABASE_URL: 'postgres://reader:hidden@127.0.0.1:1/shop' }
    const ended = await lockcast(['review', '.'], { cwd, env })
    expect(ended.exit).toBe(2)
    expect(ended.stdout).toBe('')
    expect(ended.stderr).toMatch(
      /^lockcast: the database shop on 127\.0\.0\.1 port 1 as reader cannot be read: .*ECONNREFUSED.*\n$/,
    )
    expect(ended.stdout + ended.stderr).not.toContain('hidden')
  })
})

test('a policy of the repository names the files and their transaction', async () => {
  const files = {
    'sql/changes/1.sql': 'CREATE INDEX CONCURRENTLY ON orders (total);\n',
    '.github/lockcast.yml': 'migrations:\n  - paths: sql/changes/*.sql\n    transaction: none\n',
  }
  await inFolder(files, async (folder) => {
    expect(await reviewIn(folder, ['.'], { snapshot })).toMatchObject({ exit: 0 })
    put(folder, { '.github/lockcast.yml': null })
    expect(await reviewIn(folder, ['.'], { snapshot })).toMatchObject({ exit: 1 })
  })
})

test('an option says where the catalog comes from, whatever LOCKCAST_DATABASE_URL holds', async () => {
  const env = { LOCKCAST_DATABASE_URL: 'postgres://reader:hidden@127.0.0.1:1/shop' }
  const { exit, stdout } = await lockcast(['review', '--from-empty', 'fixtures/migrations/goose', '--format', 'json'], {
    env,
  })
  expect([exit, (JSON.parse(stdout) as Review).catalog]).toEqual([0, 'empty'])
})
