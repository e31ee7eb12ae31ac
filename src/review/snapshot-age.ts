import { unknownSize } from '../catalog/relation.ts'
import type { CatalogSnapshot } from '../catalog/snapshot.ts'
import { durationText } from '../forecast/numbers.ts'
import type { Policy } from '../policy/policy.ts'
import type { CatalogFacts, Facts } from './facts.ts'

/**
 * A snapshot's numbers grow old: after the policy's first age the review says so, after the second sizes and column
 * statistics count as unknown. Schema still counts: nothing better is known.
 */
export function withoutOldSizes(facts: Facts, policy: Policy): { catalog: CatalogFacts; note: string | null } {
  const { catalog, now } = facts
  if (catalog.kind !== 'snapshot' || now === null) return { catalog, note: null }
  const age = Date.parse(now) - Date.parse(catalog.snapshot.takenAt)
  const { warn_after, unknown_after } = policy.snapshot
  if (age <= Math.min(warn_after, unknown_after)) return { catalog, note: null }
  const told = Number.isNaN(age)
    ? `The snapshot does not say when it was taken (${catalog.snapshot.takenAt.slice(0, 40)})`
    : `The snapshot is ${durationText(age)} old`
  const renew = 'Make a new one with lockcast snapshot.'
  if (age <= unknown_after) return { catalog, note: `${told}: tables may have grown since. ${renew}` }
  const note = `${told}, more than ${durationText(unknown_after)}: its sizes count as unknown, and unknown counts as large. ${renew}`
  return { catalog: { kind: 'snapshot', snapshot: withoutSizes(catalog.snapshot) }, note }
}

function withoutSizes(snapshot: CatalogSnapshot): CatalogSnapshot {
  return {
    ...snapshot,
    relations: snapshot.relations.map((relation) => ({
      ...relation,
      size: unknownSize,
      indexes: relation.indexes.map((index) => ({ ...index, bytes: null })),
      columns: relation.columns.map((column) => ({ ...column, statistics: null })),
    })),
  }
}
