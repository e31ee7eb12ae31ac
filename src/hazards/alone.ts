import type { Effect } from '../effects/judging.ts'
import { addedKey, alternativeFor as forKey } from './blocking/blocking-unique.ts'
import { alternativeFor as forValidation } from './blocking/blocking-validation.ts'
import { alternativeFor as forRewrite } from './blocking/table-rewrite.ts'
import type { Alternative, Scene, Step } from './scene.ts'

/** The alternative of a statement with one subcommand, by what its work is. */
export function aloneOf(step: Step, work: Effect, scene: Scene): Alternative | null {
  const rewrites = step.judgement.marks.some(
    (mark) => mark.kind === 'changes type' || (mark.kind === 'adds column' && mark.fills !== null),
  )
  if (rewrites) return forRewrite(step, work.relation, scene)
  return addedKey(step) ? forKey(step, work, scene) : forValidation(step, work, scene)
}
