import type { Finding, Review } from '../review/result.ts'

/** GitHub Actions workflow commands: one annotation a finding, the worst first. */
export function annotations(review: Review): string {
  const lines = review.findings.map((finding) => {
    const level =
      finding.severity === 'critical' || finding.severity === 'high'
        ? 'error'
        : finding.severity === 'medium'
          ? 'warning'
          : 'notice'
    return `::${level} ${placeOf(finding)}::${data(bodyOf(finding))}`
  })
  const summary =
    review.verdict === 'pass'
      ? '::notice title=lockcast::pass'
      : '::error title=lockcast::the migrations are not safe to deploy as they are'
  return `${[...lines, summary].join('\n')}\n`
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
  const steps = finding.alternative?.steps.map((step) => step.sql) ?? []
  return [finding.message, finding.why, finding.alternative?.summary ?? '', ...steps]
    .filter((part) => part !== '')
    .join('\n')
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
