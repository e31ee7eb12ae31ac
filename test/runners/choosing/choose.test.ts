import { beforeAll, describe, expect, test } from 'vitest'
import { prepareLanguages } from '../../../src/languages/prepare-languages.ts'
import { defaultPolicy, type Policy } from '../../../src/policy/policy.ts'
import { nothingGathered } from '../../../src/review/facts.ts'
import { review } from '../../../src/review/review.ts'
import { chooseMigrations, unclaimedNotice, worthReading } from '../../../src/runners/choosing/choose.ts'
import { readMigrations } from '../../../src/runners/read-migrations.ts'
import { loadParser } from '../../../src/sql/parse.ts'
import { projectOf } from '../project.ts'

beforeAll(async () => {
  await loadParser()
  await prepareLanguages(['a.ts', 'a.py', 'a.rb', 'a.exs'])
})

/** What becomes of the files: `read`, `not read`, `skipped`, `notice` or `no migration`, by path. */
function fate(files: Record<string, string>, policy: Partial<Policy> = {}, others: Record<string, string> = {}) {
  const full = { ...defaultPolicy, ...policy }
  const project = projectOf({ ...others, ...files })
  const paths = Object.keys(files)
  const worth = paths.filter((path) => worthReading(path, null, project, full))
  const sources = worth.map((path) => ({ path, text: files[path] ?? null, problem: null }))
  const chosen = chooseMigrations(sources, project, full)
  const read = readMigrations(chosen.files, project, full)
  return Object.fromEntries(
    paths.map((path) => {
      const own = read.filter((migration) => migration.path === path)
      if (own.length > 0) return [path, own.some(({ unreadable }) => unreadable !== null) ? 'not read' : 'read']
      if (chosen.skipped.some((skippedFile) => skippedFile.path === path)) return [path, 'skipped']
      return [path, chosen.unclaimed.includes(path) ? 'notice' : 'no migration']
    }),
  )
}

const ddl = 'ALTER TABLE orders ADD COLUMN note text;'

