import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hazards } from '../../src/hazards/hazard-registry.ts'
import { reaches } from '../../src/hazards/severity.ts'
import { defaultPolicy, type Policy } from '../../src/policy/policy.ts'
import { insteadOf } from '../../src/report/plan-text.ts'
import { nothingGathered } from '../../src/review/facts.ts'
import type { Finding, Review } from '../../src/review/result.ts'
import { review } from '../../src/review/review.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import type { Migration, Project } from '../../src/runners/runner.ts'
import { parseSql } from '../../src/sql/parse.ts'
import { alternativeMigrations, before } from '../support/alternatives.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { told } from '../support/review.ts'
import { readScenarios, type Scenario } from '../support/scenarios.ts'
import { makeShop, readShop } from '../support/shop.ts'

/** What blocks a merge comes with a way out: SQL that parses, names the tables at hand, runs, and is itself let through. */

interface WayOut {
  scenario: Scenario
  reviewed: Review
  migrations: Migration[]
  finding: Finding
}

const snapshot = readShop()
const blocking = new Set(hazards.flatMap(({ id, group }) => (group === 'blocking' ? [id] : [])))

/** What could not be read says in its message what to do. */
const without = new Set(['replica-unreachable', 'not-reviewed'])

const found = readScenarios()
  // Of a base branch that is not deployed the server has nothing.
  .filter((scenario) => scenario.catalog === 'shop' && scenario.base === null)
  .flatMap((scenario): WayOut[] => {
    const migrations = migrationsOf(scenario)
    const catalog = { kind: 'snapshot' as const, snapshot }
    const reviewed = review(
      migrations,
      { ...nothingGathered, catalog, postgresVersion: scenario.postgres ?? null },
      policyOf(scenario),
    )
    return reviewed.findings
      .filter(({ severity, direction }) => direction === 'up' && reaches(severity, 'high'))
      .map((finding) => ({ scenario, reviewed, migrations, finding }))
  })

function policyOf({ policy }: Scenario): Policy {
  const { time_zone } = (policy?.session ?? {}) as { time_zone?: string }
  return time_zone === undefined
    ? defaultPolicy
    : { ...defaultPolicy, session: { ...defaultPolicy.session, time_zone } }
}

function migrationsOf(scenario: Scenario): Migration[] {
  const project: Project = { paths: new Set(Object.keys(scenario.files)), text: (path) => scenario.files[path] ?? null }
  const files = Object.entries(scenario.files)
    .filter(([path]) => path.endsWith('.sql'))
    .map(([path, text]) => ({ path, text, problem: null }))
  return readMigrations(files, project, policyOf(scenario))
}

const ways = found.filter(({ finding }) => (finding.alternative?.steps ?? []).length > 0)
const named = ways.map((way) => ({
  ...way,
  title: `${way.scenario.name}, ${way.finding.hazard} at line ${way.finding.line}`,
}))

test('every finding that blocks the merge says what to do', () => {
  const lacking = found.filter(({ finding }) => insteadOf(finding) === null && !without.has(finding.hazard))
  expect(lacking.map(({ scenario, finding }) => `${scenario.name}: ${finding.hazard}`)).toEqual([])
  expect(found.filter(({ finding }) => blocking.has(finding.hazard)).length).toBeGreaterThan(20)
})

test.each(named)('$title: the alternative parses and names the tables at hand', ({ finding, reviewed }) => {
  const names = new Set(snapshot.relations.map(({ name }) => name))
  const steps = finding.alternative?.steps ?? []
  for (const { sql } of steps) {
    const { statements } = parseSql(sql ?? 'SELECT')
    expect(statements.map((statement) => statement.error)).toEqual([null])
  }
  const text = steps.map(({ sql }) => sql).join('\n')
  const relation = finding.relation?.replace('public.', '') ?? ''
  expect(names.has(relation) || reviewed.files.length > 0).toBe(true)
  expect(text).toMatch(new RegExp(`\\b${relation}\\b`))
})

test.each(named)('$title: the alternative is let through when it is reviewed itself', (way) => {
  const policy = policyOf(way.scenario)
  const files = alternativeMigrations(way.finding.alternative?.steps ?? [], policy)
  const paths = new Set(files.map(({ path }) => path))
  const migrations = [...before(way.finding, way.migrations), ...files]
  const reviewed = review(
    migrations,
    { ...nothingGathered, catalog: { kind: 'snapshot', snapshot }, postgresVersion: way.scenario.postgres ?? null },
    policy,
  )
  const own = reviewed.findings.filter(({ path }) => paths.has(path))
  // The last step of a contract drops the old column, whose values are in the new one.
  const left = own.filter(({ severity, hazard }) => reaches(severity, 'high') && hazard !== 'drop-column')
  expect(told({ ...reviewed, findings: left })).toEqual([])
  expect(own.filter(({ hazard }) => hazard === 'cannot-be-judged')).toEqual([])
})

describe('on a real server', () => {
  let server: PostgresServer
  let databases = 0

  beforeAll(async () => {
    server = await startPostgres()
    await server.run('CREATE DATABASE shop')
    await withDatabase('shop', async (client) => makeShop(client))
  })

  afterAll(async () => {
    await server?.stop()
  })

  async function withDatabase<T>(
    name: string,
    work: (client: Awaited<ReturnType<PostgresServer['connect']>>) => Promise<T>,
  ) {
    const url = new URL(server.url)
    url.pathname = `/${name}`
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: url.href })
    client.on('error', () => {})
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }

  test.each(named)('$title: the alternative runs', async (way) => {
    const name = `run_${++databases}`
    await server.run(`CREATE DATABASE ${name} TEMPLATE shop`)
    await withDatabase(name, async (client) => {
      for (const { statements } of before(way.finding, way.migrations))
        for (const { source } of statements) await client.query(source)
      for (const { sql } of way.finding.alternative?.steps ?? []) {
        await client.query(filledIn(sql ?? 'SELECT')).catch((error: Error) => {
          throw new Error(`${error.message}: ${sql}`)
        })
      }
    })
    await server.run(`DROP DATABASE ${name} WITH (FORCE)`)
  })
})

/** What the author is to fill in: a value, the kind of text that fits a text column. */
function filledIn(sql: string): string {
  return sql.replace(/\/\* its value \*\/ NULL/g, "'filled'")
}
