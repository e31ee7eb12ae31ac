import { lagText } from '../forecast/activity.ts'
import { durationText } from '../forecast/numbers.ts'
import type { Preflight } from '../review/preflight.ts'
import type { Review } from '../review/result.ts'
import { clean, painter } from './terminal-text.ts'
import { verdictLine } from './text.ts'

/** One screen: the verdict, one line a finding, then the sessions that are in the way now. */
export function preflightText(review: Review, now: Preflight, colour: boolean): string {
  const paint = painter(colour)
  const line = (change: string, text: string): string => `  ${change} ${clean(text)}`
  const shown = review.findings.slice(0, most)
  const findings = shown.map((finding) =>
    line(finding.severity.padEnd(8), `${finding.path}:${finding.line}  ${finding.message}`),
  )
  if (review.findings.length > most) findings.push(`  … and ${review.findings.length - most} more`)
  const obstacles = now.obstacles.slice(0, most).map(({ message }) => line(paint('red', '✗'), message))
  if (now.obstacles.length > most) obstacles.push(`  … and ${now.obstacles.length - most} more`)
  const lag = now.replicas.map(lagText)
  const notes = [...new Set([...review.notes, ...now.warnings])]
  const facts = [
    `lock_timeout   ${lockTimeout(now.lockTimeoutMs)}`,
    `standbys       ${lag.length > 0 ? lag.join(', ') : 'none streams'}`,
    `invalid index  ${now.invalidIndexes.length > 0 ? now.invalidIndexes.join(', ') : 'none on these tables'}`,
    'free disk      unknown: PostgreSQL does not report it; look on the server',
  ]
  return `${[
    verdictLine(review, paint),
    ...findings,
    '',
    now.ready
      ? `${paint(['bold', 'green'], 'clear')}  nothing is in the way at ${now.takenAt.slice(11, 19)} UTC`
      : `${paint(['bold', 'red'], 'in the way')}  at ${now.takenAt.slice(11, 19)} UTC`,
    ...obstacles,
    '',
    ...facts.map((fact) => `  ${clean(fact)}`),
    ...notes.slice(0, most).map((note) => paint('dim', `  note: ${clean(note)}`)),
  ].join('\n')}\n`
}

/** Findings and obstacles that are listed: with the rest they fit a screen of 40 lines. */
const most = 12

function lockTimeout(ms: number | null): string {
  if (ms === null) return 'not needed: no statement makes reads or writes wait'
  return ms === 0 ? 'none: at least one statement would wait without end' : `${durationText(ms)} at most`
}

/** The same as JSON; its JSON Schema is schema/preflight.json. */
export function preflightJson(review: Review, now: Preflight): string {
  return `${JSON.stringify({ ...now, review }, null, 2)}\n`
}
