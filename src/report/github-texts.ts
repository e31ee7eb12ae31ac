import { createHash } from 'node:crypto'
import { blocksMerge } from '../hazards/severity.ts'
import type { Policy } from '../policy/policy.ts'
import type { Finding, IgnoredFinding, Review } from '../review/result.ts'
import { code, cutToBytes, fitted, oneLine, prose } from './hostile.ts'
import { unreadText } from './lookup.ts'
import {
  atMost,
  bySeverity,
  countText,
  type Disclosure,
  findingDetails,
  findingLine,
  findingSection,
  furtherDetails,
  paragraphs as joined,
  notesList,
  skippedText,
  sourceLine,
} from './markdown.ts'
import { type Acceptance, overrideHint, overrideLines, partedByOverride } from './override-texts.ts'

/**
 * The words Lockcast writes on GitHub: its check, its comments, its answers to the override label. A `marker` is a whole
 * line of HTML comment with its line break, since Markdown on the same line would not be read.
 */

/** The contents of the check and the summary comment of one pull request. */
export interface PullReport {
  /** Null when the pull request changes no migration. */
  review: Review | null
  /** Findings that maintainers accepted. */
  overrides: Acceptance[]
  /** Reasons besides findings why the check fails, one sentence each: problems of the policy file, another pull request. */
  blockers: string[]
  /** Migrations that were left out: of another database, or none by the policy. */
  skipped: Review['skipped']
  /** Other files of the change that may concern the database, one sentence each. */
  notices: string[]
  /** Notes on how the files were read. */
  notes: string[]
  failOn: Policy['fail_on']
  disclosure: Disclosure
  /** The label with which a maintainer overrides; null where no label would count. */
  rules: Policy['override'] | null
  /** The pull request's page, whose lines the texts link to; null where it is not known. */
  url: string | null
}

/** GitHub's limit for a check's summary, its text, and a comment's body, bytes of UTF-8. */
export const mostTextBytes = 65_535

/** Findings that a summary lists; the check's text has all. */
const mostListed = 30

/** The verdict with the overrides counted in. */
export function passes(report: PullReport): boolean {
  if (report.blockers.length > 0) return false
  return report.review === null || report.review.verdict === 'pass' || isAccepted(report)
}

/** One line, in the list of checks. */
export function checkTitle(report: PullReport): string {
  const { review, overrides, blockers } = report
  if (blockers.length > 0 && (review === null || review.verdict === 'pass')) return 'Cannot pass yet'
  if (review === null) return withoutMigration(report).title
  if (review.verdict === 'fail') {
    const { open, accepted } = blockingFindings(report)
    const number = (findings: Finding[]) => `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`
    const left = unreadText(review)
    if (open.length > 0) return `${number(open)} must be fixed or overridden${left === null ? '' : `, ${left}`}`
    if (accepted.length === 0) return 'Cannot pass yet'
    return `${number(accepted)} accepted by ${oneLine([...new Set(overrides.map(({ actor }) => actor))].join(', '))}`
  }
  const verdict = unreadText(review) ?? 'Safe to run'
  return review.findings.length === 0 ? verdict : `${verdict}, ${countText(review.findings)}`
}

/** The check’s summary: blocking findings, accepted ones, then the others. */
export function checkSummary(report: PullReport): string {
  const { review, disclosure } = report
  const findings = bySeverity(review?.findings ?? [])
  const before = joined([headline(report), listOf(report.blockers)])
  const after = joined([
    notesList([...report.notices, ...report.skipped.map(skippedText), ...report.notes, ...(review?.notes ?? [])]),
    review ? sourceLine(review, disclosure, null) : '',
    report.rules ? overrideHint(blockingFindings(report).open, report.rules) : '',
  ])
  // Both ends are ours and short; should notes run away, the findings still have half of the room.
  const end = cutToBytes(after, mostTextBytes / 4, '\n…')
  const start = cutToBytes(before, mostTextBytes / 4, '\n…')
  const room = mostTextBytes - Buffer.byteLength(start) - Buffer.byteLength(end) - 4
  return joined([start, findingList(findings, report, room), end])
}

/** The check's long text: `record` (hidden, first, whole) and then every finding in full, as far as there is room. */
export function checkText(report: PullReport, record: string): string {
  const { review, disclosure } = report
  if (!review || review.findings.length === 0) return record
  const sections = bySeverity(review.findings).map((finding) => () => findingSection(finding, review, disclosure))
  const room = mostTextBytes - Buffer.byteLength(record) - 2
  const rest = (left: number) =>
    `<sub>${moreText(left)}: GitHub takes no longer text. \`lockcast review\` prints all of it.</sub>`
  return joined([record, fitted(sections, room, rest)])
}

