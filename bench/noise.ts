import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Catalog } from '../src/catalog/catalog.ts'
import { type CatalogSnapshot, catalogSnapshot, type SnapshotRelation } from '../src/catalog/snapshot.ts'
import { snapshotOf } from '../src/catalog/snapshot-of.ts'
import { collect } from '../src/cli/files.ts'
import { numberFormat } from '../src/forecast/numbers.ts'
import { reaches } from '../src/hazards/severity.ts'
import { defaultPolicy, type Policy } from '../src/policy/policy.ts'
import { gatherAndReview, reviewCore } from '../src/review/gather-and-review.ts'
import type { Finding } from '../src/review/result.ts'
import { runMigrations } from '../src/review/run-migrations.ts'
import { readMigrations } from '../src/runners/read-migrations.ts'
import type { Migration } from '../src/runners/runner.ts'
import { loadParser } from '../src/sql/parse.ts'
import { generatedHistory } from './histories.ts'

/**
 * How many files of whole histories get a finding of medium or above, each file reviewed as a pull request of its own on
 * the catalog that those before it leave:
 *
 *   npm run bench:noise                           generated histories
 *   npm run bench:noise -- --files db/migrations  your own, once for each folder
 *   npm run bench:noise -- --detail               with every finding that counts
 *
 * Sizes of tables are drawn from one fixed distribution by the table's name (median 5,000 rows, 10 % over 1 M, 1 % over
 * 50 M), so that every run draws the same, and a lock_timeout is declared for the session. The budget is 15 %. Figures,
 * no verdict.
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

/** Nothing but the catalog and the files before. */
const alone = {
  policy,
  activity: null,
  code: async () => null,
  history: null,
  postgresVersion: null,
  now: null,
  disclosure: 'exact' as const,
  skipped: [],
}
const { values } = parseArgs({
  options: { files: { type: 'string', multiple: true, default: [] }, detail: { type: 'boolean', default: false } },
})
await loadParser()
const histories = values.files.length > 0 ? values.files.map(readHistory) : generatedHistories()
const counted: { files: number; noisy: number; findings: Finding[] }[] = []
for (const { title, migrations } of histories) {
  const files = await reviewEach(migrations)
  const noisy = files.filter((findings) => findings.length > 0)
  console.log(`${title}: ${noisy.length} of ${files.length} files with a finding of medium or above`)
  if (values.detail) for (const finding of noisy.flat()) console.log(`  ${line(finding)}`)
  counted.push({ files: files.length, noisy: noisy.length, findings: noisy.flat() })
}
const files = counted.reduce((sum, item) => sum + item.files, 0)
const noisy = counted.reduce((sum, item) => sum + item.noisy, 0)
console.log(
  `all: ${noisy} of ${files} files, ${((100 * noisy) / Math.max(1, files)).toFixed(1)} % (budget ${100 * budget} %)`,
)
const byHazard = Map.groupBy(
  counted.flatMap(({ findings }) => findings),
  ({ hazard }) => hazard,
)
for (const [hazard, found] of [...byHazard].sort(([, a], [, b]) => b.length - a.length))
  console.log(`  ${found.length} ${hazard}`)

interface History {
  title: string
  migrations: Migration[]
}

function readHistory(folder: string): History {
  const { files: sources, project } = collect([folder], policy)
  return { title: folder, migrations: readMigrations(sources, project, policy) }
}

function generatedHistories(): History[] {
  return Array.from({ length: 20 }, (_, i) => {
    const sources = generatedHistory(i + 1, 60).map((file) => ({ ...file, problem: null }))
    const project = { paths: new Set(sources.map(({ path }) => path)), text: () => null }
    return { title: `generated ${i + 1}`, migrations: readMigrations(sources, project, policy) }
  })
}

/** The findings of medium or above, file by file. */
async function reviewEach(migrations: Migration[]): Promise<Finding[][]> {
  const files = Map.groupBy(
    migrations.filter(({ direction }) => direction === 'up'),
    ({ path }) => path,
  )
  const merged: Migration[] = []
  const found: Finding[][] = []
  let snapshot = emptySnapshot()
  for (const file of files.values()) {
    const catalog = async () => ({ kind: 'snapshot' as const, snapshot })
    const { findings } = await gatherAndReview(
      { ...alone, migrations: file, catalog, base: async () => merged.slice() },
      reviewCore,
    )
    found.push(findings.filter(({ severity }) => reaches(severity, 'medium')))
    const after = new Catalog({ snapshot, knowledge: 'read', serverVersion: snapshot.serverVersion })
    runMigrations(file, after, policy, 1, numberFormat('exact'))
    snapshot = withSizes(snapshotOf(after))
    merged.push(...file)
  }
  return found
}

function emptySnapshot(): CatalogSnapshot {
  return snapshotOf(new Catalog({ snapshot: null, knowledge: 'read', serverVersion: 170_000 }))
}

function withSizes(snapshot: CatalogSnapshot): CatalogSnapshot {
  return catalogSnapshot.parse({ ...snapshot, relations: snapshot.relations.map(withSize) })
}

function withSize(relation: SnapshotRelation): SnapshotRelation {
  const rows = rowsOf(relation.name)
  const indexes = relation.indexes.map((index) => ({ ...index, bytes: rows * 30 }))
  const indexBytes = rows * 30 * indexes.length
  const size = { ...relation.size, rows, rowsFrom: 'statistics' as const, heapBytes: rows * 150, indexBytes }
  return { ...relation, indexes, size }
}

function rowsOf(table: string): number {
  const share = createHash('sha256').update(table).digest().readUInt32BE(0) / 2 ** 32
  const above = quantiles.findIndex(([limit]) => share <= limit)
  const [[from, low], [to, high]] = [quantiles[above - 1] ?? [0, 10], quantiles[above] ?? [1, 10]]
  return Math.round(low * (high / low) ** ((share - from) / (to - from || 1)))
}

function line({ path, line: at, severity, hazard, message }: Finding): string {
  return `${path}:${at} ${severity} ${hazard}: ${message}`
}
