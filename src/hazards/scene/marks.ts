import type { Relation } from '../../catalog/relation.ts'
import type { Mark } from '../../effects/mark.ts'
import { once } from './once.ts'
import type { Scene, Step } from './scene.ts'

/**
 * What the statements of a scene do, sorted once for all hazards: each looks at what concerns it and at nothing else. A
 * statement that fails has neither marks nor effects.
 */

export interface Placed {
  step: Step
  /** The position of the step in the scene: what runs before has a lower one. */
  at: number
}

type Kind = Mark['kind']
type KindOfRelation = Extract<Mark, { relation: Relation }>['kind']

export type Marked<K extends Kind> = Placed & { mark: Extract<Mark, { kind: K }> }

/** Every mark of a kind in the up migrations, in order. */
export function marksOf<K extends Kind>(scene: Scene, kind: K): Marked<K>[] {
  return marksInBoth(scene, kind).filter(({ step }) => step.migration.direction === 'up')
}

/** As {@link marksOf}, and then those of the down migrations. */
export function marksInBoth<K extends Kind>(scene: Scene, kind: K): Marked<K>[] {
  return (byKind(scene).get(kind) ?? []) as Marked<K>[]
}

/** As {@link marksInBoth}, of one relation. */
export function marksOn<K extends KindOfRelation>(scene: Scene, kind: K, { id }: Relation): Marked<K>[] {
  return (byRelation(scene)(kind).get(id) ?? []) as Marked<K>[]
}

/** The steps of what was found, each once, in order. */
export function stepsOf(...found: Placed[][]): Step[] {
  const steps = new Map(found.flatMap((some) => some.map(({ at, step }) => [at, step])))
  return [...steps].sort(([a], [b]) => a - b).map(([, step]) => step)
}

/** The UNIQUE, PRIMARY KEY or EXCLUDE that the statement adds; null when it adds none. */
export function addedKey(step: Step) {
  for (const mark of step.judgement.marks) {
    if (mark.kind === 'adds constraint' && ['unique', 'primary key', 'exclusion'].includes(mark.type)) return mark
  }
  return null
}

const byKind = once(({ steps }) => {
  const kinds = new Map<Kind, Marked<Kind>[]>()
  for (const [at, step] of steps.entries()) {
    for (const mark of step.judgement.marks) {
      const found = { step, at, mark }
      const others = kinds.get(mark.kind)
      if (others) others.push(found)
      else kinds.set(mark.kind, [found])
    }
  }
  return kinds
})

const byRelation = once((scene) => {
  const known = new Map<Kind, Map<number, Marked<KindOfRelation>[]>>()
  return (kind: KindOfRelation) => {
    const groups = known.get(kind) ?? Map.groupBy(marksInBoth(scene, kind), ({ mark }) => mark.relation.id)
    known.set(kind, groups)
    return groups
  }
})
