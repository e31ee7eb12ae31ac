import { hazardAddress } from '../hazards/address.ts'
import type { Review, Severity } from '../review/result.ts'
import { visible } from './hostile.ts'
import { insteadOf } from './plan-text.ts'

const levels = { critical: 'ERROR', high: 'ERROR', medium: 'WARNING', low: 'INFO' } as const satisfies Record<
  Severity,
  string
>

/** Reviewdog Diagnostic Format. Its columns count bytes of UTF-8: only a statement at the start of a line has a sure one. */
export function rdjson(review: Review): string {
  const diagnostics = review.findings.map((finding) => {
    const instead = insteadOf(finding)
    return {
      message: [finding.message, finding.why, instead === null ? '' : `Instead: ${instead}`]
        .filter((part) => part !== '')
        .map(visible)
        .join('\n'),
      location: {
        path: finding.path,
        range: {
          start: { line: finding.line, ...(finding.column === 1 ? { column: 1 } : {}) },
          end: { line: finding.endLine },
        },
      },
      severity: levels[finding.severity],
      code: { value: finding.hazard, url: hazardAddress(finding.hazard) },
    }
  })
  const source = { name: 'lockcast', url: hazardAddress('') }
  return `${JSON.stringify({ source, diagnostics }, null, 2)}\n`
}
