import type { Policy } from '../policy/policy.ts'
import type { Migration } from '../runners/runner.ts'
import type { CatalogFacts, Facts, Needs } from './facts.ts'
import type { Review } from './result.ts'
import { needs, review, wantsBase } from './review.ts'

/** What a review is made from; the ports are the caller's. */
export interface Conduct {
  migrations: Migration[]
  policy: Policy
  catalog: (needs: Needs) => Promise<CatalogFacts>
  /** Reads the base branch's migrations; called only when a name is missing or taken. Null: there is no base. */
  base: (() => Promise<Migration[]>) | null
  postgresVersion: number | null
  disclosure: Facts['disclosure']
  unread: Facts['unread']
}

/** Gathers the facts that the migrations need and reviews; a second time with the base branch's files if they may explain a failure. */
export async function conduct(given: Conduct): Promise<Review> {
  const { migrations, policy, postgresVersion, disclosure, unread } = given
  const known = { postgresVersion, disclosure, unread }
  const first = review(migrations, { ...known, catalog: await given.catalog(needs(migrations)), base: [] }, policy)
  if (!given.base || !wantsBase(first)) return first
  const base = await given.base()
  if (base.length === 0) return first
  const catalog = await given.catalog(needs([...base, ...migrations]))
  return review(migrations, { ...known, catalog, base }, policy)
}
