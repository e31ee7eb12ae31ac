import { readdirSync, readFileSync, statSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { hazards } from '../../../src/hazards/hazard-registry.ts'
import { defaultPolicy } from '../../../src/policy/policy.ts'
import { otherDatabase } from '../../../src/runners/choosing/other-database.ts'
import { textDatabase } from '../../../src/runners/choosing/text-database.ts'
import { loadParser } from '../../../src/sql/parse.ts'
import { projectOf } from '../project.ts'

beforeAll(loadParser)

function reasonOf(path: string, text: string, others: Record<string, string> = {}): string | null {
  return otherDatabase(path, text, projectOf({ ...others, [path]: text }), defaultPolicy)
}

const neutral = 'CREATE TABLE a (id integer PRIMARY KEY, name varchar(20));\nALTER TABLE a ADD COLUMN b integer;\n'
const postgres = 'CREATE TABLE a (id bigserial PRIMARY KEY, body jsonb);\n'

describe('files of another database are named and left out', () => {
  test.each<[string, string, string, Record<string, string>?]>([
    ['a folder', 'db/mysql/1_a.sql', 'MySQL, by folder db/mysql/'],
    ['a folder above', 'sqlite/migrations/1_a.up.sql', 'SQLite, by folder sqlite/'],
    ['a folder with more words', 'db/migrations-sqlite3/1_a.sql', 'SQLite, by folder db/migrations-sqlite3/'],
    ['ClickHouse', 'clickhouse/migrations/1_a.sql', 'ClickHouse, by folder clickhouse/'],
    ['H2', 'src/main/resources/db/migration/h2/V1__a.sql', 'H2, by folder src/main/resources/db/migration/h2/'],
    ['MariaDB', 'schema/mariadb/1.sql', 'MariaDB, by folder schema/mariadb/'],
    ['SQL Server', 'migrations/mssql/1.sql', 'SQL Server, by folder migrations/mssql/'],
    ['CockroachDB', 'migrations/cockroach/1.up.sql', 'CockroachDB, by folder migrations/cockroach/'],
    [
      'an ordinary word beside PostgreSQL',
      'db/oracle/1.sql',
      'Oracle, by folder db/oracle/',
      { 'db/postgresql/1.sql': '' },
    ],
    ['a suffix of pop', 'migrations/1_a.mysql.up.sql', 'MySQL, by file name 1_a.mysql.up.sql'],
    ['a suffix', 'migrations/1_a.sqlite.sql', 'SQLite, by file name 1_a.sqlite.sql'],
    ['a suffix of Spring', 'src/main/resources/schema-h2.sql', 'H2, by file name schema-h2.sql'],
    [
      'Prisma by its lock file',
      'prisma/migrations/1_a/migration.sql',
      'MySQL, by prisma/migrations/migration_lock.toml',
      { 'prisma/migrations/migration_lock.toml': 'provider = "mysql"\n' },
    ],
    [
      'Prisma by its schema',
      'prisma/migrations/1_a/migration.sql',
      'SQLite, by prisma/schema.prisma',
      { 'prisma/schema.prisma': 'datasource db {\n  provider = "sqlite"\n  url = "x"\n}\n' },
    ],
    [
      'Drizzle by its journal',
      'drizzle/0000_a.sql',
      'SQLite, by drizzle/meta/_journal.json',
      { 'drizzle/meta/_journal.json': '{"version":"7","dialect":"sqlite","entries":[]}' },
    ],
    [
      'Drizzle by its configuration',
      'apps/w/drizzle/0000_a.sql',
      'MySQL, by apps/w/drizzle.config.ts',
      { 'apps/w/drizzle.config.ts': "export default defineConfig({ dialect: 'mysql' })" },
    ],
    [
      'Knex',
      'migrations/1_a.js',
      'MySQL, by knexfile.js',
      { 'knexfile.js': "module.exports = { client: 'mysql2', connection: {} }" },
    ],
    [
      'Rails',
      'db/migrate/1_a.rb',
      'MySQL, by config/database.yml',
      { 'config/database.yml': 'default: &default\n  adapter: mysql2\nproduction:\n  <<: *default\n' },
    ],
    [
      'sqlc',
      'sql/migrations/1_a.sql',
      'SQLite, by sqlc.yaml',
      { 'sqlc.yaml': 'version: "2"\nsql:\n  - engine: sqlite\n    schema: sql/migrations\n' },
    ],
    [
      'Flyway',
      'src/main/resources/db/migration/V1__a.sql',
      'MySQL, by src/main/resources/application.yml',
      { 'src/main/resources/application.yml': 'spring:\n  datasource:\n    url: jdbc:mysql://db/shop\n' },
    ],
    ['a migration of MongoDB', 'migrations/1-a.js', 'MongoDB, by its text'],
  ])('%s', (title, path, words, others) => {
    const text = title.includes('MongoDB') ? "module.exports = { up: (db) => db.collection('a').drop() }" : neutral
    expect(reasonOf(path, text, others)).toBe(`not PostgreSQL, not reviewed: ${words}`)
  })

  test.each<[string, string]>([
    [
      'MySQL',
      'CREATE TABLE `a` (`id` int unsigned NOT NULL AUTO_INCREMENT, PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;',
    ],
    ['MySQL', 'ALTER TABLE orders MODIFY COLUMN note VARCHAR(20) NOT NULL;'],
    ['MySQL', 'ALTER TABLE orders ADD INDEX by_status (status);\nDROP INDEX old ON orders;'],
    ['MySQL', 'DELIMITER $$\nCREATE PROCEDURE p() BEGIN SELECT 1; END $$\nDELIMITER ;'],
    ['SQLite', 'PRAGMA foreign_keys=off;\nCREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT);'],
    ['SQLite', 'CREATE TABLE a (id TEXT PRIMARY KEY) WITHOUT ROWID;'],
    ['SQLite', "INSERT OR IGNORE INTO a VALUES ('x');"],
    ['ClickHouse', 'CREATE TABLE a (id UInt64, at DateTime) ENGINE = MergeTree ORDER BY id;'],
    ['ClickHouse', 'CREATE TABLE a ON CLUSTER main (id UInt64) ENGINE = ReplicatedMergeTree() ORDER BY tuple();'],
    ['SQL Server', 'CREATE TABLE [dbo].[a] ([id] int IDENTITY(1,1) NOT NULL);\nGO\n'],
    ['SQL Server', 'ALTER TABLE a ADD note NVARCHAR(MAX) NULL;\nGO'],
    ['Spanner', 'CREATE TABLE a (id STRING(MAX) NOT NULL) PRIMARY KEY (id);'],
    ['MySQL, MariaDB or SQLite', 'ALTER TABLE `a` ADD COLUMN `b` integer;'],
  ])('the dialect of the text: %s', (title, text) => {
    expect(textDatabase(text)).toBe(title)
    expect(reasonOf('migrations/1_a.sql', text)).toBe(`not PostgreSQL, not reviewed: ${title}, by its dialect`)
  })

  test('the policy decides before all', () => {
    const entry = (dialect: 'mysql' | 'postgresql') => [{ paths: '**', dialect, transaction: 'file' as const }]
    const of = (path: string, text: string, dialect: 'mysql' | 'postgresql') =>
      otherDatabase(path, text, projectOf({ [path]: text }), { ...defaultPolicy, migrations: entry(dialect) })
    expect(of('postgres/1.sql', postgres, 'mysql')).toBe('not PostgreSQL, not reviewed: mysql, by the policy')
    expect(of('mysql/1.sql', 'ALTER TABLE `a` ADD b int;', 'postgresql')).toBeNull()
  })
})

describe('a PostgreSQL file is never left out', () => {
  test.each<[string, string, string, Record<string, string>?]>([
    ['in a folder of a service with a database’s name', 'services/oracle/migrations/1.sql', neutral],
    ['in a folder with an ordinary word', 'spanner/migrations/1.sql', neutral],
    ['with words only PostgreSQL knows, in such a folder', 'mysql/migrations/1.sql', postgres],
    ['in a folder postgres below mysql', 'mysql/postgres/1.sql', neutral],
    ['moved from MySQL', 'migrations/20240101_drop_mysql.sql', neutral],
    ['moved from MySQL, by its folder', 'migrations/import-from-mysql-legacy/1.sql', neutral],
    ['a suffix of pop', 'migrations/1_a.postgres.up.sql', 'ALTER TABLE `a` ADD b int;'],
    ['a backtick in a string', 'migrations/1.sql', "INSERT INTO a VALUES ('use `x`', 'AUTO_INCREMENT');"],
    ['a backtick in a comment', 'migrations/1.sql', '-- was `a` with ENGINE=InnoDB\nALTER TABLE a ADD b int;'],
    [
      'a backtick in a function',
      'migrations/1.sql',
      "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '`' $$;",
    ],
    ['a slip of the pen', 'migrations/1.sql', 'ALTER TABEL a ADD COLUMN b int;'],
    ['a MySQL word in a PostgreSQL file', 'migrations/1.sql', `${postgres}ALTER TABLE a MODIFY COLUMN b int;`],
    [
      'Knex with SQLite for development',
      'migrations/1_a.js',
      '',
      { 'knexfile.js': "module.exports = { development: { client: 'sqlite3' }, production: { client: 'pg' } }" },
    ],
    [
      'Knex with a client from the environment',
      'migrations/1_a.js',
      '',
      { 'knexfile.js': "module.exports = { test: { client: 'sqlite3' }, production: { client: process.env.CLIENT } }" },
    ],
    [
      'Spring with H2 for development',
      'src/main/resources/db/migration/V1__a.sql',
      neutral,
      { 'src/main/resources/application.properties': 'spring.datasource.url=jdbc:h2:mem:shop\n' },
    ],
    [
      'Prisma, whatever its text',
      'prisma/migrations/1_a/migration.sql',
      'ALTER TABLE `a` ADD b int;',
      { 'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n' },
    ],
    [
      'another app’s configuration',
      'apps/a/migrations/1_a.js',
      '',
      { 'apps/b/knexfile.js': "module.exports = { client: 'mysql2' }" },
    ],
  ])('%s', (_title, path, text, others) => {
    expect(reasonOf(path, text, others)).toBeNull()
  })

  test('over every migration of the fixtures and every example of a hazard', () => {
    const root = new URL('../../../fixtures/', import.meta.url)
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.sql') && !path.includes('.mysql.'))
      .filter((path) => statSync(new URL(path, root)).isFile())
      .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }))
    const examples = hazards.flatMap(({ id, examples: { bad, good } }) =>
      [...bad, ...good].flatMap(({ migration, before }, i) => [
        { path: `${id}/${i}/before.sql`, text: before },
        ...(typeof migration === 'string'
          ? [{ path: `${id}/${i}/1.sql`, text: migration }]
          : Object.entries(migration).map(([path, text]) => ({ path: `${id}/${i}/${path}`, text }))),
      ]),
    )
    const all = [...files, ...examples]
    expect(all.length).toBeGreaterThan(800)
    expect(all.filter(({ path, text }) => reasonOf(path, text) !== null).map(({ path }) => path)).toEqual([])
  })
})