/** Files of tools that no runner reads, as their users write them. */
const unread: [title: string, path: string, text: string][] = [
  [
    'Flyway in Java',
    'src/main/java/db/migration/V7__Fill.java',
    'package db.migration;\npublic class V7__Fill extends BaseJavaMigration {\n  public void migrate(Context c) {}\n}',
  ],
  [
    'Flyway in Kotlin, in a folder of its own',
    'app/src/main/kotlin/shop/V8__Fill.kt',
    'class V8__Fill : BaseJavaMigration() { override fun migrate(context: Context) {} }',
  ],
  [
    'EF Core',
    'Shop.Data/Migrations/20240101000000_AddNote.cs',
    'public partial class AddNote : Migration\n{\n  protected override void Up(MigrationBuilder migrationBuilder)\n  { migrationBuilder.AddColumn<string>("note", "orders"); }\n}',
  ],
  [
    'EF Core outside a folder for migrations',
    'Shop.Data/History/20240101000000_AddNote.cs',
    'public partial class AddNote : Migration\n{\n  protected override void Up(MigrationBuilder migrationBuilder) {}\n}',
  ],
  [
    'FluentMigrator',
    'Db/M202401.cs',
    '[Migration(202401)]\npublic class M202401 : Migration { public override void Up() {} }',
  ],
  [
    'Laravel',
    'database/migrations/2024_01_01_000000_add_note.php',
    "<?php\nuse Illuminate\\Database\\Migrations\\Migration;\nreturn new class extends Migration { public function up() { Schema::table('orders', fn ($t) => $t->text('note')); } };",
  ],
  [
    'Doctrine',
    'src/Doctrine/Version20240101.php',
    '<?php\nuse Doctrine\\Migrations\\AbstractMigration;\nfinal class Version20240101 extends AbstractMigration { public function up($s): void { $this->addSql("x"); } }',
  ],
  [
    'Phinx',
    'db/migrations/20240101_note.php',
    '<?php\nuse Phinx\\Migration\\AbstractMigration;\nclass Note extends AbstractMigration {}',
  ],
  [
    'goose in Go',
    'migrations/00007_fill.go',
    'package migrations\nfunc init() { goose.AddMigrationContext(up, down) }\nfunc up(ctx context.Context, tx *sql.Tx) error { return nil }',
  ],
  [
    'goose in Go elsewhere',
    'internal/store/fill.go',
    'package store\nfunc init() { goose.AddNamedMigrationContext("7_fill.go", up, down) }',
  ],
  ['gormigrate', 'internal/db/changes.go', 'var m = []*gormigrate.Migration{{ID: "1"}}'],
  ['SeaORM', 'migration/src/m20240101_note.rs', 'impl MigrationTrait for Migration { async fn up(&self) {} }'],
  [
    'Liquibase XML',
    'src/main/resources/db/changelog/007.xml',
    '<?xml version="1.0"?>\n<databaseChangeLog xmlns="x"><changeSet id="1" author="a"><addColumn tableName="orders"/></changeSet></databaseChangeLog>',
  ],
  ['Liquibase YAML', 'config/liquibase/007.yaml', 'databaseChangeLog:\n  - changeSet:\n      id: 1\n'],
  ['Liquibase JSON', 'db/changes/007.json', '{"databaseChangeLog": [{"changeSet": {"id": "1"}}]}'],
  [
    'Exposed',
    'src/main/kotlin/migrations/M7.kt',
    'fun migrate() { SchemaUtils.createMissingTablesAndColumns(Orders) }',
  ],
  ['Sequel', 'db/sequel/007_note.rb', 'Sequel.migration do\n  change { add_column :orders, :note, String }\nend'],
  ['Play evolutions', 'conf/evolutions/default/7.sql', `# --- !Ups\n${ddl}\n# --- !Downs\nDROP TABLE a;`],
  ['pgroll', 'migrations/07_note.yaml', 'operations:\n  - add_column:\n      table: orders\n'],
  ['a tool that is not known', 'migrations/007-note.mjs', 'export const migrate = (db) => db.query(helper())'],
  ['pop in Fizz', 'migrations/007_x.up.fizz', 'add_column("orders", "note", "text")'],
  ['Perl', 'db/migrations/007.pl', '$dbh->do("ALTER TABLE orders ADD note text");'],
  ['shell', 'migrations/007.sh', `psql -c "${ddl}"`],
  ['an index file that holds SQL', 'src/migrations/index.ts', `export const all = ["${ddl}"]`],
]

describe('a migration of which nothing could be read is never green', () => {
  test.each(unread)('%s', (_title, path, text) => {
    expect(fate({ [path]: text })).toEqual({ [path]: 'not read' })
    const source = { path, text, problem: null }
    const migrations = readMigrations([source], projectOf({ [path]: text }), defaultPolicy)
    const reviewed = review(migrations, nothingGathered, defaultPolicy)
    expect(reviewed.verdict).toBe('fail')
    expect(reviewed.findings.filter(({ hazard }) => hazard === 'not-reviewed')).toMatchObject([
      { path, severity: 'high', line: 1 },
    ])
    expect(reviewed.unread).toMatchObject([{ path }])
    for (const failOn of ['low', 'medium', 'high', 'critical'] as const)
      expect(review(migrations, nothingGathered, { ...defaultPolicy, fail_on: failOn }).verdict).toBe('fail')
    const noticed = review(migrations, nothingGathered, { ...defaultPolicy, unread: 'notice' })
    expect([noticed.verdict, noticed.unread, noticed.findings.map(({ severity }) => severity)]).toEqual([
      'pass',
      [],
      ['low'],
    ])
  })

  test.each(unread)('unless the policy says that it is none: %s', (_title, path, text) => {
    expect(fate({ [path]: text }, { not_migrations: ['**'] })).toEqual({ [path]: 'skipped' })
    const entry = { paths: '**', exclude: [path], transaction: 'file' as const }
    expect(fate({ [path]: text }, { migrations: [entry] })).toEqual({ [path]: 'skipped' })
  })

  test('the diff is enough to know that a file is worth reading', () => {
    for (const [, path, text] of unread) {
      const patch = text.replace(/^/gm, '+')
      expect([path, worthReading(path, patch, projectOf({ [path]: text }), defaultPolicy)]).toEqual([path, true])
    }
  })

  test('the command that prints the SQL is named where the tool has one', () => {
    const text = '<?php\nuse Illuminate\\Database\\Migrations\\Migration;\nreturn new class extends Migration {};'
    const [migration] = readMigrations(
      [{ path: 'database/migrations/1_a.php', text, problem: null }],
      projectOf({}),
      defaultPolicy,
    )
    expect(migration).toMatchObject({
      runner: 'Laravel',
      unreadable:
        "migrations of Laravel are not read; review the SQL that it sends: lockcast review --from-command 'php artisan migrate --pretend'",
    })
  })
})

