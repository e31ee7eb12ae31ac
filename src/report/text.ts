import stringWidth from 'string-width'
import { severities } from '../hazards/severity.ts'
import type { Finding, Review, Severity } from '../review/result.ts'
import { columnsThatDistinguish, effectOf, statementOf, toolsText, unreadText } from './lookup.ts'
import { insteadOf, settledBy, stepsText } from './plan-text.ts'
import { sqlLines } from './sql-lines.ts'
import { clean, cleanLine, type Look, type Paint, painter, wrapped } from './terminal-text.ts'

const colours: Record<Severity, Parameters<Paint>[0]> = {
  critical: ['bold', 'red'],
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
}

interface ReviewLook extends Look {
  /** Whole statements, every reason, and the plans step by step. */
  detail: boolean
}

/** Lines of a statement, and of a plan's SQL, that are shown without `detail`. */
const [mostSqlLines, mostPlanLines] = [3, 2]

/**
 * The review for a terminal, in the order of the files' lines: per finding the place, the consequence with its numbers, the
 * statement, why, and the way out; advice in one line each. Without `detail` a finding takes eight lines or less at a
 * hundred columns.
 */
export function text(review: Review, look: ReviewLook): string {
  const paint = painter(look.colour)
  const [advice] = columnsThatDistinguish(review.findings)
  const isAdvice = new Set(advice)
  const ordered = inOrder(review)
  const blocks: string[][] = []
  ordered.forEach((finding, at) => {
    const before = ordered[at - 1]
    if (!isAdvice.has(finding)) blocks.push([findingText(finding, before ?? null, review, look, paint)])
    else if (before && isAdvice.has(before)) blocks.at(-1)?.push(adviceLine(finding, paint))
    else blocks.push([adviceLine(finding, paint)])
  })
  const skipped = review.skipped.map(({ path, reason }) => `skipped: ${path}: ${reason}`)
  const notes = [...skipped, ...review.notes.map((note) => `note: ${note}`), ...sourcesNote(review)].map((note) =>
    paint('dim', wrapped(clean(note), look.width, 0, 6)),
  )
  const more = !look.detail && ordered.some((finding) => isShortened(finding, review, look))
  return `${[
    ...blocks.map((lines) => lines.join('\n')),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
    `${fitted(verdictLine(review, paint), look.width)}${more ? `\n${paint('dim', '--detail shows whole statements, and the plans step by step')}` : ''}`,
  ].join('\n\n')}\n`
}

/** The verdict with its line wrapped behind the word. */
function fitted(line: string, width: number): string {
  if (stringWidth(line) <= width) return line
  const [word = '', rest = ''] = line.split(/ {2}(.*)/s)
  return `${word}  ${wrapped(rest, width - 6, 6).trimStart()}`
}

