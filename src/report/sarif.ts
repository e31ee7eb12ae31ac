import { hazardAddress } from '../hazards/address.ts'
import type { Hazard } from '../hazards/hazard.ts'
import { hazards } from '../hazards/hazard-registry.ts'
import type { Finding, Review, Severity } from '../review/result.ts'
import { visible } from './hostile.ts'
import { atMost, bySeverity } from './markdown.ts'
import { insteadOf } from './plan-text.ts'

const levels = { critical: 'error', high: 'error', medium: 'warning', low: 'note' } as const satisfies Record<
  Severity,
  string
>

/** Code scanning keeps the 5,000 worst results of a run and refuses more than 25,000. */
const mostResults = 5_000

/** Places beside its own that a result names; code scanning shows a hundred. */
const mostRelated = 100

/** Findings that the review itself reports, without a hazard file. */
const ofTheReview: Record<string, string> = {
  'replica-unreachable': 'The database cannot be read',
}

/**
 * SARIF 2.1.0 as GitHub code scanning takes it: the worst results first, each with the finding's fingerprint, so that an
 * alert stays itself when lines move. Severity is in the level; these are no vulnerabilities, so there is no
 * `security-severity`.
 */
export function sarif(review: Review): string {
  const findings = bySeverity(review.findings)
  const shown = findings.slice(0, mostResults)
  const rules = rulesOf(shown)
  const indexes = new Map(rules.map(({ id }, at) => [id, at]))
  const left = findings.length - shown.length
  const notes = [
    ...review.notes,
    ...(left > 0 ? [`${left} more findings were left out: code scanning shows ${mostResults} of a run.`] : []),
  ]
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Lockcast', informationUri: hazardAddress(''), rules } },
        // Columns are not reported, but consumers need their unit.
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { description: { text: 'The root of the repository.' } } },
        invocations: [
          {
            executionSuccessful: review.unread.length === 0,
            toolExecutionNotifications: notes.map((note) => ({ level: 'note', message: { text: plain(note) } })),
          },
        ],
        results: shown.map((finding) => resultOf(finding, indexes.get(finding.hazard) ?? 0)),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function resultOf(finding: Finding, ruleIndex: number) {
  const related = finding.related.slice(0, mostRelated)
  const words = insteadOf(finding)
  const instead = words === null ? '' : `Instead: ${words}`
  return {
    ruleId: finding.hazard,
    ruleIndex,
    level: levels[finding.severity],
    message: { text: plain([finding.message, finding.why, instead].filter((part) => part !== '').join('\n')) },
    locations: [locationOf(finding, finding.column)],
    ...(related.length > 0 ? { relatedLocations: related.map(locationOf) } : {}),
    partialFingerprints: { primaryLocationLineHash: finding.fingerprint, 'lockcast/v1': finding.fingerprint },
    properties: { severity: finding.severity, ...(finding.alternative ? { alternative: finding.alternative } : {}) },
  }
}

function locationOf({ path, line, endLine }: { path: string; line: number; endLine: number }, column = 1) {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(path), uriBaseId: 'SRCROOT' },
      region: { startLine: line, ...(column > 1 ? { startColumn: column } : {}), endLine },
    },
  }
}

/** Every rule there is, so that code scanning knows all checks, with those of the review itself. */
function rulesOf(findings: Finding[]) {
  const known = new Set(hazards.map(({ id }) => id))
  const more = [...new Set(findings.map(({ hazard }) => hazard))].filter((id) => !known.has(id))
  return [...hazards.map(hazardRule), ...more.map((id) => ruleOf(id, ofTheReview[id] ?? id))]
}

function hazardRule({ id, title, group, page }: Hazard) {
  return {
    ...ruleOf(id, title),
    fullDescription: { text: atMost(page.what, 1_024) },
    help: {
      text: `${page.why}\n\n${page.instead}`,
      markdown: `${page.what}\n\n${page.why}\n\n**Instead:** ${page.instead}\n\n[${id}](${hazardAddress(id)})`,
    },
    properties: { tags: ['postgresql', 'migrations', group] },
  }
}

function ruleOf(id: string, title: string) {
  return { id, name: id, shortDescription: { text: title }, helpUri: hazardAddress(id) }
}

/** Brackets would make a link of the text inside (SARIF 2.1.0, 3.11.6). */
function plain(text: string): string {
  return visible(text).replace(/[\\[\]]/g, '\\$&')
}

function uriOf(path: string): string {
  return path.toWellFormed().split('/').map(encodeURIComponent).join('/')
}
