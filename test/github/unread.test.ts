import { describe, expect, test } from 'vitest'
import { harness } from './harness.ts'

/** Migrations that are not read, through the whole app: the check never passes unseen. */

const it = harness(null)
const java = 'public class V2__Fill extends BaseJavaMigration { public void migrate(Context c) {} }\n'

describe('a migration that no runner reads fails the check', () => {
  test.each<[string, string, string]>([
    ['Flyway in Java', 'app/history/V2__Fill.java', java],
    ['EF Core', 'Data/Migrations/1_A.cs', 'public partial class A : Migration { void Up(MigrationBuilder b) {} }\n'],
    ['Liquibase XML', 'db/x/1.xml', '<databaseChangeLog><changeSet id="1" author="a"/></databaseChangeLog>\n'],
    ['goose in Go', 'store/1_a.go', 'package store\nfunc init() { goose.AddMigrationContext(up, down) }\n'],
    ['any tool', 'migrations/1-a.mjs', 'export const migrate = (db) => db.query(text())\n'],
  ])('%s', async (_title, path, text) => {
    const repo = it.repository()
    const pull = repo.openPullRequest({ files: { [path]: text } })
    await it.settled()
    const { output, conclusion } = repo.checkRun(repo.head(pull)) ?? {}
    expect(conclusion).toBe('failure')
    expect(output?.summary).toContain(path)
    expect(output?.summary).toContain('Not reviewed')
    expect(`${output?.title} ${output?.summary}`).not.toContain('changes no migration')
  })

  test('renamed', async () => {
    const repo = it.repository({ files: { 'app/V2__Fill.java': java } })
    const pull = repo.openPullRequest({ files: { 'app/V2__Fill.java': null, 'app/V3__Fill.java': java } })
    await it.settled()
    expect(repo.checkRun(repo.head(pull))?.conclusion).toBe('failure')
  })

  test('in the merge queue, which shows no diff', async () => {
    const repo = it.repository()
    const pull = repo.openPullRequest({
      files: { 'store/1_a.go': 'package store\nvar _ = goose.AddMigration(up, down)\n' },
    })
    await it.settled()
    const group = repo.queue.add([pull])
    await it.settled()
    expect(repo.queue.allowed(group)).toMatchObject({ allowed: false })
  })
})

test('a migration of another database is named, and the check passes without a claim', async () => {
  const repo = it.repository()
  const pull = repo.openPullRequest({ files: { 'mysql/migrations/1.sql': 'ALTER TABLE `a` DROP COLUMN `b`;\n' } })
  await it.settled()
  const { output, conclusion } = repo.checkRun(repo.head(pull)) ?? {}
  expect([conclusion, output?.title]).toEqual(['success', 'No PostgreSQL migration changed'])
  expect(output?.summary?.replaceAll('\\', '')).toContain('not PostgreSQL, not reviewed: MySQL, by folder mysql/')
})

test('a schema file that changes without a migration is one notice', async () => {
  const model = (field: string) => `model Order {\n  id Int @id\n${field}}\n`
  const repo = it.repository({ files: { 'prisma/schema.prisma': model('') } })
  const pull = repo.openPullRequest({
    files: { 'prisma/schema.prisma': model('  note String?\n'), 'db/views.sql': 'CREATE VIEW v AS SELECT 1;\n' },
  })
  await it.settled()
  const { output, conclusion } = repo.checkRun(repo.head(pull)) ?? {}
  expect([conclusion, output?.title]).toEqual(['success', 'No known migration changed'])
  expect(output?.summary).toContain('no migration comes with it')
  expect(output?.summary).toContain('db/views.sql')
})

test('the title counts the statements that were not read', async () => {
  const repo = it.repository()
  const text = `exports.up = async (knex) => {
  await knex.raw('CREATE TABLE zone (id int)')
  await knex.raw('CREATE TABLE zone_b (id int)')
  await knex.raw(require('elsewhere').sql())
  await knex.raw('CREATE TABLE zone_c (id int)')
  await knex.raw('CREATE TABLE zone_d (id int)')
}
`
  const pull = repo.openPullRequest({ files: { 'migrations/20240101000000_zones.js': text } })
  await it.settled()
  const { output } = repo.checkRun(repo.head(pull)) ?? {}
  expect(output?.title).toMatch(/^1 of 5 statements not read, 1 medium/)
  expect(output?.summary).toContain('elsewhere')
})
