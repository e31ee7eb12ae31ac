import { blocksMerge } from '../hazards/severity.ts'
import type { Policy } from '../policy/policy.ts'
import type { Finding, Review } from '../review/result.ts'
import { code, cutToBytes, prose } from './hostile.ts'
import {
  countText,
  type Disclosure,
  findingsInFull,
  findingsOfPlace,
  findingsTable,
  notesList,
  sourceLine,
} from './markdown.ts'

/**
 * The words Lockcast writes on GitHub: its check, its comments, its answers to the override label. A `marker` is a whole
 * line of HTML comment with its line break, since Markdown on the same line would not be read.
 */

/** What the check and the summary comment tell about one pull request. */
export interface PullReport {
  /** Null when the pull request changes no migration. */
  review: Review | null
  /** Set when a maintainer accepted the findings. */
  override: { actor: string; role: string; at: string; event: number } | null
  /** What fails the check besides findings, each a sentence: problems of the policy file, another pull request. */
  blockers: string[]
  /** What the reader should know about how the files were read. */
  notes: string[]
  failOn: Policy['fail_on']
  disclosure: Disclosure
  label: string
}

/** GitHub's limit for a check's summary, its text, and a comment's body, bytes of UTF-8. */
export const mostTextBytes = 65_535

const cutNote = '\n\n<sub>Cut here: GitHub takes no longer text. `lockcast review` prints all of it.</sub>'

export function passes(report: PullReport): boolean {
  return (
    report.blockers.length === 0 &&
    (report.review === null || report.review.verdict === 'pass' || report.override !== null)
  )
}

/** One line, in the list of checks. */
export function checkTitle(report: PullReport): string {
  const { review, override, blockers } = report
  if (blockers.length > 0 && (review === null || review.verdict === 'pass')) return 'Cannot pass yet'
  if (review === null) return 'No migration changed'
  if (review.verdict === 'fail') {
    const blocking = blockingFindings(report)
    if (blocking.length === 0) return 'Cannot pass yet'
    const number = `${blocking.length} ${blocking.length === 1 ? 'finding' : 'findings'}`
    return override ? `${number} accepted by ${override.actor}` : `${number} must be fixed or overridden`
  }
  return review.findings.length === 0 ? 'Safe to run' : `Safe to run, ${countText(review.findings)}`
}

export function checkSummary(report: PullReport): string {
  const { review } = report
  const parts = [headline(report), ...report.blockers.map((blocker) => `- ${prose(blocker)}`)]
  if (review) {
    if (review.findings.length > 0) parts.push(findingsTable(review.findings))
    parts.push(notesList([...report.notes, ...review.notes]), sourceLine(review))
    if (review.verdict === 'fail' && !report.override) parts.push(overrideHint(report.label))
  } else {
    parts.push(notesList(report.notes))
  }
  return cutToBytes(joined(parts), mostTextBytes, cutNote)
}

/** The check's long text: `record` (hidden, first, whole) and then every finding in full. */
export function checkText(report: PullReport, record: string): string {
  const findings =
    report.review && report.review.findings.length > 0 ? findingsInFull(report.review, report.disclosure) : ''
  return cutToBytes(joined([record, findings]), mostTextBytes, cutNote)
}

/** A comment on a line, with all that is found there. `original`: the text of the lines it stands on. */
export function inlineComment(
  findings: Finding[],
  review: Review,
  disclosure: Disclosure,
  original: string,
  marker: string,
): string {
  return cutToBytes(`${marker}${findingsOfPlace(findings, review, disclosure, original)}`, mostTextBytes, cutNote)
}

