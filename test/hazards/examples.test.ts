import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unknownSize } from '../../src/catalog/relation.ts'
import { big, type Example, type ObservedDanger, seenByGroup } from '../../src/hazards/example.ts'
import type { Hazard } from '../../src/hazards/hazard.ts'
import { hazards } from '../../src/hazards/hazard-registry.ts'
import { reaches } from '../../src/hazards/severity.ts'
import { insteadOf } from '../../src/report/plan-text.ts'
import type { Facts } from '../../src/review/facts.ts'
import type { Finding, PlanStep, Review } from '../../src/review/result.ts'
import { review } from '../../src/review/review.ts'
import { exampleFacts, exampleMigrations, policyOf, reviewExample } from '../../src/review/run-example.ts'
import { loadParser } from '../../src/sql/parse.ts'
import { alternativeMigrations, before } from '../support/alternatives.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { Stage } from '../support/run-example.ts'

/** Every hazard's page and examples: reviewed, and run on a real PostgreSQL 17. */

await loadParser()
let server: PostgresServer
let stage: Stage

beforeAll(async () => {
  server = await startPostgres({ settings: { full_page_writes: 'on' } })
  stage = await Stage.on(server)
})

afterAll(async () => {
  await stage.end()
  await server.stop()
})

describe.each(hazards.map((hazard) => [hazard.id, hazard] as const))('%s', (id, hazard) => {
  const { bad, good } = hazard.examples
  const least = hazard.group === 'advice' ? 1 : 2

  test('has a page of whole sentences and enough examples', () => {
    for (const [field, text] of Object.entries(hazard.page)) expect(text, `page.${field}`).toMatch(/^[A-Z].*\.$/s)
    expect(hazard.source, 'source').toMatch(/\.$/)
    expect(hazard.title, 'title').toMatch(/[^.]$/)
    expect(bad.length, 'bad examples').toBeGreaterThanOrEqual(least)
    expect(good.length, 'good examples').toBeGreaterThanOrEqual(least)
  })

  test.each(named(bad))('bad: %s', async (_title, example) => {
    const reviewed = reviewExample(example)
    const [finding] = reviewed.findings.filter((finding) => finding.hazard === id)
    expect(toldOf(reviewed, id), 'findings of this hazard, and of others from medium on').toEqual([id])
    if (!finding) return
    const instead = insteadOf(finding) ?? ''
    expect(instead, 'what to do').toMatch(/^[A-Z].*\.$/)
    expect(sentences(`${finding.message}. ${finding.why} ${instead}`)).toBeLessThan(8)
    await stage.set(example)
    const snapshot = await stage.catalog(example)
    expect(
      weighed(reviewExample(example, { catalog: { kind: 'replica', snapshot } })),
      'with the catalog of the server',
    ).toEqual(weighed(reviewed))
    const seen = example.seen ?? seenByGroup[hazard.group]
    expect(await stage.see(seen, example, finding, reviewed)).toMatch(expected(seen, hazard))
  })

  test.each(named(bad).filter(([, example]) => stepsOf(id, example).length > 0))(
    'what is said instead is let through and runs: %s',
    async (_title, example) => {
      const [finding] = reviewExample(example).findings.filter((finding) => finding.hazard === id)
      if (!finding) return
      await tryInstead(finding, example)
    },
  )

  test.each(named(good))('good: %s', async (_title, example) => {
    const reviewed = reviewExample(example)
    expect(toldOf(reviewed, id)).toEqual([])
    await stage.set(example)
    const snapshot = await stage.catalog(example)
    expect(
      weighed(reviewExample(example, { catalog: { kind: 'replica', snapshot } })),
      'with the catalog of the server',
    ).toEqual(weighed(reviewed))
    expect((await stage.run(example)).codes).toEqual([])
  })

  test.each(named(bad))('knowing less does not make it safe: %s', (_title, example) => {
    for (const [words, facts] of lessKnown) {
      const { findings, notes } = reviewExample(example, facts(example))
      // What only the data or the schema tells is said to be unknown; what the statement does stays a danger.
      const schemaAlone = !hazard.facts.includes('effects') || !atLeastMedium(reviewExample(example))
      const said = schemaAlone && /not known|unknown|not judged|as asked/.test(JSON.stringify([findings, notes]))
      const dangers = findings.filter((finding) => finding.hazard === id || reaches(finding.severity, 'medium'))
      expect(dangers.length > 0 || said || (id === 'version-mismatch' && words === newest), words).toBe(true)
    }
  })
})

