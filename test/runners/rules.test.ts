import { beforeAll, describe, expect, test } from 'vitest'
import { defaultPolicy, type Policy, parsePolicy } from '../../src/policy/policy.ts'
import { runnerNamed } from '../../src/runners/detection.ts'
import { migrationPaths, readMigrations } from '../../src/runners/read-migrations.ts'
import { runners } from '../../src/runners/registry.ts'
import { loadParser } from '../../src/sql/parse.ts'
import { migrationsOf, projectOf } from './project.ts'

beforeAll(loadParser)

const index = 'CREATE INDEX CONCURRENTLY i ON a (x);\n'

describe('a path and the files beside it tell the runner', () => {
  test.each<[string, string, Record<string, string>]>([
    ['prisma', 'packages/db/prisma/migrations/20250101000000_init/migration.sql', {}],
    ['prisma', 'db/history/20250101000000_init/migration.sql', { 'db/history/migration_lock.toml': '' }],
    ['drizzle', 'apps/web/drizzle/0000_a.sql', { 'apps/web/drizzle/meta/_journal.json': '{}' }],
    ['drizzle', 'drizzle/20250101000000_a/migration.sql', { 'drizzle/20250101000000_a/snapshot.json': '{}' }],
    ['flyway', 'src/main/resources/db/migration/V2024_01_02_1200__a.sql', {}],
    ['flyway', 'sql/R__views.sql', {}],
    ['flyway', 'sql/B5__baseline.sql', {}],
    ['sqlx', 'migrations/20240101000000_a.sql', { 'Cargo.toml': '[dependencies.sqlx]\nversion = "0.8"\n' }],
    ['sqlx', 'db/migrations/1_a.up.sql', { 'db/Cargo.toml': '[dependencies]\nsqlx = "0.8"\n' }],
    ['golang-migrate', 'db/migrations/1_a.up.sql', { 'Cargo.toml': '[dependencies]\ndiesel = "2"\n' }],
    ['diesel', 'migrations/00000000000000_diesel_initial_setup/up.sql', {}],
    ['golang-migrate', 'migrations/20240101000000_.up.sql', {}],
    ['plain', 'db/migrate/20240101_a.sql', {}],
    ['plain', 'migrations/app/a.sql', {}],
  ])('%s: %s', (name, path, others) => {
    expect(
      migrationsOf({ [path]: 'SELECT 1;', ...others }).map((migration) => [migration.path, migration.runner]),
    ).toEqual([[path, name]])
  })

  test.each(['src/query.sql', 'migrations/a.txt', 'seeds/1.sql', 'snapshot/migration.sql', 'x/up.sql'])(
    '%s is nobody’s migration',
    (path) => {
      expect(migrationPaths(projectOf({ [path]: '' }), defaultPolicy)).toEqual([])
    },
  )

  test.each<[string, string]>([
    ['goose', '-- +goose Up\nSELECT 1;'],
    ['goose', '-- comment\n--+goose  up\r\nSELECT 1;'],
    ['sql-migrate', '-- +migrate Up\nSELECT 1;'],
    ['dbmate', '--migrate:up\nSELECT 1;'],
    ['sqlx', '-- no-transaction\nSELECT 1;'],
    ['drizzle', 'SELECT 1;\n--> statement-breakpoint\nSELECT 2;'],
  ])('%s is known by its marker wherever the file lies', (name, text) => {
    expect(migrationsOf({ 'migrations/1_a.up.sql': text })[0]?.runner).toBe(name)
  })
})

describe('the policy decides before any detection', () => {
  const files = {
    'db/1.sql': '-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;',
    'migrations/x/migration.sql': 'SELECT 1;',
  }

  test.each<[string, Partial<Policy>, [string, string, string][]]>([
    ['nothing said', {}, [['migrations/x/migration.sql', 'prisma', 'implicit']]],
    ['a runner for all', { runner: 'plain' }, [['migrations/x/migration.sql', 'plain', 'transaction']]],
    [
      'a glob adds files, detected as any other',
      { migrations: [{ paths: 'db/*.sql', transaction: 'file' }] },
      [
        ['db/1.sql', 'goose', 'transaction'],
        ['db/1.sql', 'goose', 'transaction'],
        ['migrations/x/migration.sql', 'prisma', 'implicit'],
      ],
    ],
    [
      'a glob names the runner',
      { runner: 'prisma', migrations: [{ paths: 'db/**', runner: 'plain', transaction: 'none' }] },
      [
        ['db/1.sql', 'plain', 'autocommit'],
        ['migrations/x/migration.sql', 'prisma', 'implicit'],
      ],
    ],
    [
      'the first glob that fits counts',
      {
        migrations: [
          { paths: 'db/1.sql', runner: 'golang-migrate', transaction: 'file' },
          { paths: 'db/*.sql', runner: 'plain', transaction: 'none' },
        ],
      },
      [
        ['db/1.sql', 'golang-migrate', 'implicit'],
        ['migrations/x/migration.sql', 'prisma', 'implicit'],
      ],
    ],
  ])('%s', (_, policy, expected) => {
    expect(
      migrationsOf(files, policy).map((migration) => [migration.path, migration.runner, migration.wrapping]),
    ).toEqual(expected)
  })

  test('an unknown runner is named with the known ones, and no file is read by guess', () => {
    const policy = { ...defaultPolicy, runner: 'prisme' }
    const known = runners.map((runner) => runner.name).join(', ')
    expect(migrationsOf(files, policy).map((migration) => migration.unreadable)).toEqual([
      `the policy names a runner prisme, which is not one of ${known}`,
    ])
    expect(parsePolicy('fail_on: high\nrunner: prisme\n', 'p.yml').problems).toEqual([
      {
        path: 'p.yml',
        line: 2,
        message: `runner: no runner is called prisme; did you mean prisma? (known: ${known})`,
      },
    ])
  })
})

