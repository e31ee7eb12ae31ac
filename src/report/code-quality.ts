import type { Review, Severity } from '../review/result.ts'
import { oneLine } from './hostile.ts'

/** GitLab's five words. */
const severities = { critical: 'blocker', high: 'critical', medium: 'major', low: 'minor' } as const satisfies Record<
  Severity,
  string
>

/** GitLab's code quality report (a subset of Code Climate's): the artifact `codequality` of a job. */
export function codeQuality(review: Review): string {
  const issues = review.findings.map(({ hazard, message, path, line, endLine, severity, fingerprint }) => ({
    description: oneLine(message),
    check_name: hazard,
    fingerprint,
    severity: severities[severity],
    location: { path, lines: { begin: line, end: endLine } },
  }))
  return `${JSON.stringify(issues, null, 2)}\n`
}
