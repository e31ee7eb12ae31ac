import { matchesGlob } from 'node:path/posix'
import { byWeight } from '../hazards/severity.ts'
import type { Policy } from '../policy/policy.ts'
import { entryOf } from '../runners/detection.ts'
import type { Migration } from '../runners/runner.ts'
import type { HistoryFacts } from './facts.ts'
import { type GatherAndReview, gatherAndReview, type ReviewCore } from './gather-and-review.ts'
import type { Finding, Review, ReviewedTransaction } from './result.ts'

/** Which migrations belong to a database. */
export interface Territory {
  name: string
  /** Globs; null: whatever belongs to no other. */
  migrations: string[] | null
}

/** The migrations of one change that belong to one database, and how that database is asked. */
interface Share<Database extends Territory> {
  /** Null: no database is named for these. */
  database: Database | null
  migrations: Migration[]
}

/**
 * Assigns migrations, and edits of earlier ones, to databases: to the first database with a glob that matches, else to
 * the first without globs.
 */
export function sharesOf<Database extends Territory>(
  migrations: Migration[],
  history: HistoryFacts | null,
  databases: readonly Database[],
  policy: Policy | null,
): Share<Database>[] {
  const paths = [...migrations, ...(history?.changed ?? [])].map(({ path }) => path)
  const owners = new Set(paths.map((path) => databaseOf(path, databases, policy)))
  return [...owners].map((database) => ({
    database,
    migrations: migrations.filter(({ path }) => databaseOf(path, databases, policy) === database),
  }))
}

/**
 * The database a migration belongs to: the one that the policy names for it, as far as it may be used; else the first whose
 * globs match, else the first without globs. Null when there is none, and when the policy names one that may not be used:
 * no other is compared with in its place.
 */
export function databaseOf<Database extends Territory>(
  path: string,
  databases: readonly Database[],
  policy: Policy | null,
): Database | null {
  const byPolicy = policy && entryOf(path, policy)?.database
  if (byPolicy) return databases.find(({ name }) => name === byPolicy) ?? null
  const named = databases.find((database) => database.migrations?.some((glob) => matchesGlob(path, glob)))
  return named ?? databases.find((database) => database.migrations === null) ?? null
}

/** How one share is reviewed: by its own database, with the base branch's files that belong there too. */
interface ShareConduct extends Pick<GatherAndReview, 'migrations' | 'catalog' | 'activity'> {
  /** Null: no database is named for these. */
  name: string | null
  takes: (path: string) => boolean
}

/** Reviews each share by itself and gives one Review of all. */
export async function reviewByDatabase(
  shares: ShareConduct[],
  rest: Omit<GatherAndReview, 'migrations' | 'catalog' | 'activity'>,
  core: ReviewCore,
): Promise<Review> {
  const { base } = rest
  let read: Promise<Migration[]> | null = null
  const baseOnce = (reader: () => Promise<Migration[]>): Promise<Migration[]> => {
    read ??= reader()
    return read
  }
  const reviews = await Promise.all(
    shares.map(async ({ name, takes, ...share }) => {
      const own = base && (async () => (await baseOnce(base)).filter(({ path }) => takes(path)))
      const history = rest.history && {
        changed: rest.history.changed.filter(({ path }) => takes(path)),
        merged: rest.history.merged.filter(takes),
        project: rest.history.project,
        migrations: rest.history.migrations?.filter(({ path }) => takes(path)) ?? null,
      }
      return { name, review: await gatherAndReview({ ...rest, ...share, base: own, history }, core) }
    }),
  )
  return merged(reviews, rest.disclosure === 'exact')
}

/** One Review of several databases': ids of transactions and fingerprints stay unique. `names`: databases may be named. */
function merged(parts: { name: string | null; review: Review }[], names: boolean): Review {
  const [first, ...more] = parts
  if (!first) throw new Error('no review')
  if (more.length === 0) return first.review
  const reviews = renumbered(parts.map(({ review }) => review))
  const traffic = reviews.flatMap((item) => (item.traffic ? [item.traffic] : []))
  const taken = reviews.flatMap((item) => (item.catalogTakenAt === null ? [] : [item.catalogTakenAt])).sort()
  return {
    verdict: reviews.some((item) => item.verdict === 'fail') ? 'fail' : 'pass',
    postgresVersion: Math.min(...reviews.map((item) => item.postgresVersion)),
    catalog:
      (['replica', 'snapshot', 'empty'] as const).find((kind) => reviews.some((item) => item.catalog === kind)) ??
      'none',
    catalogTakenAt: taken[0] ?? null,
    traffic:
      traffic.length === 0
        ? null
        : {
            takenAt: traffic.map((reviewedTraffic) => reviewedTraffic.takenAt).sort()[0] ?? '',
            relations: traffic.flatMap((reviewedTraffic) => reviewedTraffic.relations),
            transactions: traffic.flatMap((reviewedTraffic) => reviewedTraffic.transactions),
            replicas: traffic.flatMap((reviewedTraffic) => reviewedTraffic.replicas),
          },
    files: reviews.flatMap((item) => item.files),
    transactions: reviews.flatMap((item) => item.transactions),
    findings: distinct(reviews.flatMap((item) => item.findings)).sort(byWeight),
    ignored: reviews.flatMap((item) => item.ignored),
    unread: reviews.flatMap((item) => item.unread),
    skipped: first.review.skipped,
    notes: parts.flatMap(({ name, review }) => notesOf(name, review, names)),
  }
}

/** Files by database, with notes. */
function notesOf(name: string | null, review: Review, names: boolean): string[] {
  const paths = review.files.map(({ path }) => path)
  const listed = paths.length > 3 ? `${paths.slice(0, 3).join(', ')} and ${paths.length - 3} more` : paths.join(', ')
  if (name === null) return [`No database is named for ${listed}.`, ...review.notes]
  if (!names) return review.notes
  return [
    `Compared with database ${name}, PostgreSQL ${review.postgresVersion}: ${listed}.`,
    ...review.notes.map((note) => `${name}: ${note}`),
  ]
}

function renumbered(reviews: Review[]): Review[] {
  let next = 1
  return reviews.map((review) => {
    const ids = new Map<string, string>()
    const idOf = (id: string): string => {
      const known = ids.get(id) ?? `t${next++}`
      ids.set(id, known)
      return known
    }
    const transactions = review.transactions.map(
      (transaction): ReviewedTransaction => ({ ...transaction, id: idOf(transaction.id) }),
    )
    const files = review.files.map((file) => ({
      ...file,
      statements: file.statements.map((statement) => ({
        ...statement,
        transaction: statement.transaction === null ? null : idOf(statement.transaction),
      })),
    }))
    return { ...review, transactions, files }
  })
}

/** Two databases that cannot be reached give the same fingerprint, which names no path. */
function distinct(findings: Finding[]): Finding[] {
  const seen = new Map<string, number>()
  return findings.map((finding) => {
    const count = (seen.get(finding.fingerprint) ?? 0) + 1
    seen.set(finding.fingerprint, count)
    return count === 1 ? finding : { ...finding, fingerprint: `${finding.fingerprint}-${count}` }
  })
}
