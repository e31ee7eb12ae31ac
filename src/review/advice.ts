import { isAdvice } from '../hazards/advice-hazards.ts'
import type { Finding } from './result.ts'

/** The most lines of advice that readers can take. */
const mostLines = 10

/**
 * The findings with at most ten lines of advice: when there is more, a hazard's advice on one file becomes one line with
 * the other places as related ones. `unsaid`: how many lines were left out even so.
 */
export function withBriefAdvice(findings: Finding[]): { findings: Finding[]; unsaid: number } {
  const advice = findings.filter(({ hazard }) => isAdvice(hazard))
  const lines = advice.length > mostLines ? [...Map.groupBy(advice, sameAdvice).values()].flatMap(asOne) : advice
  const others = findings.filter(({ hazard }) => !isAdvice(hazard))
  return { findings: [...others, ...lines.slice(0, mostLines)], unsaid: Math.max(0, lines.length - mostLines) }
}

function sameAdvice({ hazard, path }: Finding): string {
  return `${hazard} ${path}`
}

function asOne([first, ...others]: Finding[]): Finding[] {
  if (!first) return []
  if (others.length === 0) return [first]
  const message = `${first.message}, and ${others.length} more like it in this file`
  const places = others.map(({ path, line, endLine, relation }) => ({ path, line, endLine, relation }))
  return [{ ...first, message, related: [...first.related, ...places] }]
}
