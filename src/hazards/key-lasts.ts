import { columnOf, type Relation } from '../catalog/catalog.ts'
import type { Mark } from '../effects/judging.ts'
import { durationText } from '../forecast/numbers.ts'
import type { Scene } from './scene.ts'

/** Values that a key which counts up from 1 has, by type. */
const values: Record<string, number> = { smallint: 2 ** 15 - 1, integer: 2 ** 31 - 1 }

/**
 * How full an integer key is that grows wider, and how long it lasts: each row has a value of its own, so at least that
 * many are taken, and rows come no faster than writes do. Null where that cannot be said, or not to these readers.
 */
export function keyLasts(relation: Relation, marks: readonly Mark[], scene: Scene): string | null {
  const { rows } = relation.size
  const change = marks.find((mark) => mark.kind === 'changes type' && mark.relation.id === relation.id)
  if (rows === null || !scene.exact || change?.kind !== 'changes type') return null
  const most = values[change.from]
  if (most === undefined || !columnOf(relation, change.column)) return null
  const isKey = relation.indexes.some(
    (index) => index.unique && index.keys.length === 1 && index.keys[0] === change.column,
  )
  const share = Math.round((rows / most) * 100)
  if (!isKey || share < 1) return null
  const used = `At least ${share} % of the values of ${change.from} are taken`
  const rate = scene.traffic.rates(relation)?.writes ?? 0
  if (rate <= 0) return `${used}; how long the rest lasts is not known without traffic.`
  return `${used}; at today's writes the rest lasts at least ${durationText(((most - rows) / rate) * 1_000)}.`
}
