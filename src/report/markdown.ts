import { bytesText, rangeText, rowsText } from '../forecast/numbers.ts'
import { severities } from '../hazards/severity.ts'
import type {
  Alternative,
  AlternativeStep,
  Finding,
  Review,
  ReviewedEffect,
  ReviewedStatement,
} from '../review/result.ts'
import { cell, code, fenced, prose, visible } from './hostile.ts'

/** How exactly numbers may be told, as the policy says for this repository. */
export type Disclosure = 'exact' | 'buckets' | 'none'

/** The worst first, then by place. */
export function bySeverity(findings: Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
      (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line),
  )
}

/** All findings as one table: severity, place, verdict and number. */
export function findingsTable(findings: Finding[]): string {
  const rows = bySeverity(findings).map(
    (finding) =>
      `| ${severityText(finding)} | ${cell(code(`${finding.path}:${finding.line}`))} | ${cell(prose(finding.message))} |`,
  )
  return ['| | Where | What |', '| :-- | :-- | :-- |', ...rows].join('\n')
}

/** Where the numbers came from, one line in small print. */
export function sourceLine(review: Review): string {
  const postgres = `Judged for PostgreSQL ${review.postgresVersion}`
  const taken = review.catalogTakenAt ? ` as of ${review.catalogTakenAt.slice(0, 16).replace('T', ' ')} UTC` : ''
  const sizes = {
    replica: `sizes from the replica${taken}`,
    snapshot: `sizes from a catalog snapshot${taken}`,
    empty: 'the migrations are the whole history',
    none: 'no database was compared with, so sizes are unknown and count as large',
  }[review.catalog]
  return `<sub>${postgres}; ${sizes}.</sub>`
}

/**
 * One finding in full: verdict and number, why, alternative, small print. `original` is the text of the finding's
 * lines where an inline comment will stand; with it, a fix that fits becomes a suggestion.
 */
export function findingDetails(
  finding: Finding,
  review: Review,
  disclosure: Disclosure,
  original: string | null,
): string {
  const parts = [`**${prose(finding.message)}**`, prose(finding.why), seeAlso(finding)]
  if (finding.alternative) parts.push(alternativeText(finding.alternative, finding, review, original))
  parts.push(smallPrint(finding, review, disclosure))
  return parts.filter((part) => part !== '').join('\n\n')
}

/** The findings of one place, the worst first, in one comment; only the first may put a suggestion in place of it. */
export function findingsOfPlace(
  findings: Finding[],
  review: Review,
  disclosure: Disclosure,
  original: string | null,
): string {
  return bySeverity(findings)
    .map((finding, at) => findingDetails(finding, review, disclosure, at === 0 ? original : null))
    .join('\n\n---\n\n')
}

/** What `lockcast review --format markdown` prints, and the long part of the check. */
export function reviewMarkdown(review: Review, disclosure: Disclosure): string {
  const verdict = review.verdict === 'pass' ? 'Passes' : 'Fails'
  if (review.findings.length === 0) return `**${verdict}.** Nothing to report.\n\n${sourceLine(review)}`
  return [
    `**${verdict}**, ${countText(review.findings)}.`,
    findingsTable(review.findings),
    findingsInFull(review, disclosure),
    notesList(review.notes),
    sourceLine(review),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** Every finding in full under its place. */
export function findingsInFull(review: Review, disclosure: Disclosure): string {
  return bySeverity(review.findings)
    .map((finding) => {
      const place = `#### ${code(`${finding.path}:${finding.line}`)} · ${severityText(finding)}`
      const statement = statementAt(finding, review)
      const sql = statement && statement.sql.length <= 2_000 ? fenced('sql', statement.sql) : ''
      return [place, sql, findingDetails(finding, review, disclosure, null)].filter((part) => part !== '').join('\n\n')
    })
    .join('\n\n')
}

export function notesList(notes: string[]): string {
  return notes.map((note) => `- ${prose(note)}`).join('\n')
}

/** `1 critical, 2 medium`. */
export function countText(findings: Finding[]): string {
  const counts = severities.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length
    return count > 0 ? [`${count} ${severity}`] : []
  })
  return counts.length > 0 ? counts.join(', ') : 'no findings'
}

function severityText(finding: Finding): string {
  return finding.direction === 'down' ? `${finding.severity}, rollback` : finding.severity
}

/** The other places that the finding is about; not those on its own line. */
function seeAlso(finding: Finding): string {
  const own = `${finding.path}:${finding.line}`
  const places = new Set(finding.related.map(({ path, line }) => `${path}:${line}`).filter((place) => place !== own))
  return places.size > 0 ? `See also ${[...places].map(code).join(', ')}.` : ''
}

/** The lock, the sizes and where they came from, as far as the message does not say them already; names and numbers only where they may be told. */
function smallPrint(finding: Finding, review: Review, disclosure: Disclosure): string {
  const statement = statementAt(finding, review)
  const effect = statement?.effects.find((known) => known.relation === finding.relation)
  const facts: string[] = []
  if (effect) facts.push(lockText(effect, disclosure))
  const forecast = effect?.forecast ?? statement?.forecast
  if (forecast && disclosure === 'exact') {
    const size = [
      forecast.rows === null ? '' : rowsText(forecast.rows),
      forecast.bytes === null ? '' : bytesText(forecast.bytes),
    ]
    const told = (part: string): boolean => part === '' || finding.message.includes(part)
    if (!size.every(told)) facts.push(size.filter((part) => part !== '').join(', '))
    const work = rangeText(forecast.lowMs, forecast.highMs)
    // A moment is not worth a word; the message tells the time of the whole statement.
    if (forecast.highMs >= 1_000 && !told(work)) facts.push(`the work takes ${work}`)
    facts.push(holdText(finding, review), prose(forecast.sources.join('; ')))
  }
  facts.push(`${finding.severity} · ${prose(finding.hazard)}`)
  return `<sub>${facts.filter((fact) => fact !== '').join(' · ')}</sub>`
}