const long = 'a_table_with_a_name_that_is_as_long_as_names_may_be_in_postgres'
const column = 'a_column_with_a_name_that_is_as_long_as_names_can_be_in_postgre'
const odd = '"we""ird Té`ble"'

describe('names as long as names may be, and names that need quotes', () => {
  test.each([
    ['a type', long, `(id bigint PRIMARY KEY, ${column} int NOT NULL UNIQUE)`, `ALTER COLUMN ${column} TYPE bigint`],
    ['NOT NULL', long, `(id bigint PRIMARY KEY, ${column} int)`, `ALTER COLUMN ${column} SET NOT NULL`],
    ['a new name', long, `(id bigint PRIMARY KEY, ${column} int)`, `RENAME COLUMN ${column} TO b${column.slice(1)}`],
    ['serial', long, '(id bigint PRIMARY KEY)', `ADD COLUMN ${column} serial`],
    [
      'a quoted type',
      odd,
      '(id int PRIMARY KEY, "se lect" int NOT NULL DEFAULT 1)',
      'ALTER COLUMN "se lect" TYPE bigint',
    ],
    ['an identity', odd, '(id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)', 'ALTER COLUMN id TYPE bigint'],
    ['a quoted column', odd, '(id int PRIMARY KEY)', `ADD COLUMN "q'uote" text NOT NULL`],
    ['a quoted serial', odd, '(id int PRIMARY KEY)', `ADD COLUMN "q'uote" serial`],
  ])('%s', async (title, table, columns, action) => {
    const name = table.replace(/^"|"$/g, '').replace('""', '"')
    const before = `CREATE TABLE ${table} ${columns};`
    const example = { title, before, tables: { [name]: big }, migration: `ALTER TABLE ${table} ${action};` }
    const found = reviewExample(example).findings.filter(({ severity }) => reaches(severity, 'high'))
    expect(found.length).toBeGreaterThan(0)
    for (const finding of found) await tryInstead(finding, example)
  })
})

/** What is left to say of an alternative: what it drops by name is dropped all the same. */
const stays: Record<string, string[]> = {
  'drop-cascade': ['view-or-function-changed'],
  'dependent-objects': ['view-or-function-changed', 'drop-column', 'drop-table'],
}

/** The steps of the alternative, behind what comes before them: reviewed again, and run. */
async function tryInstead(finding: Finding, example: Example): Promise<void> {
  const steps = alternativeMigrations(finding.alternative?.steps ?? [], policyOf(example))
  const migrations = [...before(finding, exampleMigrations(example)), ...steps]
  const reviewed = review(migrations, { ...exampleFacts(example), history: null }, policyOf(example))
  const own = reviewed.findings.filter(({ path }) => steps.some((step) => step.path === path))
  // What a person or the application does first is no part of the files.
  const asked = ['check', 'deployment'].includes(finding.alternative?.steps[0]?.kind ?? '')
  const same = reviewExample(example).findings.filter(
    ({ path, line }) => path === finding.path && line === finding.line,
  )
  const left = own.filter(
    ({ severity, hazard }) =>
      reaches(severity, 'medium') &&
      !stays[finding.hazard]?.includes(hazard) &&
      !(asked && same.some((other) => other.hazard === hazard)),
  )
  expect(left).toEqual([])
  // What the data refuses, both refuse.
  const refused = asked ? (await stage.run(example)).codes : []
  await stage.set(example)
  expect((await stage.runAll(migrations)).codes.filter((code) => !refused.includes(code))).toEqual([])
}

