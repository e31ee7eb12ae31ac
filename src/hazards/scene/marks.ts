import type { Mark } from '../../effects/judging.ts'
import type { Scene, Step } from './scene.ts'

/** The statements of both directions that have a mark of this kind, in order; those that fail too. */
export function stepsWith(scene: Scene, kind: Mark['kind']): Step[] {
  const known = having.get(scene) ?? byMark(scene)
  having.set(scene, known)
  return known.get(kind) ?? []
}

const having = new WeakMap<Scene, Map<Mark['kind'], Step[]>>()

function byMark({ steps }: Scene): Map<Mark['kind'], Step[]> {
  const all = new Map<Mark['kind'], Step[]>()
  for (const step of steps) {
    for (const { kind } of step.judgement.marks) {
      const list = all.get(kind)
      if (!list) all.set(kind, [step])
      else if (list.at(-1) !== step) list.push(step)
    }
  }
  return all
}

type Marked<K extends Mark['kind']> = { step: Step; mark: Extract<Mark, { kind: K }> }

/** Every mark of a kind in the up migrations, with its step. */
export function marksOf<K extends Mark['kind']>(scene: Scene, kind: K): Marked<K>[] {
  const known = marked.get(scene) ?? sorted(scene)
  marked.set(scene, known)
  return (known.get(kind) ?? []) as Marked<K>[]
}

/** Looked through once for all hazards that ask. */
const marked = new WeakMap<Scene, Map<Mark['kind'], { step: Step; mark: Mark }[]>>()

function sorted({ steps }: Scene): Map<Mark['kind'], { step: Step; mark: Mark }[]> {
  const all = new Map<Mark['kind'], { step: Step; mark: Mark }[]>()
  for (const step of steps) {
    if (step.migration.direction === 'down' || step.judgement.fails) continue
    for (const mark of step.judgement.marks) {
      const list = all.get(mark.kind)
      if (list) list.push({ step, mark })
      else all.set(mark.kind, [{ step, mark }])
    }
  }
  return all
}

/** The UNIQUE, PRIMARY KEY or EXCLUDE that the statement adds; null when it adds none. */
export function addedKey(step: Step) {
  for (const mark of step.judgement.marks) {
    if (mark.kind === 'adds constraint' && ['unique', 'primary key', 'exclusion'].includes(mark.type)) return mark
  }
  return null
}