describe('the order is the tool’s', () => {
  test.each<[string, string[]]>([
    ['numbers as numbers', ['migrations/1_a.sql', 'migrations/2_a.sql', 'migrations/10_a.sql']],
    ['timestamps', ['migrations/20231231235959_z.sql', 'migrations/20240101000000_a.sql']],
    ['leading zeros', ['migrations/001_b.sql', 'migrations/02_a.sql', 'migrations/3_a.sql']],
    ['up before its down', ['migrations/1_a.up.sql', 'migrations/1_a.down.sql', 'migrations/2_a.up.sql']],
    [
      'Flyway: versions, undo after its version, repeatable last, whatever the folder',
      [
        'b/V1__z.sql',
        'a/V1_2__a.sql',
        'a/V1.10__a.sql',
        'z/B2__a.sql',
        'c/V2__a.sql',
        'a/U2__a.sql',
        'a/V10__a.sql',
        'b/R__a.sql',
        'a/R__b.sql',
      ],
    ],
    ['folders one after the other', ['a/migrations/1_a.sql', 'a/migrations/2_a.sql', 'b/migrations/1_a.sql']],
    [
      'runners with an order of their own in one block',
      ['migrations/1_a.sql', 'zoo/migrations/1_a.up.sql', 'sql/V1__a.sql', 'sql/V2__a.sql', 'sql/R__a.sql'],
    ],
  ])('%s', (_, paths) => {
    for (const given of [paths, paths.toReversed(), paths.toSorted()]) {
      expect(migrationPaths(projectOf(Object.fromEntries(given.map((path) => [path, '']))), defaultPolicy)).toEqual(
        paths,
      )
    }
  })
})

describe('Flyway decides by statements, script configuration and settings', () => {
  const conf = (text: string) => ({ 'sql/V1__a.sql.conf': text })
  const mixed = `${index}CREATE TABLE b (x int);\n`
  test.each<[string, string, Record<string, string>, string, number]>([
    ['CONCURRENTLY alone', index, {}, 'autocommit', 0],
    ['two of them', index + index.replace('i ON', 'j ON'), {}, 'autocommit', 0],
    [
      'with a comment and IF NOT EXISTS',
      '-- c\ncreate  unique\nindex concurrently if not exists i on a (x);',
      {},
      'autocommit',
      0,
    ],
    ['VACUUM', 'VACUUM (ANALYZE) a;', {}, 'autocommit', 0],
    ['REINDEX CONCURRENTLY, which it does not know', 'REINDEX INDEX CONCURRENTLY i;', {}, 'transaction', 0],
    [
      'DETACH CONCURRENTLY, which it does not know',
      'ALTER TABLE a DETACH PARTITION b CONCURRENTLY;',
      {},
      'transaction',
      0,
    ],
    ['a mix is refused', mixed, {}, 'transaction', 1],
    ['a SET beside CONCURRENTLY is a mix too', `SET lock_timeout = '2s';\n${index}`, {}, 'transaction', 1],
    ['a mix is allowed by mixed', mixed, { 'flyway.conf': 'flyway.mixed=true\n' }, 'autocommit', 0],
    ['a mix is allowed by mixed in TOML', mixed, { 'flyway.toml': '[flyway]\nmixed = true\n' }, 'autocommit', 0],
    ['the script switches it off', 'CREATE TABLE b (x int);', conf('executeInTransaction=false'), 'autocommit', 0],
    ['the script switches it on', index, conf('executeInTransaction=true\r\n'), 'transaction', 0],
    [
      'the project switches it off',
      'CREATE TABLE b (x int);',
      { 'conf/flyway.toml': '[flyway]\nexecuteInTransaction = false\n' },
      'autocommit',
      0,
    ],
    [
      'a commented line switches nothing',
      'CREATE TABLE b (x int);',
      conf('# executeInTransaction=false'),
      'transaction',
      0,
    ],
  ])('%s', (_, text, others, wrapping, notes) => {
    const [migration] = migrationsOf({ 'sql/V1__a.sql': text, ...others })
    expect(migration?.wrapping).toBe(wrapping)
    expect(migration?.notes.length).toBe(notes)
  })

  test('group=true makes one batch of the files that run in a transaction', () => {
    const files = { 'sql/V1__a.sql': 'SELECT 1;', 'sql/V2__b.sql': index, 'flyway.conf': 'flyway.group=true\n' }
    expect(migrationsOf(files).map((migration) => migration.batch)).toEqual(['flyway', null])
  })
})

