import type { Finding } from './result.ts'

/** Steps of a plan that every one of its findings still carries whole. */
const mostSteps = 100

/**
 * Leaves a long plan at its first finding alone; the others say where it is. A transaction of a thousand statements has one
 * plan with a step for each: a copy at every finding would be a million steps.
 */
export function withLongPlansOnce(findings: Finding[]): Finding[] {
  const first = new Map<string, Finding>()
  return findings.map((finding) => {
    const { alternative } = finding
    if (!alternative || alternative.steps.length <= mostSteps) return finding
    const known = first.get(alternative.id)
    if (known) return { ...finding, alternative: null, advice: `The way out of line ${known.line} settles this too.` }
    first.set(alternative.id, finding)
    return finding
  })
}
