import { hazardAddress } from '../hazards/address.ts'
import type { Hazard } from '../hazards/hazard.ts'
import { hazards } from '../hazards/hazard-registry.ts'
import type { Finding, Review, Severity } from '../review/result.ts'
import { visible } from './hostile.ts'
import { statementOf } from './lookup.ts'
import { atMost, bySeverity } from './markdown.ts'
import { insteadOf, suggestedLines } from './plan-text.ts'

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
        // The part before the slash is code scanning's category: an upload of another tool never closes these alerts.
        automationDetails: { id: 'lockcast/' },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { description: { text: 'The root of the repository.' } } },
        invocations: [
          {
            executionSuccessful: review.unread.length === 0,
            toolExecutionNotifications: notes.map((note) => ({ level: 'note', message: { text: plain(note) } })),
          },
        ],
        results: shown.map((finding) => resultOf(finding, review, indexes.get(finding.hazard) ?? 0)),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function resultOf(finding: Finding, review: Review, ruleIndex: number) {
  const related = finding.related.slice(0, mostRelated)
  const words = insteadOf(finding)
  const instead = words === null ? '' : `Instead: ${words}`
  return {
    ruleId: finding.hazard,
    ruleIndex,
    level: levels[finding.severity],
    message: { text: plain([finding.message, finding.why, instead].filter((part) => part !== '').join('\n')) },
    locations: [locationOf(finding, regionOf(finding, review))],
    ...fixesOf(finding, review),
    ...(related.length > 0
      ? {
          relatedLocations: related.map((place) =>
            locationOf(place, { startLine: place.line, endLine: place.endLine }),
          ),
        }
      : {}),
    partialFingerprints: { primaryLocationLineHash: finding.fingerprint, 'lockcast/v1': finding.fingerprint },
    properties: { severity: finding.severity, ...(finding.alternative ? { alternative: finding.alternative } : {}) },
  }
}

function locationOf({ path }: { path: string }, region: Region) {
  return { physicalLocation: { artifactLocation: { uri: uriOf(path), uriBaseId: 'SRCROOT' }, region } }
}

interface Region {
  startLine: number
  startColumn?: number
  endLine: number
  /** After the last character. */
  endColumn?: number
}

/** The statement with its columns where its text in the file is known, else its lines. */
function regionOf(finding: Finding, review: Review): Region {
  const { line, column, endLine } = finding
  const start = { startLine: line, startColumn: column, endLine }
  const lines = statementOf(finding, review)?.source.split('\n') ?? []
  const last = lines.at(-1)
  if (last === undefined || lines.length !== endLine - line + 1) return start
  return { ...start, endColumn: (lines.length === 1 ? column : 1) + last.replace(/\r$/, '').length }
}

/** The plan as an edit of the statement where it is exact: the same file and transaction. */
function fixesOf(finding: Finding, review: Review) {
  const { alternative } = finding
  const source = statementOf(finding, review)?.source
  const region = regionOf(finding, review)
  if (!alternative || source === undefined || region.endColumn === undefined) return {}
  const text = suggestedLines(alternative, finding, review, source)
  if (text === null) return {}
  const change = {
    artifactLocation: { uri: uriOf(finding.path), uriBaseId: 'SRCROOT' },
    replacements: [{ deletedRegion: region, insertedContent: { text } }],
  }
  return { fixes: [{ description: { text: plain(alternative.summary) }, artifactChanges: [change] }] }
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
