import type { ReviewContext } from '../src/hazards/context/review-context.ts'
import { hazards } from '../src/hazards/hazard-registry.ts'
import { defaultPolicy } from '../src/policy/policy.ts'
import { type Facts, nothingGathered } from '../src/review/facts.ts'
import { review } from '../src/review/review.ts'
import { readMigrations } from '../src/runners/read-migrations.ts'
import type { Migration } from '../src/runners/runner.ts'
import { parseSql } from '../src/sql/parse.ts'

/** All hazards beside the parsing of the same 8,000 statements: processor time, rounds that take turns. */
export function hazardsBesideParsing(): void {
  for (const { name, files, facts } of [shapes.newTables, shapes.standingTables]) {
    const texts = files(8_000)
    const context = sceneOf(migrationsOf(texts), facts)
    const rounds = Array.from({ length: 15 }, () => ({
      parsing: worked(() => texts.map(parseSql)),
      // A copy, so that what hazards share is looked up anew.
      all: worked(() => detect({ ...context })),
    }))
    const [parsing, all] = [median(rounds.map((round) => round.parsing)), median(rounds.map((round) => round.all))]
    console.log(
      `8,000 statements, ${name}: parsing ${ms(parsing)}, all ${hazards.length} hazards ${ms(all)}, ${(all / parsing).toFixed(2)} of it`,
    )
    console.log(`  the slowest: ${slowest(context)}`)
  }
}

/** The whole review without the parsing, of so many statements and of twice as many: processor time, best of three. */
export function growth(): void {
  for (const { name, files, facts } of Object.values(shapes)) {
    const [some = 0, twice = 0] = [2_000, 4_000].map((count) => {
      const migrations = migrationsOf(files(count))
      return Math.min(...Array.from({ length: 3 }, () => worked(() => review(migrations, facts, defaultPolicy))))
    })
    console.log(`review of 2,000 statements, ${name}: ${ms(some)}; of 4,000 ${(twice / some).toFixed(1)} times that`)
  }
}

interface Shape {
  name: string
  files: (statements: number) => string[]
  facts: Facts
}

const shapes = {
  newTables: {
    name: 'new tables in many files',
    facts: { ...nothingGathered, catalog: { kind: 'empty', sizes: {} } },
    files: (statements) =>
      times(
        statements / 4,
        (i) => `CREATE TABLE t_${i} (id bigint PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX t_${i}_name ON t_${i} (name);
ALTER TABLE t_${i} ADD COLUMN note text;
ALTER TABLE t_${Math.ceil(i / 2)} ADD COLUMN extra_${i} int;`,
      ),
  },
  standingTables: {
    name: 'brief changes of tables that stood, behind a lock_timeout',
    facts: nothingGathered,
    files: (statements) =>
      times(
        statements / 4,
        (i) => `SET lock_timeout = '3s';
ALTER TABLE t_${i} ADD COLUMN note text;
ALTER TABLE t_${i} ALTER COLUMN name DROP NOT NULL;
COMMENT ON COLUMN t_${i}.note IS 'what was said';`,
      ),
  },
  oneTable: {
    name: 'files of 100 ALTERs of one table',
    facts: nothingGathered,
    files: (statements) =>
      times(statements / 100, (file) =>
        times(100, (i) => `ALTER TABLE orders ALTER COLUMN c_${i} SET DEFAULT ${file};`).join('\n'),
      ),
  },
  checks: {
    name: 'CHECKs of one table in one file',
    facts: nothingGathered,
    files: (statements) => [
      times(statements, (i) => `ALTER TABLE orders ADD CONSTRAINT c_${i} CHECK (total > ${i}) NOT VALID;`).join('\n'),
    ],
  },
  references: {
    name: 'tables that refer to each other in one file',
    facts: nothingGathered,
    files: (statements) => [
      times(
        statements / 2,
        (i) => `CREATE TABLE t_${i} (id bigint PRIMARY KEY, parent bigint REFERENCES t_${Math.floor(i / 2)});
CREATE INDEX t_${i}_parent ON t_${i} (parent);`,
      ).join('\n'),
    ],
  },
  keysToOne: {
    name: 'foreign keys to one table in one transaction',
    facts: nothingGathered,
    files: (statements) => [
      times(statements, (i) => `ALTER TABLE t_${i} ADD FOREIGN KEY (account) REFERENCES accounts;`).join('\n'),
    ],
  },
  partitions: {
    name: 'partitions of one table in one file',
    facts: nothingGathered,
    files: (statements) => [
      [
        'CREATE TABLE p (id bigint, day int) PARTITION BY LIST (day);',
        ...times(statements, (i) => `CREATE TABLE p_${i} PARTITION OF p FOR VALUES IN (${i});`),
      ].join('\n'),
    ],
  },
} satisfies Record<string, Shape>

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i))
}

function migrationsOf(texts: string[]): Migration[] {
  const files = texts.map((text, i) => ({ path: `migrations/${String(i).padStart(6, '0')}.sql`, text, problem: null }))
  const project = { paths: new Set(files.map(({ path }) => path)), text: () => null }
  return readMigrations(files, project, defaultPolicy)
}

/** What the hazards see in a review. */
function sceneOf(migrations: Migration[], facts: Facts): ReviewContext {
  let seen: ReviewContext | undefined
  const [first] = hazards
  if (!first) throw new Error('no hazard')
  const { detect } = first
  first.detect = (context) => {
    seen = context
    return detect(context)
  }
  review(migrations, facts, defaultPolicy)
  first.detect = detect
  if (!seen) throw new Error('no hazard was asked')
  return seen
}

function detect(context: ReviewContext): void {
  for (const hazard of hazards) hazard.detect(context)
}

/** Wall time, since a tick of the processor's clock is longer; what hazards share counts for the first that asks. */
function slowest(context: ReviewContext): string {
  const rounds = times(9, () => {
    const copy = { ...context }
    return hazards.map((hazard) => {
      const start = performance.now()
      hazard.detect(copy)
      return performance.now() - start
    })
  })
  return hazards
    .map(({ id }, i) => ({ id, took: median(rounds.map((round) => round[i] ?? 0)) }))
    .sort((a, b) => b.took - a.took)
    .slice(0, 5)
    .map(({ id, took }) => `${id} ${ms(took)}`)
    .join(', ')
}

/** Time of the processor, ms: what else the machine does counts less. */
function worked(run: () => unknown): number {
  const start = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1_000
}

function median(all: number[]): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0
}

function ms(time: number): string {
  return `${time.toFixed(0)} ms`
}