/** A comment on a line with all findings there, the worst first. `original`: the text of those lines. */
export function inlineComment(
  findings: Finding[],
  review: Review,
  disclosure: Disclosure,
  original: string,
  marker: string,
): string {
  const sorted = bySeverity(findings)
  const parts = sorted.map(
    (finding, at) => () =>
      at === 0
        ? findingDetails(finding, review, disclosure, original)
        : furtherDetails(finding, sorted.slice(0, at), review, disclosure),
  )
  const room = mostTextBytes - Buffer.byteLength(marker)
  return marker + fitted(parts, room, (left) => `<sub>${moreText(left)} on this line: the check has them.</sub>`)
}

/** Contents of the summary comment besides the report. */
interface SummaryExtras {
  /** Hidden lines at the start. */
  hidden: string
  /** Findings that are gone, in the words with which they were reported. */
  fixed: { path: string; message: string }[]
  /** The address of all details. */
  details: string | null
}

/** The one comment that is edited in place: blocking findings, others, folded advice, and what was fixed. */
export function summaryComment(report: PullReport, extras: SummaryExtras): string {
  const { review, disclosure } = report
  const shown = bySeverity(review?.findings ?? []).slice(0, mostListed)
  const left = (review?.findings.length ?? 0) - shown.length
  const { open, accepted } = blockingFindings(report)
  const blocks = (finding: Finding) => blocksMerge(finding, report.failOn)
  const looks = (finding: Finding) => !blocks(finding) && finding.severity !== 'low'
  const line = (finding: Finding) => findingLine(finding, linkTo(report))
  const section = (title: string, findings: Finding[]) =>
    findings.length === 0 ? '' : joined([title, findings.map(line).join('\n')])
  const advice = shown.filter((finding) => !blocks(finding) && !looks(finding))
  const remarks = advice.length === 1 ? 'One remark' : `${advice.length} remarks`
  const details = extras.details && review && review.findings.length > 0 ? extras.details : null
  const text = joined([
    headline(report),
    listOf(report.blockers),
    section(
      '',
      shown.filter((finding) => open.includes(finding)),
    ),
    section(
      'Accepted:',
      shown.filter((finding) => accepted.includes(finding)),
    ),
    section('Does not stop the merge:', shown.filter(looks)),
    advice.length > 0 ? `<details><summary>${remarks}</summary>\n\n${advice.map(line).join('\n')}\n\n</details>` : '',
    left > 0 ? `${moreText(left)}${details ? `: [all of them](${details})` : ''}.` : '',
    ignoredText(review?.ignored ?? []),
    fixedText(extras.fixed),
    report.rules ? overrideHint(blockingFindings(report).open, report.rules) : '',
    review ? sourceLine(review, disclosure, details) : '',
  ])
  return extras.hidden + cutToBytes(text, mostTextBytes - Buffer.byteLength(extras.hidden), '\n\n<sub>Cut here.</sub>')
}

/** Findings that a comment in the SQL silenced, with its reason, so that reviewers can judge it. */
function ignoredText(ignored: IgnoredFinding[]): string {
  if (ignored.length === 0) return ''
  const lines = ignored.slice(0, mostListed).map(({ hazard, severity, path, line, reason }) => {
    return `- **${severity}** ${code(`${atMost(path, 120)}:${line}`)} ${hazard}: ${prose(atMost(reason, 300))}`
  })
  const left = ignored.length - lines.length
  return joined(['Ignored by a comment in the SQL:', lines.join('\n'), left > 0 ? `${moreText(left)} ignored.` : ''])
}

function fixedText(fixed: SummaryExtras['fixed']): string {
  if (fixed.length === 0) return ''
  const [only] = fixed
  const entry = ({ path, message }: { path: string; message: string }) => `${prose(message)} (${code(path)})`
  if (only && fixed.length === 1) return `**Fixed:** ${entry(only)}`
  return joined(['**Fixed:**', fixed.map((item) => `- ${entry(item)}`).join('\n')])
}

function findingList(findings: Finding[], report: PullReport, bytes: number): string {
  // Links are two thirds of a line: where not all of them fit, the findings count for more.
  const link = findings.length * 300 > bytes ? () => null : linkTo(report)
  const lines: string[] = []
  let used = 100
  for (const finding of findings) {
    const line = findingLine(finding, link)
    used += Buffer.byteLength(line) + 1
    if (used > bytes) break
    lines.push(line)
  }
  const left = findings.length - lines.length
  return joined([lines.join('\n'), left > 0 ? `${moreText(left)}.` : ''])
}

/** To the line in the pull request's diff, by GitHub's own anchor: the SHA-256 of the path. */
function linkTo({ url }: PullReport): (finding: Finding) => string | null {
  return ({ path, line }) =>
    url === null ? null : `${url}/files#diff-${createHash('sha256').update(path).digest('hex')}R${line}`
}