function lockText(effect: ReviewedEffect, disclosure: Disclosure): string {
  // AccessExclusiveLock is ACCESS EXCLUSIVE in SQL and in PostgreSQL's documentation.
  const mode = effect.lock
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase()
  const waits = effect.forecast?.blocks.filter((who) => who !== 'ddl') ?? []
  const blocked = waits.length > 0 ? `, ${waits.join(' and ')} wait` : ''
  // Which partitions and tables stand behind a name is known from the database alone.
  return disclosure === 'exact' ? `${mode} on ${code(effect.relation)}${blocked}` : `${mode}${blocked}`
}

/** How long the lock is kept when its transaction goes on after the statement. */
function holdText(finding: Finding, review: Review): string {
  const hold = review.transactions
    .flatMap((transaction) => transaction.holds)
    .find(
      ({ relation, from }) =>
        relation === finding.relation &&
        from.path === finding.path &&
        finding.line <= from.line &&
        from.line <= finding.endLine,
    )
  if (!hold || (hold.to.path === finding.path && hold.to.line <= finding.endLine)) return ''
  const end = hold.to.path === finding.path ? `line ${hold.to.line}` : code(`${hold.to.path}:${hold.to.line}`)
  const time = hold.lowMs === null || hold.highMs === null ? '' : ` for ${rangeText(hold.lowMs, hold.highMs)}`
  return `the lock is kept${time}, until the transaction ends at ${end}`
}

function statementAt(finding: Finding, review: Review): ReviewedStatement | undefined {
  const file = review.files.find((known) => known.path === finding.path)
  return file?.statements.find((known) => known.line <= finding.line && finding.line <= known.endLine)
}

function alternativeText(alternative: Alternative, finding: Finding, review: Review, original: string | null): string {
  const heading = `**Instead:** ${prose(alternative.summary)}`
  const suggestion = original === null ? null : suggestedLines(alternative, finding, review, original)
  if (suggestion !== null) return `${heading}\n\n${fenced('suggestion', suggestion)}`
  const groups = grouped(alternative.steps)
  const files = new Set(groups.map((group) => group.file)).size
  const blocks = groups.map((group) => {
    const words = [files > 1 ? `File ${group.file}` : 'In one file', transactionWords[group.transaction]]
    if (group.each) words[1] = `each ${words[1]}`
    return `${words.join(', ')}:\n\n${fenced('sql', group.sql.map(withSemicolon).join('\n'))}`
  })
  return [heading, ...blocks].join('\n\n')
}

const transactionWords = {
  own: 'in a transaction of its own',
  none: 'outside any transaction',
  same: 'in the transaction as it is',
} as const satisfies Record<AlternativeStep['transaction'], string>

interface StepGroup {
  file: number
  transaction: AlternativeStep['transaction']
  sql: string[]
  /** Several steps, each in a transaction of its own. */
  each: boolean
  /** A step shares the transaction of the one before it. */
  shared: boolean
}

/** Steps that stand together in one block: of one file and one transaction, or each in one of its own. */
function grouped(steps: AlternativeStep[]): StepGroup[] {
  const groups: StepGroup[] = []
  steps.forEach((step, at) => {
    const { file, transaction, sql } = step
    const last = groups.at(-1)
    const next = steps[at + 1]
    const alone = transaction === 'own' && !(next?.transaction === 'same' && next.file === file)
    if (last?.file === file && transaction === 'same') {
      last.sql.push(sql)
      last.shared = true
    } else if (last?.file === file && transaction === 'none' && last.transaction === 'none') {
      last.sql.push(sql)
    } else if (last?.file === file && alone && last.transaction === 'own' && !last.shared) {
      last.sql.push(sql)
      last.each = true
    } else groups.push({ file, transaction, sql: [sql], each: false, shared: false })
  })
  return groups
}

/**
 * The lines a `suggestion` would put in place of the commented ones; null when it would not fit exactly: more than one
 * step, another transaction or file, or other text on the same lines.
 */
function suggestedLines(alternative: Alternative, finding: Finding, review: Review, original: string): string | null {
  const [step, ...more] = alternative.steps
  if (!step || more.length > 0 || step.file !== 1 || step.transaction !== 'same' || !finding.path.endsWith('.sql'))
    return null
  // What would be printed otherwise than it is must not be committed with a click.
  if (visible(step.sql) !== step.sql) return null
  const statement = statementAt(finding, review)
  const lines = original.replace(/\r\n/g, '\n')
  const indent = /^[ \t]*/.exec(lines)?.[0] ?? ''
  const ending = lines.trimEnd().endsWith(';') ? ';' : ''
  if (!statement || lines.trim() !== `${statement.sql.replace(/\r\n/g, '\n')}${ending}`) return null
  return step.sql
    .replace(/;\s*$/, '')
    .split('\n')
    .map((line) => indent + line)
    .join('\n')
    .concat(ending)
}

function withSemicolon(sql: string): string {
  return /;\s*$/.test(sql) ? sql : `${sql.trimEnd()};`
}
