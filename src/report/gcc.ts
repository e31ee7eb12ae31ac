import type { Review, Severity } from '../review/result.ts'
import { cleanLine } from './terminal-text.ts'

const levels = { critical: 'error', high: 'error', medium: 'warning', low: 'note' } as const satisfies Record<
  Severity,
  string
>

/** One line a finding, as GCC writes its messages: editors and CI servers jump to the place. */
export function gcc(review: Review): string {
  return review.findings
    .map(
      ({ path, line, column, severity, message, hazard }) =>
        `${cleanLine(path)}:${line}:${column}: ${levels[severity]}: ${cleanLine(message)} [${hazard}]\n`,
    )
    .join('')
}
