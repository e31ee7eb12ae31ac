import { afterAll, beforeAll, expect, test } from 'vitest'
import { Catalog } from '../../src/catalog/catalog.ts'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { snapshotOf } from '../../src/catalog/snapshot-of.ts'
import { applyStatement } from '../../src/effects/carry-on.ts'
import { defaultPolicy, type Policy } from '../../src/policy/policy.ts'
import { readWholeCatalog, wholeDefaults } from '../../src/replica/read-replica.ts'
import { nothingGathered } from '../../src/review/facts.ts'
import type { Plan, Review } from '../../src/review/result.ts'
import { review } from '../../src/review/review.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import { parseSql } from '../../src/sql/parse.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { planCases } from './cases.ts'
import { planStage } from './try-plan.ts'

/**
 * Lockcast's own review of each file of a plan, as the tool runs it, one deployment after the other: nothing of medium or
 * above but the loss of the old column in the last step, and what the statement itself loses.
 */
let server: PostgresServer
let snapshot: CatalogSnapshot

beforeAll(async () => {
  server = await startPostgres()
  await planStage(server)
  const url = new URL(server.url)
  url.pathname = '/plans'
  const facts = await readWholeCatalog(url.href, wholeDefaults)
  if (facts.kind !== 'replica') throw new Error('the catalog could not be read')
  snapshot = facts.snapshot
})

afterAll(() => server?.stop())

const tools = {
  plain: (n: number) => `migrations/${n}.sql`,
  flyway: (n: number) => `db/migration/V${n}__step.sql`,
  drizzle: (n: number) => `drizzle/${String(n).padStart(4, '0')}_step.sql`,
  prisma: (n: number) => `prisma/migrations/2026010100000${n % 10}_step${n}/migration.sql`,
}

/** Those that the schema alone answers, and that no other group repeats. */
const cases = planCases.filter(({ one }) => !one.setup && !one.autocommit && !one.instead && (one.from ?? 0) <= 17)

test.each(Object.entries(tools))('%s: the steps pass the review', (runner, pathOf) => {
  const bad: string[] = []
  let plans = 0
  for (const { name, one } of cases) {
    const first = reviewed(runner, pathOf(1), one.sql, snapshot, false)
    const own = new Set(first.findings.map(({ hazard }) => hazard))
    const seen = new Set<string>()
    for (const { alternative, line } of first.findings) {
      // Plans of other statements of the same file would have to be followed with it.
      if (!alternative || alternative.covers.length !== first.files[0]?.statements.length || seen.has(alternative.id)) {
        continue
      }
      seen.add(alternative.id)
      plans++
      bad.push(...problemsOf(alternative, runner, pathOf, own).map((text) => `${name} ${line} ${one.sql}: ${text}`))
    }
  }
  expect(plans).toBeGreaterThan(100)
  expect(bad).toEqual([])
})

function problemsOf(plan: Plan, runner: string, pathOf: (n: number) => string, own: Set<string>): string[] {
  const bad: string[] = []
  let now = snapshot
  const files = Map.groupBy(
    plan.steps.filter(({ kind, sql }) => sql !== null && kind !== 'check'),
    ({ file }) => file,
  )
  let n = 1
  for (const [file, steps] of files) {
    const text = steps.map(({ sql }) => sql).join('\n')
    if (file !== null) {
      const outside = steps.every(({ transaction }) => transaction === 'none')
      const { findings } = reviewed(runner, pathOf(++n), text, now, outside)
      for (const { hazard, severity, message, relation } of findings) {
        if (severity === 'low' || hazard === 'drop-column') continue
        // What the statement itself loses or breaks, its steps do too.
        if (own.has(hazard) && !blocks.test(hazard)) continue
        bad.push(`${hazard} ${severity} on ${relation} in file ${file}: ${message}\n${text}`)
      }
    }
    now = after(now, text)
  }
  return bad
}

const blocks = /blocking|rewrite|lock|unbatched|validation/

function reviewed(runner: string, path: string, text: string, from: CatalogSnapshot, outside: boolean): Review {
  const policy: Policy = {
    ...defaultPolicy,
    budget: { ...defaultPolicy.budget, reads: 2, writes: 2 },
    runner,
    migrations: outside ? [{ paths: '**/*.sql', transaction: 'none' }] : [],
  }
  const migrations = readMigrations(
    [{ path, text, problem: null }],
    { paths: new Set([path]), text: () => null },
    policy,
  )
  return review(migrations, { ...nothingGathered, catalog: { kind: 'replica', snapshot: from } }, policy)
}

/** The catalog when these statements have run. */
function after(from: CatalogSnapshot, text: string): CatalogSnapshot {
  const catalog = new Catalog({ snapshot: from, knowledge: 'read', serverVersion: from.serverVersion })
  for (const { node } of parseSql(text).statements) if (node) applyStatement(node, catalog, { timeZone: 'UTC' })
  return snapshotOf(catalog)
}
