import { beforeAll, expect, test } from 'vitest'
import { prepareLanguages } from '../../../src/languages/prepare-languages.ts'
import { defaultPolicy } from '../../../src/policy/policy.ts'
import { statementOf } from '../../../src/report/lookup.ts'
import { review } from '../../../src/review/review.ts'
import { readMigrations } from '../../../src/runners/read-migrations.ts'
import { loadParser } from '../../../src/sql/parse.ts'

beforeAll(async () => {
  await loadParser()
  await prepareLanguages(['a.js'])
})

const facts = {
  catalog: { kind: 'none' },
  code: null,
  base: [],
  history: null,
  activity: null,
  postgresVersion: 17,
  now: '2026-01-01T00:00:00Z',
  disclosure: 'exact',
} as unknown as Parameters<typeof review>[1]

test('a finding names its own statement among those that one call sends', () => {
  const text = `exports.up = (knex) => knex.schema.alterTable('jobs', (t) => {
  t.string('state', 50).notNullable().alter()
  t.index(['state'])
})\n`
  const path = 'migrations/20240101000000_jobs.js'
  const files = { 'package.json': '{ "dependencies": { "knex": "3" } }', [path]: text }
  const project = {
    paths: new Set(Object.keys(files)),
    text: (name: string) => files[name as keyof typeof files] ?? null,
  }
  const migrations = readMigrations([{ path, text, problem: null }], project, defaultPolicy)
  const reviewed = review(migrations, { ...facts, unread: [], skipped: [] } as typeof facts, defaultPolicy)
  const built = reviewed.findings.find(({ hazard }) => hazard === 'blocking-index-build')
  expect(built && statementOf(built, reviewed)?.sql).toBe('create index "jobs_state_index" on "jobs" ("state")')
})
