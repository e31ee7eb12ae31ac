import { createHash } from 'node:crypto'
import { collect } from '../src/cli/files.ts'
import { reaches } from '../src/hazards/severity.ts'
import { defaultPolicy, type Policy } from '../src/policy/policy.ts'
import { review } from '../src/review/review.ts'
import { readMigrations } from '../src/runners/registry.ts'
import type { Migration } from '../src/runners/runner.ts'
import { loadParser } from '../src/sql/parse.ts'
import { walk } from '../src/sql/walk.ts'
import { generatedHistory } from './histories.ts'

/**
 * `npm run bench:noise [-- FOLDER…]`: of the files of whole histories (generated ones, or those in the folders), how many get a finding of medium or above, with
 * table sizes drawn from one fixed distribution (median 5,000 rows, 10 % over 1 M, 1 % over 50 M, by the table's name, so
 * that every run draws the same) and a lock_timeout declared for the session. The budget is 15 %. Figures, no verdict.
 */
const budget = 0.15

/** Share of the tables and their rows there, between which rows grow evenly on a logarithmic scale. */
const quantiles: [share: number, rows: number][] = [
  [0, 10],
  [0.5, 5_000],
  [0.9, 1_000_000],
  [0.99, 50_000_000],
  [1, 500_000_000],
]

const policy: Policy = { ...defaultPolicy, session: { ...defaultPolicy.session, lock_timeout: 3_000 } }

await loadParser()
const given = process.argv.slice(2)
const histories =
  given.length > 0 ? given.map(readHistory) : Array.from({ length: 20 }, (_, seed) => generated(seed + 1))
let files = 0
let noisy = 0
const hazards = new Map<string, number>()
for (const { title, migrations } of histories) {
  const measured = measure(migrations)
  files += measured.files
  noisy += measured.noisy.size
  for (const [hazard, count] of measured.hazards) hazards.set(hazard, (hazards.get(hazard) ?? 0) + count)
  console.log(`${title}: ${measured.noisy.size} of ${measured.files} files with a finding of medium or above`)
  if (process.env.NOISE_DETAIL) for (const line of measured.lines) console.log(`  ${line}`)
}
console.log(
  `all: ${noisy} of ${files} files, ${((100 * noisy) / Math.max(1, files)).toFixed(1)} % (budget ${100 * budget} %)`,
)
for (const [hazard, count] of [...hazards].sort((a, b) => b[1] - a[1])) console.log(`  ${count} ${hazard}`)

interface History {
  title: string
  migrations: Migration[]
}

function readHistory(folder: string): History {
  const { files: sources, project } = collect([folder], policy)
  return { title: folder, migrations: readMigrations(sources, project, policy).filter(isUp) }
}

function generated(seed: number): History {
  const sources = generatedHistory(seed, 60).map((file) => ({ ...file, problem: null }))
  const project = { paths: new Set(sources.map(({ path }) => path)), text: () => null }
  return { title: `generated ${seed}`, migrations: readMigrations(sources, project, policy) }
}

function isUp({ direction }: Migration): boolean {
  return direction === 'up'
}

function measure(migrations: Migration[]) {
  const reviewed = review(
    migrations,
    {
      catalog: { kind: 'empty', sizes: sizesOf(migrations) },
      postgresVersion: null,
      now: null,
      base: [],
      activity: null,
      code: null,
      history: null,
      disclosure: 'exact',
      unread: [],
    },
    policy,
  )
  const grave = reviewed.findings.filter(({ severity, direction }) => direction === 'up' && reaches(severity, 'medium'))
  const hazards = new Map<string, number>()
  for (const { hazard } of grave) hazards.set(hazard, (hazards.get(hazard) ?? 0) + 1)
  return {
    files: new Set(migrations.map(({ path }) => path)).size,
    noisy: new Set(grave.map(({ path }) => path)),
    hazards,
    lines: grave.map(
      ({ path, line, severity, hazard, message }) => `${path}:${line} ${severity} ${hazard}: ${message}`,
    ),
  }
}

/** Sizes of all tables that these migrations name. */
function sizesOf(migrations: Migration[]): Record<string, { rows: number; bytes: number }> {
  const sizes: Record<string, { rows: number; bytes: number }> = {}
  for (const { statements } of migrations) {
    for (const { node } of statements) {
      walk(node, (_name, value) => {
        if (!('relname' in value) || typeof value.relname !== 'string') return undefined
        const { schemaname = 'public' } = value as { schemaname?: string }
        const rows = rowsOf(value.relname)
        sizes[`${schemaname}.${value.relname}`] = { rows, bytes: rows * 150 }
        return undefined
      })
    }
  }
  return sizes
}

function rowsOf(table: string): number {
  const share = createHash('sha256').update(table).digest().readUInt32BE(0) / 2 ** 32
  const above = quantiles.findIndex(([limit]) => share <= limit)
  const [[from, low], [to, high]] = [quantiles[above - 1] ?? [0, 10], quantiles[above] ?? [1, 10]]
  return Math.round(low * (high / low) ** ((share - from) / (to - from || 1)))
}