/** By file as reviewed, line and column; the worst first in one place. */
function inOrder({ findings, files }: Review): Finding[] {
  const order = new Map(files.map(({ path }, at) => [path, at]))
  const rank = ({ path }: Finding): number => order.get(path) ?? order.size
  const weight = ({ severity }: Finding): number => severities.indexOf(severity)
  return findings.toSorted(
    (a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column || weight(b) - weight(a),
  )
}

function findingText(finding: Finding, before: Finding | null, review: Review, look: ReviewLook, paint: Paint): string {
  const direction = finding.direction === 'down' ? ' (way back)' : ''
  const head = `${paint('bold', placeText(finding))}  ${paint(colours[finding.severity], finding.severity)}${direction}  ${paint('dim', finding.hazard)}`
  const said = (words: string): string => wrapped(words, look.width, 2)
  const lines = [head, said(clean(finding.message))]
  const statement = statementOf(finding, review)
  if (statement?.sql && (before === null || statementOf(before, review) !== statement))
    lines.push(quoted(statement.sql, look, paint))
  const instead = insteadOf(finding)
  const settled = settledBy(finding, review)
  const why = look.detail ? finding.why : settled === null ? firstSentence(finding.why) : ''
  if (why !== '' && (look.detail || finding.why !== before?.why)) lines.push(said(clean(why)))
  if (settled !== null) lines.push(said(settled))
  else if (instead !== null) {
    const words = look.detail ? instead : firstSentence(instead)
    lines.push(said(`${paint('green', 'Instead:')} ${clean(words)}`), ...planLines(finding, look, paint))
  }
  return lines.join('\n')
}

/** A text's first sentence; the whole text where it has one. A point inside of backticks or a number ends none. */
function firstSentence(text: string): string {
  return /^(?:`[^`]*`|[^`])*?[.!?](?= [A-Z`])/.exec(text)?.[0] ?? text
}

function adviceLine(finding: Finding, paint: Paint): string {
  return `${paint('bold', placeText(finding))}  ${paint('cyan', 'advice')}  ${cleanLine(finding.message)}  ${paint('dim', finding.hazard)}`
}

/** `path:line:column`, as editors and terminals open it. */
function placeText({ path, line, column }: Finding): string {
  return `${cleanLine(path)}:${line}:${column}`
}

/** The plan's SQL where it is short, or all of it with `detail`. */
function planLines(finding: Finding, look: ReviewLook, paint: Paint): string[] {
  const { alternative } = finding
  if (!alternative) return []
  if (look.detail)
    return stepsText(alternative).map(({ text: step, isComment }) => {
      if (isComment)
        return paint('dim', wrapped(clean(step).replace(/^-- /, ''), look.width - 3, 4).replace(/^ {4}/gm, '    -- '))
      const lines = sqlLines(clean(step), look.width - 4)
      return lines.map((line) => paint('green', `    ${line}`)).join('\n')
    })
  const lines = shortPlan(finding, look)
  return lines === null ? [] : lines.map((line) => paint('green', `    ${line}`))
}

/** The SQL of a plan of one file that fits in a few lines; null where it does not. */
function shortPlan({ alternative }: Finding, look: ReviewLook): string[] | null {
  if (!alternative || new Set(alternative.steps.map(({ file }) => file)).size > 1) return null
  if (alternative.steps.some(({ kind }) => kind !== 'migration')) return null
  const lines = alternative.steps.flatMap(({ sql }) => (sql === null ? [] : sqlLines(clean(sql), look.width - 4)))
  return lines.length > mostPlanLines ? null : lines
}

function isShortened(finding: Finding, review: Review, look: ReviewLook): boolean {
  const sql = statementOf(finding, review)?.sql
  if (firstSentence(finding.why) !== finding.why) return true
  if (sql && sqlLines(clean(sql), look.width - 4).length > mostSqlLines) return true
  const { alternative } = finding
  return alternative !== null && (shortPlan(finding, look) === null || alternative.steps.some(({ text }) => text))
}

/** The statement behind a bar, wrapped at its clauses; its first lines without `detail`. */
function quoted(sql: string, look: ReviewLook, paint: Paint): string {
  const lines = sqlLines(clean(sql), look.width - 4)
  const shown = look.detail || lines.length <= mostSqlLines ? lines : [...lines.slice(0, mostSqlLines - 1), '…']
  return shown.map((line) => `  ${paint('dim', '│')} ${clean(line)}`).join('\n')
}

/** Where the numbers of the messages come from, once for the whole review. */
function sourcesNote(review: Review): string[] {
  const reported = review.findings.filter(
    ({ rows, message }) => rows !== null && /\d.* (rows?|nulls|values)\b/.test(message),
  )
  const sources = new Set(reported.flatMap((finding) => effectOf(finding, review)?.forecast?.sources ?? []))
  return sources.size > 0 ? [`numbers from: ${[...sources].join('; ')}`] : []
}

/** `fail  1 high · 1 statement in 1 file, …`. */
export function verdictLine(review: Review, paint: Paint): string {
  const counts = severities
    .toReversed()
    .map((severity) => ({ severity, count: review.findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`)
  const statements = review.files.reduce((sum, file) => sum + file.statements.length, 0)
  const tools = toolsText(review)
  const files = `${plural(review.files.length, 'file')}${tools === null ? '' : ` of ${tools}`}`
  const unread = unreadText(review)
  const checked = `${unread === null ? plural(statements, 'statement') : unread} in ${files}, PostgreSQL ${review.postgresVersion}`
  const word = review.verdict === 'pass' ? paint(['bold', 'green'], 'pass') : paint(['bold', 'red'], 'fail')
  return `${word}  ${counts.length > 0 ? counts.join(', ') : 'no findings'} · ${checked} · ${catalogText(review)}`
}

function catalogText(review: Review): string {
  const at = review.catalogTakenAt ? ` of ${review.catalogTakenAt.slice(0, 16).replace('T', ' ')} UTC` : ''
  return {
    replica: `catalog from the database${at}`,
    snapshot: `catalog from the snapshot${at}`,
    empty: 'from an empty database',
    none: 'no catalog',
  }[review.catalog]
}

function plural(count: number, word: string): string {
  return `${count.toLocaleString('en-US')} ${word}${count === 1 ? '' : 's'}`
}
