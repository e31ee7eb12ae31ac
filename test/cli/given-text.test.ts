import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import type { Review } from '../../src/review/result.ts'
import { inFolder, lockcast, mainFile, reviewIn } from '../support/command-line.ts'

/** `lockcast review -` and `--from-command`: SQL that is in no file. */

function piped(folder: string, input: string, ...args: string[]): { exit: number | null; reviewed: Review } {
  const { status, stdout } = spawnSync(process.execPath, [mainFile, 'review', ...args, '--format', 'json'], {
    cwd: folder,
    input,
    encoding: 'utf8',
  })
  return { exit: status, reviewed: JSON.parse(stdout) as Review }
}

test('standard input is reviewed, as the text of the file that is named', async () => {
  await inFolder({ 'drizzle/meta/_journal.json': '{"dialect":"postgresql","entries":[]}' }, (folder) => {
    const plain = piped(folder, 'DROP TABLE orders;\n', '-')
    expect(plain.exit).toBe(1)
    expect(plain.reviewed.files).toMatchObject([{ path: 'stdin.sql', runner: 'plain', statements: [{ line: 1 }] }])
    const named = piped(folder, 'SELECT 1;\n', '-', '--stdin-filename', 'drizzle/0001_a.sql')
    expect(named.exit).toBe(0)
    expect(named.reviewed.files).toMatchObject([{ path: 'drizzle/0001_a.sql', runner: 'drizzle' }])
    const marked = piped(folder, '-- +goose Up\nSELECT 1;\n', '-', '--stdin-filename', 'new/1_a.sql')
    expect(marked.reviewed.files).toMatchObject([{ path: 'new/1_a.sql', runner: 'goose' }])
    const other = piped(folder, 'SELECT 1;\n', '-', '--stdin-filename', 'mysql/migrations/1_a.sql')
    expect([other.exit, other.reviewed.skipped.map(({ path }) => path)]).toEqual([0, ['mysql/migrations/1_a.sql']])
  })
})

describe('--from-command', () => {
  test('reviews what the command prints, with the transactions that it prints', async () => {
    await inFolder({}, async (folder) => {
      const text = 'BEGIN;\\nALTER TABLE a ADD b int;\\nCOMMIT;\\nCREATE INDEX CONCURRENTLY i ON a (b);\\n'
      const { stdout } = await reviewIn(folder, [], { fromCommand: `printf '${text}'` })
      const [file] = (JSON.parse(stdout) as Review).files
      expect(file?.path).toBe('from-command.sql')
      expect(file?.statements.map(({ transaction }) => transaction)).toEqual(['t1', 't1', 't1', null])
    })
  })

  test('with --runner as that tool runs it', async () => {
    await inFolder({}, async (folder) => {
      const printed = "printf 'CREATE TABLE a (x int);\\nCREATE TABLE b (x int);\\n'"
      const { stdout } = await reviewIn(folder, [], { fromCommand: printed, runner: 'atlas' })
      const [file] = (JSON.parse(stdout) as Review).files
      expect([file?.runner, file?.statements.map(({ transaction }) => transaction)]).toEqual(['atlas', ['t1', 't1']])
    })
  })

  test('a history table that Liquibase prints is no missing one', async () => {
    await inFolder({}, async (folder) => {
      const printed = `printf 'LOCK TABLE x;\\nINSERT INTO DATABASECHANGELOG (ID) VALUES (1);\\n' | tail -1`
      const { stdout } = await reviewIn(folder, [], { fromCommand: printed, fromEmpty: true })
      expect((JSON.parse(stdout) as Review).findings.map(({ hazard }) => hazard)).not.toContain('unknown-relation')
    })
  })

  test.each<[string, string, RegExp]>([
    ['fails', 'printf "DROP TABLE a;"; exit 3', /ended with exit code 3, so nothing was reviewed/],
    ['does not exist', 'no-such-command-anywhere', /ended with exit code 127/],
    ['prints nothing', 'true', /printed nothing/],
  ])('a command that %s is an error', async (_words, command, words) => {
    await inFolder({}, async (folder) => {
      const { exit, stderr } = await lockcast(['review', '--from-command', command], { cwd: folder })
      expect([exit, words.test(stderr)]).toEqual([2, true])
    })
  })
})

test.each<[string, string[], RegExp]>([
  ['two ways', ['review', '-', '--base', 'main'], /- and --base: only one of them/],
  ['a file beside -', ['review', '-', 'a.sql'], /name no file beside it/],
  ['a name without -', ['review', 'a.sql', '--stdin-filename', 'b.sql'], /--stdin-filename goes with -/],
])('%s is refused', async (_words, args, words) => {
  await inFolder({ 'a.sql': '' }, async (folder) => {
    const { exit, stderr } = await lockcast(args, { cwd: folder })
    expect([exit, words.test(stderr)]).toEqual([2, true])
  })
})

test('detect prints what runs which folder, and why', async () => {
  const files = {
    'db/migration/V1__a.sql': 'SELECT 1;',
    'pom.xml': '<artifactId>flyway-core</artifactId>',
    'svc/migrations/1_a.sql': '-- +goose Up\nSELECT 1;',
    'svc/migrations/2_b.sql': '-- +goose Up\nSELECT 1;',
    'mysql/migrations/1_a.sql': 'SELECT 1;',
    'web/prisma/migrations/1_a/migration.sql': 'SELECT 1;',
    'web/prisma/migrations/2_b/migration.sql': 'SELECT 1;',
    'web/prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n',
    'php/database/migrations/1_a.php': '<?php use Illuminate\\Database\\Migrations\\Migration;',
    'sql/views.sql': 'CREATE VIEW v AS SELECT 1;',
    'src/a.ts': 'export {}',
  }
  await inFolder(files, async (folder) => {
    execFileSync('git', ['init', '--quiet'], { cwd: folder })
    const { exit, stdout } = await lockcast(['detect'], { cwd: folder })
    expect(exit).toBe(0)
    expect(stdout.trim().split('\n')).toEqual([
      'db/migration/  Flyway, 1 file: a manifest or config file in a folder above names it',
      'mysql/migrations/  skipped, 1 file: not PostgreSQL, not reviewed: MySQL, by folder mysql/',
      expect.stringMatching(/^php\/database\/migrations\/ {2}not read, 1 file: migrations of Laravel are not read;/),
      'sql/  not claimed, 1 file: SQL that changes a schema and that no tool runs',
      'svc/migrations/  goose, 2 files: the text has its marker',
      'web/prisma/migrations/  Prisma Migrate, 2 files: the folder, the name or a file beside it is its own',
    ])
    const json = await lockcast(['detect', 'svc', '--format', 'json'], { cwd: folder })
    expect(JSON.parse(json.stdout)).toMatchObject([
      { folder: 'svc/migrations', runner: 'goose', files: 2, status: 'read' },
    ])
  })
})
