import { beforeAll, expect, test } from 'vitest'
import { prepareLanguages } from '../../../src/languages/prepare-languages.ts'
import { defaultPolicy } from '../../../src/policy/policy.ts'
import { readMigrations } from '../../../src/runners/read-migrations.ts'
import { loadParser } from '../../../src/sql/parse.ts'

beforeAll(async () => {
  await loadParser()
  await prepareLanguages(['a.js'])
})

function read(runner: string, text: string) {
  const path = 'migrations/20240101000000-x.js'
  const project = { paths: new Set([path]), text: () => null }
  return readMigrations([{ path, text, problem: null }], project, { ...defaultPolicy, runner })
}

test.each([
  ['sequelize', 'exports.up = (q, S) => q.addColumn("t", "c", S.ENUM(global.labels))', 'labels'],
  [
    'sequelize',
    'const { DataTypes: D } = require("sequelize"); const type = D.ENUM(x()); exports.up = (q) => q.addColumn("t", "c", type)',
    'x',
  ],
  ['knex', 'exports.up = (knex) => knex.schema.table("t", (t) => t.integer(global.name))', 'name'],
  ['knex', 'exports.up = (knex) => { while (true) knex.raw("SELECT 1") }', ''],
  ['knex', 'exports.up = function up(knex) { return up(knex) }', ''],
  ['kysely', 'exports.up = (db) => db.schema.alterTable("t").addColumn("c", global.type).execute()', 'type'],
  ['node-pg-migrate', 'exports.up = (pgm) => pgm.createIndex("t", pgm.func("lower(x)"))', 'name'],
])('%s: what cannot be followed loses nothing else: %s', (runner, text) => {
  const [up] = read(runner, text)
  const isSaid = up?.unreadable !== null || up.statements.some(({ kind }) => kind === 'unread')
  expect(isSaid || up?.statements.length === 0).toBe(true)
})

test('a thousand files are read in the time of a test', () => {
  const text =
    'exports.up = async (knex) => {\n' +
    '  await knex.schema.table("t", (t) => { t.string("a").notNullable() })\n'.repeat(5) +
    '}\n'
  const all = Array.from({ length: 1_000 }, (_, i) => `migrations/2024010100${String(i).padStart(4, '0')}_x.js`)
  const project = { paths: new Set(all), text: () => null }
  const files = all.map((path) => ({ path, text, problem: null }))
  const migrations = readMigrations(files, project, { ...defaultPolicy, runner: 'knex' })
  expect(migrations.flatMap(({ statements }) => statements).length).toBe(5_000)
})
