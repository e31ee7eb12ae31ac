import { hazards } from './hazard-registry.ts'

const advice = new Set(hazards.flatMap(({ id, group }) => (group === 'advice' ? [id] : [])))

/** Advice never stops the merge, and takes one line each. */
export function isAdvice(hazard: string): boolean {
  return advice.has(hazard)
}