/** The one comment that is edited in place. `checkUrl` leads to the details. */
export function summaryComment(report: PullReport, marker: string, checkUrl: string | null): string {
  const { review } = report
  const parts = [marker + headline(report), ...report.blockers.map((blocker) => `- ${prose(blocker)}`)]
  if (review && review.findings.length > 0) parts.push(findingsTable(review.findings))
  if (review) parts.push(sourceLine(review))
  if (review?.verdict === 'fail' && !report.override) parts.push(overrideHint(report.label))
  if (checkUrl && review && review.findings.length > 0)
    parts.push(`<sub>[All details and alternatives](${checkUrl})</sub>`)
  return cutToBytes(joined(parts), mostTextBytes, cutNote)
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

export const inProgressTexts = { title: 'Reviewing', summary: 'Lockcast reads the migrations of this pull request.' }

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
      problems
        .map(policyProblemText)
        .map((text) => `- ${text}`)
        .join('\n'),
      `Correct it on ${code(base)} or in this pull request, then press **Re-run**.`,
    ]),
  }
}

function policyProblemText(problem: { path: string; line: number; message: string }): string {
  return `${code(`${problem.path}:${problem.line}`)}: ${prose(problem.message)}`
}

/** Why a label did not count, and who may set one that does. */
export function overrideAnswer(
  answer:
    | { kind: 'forbidden'; actor: string; role: string | null }
    | { kind: 'app'; actor: string }
    | { kind: 'unconfirmed'; actor: string }
    | { kind: 'unseen'; actor: string }
    | { kind: 'void'; actor: string; news: string[] },
  label: string,
  marker: string,
): string {
  const who = 'Only people with the **maintain** or **admin** role in this repository may override.'
  const name = code(label)
  switch (answer.kind) {
    case 'forbidden': {
      const role = answer.role ? `has the role ${code(answer.role)}` : 'has a role here that could not be read'
      return `${marker}The label ${name} does not count: ${code(answer.actor)} ${role}. ${who} The check stays as it is.`
    }
    case 'app':
      return `${marker}The label ${name} does not count: it was set by an app (${code(answer.actor)}), not by a person. ${who}`
    case 'unconfirmed':
      return `${marker}The label ${name} does not count yet: Lockcast did not receive the event of ${code(answer.actor)} setting it. Please take the label off and set it again. ${who}`
    case 'unseen':
      return `${marker}The label ${name} was taken off: ${code(answer.actor)} set it before these findings were shown. To accept them, set it again. ${who}`
    case 'void':
      return joined([
        `${marker}The override by ${code(answer.actor)} ended and the label ${name} was taken off, because the migrations are not the ones it was given for:`,
        answer.news.map((line) => `- ${prose(line)}`).join('\n'),
        `To accept what is there now, set the label again. ${who}`,
      ])
  }
}

function headline(report: PullReport): string {
  const { review, override, blockers } = report
  if (review === null)
    return blockers.length > 0 ? '**This cannot pass yet.**' : 'This pull request changes no migration.'
  if (review.verdict === 'fail' && override) {
    const at = override.at.slice(0, 16).replace('T', ' ')
    return `**Overridden.** ${code(override.actor)} (${prose(override.role)}) accepted ${countText(blockingFindings(report))} on ${at} UTC.`
  }
  if (review.verdict === 'fail') {
    const [first, ...more] = blockingFindings(report)
    if (!first) return '**This cannot pass yet.**'
    if (more.length === 0) return `**One ${first.severity} finding blocks this merge.**`
    return `**${more.length + 1} findings block this merge** (${countText(blockingFindings(report))}).`
  }
  if (blockers.length > 0) return '**This cannot pass yet.**'
  if (review.findings.length > 0)
    return `**Safe to run.** Nothing here blocks the merge (${countText(review.findings)}).`
  return '**Safe to run.** No finding in the migrations of this pull request.'
}

function blockingFindings(report: PullReport): Finding[] {
  return (report.review?.findings ?? []).filter((finding) => blocksMerge(finding, report.failOn))
}

function overrideHint(label: string): string {
  return `<sub>A maintainer can accept these findings with the label ${code(label)}.</sub>`
}

function joined(parts: string[]): string {
  return parts.filter((part) => part !== '').join('\n\n')
}