function stepsOf(id: string, example: Example): PlanStep[] {
  return reviewExample(example).findings.find(({ hazard }) => hazard === id)?.alternative?.steps ?? []
}

const newest = 'on PostgreSQL 18'

const lessKnown: [words: string, facts: (example: Example) => Partial<Facts>][] = [
  ['without a catalog', () => ({ catalog: { kind: 'none' } })],
  [
    'with a database that is away',
    () => ({ catalog: { kind: 'unreachable', reason: 'It is away.', retry: 'Try again.' } }),
  ],
  ['without sizes and statistics', (example) => ({ catalog: withoutNumbers(exampleFacts(example).catalog) })],
  ['with definitions under a lock', (example) => ({ catalog: whileLocked(exampleFacts(example).catalog) })],
  ['on PostgreSQL 10', () => ({ postgresVersion: 10 })],
  ['on PostgreSQL 13', () => ({ postgresVersion: 13 })],
  [newest, () => ({ postgresVersion: 18 })],
]

function withoutNumbers(catalog: Facts['catalog']): Facts['catalog'] {
  if (!('snapshot' in catalog)) return catalog
  const relations = catalog.snapshot.relations.map((relation) => ({
    ...relation,
    columns: relation.columns.map((column) => ({ ...column, statistics: null })),
    size: unknownSize,
  }))
  return { ...catalog, snapshot: { ...catalog.snapshot, relations } }
}

/** As the replica's reader has it while somebody holds ACCESS EXCLUSIVE on every table. */
function whileLocked(catalog: Facts['catalog']): Facts['catalog'] {
  if (!('snapshot' in catalog)) return catalog
  const relations = catalog.snapshot.relations.map((relation) => ({
    ...relation,
    columns: relation.columns.map((item) => ({ ...item, default: item.generated ? '…' : item.default })),
    constraints: relation.constraints.map((constraint) =>
      constraint.kind === 'check' ? { ...constraint, definition: 'CHECK (…)' } : constraint,
    ),
    indexes: relation.indexes.map((index) => ({ ...index, predicate: index.predicate && '…' })),
    triggers: relation.triggers.map((trigger) => ({ ...trigger, definition: '…' })),
    rules: relation.rules.map((rule) => ({ ...rule, definition: null })),
    sequence: relation.sequence && { ...relation.sequence, last: null },
    size: { ...relation.size, current: false },
  }))
  const names = relations.map(({ schema, name }) => `${schema}.${name}`).join(', ')
  // src/replica/warnings.ts
  const warnings = [
    `Locked while the catalog was read, so checks and expressions are missing: ${names}.`,
    `Locked while sequences were read, so how far they are is not known: ${names}.`,
  ]
  return { ...catalog, snapshot: { ...catalog.snapshot, relations, warnings } }
}

/** This hazard's findings, and those of others that are medium or above. */
function toldOf(reviewed: Review, id: string): string[] {
  return reviewed.findings
    .filter(({ hazard, severity }) => hazard === id || reaches(severity, 'medium'))
    .map(({ hazard }) => hazard)
}

function weighed({ findings }: Review): string[] {
  return findings.map(({ hazard, severity, line, message }) => `${line} ${hazard} ${severity}: ${message}`)
}

function atLeastMedium({ findings }: Review): boolean {
  return findings.some(({ severity }) => reaches(severity, 'medium'))
}

function expected(seen: ObservedDanger, { sqlstates }: Hazard): RegExp {
  if (seen === 'fails') return new RegExp(`^fails with .*(${sqlstates.join('|')})`)
  return new RegExp(`^${seen}\\b`)
}

function sentences(text: string): number {
  return text.match(/[.!?](?=\s|$)/g)?.length ?? 0
}

function named(examples: readonly Example[]): (readonly [string, Example])[] {
  return examples.map((example) => [example.title, example] as const)
}
