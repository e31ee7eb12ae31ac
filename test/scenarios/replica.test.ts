import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { readCatalog, readDefaults } from '../../src/replica/read-replica.ts'
import { needs, review } from '../../src/review/review.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import type { Migration, Project } from '../../src/runners/runner.ts'
import { loadParser } from '../../src/sql/parse.ts'
import { readScenarios, type Scenario } from '../support/scenarios.ts'
import { shopFile, shopFromServer, shopText } from '../support/shop.ts'
import { withFigures } from '../support/shop-figures.ts'

/** What is read of a server for one change says the same of it as the snapshot of everything. */

const scenarios = readScenarios().filter((scenario) => scenario.catalog === 'shop')
const read = new Map<string, CatalogSnapshot>()
let whole: CatalogSnapshot

beforeAll(async () => {
  await loadParser()
  whole = await shopFromServer(async (url) => {
    for (const scenario of scenarios) {
      const wanted = needs(migrationsOf(scenario))
      const facts = await readCatalog(url, wanted, readDefaults)
      if (facts.kind !== 'replica') throw new Error('the server could not be read')
      read.set(scenario.name, withFigures({ ...facts.snapshot, warnings: [] }))
    }
  })
})

test('shop.json is what a real server says of shop.sql; if not, run node scripts/scenario-catalogs.ts', () => {
  expect(readFileSync(shopFile, 'utf8')).toBe(shopText(whole))
})

test.each(scenarios)('$name: a review from the server equals one from the snapshot', (scenario) => {
  const part = read.get(scenario.name)
  if (!part) throw new Error('not read')
  const judged = (snapshot: CatalogSnapshot) =>
    review(
      migrationsOf(scenario),
      {
        catalog: { kind: 'snapshot', snapshot },
        now: null,
        base: [],
        activity: null,
        code: null,
        history: null,
        disclosure: 'exact',
        skipped: [],
        postgresVersion: scenario.postgres ?? null,
      },
      defaultPolicy,
    )
  expect(judged(part)).toEqual(judged(whole))
})

test('a change that names no table reads none', () => {
  expect(read.get('42-no-migration-changed')?.relations).toEqual([])
})

function migrationsOf({ files }: Scenario): Migration[] {
  const project: Project = { paths: new Set(Object.keys(files)), text: (path) => files[path] ?? null }
  const sources = Object.entries(files).filter(([path]) => path.endsWith('.sql'))
  return readMigrations(
    sources.map(([path, text]) => ({ path, text, problem: null })),
    project,
    defaultPolicy,
  )
}