function moreText(count: number): string {
  return count === 1 ? 'One more finding' : `${count.toLocaleString('en-US')} more findings`
}

function listOf(sentences: string[]): string {
  return sentences.map((sentence) => `- ${prose(sentence)}`).join('\n')
}

/** A check that could not be finished: what happened in plain words, the id that is in the log, and how to try again. */
export function failureTexts(sentence: string, id: string): { title: string; summary: string } {
  return {
    title: 'The review could not be finished',
    summary: joined([
      `**Lockcast could not finish this review, so it does not let the merge through.** ${prose(sentence)}`,
      'To try again, press **Re-run** on this check, or push a commit.',
      `<sub>Reference ${code(id)}, also in the log of Lockcast's server.</sub>`,
    ]),
  }
}

export const inProgressTexts = progressTexts('reading the changed files')

/** A check that runs. `step`: what is being done, after "is". */
export function progressTexts(step: string): { title: string; summary: string } {
  return { title: 'Reviewing', summary: `Lockcast is ${step}.` }
}

/** A merge group that the queue has given up before there was a verdict. */
export const dissolvedTexts = {
  title: 'This merge group is no more',
  summary:
    'The merge queue dissolved this group before the review was finished. The pull requests have checks of their own.',
}

/** In the place of what was said while the repository was private. */
export const publicizedTexts = {
  title: 'Removed when this repository became public',
  summary:
    'This check was written while the repository was private. Its text was removed when the repository became public; its conclusion is the one that it had.',
}

/** Over a check that was green by an override which has ended. */
export const endedTexts = {
  title: 'The override of this commit has ended',
  summary:
    'This check was green because a maintainer had accepted its findings. That override has ended, so the commit does not pass any more. Push it again, or press **Re-run**, to have it reviewed.',
}

/** The check’s texts where the policy file is broken. */
export function policyFailureTexts(
  problems: { path: string; line: number; message: string }[],
  base: string,
): {
  title: string
  summary: string
} {
  return {
    title: 'The policy file has a mistake',
    summary: joined([
      `**The policy on ${code(base)} cannot be used, so nothing was reviewed.**`,
      cutToBytes(problems.map((problem) => `- ${policyProblemText(problem)}`).join('\n'), mostTextBytes / 2, '\n…'),
      `Correct it on ${code(base)} or in this pull request, then press **Re-run**.`,
    ]),
  }
}

function policyProblemText(problem: { path: string; line: number; message: string }): string {
  return `${code(`${problem.path}:${problem.line}`)}: ${prose(problem.message)}`
}

function headline(report: PullReport): string {
  const { review, overrides, blockers } = report
  if (review === null) return blockers.length > 0 ? '**This cannot pass yet.**' : withoutMigration(report).sentence
  if (review.verdict === 'fail') {
    const { open, accepted } = blockingFindings(report)
    const [first, ...more] = open
    const overridden = accepted.length > 0 ? overrideLines(overrides, accepted) : ''
    if (!first) return overridden || '**This cannot pass yet.**'
    const blocked =
      more.length === 0
        ? `**One ${first.severity} finding blocks this merge.**`
        : `**${more.length + 1} findings block this merge** (${countText(open)}).`
    return joined([blocked, overridden])
  }
  if (blockers.length > 0) return '**This cannot pass yet.**'
  const unread = unreadText(review)
  if (unread !== null)
    return `**${unread}.** Nothing that was read blocks the merge${review.findings.length > 0 ? ` (${countText(review.findings)})` : ''}.`
  if (review.findings.length > 0)
    return `**Safe to run.** Nothing here blocks the merge (${countText(review.findings)}).`
  return '**Safe to run.** No finding in the migrations of this pull request.'
}

/** The texts for a change without a migration to review. */
export function withoutMigration({ skipped, notices }: PullReport): { title: string; sentence: string } {
  if (skipped.length > 0)
    return {
      title: 'No PostgreSQL migration changed',
      sentence: `This pull request changes no PostgreSQL migration; ${skipped.length === 1 ? 'one file was' : `${skipped.length} files were`} left out, as said below.`,
    }
  if (notices.length > 0)
    return {
      title: 'No known migration changed',
      sentence: 'This pull request changes no file that a migration tool runs, but see below.',
    }
  return { title: 'No migration changed', sentence: 'This pull request changes no migration.' }
}

function blockingFindings(report: PullReport): { open: Finding[]; accepted: Finding[] } {
  return partedByOverride(report.review?.findings ?? [], report.failOn, report.overrides)
}

function isAccepted(report: PullReport): boolean {
  return report.overrides.length > 0 && blockingFindings(report).open.length === 0
}
