import { type Column, columnOf, type Relation } from '../../catalog/relation.ts'
import { greatest, sequenceOf } from '../../catalog/sequences.ts'
import type { SchemaChange } from '../../effects/model/schema-change.ts'
import { spanText } from '../../forecast/numbers.ts'
import type { ReviewContext } from './review-context.ts'

export interface KeyUse {
  /** Used up of all values, 0 to 1; at least so much where it was counted by rows, each of which uses one value. */
  share: number
  left: number
  by: 'sequence' | 'rows'
  /** The limit that is reached first. A bigint key ends where its sequence does. */
  ends: 'column' | 'sequence'
  /** How long the rest lasts at today's inserts, at most so where counted by rows. Null when that is not known. */
  seconds: number | null
}

/** How far the values of a key are used up; null for one that never ends, and where it is unknown. */
export function keyUse(relation: Relation, column: Column, { catalog, traffic }: ReviewContext): KeyUse | null {
  const source = sequenceOf(catalog, relation, column)
  // A sequence that cycles or counts down is used differently.
  const sequence = source?.sequence && !source.sequence.cycles && source.sequence.increment > 0 ? source.sequence : null
  const most = greatest[column.type]
  if (most === undefined) return null
  const end = Math.min(most, sequence?.maximum ?? most)
  if (end >= 2 ** 63 - 1) return null
  const { rows } = relation.size
  const first = sequence?.minimum ?? 1
  const byRows = rows === null ? null : Math.max(0, end - first + 1 - rows)
  const bySequence = sequence?.last == null ? null : Math.max(0, end - sequence.last)
  if (byRows === null && bySequence === null) return null
  const by = bySequence === null || (byRows ?? Number.POSITIVE_INFINITY) < bySequence ? 'rows' : 'sequence'
  const left = (by === 'rows' ? byRows : bySequence) ?? 0
  const inserts = traffic.rates(relation)?.inserts ?? 0
  // Who else takes from a shared sequence is not known, nor how many rows take a value of one that counts by fifties.
  const steady = sequence === null || (sequence.increment === 1 && source?.ownedBy?.relation === relation.id)
  return {
    share: Math.min(1, 1 - left / (end - first + 1)),
    left,
    by,
    ends: end < most ? 'sequence' : 'column',
    seconds: inserts > 0 && steady ? left / inserts : null,
  }
}

/** How full an integer key is that grows wider, and how long it lasts; null where that may or can not be said. */
export function keyLasts(relation: Relation, changes: readonly SchemaChange[], context: ReviewContext): string | null {
  const change = changes.find((change) => change.kind === 'changes type' && change.relation.id === relation.id)
  const column = change?.kind === 'changes type' ? columnOf(relation, change.column) : null
  if (!context.exact || change?.kind !== 'changes type' || !column) return null
  const use = keyUse(relation, { ...column, type: change.from }, context)
  const isKey = relation.indexes.some(
    (index) => index.unique && index.keys.length === 1 && index.keys[0] === change.column,
  )
  if (!use || !isKey || Math.round(use.share * 100) < 1) return null
  const used = `${usedText(use, 'At least')} of the values of ${change.from} are taken`
  return use.seconds === null
    ? `${used}; how long the rest lasts is not known without traffic.`
    : `${used}; at today's inserts the rest lasts ${lastsText(use)}.`
}

/** `71 %`, or `at least 71 %` when only the rows were counted. */
export function usedText({ share, by }: KeyUse, atLeast: string): string {
  const part = `${Math.min(100, Math.round(share * 100))} %`
  return by === 'sequence' ? part : `${atLeast} ${part}`
}

/** `about 9 weeks`, or `at most 9 weeks`; empty when that is not known. */
export function lastsText({ seconds, by }: KeyUse): string {
  return seconds === null ? '' : `${by === 'sequence' ? 'about' : 'at most'} ${spanText(seconds)}`
}