describe('what is no migration is left alone', () => {
  test.each<[string, string]>([
    ['src/orders.ts', 'export const total = 1'],
    ['src/store/migrations/2.ts', 'export const next = (state) => ({ ...state, version: 2 })'],
    ['migrations/index.ts', "export * from './1.js'"],
    ['app/migrations/__init__.py', ''],
    ['internal/migrations/migrations.go', 'package migrations\n//go:embed *.sql\nvar FS embed.FS'],
    ['cmd/migrate/main.go', 'package main\nfunc main() { run() }'],
    ['migrations/README.md', 'ALTER TABLE'],
    ['migrations/1_note.test.ts', 'db.query("ALTER TABLE orders ADD note text")'],
    ['migrations/meta/0001_snapshot.json', '{"tables": {}}'],
    ['Data/Migrations/20240101_Note.Designer.cs', 'partial class Note : Migration { void B(MigrationBuilder b) {} }'],
    [
      'src/main/resources/db/changelog/db.changelog-master.yaml',
      'databaseChangeLog:\n  - include:\n      file: db/changelog/001.sql\n',
    ],
    ['db/changelog/master.xml', '<databaseChangeLog><includeAll path="db/changelog/sql"/></databaseChangeLog>'],
    ['alembic/env.py', 'from alembic import context\n\ndef run_migrations_online():\n    context.run_migrations()\n'],
    ['migrations/migrate.ts', "import { Migrator } from 'kysely'\nawait new Migrator({ db }).migrateToLatest()\n"],
    ['migrations/package.json', '{"name": "x"}'],
    ['src/migrations/types.d.ts', 'export type Migration = { up(db: Db): void }'],
    ['src/query.sql', 'SELECT * FROM orders;'],
    ['seeds/1.sql', 'INSERT INTO orders VALUES (1);'],
  ])('%s', (path, text) => {
    expect(fate({ [path]: text })).toEqual({ [path]: 'no migration' })
  })

  test('SQL that changes a schema and that no tool runs is one notice', () => {
    const files = { 'sql/schema.sql': ddl, 'sql/views.sql': 'CREATE VIEW v AS SELECT 1;', 'sql/q.sql': 'SELECT 1;' }
    expect(fate(files)).toEqual({ 'sql/schema.sql': 'notice', 'sql/views.sql': 'notice', 'sql/q.sql': 'no migration' })
    expect(unclaimedNotice(['sql/schema.sql', 'sql/views.sql'])).toMatch(/sql\/schema\.sql, sql\/views\.sql\. If it/)
    expect(unclaimedNotice([])).toBeNull()
  })
})

describe('two tools that claim one file', () => {
  test('are both named, and the policy settles it', () => {
    const files = { 'migrations/1_a.sql': '-- +goose Up\n-- migrate:up\nSELECT 1;' }
    const [path = ''] = Object.keys(files)
    const source = { path, text: files['migrations/1_a.sql'], problem: null }
    const [migration] = readMigrations([source], projectOf(files), defaultPolicy)
    expect(migration?.unreadable).toBe(
      'dbmate and goose both claim it: name the one that runs it in the policy (migrations: paths and runner: dbmate or goose)',
    )
    const named = { ...defaultPolicy, migrations: [{ paths: '**', runner: 'goose', transaction: 'file' as const }] }
    expect(readMigrations([source], projectOf(files), named)[0]).toMatchObject({ runner: 'goose', unreadable: null })
  })
})

