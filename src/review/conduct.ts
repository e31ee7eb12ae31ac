import type { Policy } from '../policy/policy.ts'
import type { Migration } from '../runners/runner.ts'
import type { CatalogFacts, Facts, Needs } from './facts.ts'
import type { Review } from './result.ts'
import { needs, review, wantsBase } from './review.ts'

/** The pure core; tests of an adapter hand in a smaller one. */
export interface ReviewCore {
  needs: typeof needs
  review: typeof review
  wantsBase: typeof wantsBase
}

export const reviewCore: ReviewCore = { needs, review, wantsBase }

/** What a review is made from; the ports are the caller's. */
export interface Conduct {
  migrations: Migration[]
  policy: Policy
  catalog: (needs: Needs) => Promise<CatalogFacts>
  /** Reads the base branch's migrations; called only when a name is missing or taken. Null: there is no base. */
  base: (() => Promise<Migration[]>) | null
  postgresVersion: number | null
  now: Facts['now']
  disclosure: Facts['disclosure']
  unread: Facts['unread']
}

/** Gathers the facts that the migrations need and reviews; a second time with the base branch's files if they may explain a failure. */
export async function conduct(given: Conduct, core: ReviewCore): Promise<Review> {
  const { migrations, policy, postgresVersion, now, disclosure, unread } = given
  const known = { postgresVersion, now, disclosure, unread }
  const catalogNow = await given.catalog(core.needs(migrations))
  const first = core.review(migrations, { ...known, catalog: catalogNow, base: [] }, policy)
  if (!given.base || !core.wantsBase(first)) return first
  // What is reviewed stands for itself, also where the base branch has an older text of it.
  const reviewed = new Set(migrations.map((migration) => migration.path))
  const base = (await given.base()).filter((migration) => !reviewed.has(migration.path))
  if (base.length === 0) return first
  const catalog = await given.catalog(core.needs([...base, ...migrations]))
  return core.review(migrations, { ...known, catalog, base }, policy)
}