describe('markers count as the tool counts them', () => {
  test.each<[string, string, string[]]>([
    [
      'goose, any case, anywhere',
      `-- +goose Up\n${index}-- +goose Down\n-- +goose no Transaction\nDROP TABLE b;`,
      ['up autocommit 2', 'down autocommit 5'],
    ],
    [
      'goose, not inside other words',
      '-- +goose Up\n-- see +goose NO TRANSACTION\nDROP TABLE b;',
      ['up transaction 3'],
    ],
    [
      'sql-migrate, for its direction only',
      `-- +migrate Up\n${index}-- +migrate Down notransaction\n${index}`,
      ['up transaction 2', 'down autocommit 4'],
    ],
    [
      'sql-migrate, on any header of the direction',
      `-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;\n-- +migrate Up notransaction\n${index}`,
      ['up autocommit 2,6', 'down transaction 4'],
    ],
    [
      'dbmate, on the header only',
      `-- migrate:up transaction:false\n${index}-- migrate:down\n-- transaction:false\nSELECT 1;`,
      ['up implicit 2', 'down transaction 5'],
    ],
    [
      'dbmate, the whole word',
      '-- migrate:up transaction:falsey\nSELECT 1;\n-- migrate:down',
      ['up transaction 2', 'down transaction '],
    ],
    ['sqlx, the first bytes only', `-- no-transaction\n${index}`, ['up implicit 2']],
    [
      'text before the first marker belongs to none',
      '-- +goose ENVSUB ON\nSELECT 0;\n-- +goose Up\nSELECT 1;',
      ['up transaction 4'],
    ],
  ])('%s', (_, text, expected) => {
    const found = migrationsOf({ 'migrations/1_a.sql': text })
    expect(
      found.map(
        (migration) => `${migration.direction} ${migration.wrapping} ${migration.statements.map(({ line }) => line)}`,
      ),
    ).toEqual(expected)
  })

  test('sqlx sees no marker behind an empty line', () => {
    const files = { 'migrations/1_a.sql': `\n-- no-transaction\n${index}`, 'Cargo.toml': 'sqlx = "0.8"\n' }
    expect(migrationsOf(files).map((migration) => migration.wrapping)).toEqual(['transaction'])
  })

  test('Diesel reads the metadata of the folder it belongs to', () => {
    const files = {
      'migrations/1_a/up.sql': index,
      'migrations/1_a/metadata.toml': 'run_in_transaction = false\n',
      'migrations/2_b/up.sql': 'SELECT 1;',
    }
    expect(migrationsOf(files).map((migration) => migration.wrapping)).toEqual(['implicit', 'transaction'])
  })
})

describe('a file that cannot be read hides no other', () => {
  test.each<[string, string | null, string | null, string]>([
    ['not UTF-8', null, 'is not UTF-8 text', 'is not UTF-8 text'],
    ['missing without a word', null, null, 'could not be read'],
    ['NUL bytes', 'SELECT 1;\0', null, 'holds NUL bytes: not a text file'],
  ])('%s', (_, text, problem, reason) => {
    const good = { path: 'migrations/2_b.sql', text: 'SELECT 1;', problem: null }
    const read = readMigrations([good, { path: 'migrations/1_a.sql', text, problem }], projectOf({}), defaultPolicy)
    expect(read.map((migration) => [migration.path, migration.unreadable, migration.statements.length])).toEqual([
      ['migrations/1_a.sql', reason, 0],
      ['migrations/2_b.sql', null, 1],
    ])
  })

  test.each(['', '-- nothing yet\n', '\uFEFF', '\r\n'])('%j is an empty migration, no problem', (text) => {
    expect(migrationsOf({ 'migrations/1_a.sql': text })).toMatchObject([
      { statements: [], unreadable: null, notes: [] },
    ])
  })
})

test('names of runners are unique and found again', () => {
  expect(new Set(runners.map((runner) => runner.name)).size).toBe(runners.length)
  for (const runner of runners) expect(runnerNamed(runner.name)).toBe(runner)
  expect(runnerNamed('rails-of-tomorrow')).toBeNull()
})
