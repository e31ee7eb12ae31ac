import type { Node } from '@pgsql/types'
import type { Column, Relation } from '../catalog/relation.ts'
import type { NoWay, Part } from './plan.ts'
import type { PlanContext } from './subject.ts'

/** A column that is made again beside the old one and takes its place in a moment. */
export interface ColumnExchange {
  relation: Relation
  /** `schema.table` as SQL. */
  table: string
  column: Column
  /** Name of the column, of the new one until then, and of the old one after it. */
  name: string
  next: string
  before: string
  /** The new type as SQL. */
  type: string
  /** The new value, over the table's own columns; null: the old value. */
  using: Node | null
  definition: NonNullable<Relation['definition']>
  context: PlanContext
}

/** The steps that one dependent object of the column needs, each list in its order. */
export interface Carried {
  /** While the new column is filled and others work. */
  prepare: Part[]
  /** In the exchange: before the old column gives its name away, then when the new one has it. */
  release: string[]
  take: string[]
  changes: string[]
}

export function nothingCarried(): Carried {
  return { prepare: [], release: [], take: [], changes: [] }
}

/** All of them together; the first that has no way decides. */
export function together(all: (Carried | NoWay)[]): Carried | NoWay {
  const sum = nothingCarried()
  for (const item of all) {
    if ('reason' in item) return item
    sum.prepare.push(...item.prepare)
    sum.release.push(...item.release)
    sum.take.push(...item.take)
    sum.changes.push(...item.changes)
  }
  return sum
}
