import type { Finding, Review, Severity } from '../review/result.ts'
import { oneLine, visible } from './hostile.ts'
import { atMost, bySeverity, countText } from './markdown.ts'
import { insteadOf, stepsText } from './plan-text.ts'

type Level = 'error' | 'warning' | 'notice'

const levels = { critical: 'error', high: 'error', medium: 'warning', low: 'notice' } as const satisfies Record<
  Severity,
  Level
>

/** GitHub shows ten annotations of each level for one step and drops the rest; the verdict takes one of its level. */
const mostOfLevel = 10

/**
 * GitHub Actions workflow commands: one annotation a finding, the worst first, as many as GitHub shows; the rest is
 * printed as plain lines of the log. The verdict comes last.
 */
export function annotations(review: Review): string {
  const verdict = review.verdict === 'pass' ? 'notice' : 'error'
  const room = { error: mostOfLevel, warning: mostOfLevel, notice: mostOfLevel }
  room[verdict]--
  const commands: string[] = []
  const plain: string[] = []
  for (const finding of bySeverity(review.findings)) {
    const level = levels[finding.severity]
    if (room[level]-- > 0) commands.push(`::${level} ${placeOf(finding)}::${data(bodyOf(finding))}`)
    else plain.push(plainLine(finding))
  }
  for (const note of review.notes) plain.push(`note: ${harmless(note)}`)
  const left = plain.length - review.notes.length
  const more = left > 0 ? `; ${left} of them only in this log` : ''
  const words = `${review.verdict}: ${countText(review.findings)}${more}`
  return `${[...commands, ...plain, `::${verdict} title=lockcast::${data(words)}`].join('\n')}\n`
}

function placeOf(finding: Finding): string {
  return Object.entries({
    file: finding.path,
    line: finding.line,
    endLine: finding.endLine,
    title: `lockcast ${finding.hazard}`,
  })
    .map(([name, value]) => `${name}=${property(String(value))}`)
    .join(',')
}

function bodyOf(finding: Finding): string {
  const { message, why, alternative } = finding
  const steps = alternative ? stepsText(alternative).map(({ text }) => text) : []
  const instead = insteadOf(finding)
  const parts = [message, why, instead === null ? '' : `Instead: ${instead}`, ...steps]
  // GitHub accepts 64 KB; a tenth of it is too much to read beside a line.
  return atMost(parts.filter((part) => part !== '').join('\n'), 4_000)
}

function plainLine({ severity, path, line, hazard, message }: Finding): string {
  return `${severity} ${harmless(path)}:${line} ${harmless(message)} (${hazard})`
}

/** The runner also takes `##[…]` for a command, anywhere in a line. */
function harmless(text: string): string {
  return atMost(oneLine(text), 1_000).replace(/##(?=\[)/g, '##\u200b')
}

function data(text: string): string {
  return visible(text).replaceAll('%', '%25').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
