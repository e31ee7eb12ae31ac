import { columnOf, type Relation } from '../../catalog/relation.ts'
import type { Mark } from '../../effects/judging.ts'
import { durationText } from '../../forecast/numbers.ts'
import type { Scene } from './scene.ts'

/** Values that a key which counts up from 1 has, by type. */
const values: Record<string, number> = { smallint: 2 ** 15 - 1, integer: 2 ** 31 - 1 }

export interface KeyUse {
  /** Of the values, at least: each row has one of its own. 0 to 1. */
  share: number
  left: number
  /** How long the rest lasts, at least: rows come no faster than writes do. Null when no writes are seen. */
  seconds: number | null
}

/** How far the values of a key of this type are used up; null for other types and where the size is unknown. */
export function keyUse(relation: Relation, type: string, { traffic }: Scene): KeyUse | null {
  const { rows } = relation.size
  const most = values[type]
  if (rows === null || most === undefined) return null
  const writes = traffic.rates(relation)?.writes ?? 0
  const left = Math.max(0, most - rows)
  return { share: rows / most, left, seconds: writes > 0 ? left / writes : null }
}

/** How full an integer key is that grows wider, and how long it lasts; null where that may or can not be said. */
export function keyLasts(relation: Relation, marks: readonly Mark[], scene: Scene): string | null {
  const change = marks.find((mark) => mark.kind === 'changes type' && mark.relation.id === relation.id)
  if (!scene.exact || change?.kind !== 'changes type' || !columnOf(relation, change.column)) return null
  const use = keyUse(relation, change.from, scene)
  const isKey = relation.indexes.some(
    (index) => index.unique && index.keys.length === 1 && index.keys[0] === change.column,
  )
  if (!use || !isKey || Math.round(use.share * 100) < 1) return null
  const used = `At least ${Math.round(use.share * 100)} % of the values of ${change.from} are taken`
  return use.seconds === null
    ? `${used}; how long the rest lasts is not known without traffic.`
    : `${used}; at today's writes the rest lasts at least ${durationText(use.seconds * 1_000)}.`
}
