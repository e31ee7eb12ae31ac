import { beforeAll, describe, expect, test } from 'vitest'
import { defaultPolicy, type Policy, parsePolicy } from '../../src/policy/policy.ts'
import { runnerNamed } from '../../src/runners/detection.ts'
import { migrationPaths, readMigrations } from '../../src/runners/read-migrations.ts'
import { runners } from '../../src/runners/runner-registry.ts'
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
    ['supabase', 'supabase/migrations/20240101000000_a.sql', {}],
    ['supabase', 'apps/x/supabase/migrations/20240101000000_a.sql', { 'Cargo.toml': '[dependencies]\nsqlx = "0.8"\n' }],
    ['atlas', 'db/20240101_a.sql', { 'db/atlas.sum': 'h1:x=\n' }],
    ['atlas', 'migrations/20240101.sql', { 'migrations/atlas.sum': 'h1:x=\n' }],
    ['refinery', 'migrations/V1__a.sql', { 'Cargo.toml': '[dependencies]\nrefinery = "0.8"\n' }],
    ['refinery', 'core/sql/U20240101000000__a.sql', { 'core/Cargo.toml': '[dependencies]\nrefinery = "0.8"\n' }],
    [
      'flyway',
      'api/src/main/resources/db/migration/V1__a.sql',
      { 'agent/Cargo.toml': '[dependencies]\nrefinery = "0.8"\n' },
    ],
    ['flyway', 'sql/20240101__a.sql', { 'flyway.conf': 'flyway.sqlMigrationPrefix=\n' }],
    [
      'flyway',
      'db/PATCH-7-a.ddl',
      {
        'src/main/resources/application.yml':
          'spring:\n  flyway:\n    sql-migration-prefix: PATCH-\n    sql-migration-separator: "-"\n    sql-migration-suffixes: .ddl\n',
      },
    ],
    ['tern', 'db/001_a.sql', { 'db/tern.conf': '' }],
    ['postgrator', 'db/001.do.a.sql', {}],
    ['postgrator', 'db/1.undo.sql', {}],
    ['postgres-migrations', 'migrations/1_a.sql', { 'package.json': '{"dependencies": {"postgres-migrations": "5"}}' }],
    ['graphile-migrate', 'migrations/committed/000001.sql', {}],
    ['graphile-migrate', 'migrations/current.sql', { 'migrations/committed/000001.sql': '' }],
    ['graphile-migrate', 'migrations/current/010-a.sql', { 'migrations/committed/000001.sql': '' }],
    ['pop', 'migrations/20240101000000_a.postgres.up.sql', {}],
    ['pop', 'persistence/sql/migrations/1_a.autocommit.up.sql', {}],
    ['pop', 'migrations/1_a.up.sql', { 'go.mod': 'require github.com/gobuffalo/pop/v6 v6.1.1\n' }],
    ['sqitch', 'deploy/users.sql', { 'sqitch.plan': 'users 2024 A <a@example.com>\n' }],
    ['sqitch', 'db/deploy/app/users.sql', { 'db/sqitch.plan': '' }],
    ['liquibase-sql', 'db/changelog/001.sql', {}],
    ['plain', 'db/migrate/20240101_a.sql', {}],
    ['plain', 'migrations/app/a.sql', {}],
  ])('%s: %s', (name, path, others) => {
    expect(
      migrationsOf({ [path]: 'SELECT 1;', ...others })
        .filter((migration) => migration.path === path)
        .map((migration) => [migration.path, migration.runner]),
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
    ['liquibase-sql', '--liquibase formatted sql\n--changeset a:1\nSELECT 1;'],
    ['liquibase-sql', '-- Liquibase Formatted SQL\n-- changeset a:1\nSELECT 1;'],
    ['atlas', '-- atlas:txmode none\n\nSELECT 1;'],
    ['tern', 'SELECT 1;\n---- create above / drop below ----\nSELECT 2;'],
    ['tern', '---- tern: disable-tx ----\nSELECT 1;'],
    ['graphile-migrate', '--! Previous: -\n--! Hash: sha1:x\nSELECT 1;'],
    ['postgres-migrations', '-- postgres-migrations disable-transaction\nSELECT 1;'],
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
    [
      'nothing said',
      {},
      [
        ['db/1.sql', 'goose', 'transaction'],
        ['db/1.sql', 'goose', 'transaction'],
        ['migrations/x/migration.sql', 'prisma', 'implicit'],
      ],
    ],
    [
      'a runner for all',
      { runner: 'plain' },
      [
        ['db/1.sql', 'plain', 'transaction'],
        ['migrations/x/migration.sql', 'plain', 'transaction'],
      ],
    ],
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
    const reason = `the policy names a runner prisme, which is not one of ${known}`
    expect(migrationsOf(files, policy).map((migration) => migration.unreadable)).toEqual([reason, reason])
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
    [
      'Prisma: names as text',
      ['prisma/migrations/20250409154352_y/migration.sql', 'prisma/migrations/20250625_x/migration.sql'],
    ],
    [
      'Diesel: versions without dashes',
      [
        'migrations/2017-08-31-230457_b/up.sql',
        'migrations/2017-08-31-230457_b/down.sql',
        'migrations/20170901000000_a/up.sql',
      ],
    ],
    ['refinery: U and V in one sequence', ['m/V1__a.sql', 'm/U2__b.sql', 'm/V10__c.sql']],
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

describe('what each tool makes of a file', () => {
  const rows = (files: Record<string, string>) =>
    migrationsOf(files).map(
      ({ direction, wrapping, statements, notes }) =>
        `${direction} ${wrapping} ${statements.map(({ line }) => line)}${notes.map(({ message }) => ` (${message})`)}`,
    )

  test.each<[string, Record<string, string>, string[]]>([
    [
      'supabase runs CONCURRENTLY between two transactions',
      {
        'supabase/migrations/1_a.sql': `CREATE TABLE b (x int);\n${index}ANALYZE b;\nREINDEX (VERBOSE) TABLE CONCURRENTLY b;`,
      },
      ['up transaction 1', 'up autocommit 2', 'up transaction 3', 'up autocommit 4'],
    ],
    [
      'supabase does not know DROP INDEX CONCURRENTLY',
      { 'supabase/migrations/1_a.sql': 'DROP INDEX CONCURRENTLY i;' },
      ['up transaction 1'],
    ],
    [
      'Liquibase takes each changeset by itself',
      {
        'db/1.sql': `--liquibase formatted sql\n--changeset a:1\nCREATE TABLE b (x int);\n--rollback DROP TABLE b;\n--changeset a:2 runInTransaction:false\n${index}`,
      },
      ['up transaction 3', 'down transaction 4', 'up autocommit 6'],
    ],
    [
      'Liquibase sends a changeset that it does not split as one query',
      {
        'db/1.sql':
          '--liquibase formatted sql\n--changeset a:1 splitStatements:false runInTransaction:false\nSELECT 1;\nSELECT 2;',
      },
      ['up implicit 3,4'],
    ],
    [
      'Liquibase leaves out a changeset of another database',
      { 'db/1.sql': '--liquibase formatted sql\n--changeset a:1 dbms:mysql,h2\nALTER TABLE b ADD x int;\n' },
      ['up transaction  (a changeset for mysql,h2 is left out: it does not run on PostgreSQL)'],
    ],
    [
      'Liquibase with dbms:!mysql and a rollback block',
      {
        'db/1.sql':
          '--liquibase formatted sql\n--changeset a:1 dbms:!mysql\nSELECT 1;\n/* liquibase rollback\nDROP TABLE b;\nDROP TABLE c;\n*/\n',
      },
      ['up transaction 3', 'down transaction 5,6'],
    ],
    [
      'Liquibase runs a file without the header as one changeset',
      { 'db/changelog/sql/1.sql': 'SELECT 1;\nSELECT 2;' },
      ['up transaction 1,2'],
    ],
    [
      'tern splits a file without a transaction',
      { 'db/1_a.sql': `---- tern: disable-tx ----\n${index}\n---- create above / drop below ----\nDROP INDEX i;` },
      ['up autocommit 2', 'down transaction 5'],
    ],
    [
      'Atlas, all in the file’s transaction unless it says none',
      { 'm/1.sql': `-- atlas:txmode file\n${index}`, 'm/2.sql': `-- atlas:txmode none\n\n${index}`, 'm/atlas.sum': '' },
      ['up transaction 2', 'up autocommit 3'],
    ],
    [
      'postgres-migrations, wherever the words are',
      { 'm/1_a.sql': `${index}-- postgres-migrations disable-transaction` },
      ['up implicit 1'],
    ],
    ['graphile-migrate', { 'm/1.sql': `--! no-transaction\n${index}` }, ['up implicit 2']],
    [
      'Sqitch, in the order of the plan, up and back, and verify not at all',
      {
        'sqitch.plan':
          '%project=a\n\nzoo 2024 A <a@example.com>\n@v1 2024 A <a@example.com>\nant [zoo] 2024 A <a@example.com>\nzoo [zoo@v1] 2024 A <a@example.com>\n',
        'deploy/ant.sql': 'BEGIN;\nSELECT 2;\nCOMMIT;',
        'deploy/zoo@v1.sql': 'SELECT 1;',
        'deploy/zoo.sql': '\n\n\nSELECT 3;',
        'revert/ant.sql': '\nSELECT 4;',
        'verify/ant.sql': 'SELECT 5;',
        'deploy/bee.sql': '\n\n\n\nSELECT 6;',
      },
      [
        'up autocommit 1',
        'up autocommit 1,2,3',
        'down autocommit 2',
        'up autocommit 4',
        'up autocommit 5 (sqitch.plan does not name `bee`, so Sqitch does not run it)',
      ],
    ],
    [
      'refinery takes U for forward',
      { 'm/U1__a.sql': 'SELECT 1;', 'Cargo.toml': 'refinery = "0.8"' },
      ['up transaction 1'],
    ],
    [
      'Flyway takes U for back',
      { 'm/U1__a.sql': 'SELECT 1;', 'flyway.conf': 'flyway.url=jdbc:postgresql://db/shop\n' },
      ['down transaction 1'],
    ],
    [
      'pop',
      { 'm/1_a.autocommit.up.sql': index, 'm/1_a.autocommit.down.sql': 'SELECT 1;' },
      ['up implicit 1', 'down implicit 1'],
    ],
    ['postgrator', { 'm/1.do.sql': index, 'm/1.undo.a.sql': 'SELECT 1;' }, ['up implicit 1', 'down implicit 1']],
  ])('%s', (_, files, expected) => {
    expect(rows(files)).toEqual(expected)
  })

  test.each(['--migrate:up\nSELECT 1;', '-- Migrate:Up\nSELECT 1;'])('dbmate refuses %j', (text) => {
    expect(migrationsOf({ 'db/migrations/1_a.sql': text })).toMatchObject([
      {
        runner: 'dbmate',
        statements: [],
        unreadable: 'dbmate refuses the file: write `-- migrate:up`, in small letters and with the space',
      },
    ])
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

test.each(['rails', 'alembic', 'typeorm', 'mikro-orm', 'db-migrate'])(
  '%s named for an SQL file reads nothing of it, and says so',
  (runner) => {
    const files = { 'migrations/1_a.sql': 'SELECT 1;' }
    expect(migrationsOf(files, { runner }).map(({ unreadable }) => unreadable)).toEqual([
      expect.stringMatching(/has no such files: name the tool that runs it$/),
    ])
  },
)
