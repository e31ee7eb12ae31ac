import type { Relation } from '../../catalog/relation.ts'
import type { SchemaChange } from '../../effects/model/schema-change.ts'
import { once } from './once.ts'
import type { ReviewContext, Step } from './review-context.ts'

/**
 * The schema changes of a review, sorted once for all hazards, so that each reads only its own. A
 * statement that fails has neither changes nor effects.
 */

export interface StepPosition {
  step: Step
  /** The position of the step in the context: statements that run before have a lower one. */
  at: number
}

type Kind = SchemaChange['kind']
type KindOfRelation = Extract<SchemaChange, { relation: Relation }>['kind']

export type ChangeAt<K extends Kind> = StepPosition & { change: Extract<SchemaChange, { kind: K }> }

/** Every change of a kind in the up migrations, in order. */
export function changesOf<K extends Kind>(context: ReviewContext, kind: K): ChangeAt<K>[] {
  return changesInBothDirections(context, kind).filter(({ step }) => step.migration.direction === 'up')
}

/** As {@link changesOf}, and then those of the down migrations. */
export function changesInBothDirections<K extends Kind>(context: ReviewContext, kind: K): ChangeAt<K>[] {
  return (byKind(context).get(kind) ?? []) as ChangeAt<K>[]
}

/** As {@link changesInBothDirections}, of one relation. */
export function changesOn<K extends KindOfRelation>(context: ReviewContext, kind: K, { id }: Relation): ChangeAt<K>[] {
  return (byRelation(context)(kind).get(id) ?? []) as ChangeAt<K>[]
}

/** The steps of the given changes, each once, in order. */
export function stepsOf(...found: StepPosition[][]): Step[] {
  const steps = new Map(found.flatMap((some) => some.map(({ at, step }) => [at, step])))
  return [...steps].sort(([a], [b]) => a - b).map(([, step]) => step)
}

/** The UNIQUE, PRIMARY KEY or EXCLUDE that the statement adds; null when it adds none. */
export function addedKey(step: Step) {
  for (const change of step.analysis.changes) {
    if (change.kind === 'adds constraint' && ['unique', 'primary key', 'exclusion'].includes(change.type)) return change
  }
  return null
}

const byKind = once(({ steps }) => {
  const kinds = new Map<Kind, ChangeAt<Kind>[]>()
  for (const [at, step] of steps.entries()) {
    for (const change of step.analysis.changes) {
      const found = { step, at, change }
      const others = kinds.get(change.kind)
      if (others) others.push(found)
      else kinds.set(change.kind, [found])
    }
  }
  return kinds
})

const byRelation = once((context) => {
  const known = new Map<Kind, Map<number, ChangeAt<KindOfRelation>[]>>()
  return (kind: KindOfRelation) => {
    const groups =
      known.get(kind) ?? Map.groupBy(changesInBothDirections(context, kind), ({ change }) => change.relation.id)
    known.set(kind, groups)
    return groups
  }
})
