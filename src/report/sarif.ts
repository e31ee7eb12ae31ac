import { hazards } from '../hazards/registry.ts'
import type { Review, Severity } from '../review/result.ts'

const levels: Record<Severity, 'error' | 'warning' | 'note'> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
}

/** SARIF 2.1.0, as GitHub code scanning reads it. */
export function sarif(review: Review): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Lockcast',
            rules: hazards.map((hazard) => ({
              id: hazard.id,
              shortDescription: { text: hazard.title },
              fullDescription: { text: hazard.page.what },
              help: { text: `${hazard.page.why} ${hazard.page.instead}` },
            })),
          },
        },
        results: review.findings.map((finding) => ({
          ruleId: finding.hazard,
          level: levels[finding.severity],
          message: { text: [finding.message, finding.why, finding.alternative?.summary].filter(Boolean).join(' ') },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(finding.path) },
                region: { startLine: finding.line, endLine: finding.endLine },
              },
            },
          ],
          partialFingerprints: { lockcast: finding.fingerprint },
        })),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}
