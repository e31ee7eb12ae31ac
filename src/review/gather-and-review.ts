import type { ActivityFacts } from '../forecast/activity.ts'
import type { Policy } from '../policy/policy.ts'
import type { Migration } from '../runners/runner.ts'
import type { CodeFacts } from '../uses/code-uses.ts'
import type { CodeName } from '../uses/named-in-code.ts'
import { appliedFiles, appliedNote } from './applied-files.ts'
import type { CatalogFacts, Facts, HistoryFacts, Needs } from './facts.ts'
import { publicCatalog } from './public-catalog.ts'
import type { Review } from './result.ts'
import { needs, review, wantsBase } from './review.ts'

/** The pure core; tests of an adapter hand in a smaller one. */
export interface ReviewCore {
  needs: typeof needs
  review: typeof review
  wantsBase: typeof wantsBase
}

export const reviewCore: ReviewCore = { needs, review, wantsBase }

/** The input of a review; the caller supplies the ports. */
export interface GatherAndReview {
  migrations: Migration[]
  policy: Policy
  catalog: (needs: Needs) => Promise<CatalogFacts>
  /** Reads the primary's activity on these relations; null when there is no connection. */
  activity: ((relations: Needs['relations']) => Promise<ActivityFacts>) | null
  /** Searches the code; called only when `needs` asks for names. Never throws: the result says when nothing could be searched. */
  code: (names: CodeName[]) => Promise<CodeFacts | null>
  history: Facts['history']
  /** Reads the base branch's migrations; called only when a name is missing or taken. Null: there is no base. */
  base: (() => Promise<Migration[]>) | null
  postgresVersion: number | null
  now: Facts['now']
  disclosure: Facts['disclosure']
  skipped: Facts['skipped']
  /** Paths of files that came with a folder, which the database may have run long ago. */
  mayBeApplied?: ReadonlySet<string>
}

/**
 * Gathers the facts that the migrations need and reviews; a second time with the base branch's files when they may explain
 * a failure or an unknown effect, or lock the same tables in another order.
 */
export async function gatherAndReview(given: GatherAndReview, core: ReviewCore): Promise<Review> {
  const { migrations, policy, postgresVersion, now, disclosure, skipped, history } = given
  const wanted = core.needs(migrations)
  const [catalogNow, code] = await Promise.all([
    given.catalog(wanted),
    wanted.code.length > 0 && policy.code_search.enabled ? given.code(wanted.code) : null,
  ])
  const applied = appliedFiles(migrations, catalogNow, given.mayBeApplied ?? new Set())
  if (applied.size > 0) return withoutApplied(given, applied, core)
  const activity = given.activity && (await given.activity(relationsOf(catalogNow, wanted)))
  const known = { postgresVersion, now, disclosure, skipped, history, code, activity }
  // Strangers may learn only names that the base branch's files contain, so the review itself finds no others.
  const isPublic = disclosure !== 'exact'
  const published = isPublic && given.base ? await given.base() : []
  const visible = (facts: CatalogFacts): CatalogFacts => (isPublic ? publicCatalog(facts, published, policy) : facts)
  const withBase = async (merged: Migration[]): Promise<Review> => {
    // Reviewed files count with their own text, also where the base branch has an older one.
    const reviewed = new Set(migrations.map((migration) => migration.path))
    const base = merged.filter((migration) => !reviewed.has(migration.path))
    const catalog = visible(await given.catalog(core.needs([...base, ...migrations])))
    return core.review(migrations, { ...known, history: withMigrations(history, merged), catalog, base }, policy)
  }
  if (published.length > 0) return withBase(published)
  const alone = { ...known, catalog: visible(catalogNow), base: [] }
  const first = core.review(migrations, alone, policy)
  const explains = core.wantsBase(first)
  if (isPublic || !given.base || !(explains || locksSeveral(first))) return first
  const merged = await given.base()
  if (merged.length === 0) return first
  if (explains) return withBase(merged)
  return core.review(migrations, { ...alone, history: withMigrations(history, merged) }, policy)
}

/** Reviews the other files; the applied ones count as the base branch's. */
async function withoutApplied(given: GatherAndReview, applied: ReadonlySet<string>, core: ReviewCore): Promise<Review> {
  const [old, migrations] = [true, false].map((wanted) =>
    given.migrations.filter(({ path }) => applied.has(path) === wanted),
  ) as [Migration[], Migration[]]
  const base = async (): Promise<Migration[]> => [...((await given.base?.()) ?? []), ...old]
  const reviewed = await gatherAndReview({ ...given, migrations, base, mayBeApplied: new Set() }, core)
  return { ...reviewed, notes: [appliedNote(applied), ...reviewed.notes] }
}

function withMigrations(history: HistoryFacts | null, migrations: Migration[]): HistoryFacts | null {
  return history && { ...history, migrations }
}

/** One transaction locks tables in several statements: whether merged migrations do so in the same order is to be seen. */
function locksSeveral({ transactions }: Review): boolean {
  return transactions.some(({ holds }) => {
    const strong = holds.filter(({ blocks }) => blocks.includes('writes'))
    return (
      new Set(strong.map(({ relation }) => relation)).size > 1 && new Set(strong.map(({ from }) => from.line)).size > 1
    )
  })
}

/** The relations that the catalog ties to the migrations, by full name; without a catalog, the names they use. */
function relationsOf(catalog: CatalogFacts, wanted: Needs): Needs['relations'] {
  if (catalog.kind !== 'replica' && catalog.kind !== 'snapshot') return wanted.relations
  const named = new Set(wanted.relations.map(({ name }) => name))
  // A snapshot holds all of a database: only the relations that the migrations can reach are read.
  const reached = new Set(catalog.snapshot.relations.filter(({ name }) => named.has(name)).map(({ id }) => id))
  for (const { id, partitionOf, constraints } of catalog.snapshot.relations) {
    if (partitionOf && reached.has(partitionOf.relation)) reached.add(id)
    const referenced = constraints.flatMap(({ references }) => (references ? [references.relation] : []))
    if (reached.has(id)) for (const other of referenced) reached.add(other)
    else if (referenced.some((other) => reached.has(other))) reached.add(id)
  }
  return catalog.snapshot.relations.filter(({ id }) => reached.has(id)).map(({ schema, name }) => ({ schema, name }))
}