describe('any file of code in a folder for migrations', () => {
  const endings =
    'go py rb rs java kt cs fs php ex exs js ts mjs cts scala pl lua swift clj hs groovy ml nim cr dart zig erl vb ps1 sh coffee jl r'
  test.each(endings.split(' '))('%s is named as not read, whatever it holds', (ending) => {
    for (const folder of ['other/migrations', 'db/migrate', 'svc/db-migrations', 'migration/versions']) {
      const path = `${folder}/0001_x.${ending}`
      expect(fate({ [path]: 'package main\n' })).toEqual({ [path]: 'not read' })
    }
  })

  test.each(['migrations/0001_x.go', 'migrations/V2.rs', 'migrations/add.kt'])('an empty file is none: %s', (path) => {
    expect(fate({ [path]: '\n' })).toEqual({ [path]: 'no migration' })
  })
})

describe('code that only uses the package of a tool is no migration', () => {
  const manifest = { 'package.json': '{"dependencies": {"knex": "3", "kysely": "1", "sequelize": "6", "umzug": "3"}}' }
  test.each<[string, string]>([
    [
      'src/repositories/product.js',
      'const { knex } = require("./db")\nmodule.exports.find = () => knex.raw("SELECT 1")',
    ],
    ['src/db/pool.ts', "import { knex } from 'knex'\nexport const db = knex({ client: 'pg' })"],
    ['src/models/order.ts', "import { Sequelize, DataTypes, QueryInterface } from 'sequelize'\nexport const x = 1"],
    [
      'src/db/umzug.ts',
      "import { Umzug } from 'umzug'\nexport const umzug = new Umzug({ migrations: { resolve: ({ path }) => ({ up: async () => require(path).up() }) } })",
    ],
    ['src/db/migrator.ts', "import { Migrator } from 'kysely'\nawait new Migrator({ db }).migrateToLatest() // up"],
    [
      'mikro-orm.config.ts',
      "import { Migrator } from '@mikro-orm/migrations'\nexport default { extensions: [Migrator] }",
    ],
    ['lib/generators/migration.rb', 'module Generators\n  # ActiveRecord::Migration\nend'],
    ['db/migrations/env.py', 'from alembic import context\ncontext.configure()'],
    ['src/app.py', 'from alembic import command\ncommand.upgrade(config, "head")'],
  ])('%s', (path, text) => {
    expect(fate({ [path]: text }, {}, manifest)).toEqual({ [path]: 'no migration' })
  })
})

describe('a package that depends on several tools', () => {
  const manifest = {
    'package.json':
      '{"dependencies": {"knex": "3", "db-migrate": "0.11", "kysely": "0.27", "sequelize": "6", "node-pg-migrate": "7", "typeorm": "0.3", "@mikro-orm/core": "6"}}',
  }
  test.each<[string, string]>([
    ['db-migrate', 'exports.up = function (db, cb) { db.runSql("ALTER TABLE a ADD b int", cb) }'],
    ['db-migrate', 'exports.up = async (db) => { await db.addColumn("a", "b", { type: "int" }) }'],
    ['knex', 'exports.up = (knex) => knex.schema.alterTable("a", (t) => t.integer("b"))'],
    ['knex', 'exports.up = async (db) => { await db.schema.alterTable("a", (t) => { t.integer("b") }) }'],
    ['kysely', 'exports.up = async (db) => { await db.schema.alterTable("a").addColumn("b", "integer").execute() }'],
    [
      'sequelize',
      'module.exports = { up: (queryInterface, Sequelize) => queryInterface.addColumn("a", "b", Sequelize.INTEGER) }',
    ],
    ['node-pg-migrate', 'exports.up = (pgm) => { pgm.addColumns("a", { b: "int" }) }'],
    [
      'typeorm',
      "module.exports = class A1600000000000 { async up(queryRunner) { await queryRunner.query('ALTER TABLE a ADD b int') } }",
    ],
    [
      'mikro-orm',
      "const { Migration } = require('@mikro-orm/migrations')\nexports.M = class M extends Migration { up() { this.addSql('ALTER TABLE a ADD b int') } }",
    ],
  ])('%s is told by the text', (runner, text) => {
    const files = { ...manifest, 'migrations/20240101000000-a.js': text }
    const source = { path: 'migrations/20240101000000-a.js', text, problem: null }
    const [migration] = readMigrations([source], projectOf(files), defaultPolicy)
    expect(migration).toMatchObject({ runner, unreadable: null, statements: [{ kind: expect.any(String) }] })
  })
})
