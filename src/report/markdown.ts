import { lockText } from '../effects/model/lock-modes.ts'
import { bytesText, durationText, rangeText, rowsText } from '../forecast/numbers.ts'
import { hazardAddress } from '../hazards/address.ts'
import { severities } from '../hazards/severity.ts'
import type { Finding, Review, ReviewedEffect } from '../review/result.ts'
import { code, fenced, prose } from './hostile.ts'
import { columnsThatDistinguish, effectOf, holdOf, statementOf, toolsText } from './lookup.ts'
import { foldedSteps, insteadHeading, insteadOf, planSteps, settledBy, suggestedLines } from './plan-text.ts'

/** How exact numbers may be, by the policy for this repository. */
export type Disclosure = 'exact' | 'buckets' | 'none'

/** The worst first, then by place. */
export function bySeverity(findings: Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
      (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line),
  )
}

/** `- **high** file:line` and the finding's message. `link` gives the address of a finding's line. */
export function findingLine(finding: Finding, link: (finding: Finding) => string | null): string {
  const place = code(`${atMostEnd(finding.path, 120)}:${finding.line}`)
  const url = link(finding)
  return `- **${severityText(finding)}** ${url === null ? place : `[${place}](${url})`} ${prose(atMost(finding.message, 300))}`
}

/** Cut to so many characters: thirty such lines have to fit into one comment. */
export function atMost(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`
}

function atMostEnd(path: string, characters: number): string {
  return path.length <= characters ? path : `…${path.slice(1 - characters)}`
}

/** Where the numbers came from, one line in small print, with the address of all details. */
export function sourceLine(review: Review, disclosure: Disclosure, details: string | null): string {
  const tools = toolsText(review)
  const postgres = `${tools === null ? 'Judged' : `${tools}, judged`} for PostgreSQL ${review.postgresVersion}`
  const sizes = {
    replica: `sizes from the replica${takenText(review)}`,
    snapshot: `sizes from a catalog snapshot${takenText(review)}`,
    empty: 'the migrations are the whole history',
    none: 'no database was compared with, so sizes are unknown and count as large',
  }[review.catalog]
  const shown = {
    exact: '',
    buckets: '; numbers are rounded down to powers of ten, and names that the migrations do not contain are hidden',
    none: '; numbers are not shown',
  }[review.catalog === 'none' || review.catalog === 'empty' ? 'exact' : disclosure]
  const more = details === null ? '.' : `. [All details and alternatives](${details})`
  return `<sub>${postgres}; ${sizes}; ${trafficText(review)}${shown}${more}</sub>`
}

function trafficText({ traffic }: Review): string {
  if (traffic === null) return 'traffic is unknown'
  const seconds = traffic.relations.map((relation) => relation.seconds)
  const interval = seconds.length > 0 ? ` over ${durationText(Math.min(...seconds) * 1_000)}` : ''
  return `traffic of the primary${interval} as of ${traffic.takenAt.slice(0, 16).replace('T', ' ')} UTC`
}

/**
 * One finding in full: verdict and number, why, alternative, small print. `original` is the text of the finding's
 * lines that will have an inline comment; with it, a fix that fits becomes a suggestion.
 */
export function findingDetails(
  finding: Finding,
  review: Review,
  disclosure: Disclosure,
  original: string | null,
): string {
  const { alternative } = finding
  const suggestion = alternative && original !== null ? suggestedLines(alternative, finding, review, original) : null
  return paragraphs([
    `**${prose(finding.message)}**`,
    whyText(finding),
    settledBy(finding, review) ?? insteadHeading(finding),
    settledBy(finding, review) !== null
      ? ''
      : suggestion !== null
        ? fenced('suggestion', suggestion)
        : alternative
          ? foldedSteps(alternative)
          : '',
    smallPrint(finding, review, disclosure),
  ])
}

/**
 * What else is found in the same place: its alternative is folded away, and left out when it is the one that `before`
 * showed already.
 */
export function furtherDetails(finding: Finding, before: Finding[], review: Review, disclosure: Disclosure): string {
  const { alternative } = finding
  const shown = before.some((item) =>
    alternative === null ? item.advice === finding.advice : item.alternative?.id === alternative.id,
  )
  const unsettled =
    !alternative || alternative.steps.length === 0
      ? insteadHeading(finding)
      : `<details><summary>The way out of this one</summary>\n\n${insteadHeading(finding)}\n\n${planSteps(alternative)}\n\n</details>`
  const folded = settledBy(finding, review) ?? unsettled
  return paragraphs([
    `---\n\n**${prose(finding.message)}**`,
    whyText(finding),
    insteadOf(finding) !== null && shown ? 'The way out above settles this too.' : folded,
    // The facts about the same table are above already.
    before.some((item) => item.relation === finding.relation)
      ? `<sub>${nameText(finding)}</sub>`
      : smallPrint(finding, review, disclosure),
  ])
}

/** A finding under a heading, with its statement, for places without a line of the file beside it. */
export function findingSection(finding: Finding, review: Review, disclosure: Disclosure): string {
  const statement = statementOf(finding, review)
  return paragraphs([
    `#### ${code(`${finding.path}:${finding.line}`)} · ${severityText(finding)}`,
    statement?.sql && statement.sql.length <= 2_000 ? fenced('sql', statement.sql) : '',
    findingDetails(finding, review, disclosure, null),
  ])
}

/** The output of `lockcast review --format markdown`. */
export function reviewMarkdown(review: Review, disclosure: Disclosure): string {
  const verdict = review.verdict === 'pass' ? 'Passes' : 'Fails'
  const findings = bySeverity(review.findings)
  const [advice, others] = columnsThatDistinguish(findings)
  const head =
    findings.length === 0
      ? `**${verdict}.**${review.verdict === 'pass' ? ' Nothing to report.' : ''}`
      : `**${verdict}**, ${countText(review.findings)}.`
  return `${paragraphs([
    head,
    others.map((finding) => findingLine(finding, () => null)).join('\n'),
    advice.length > 0 ? `Advice:\n\n${advice.map((finding) => findingLine(finding, () => null)).join('\n')}` : '',
    ...others.map((finding) => findingSection(finding, review, disclosure)),
    notesList([...review.skipped.map(skippedText), ...review.notes]),
    sourceLine(review, disclosure, null),
  ])}\n`
}

/** A migration that was left out, with the reason, as a sentence. */
export function skippedText({ path, reason }: Review['skipped'][number]): string {
  return `\`${path}\`: ${reason}.`
}

export function notesList(notes: string[]): string {
  return notes.map((note) => `- ${prose(note)}`).join('\n')
}

/** `1 critical, 2 medium`. */
export function countText(findings: Finding[]): string {
  const counts = severities.toReversed().flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length
    return count > 0 ? [`${count} ${severity}`] : []
  })
  return counts.length > 0 ? counts.join(', ') : 'no findings'
}

export function paragraphs(parts: string[]): string {
  return parts.filter((part) => part !== '').join('\n\n')
}

function severityText(finding: Finding): string {
  return finding.direction === 'down' ? `${finding.severity}, rollback` : finding.severity
}

function whyText(finding: Finding): string {
  return [prose(finding.why), seeAlso(finding)].filter((part) => part !== '').join(' ')
}

/** The other statements that the finding is about; not those on its own line. */
function seeAlso(finding: Finding): string {
  const others = finding.related.filter(({ path, line }) => path !== finding.path || line !== finding.line)
  const shown = /\blines? \d/.test(finding.message)
  const here = shown ? [] : [...new Set(others.flatMap(({ path, line }) => (path === finding.path ? [line] : [])))]
  const elsewhere = new Set(others.flatMap(({ path, line }) => (path === finding.path ? [] : [`${path}:${line}`])))
  const places = [
    ...(here.length > 0 ? [`${here.length === 1 ? 'line' : 'lines'} ${listed(here.map(String))}`] : []),
    ...[...elsewhere].map(code),
  ]
  return places.length > 0 ? `It also concerns ${listed(places)}.` : ''
}

function listed(items: string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/**
 * The lock, the sizes and where they came from, as far as the message does not say them already; names and numbers only
 * where they may be said.
 */
function smallPrint(finding: Finding, review: Review, disclosure: Disclosure): string {
  const statement = statementOf(finding, review)
  // A failing statement does no work and keeps no lock.
  if (statement?.fails) return `<sub>${nameText(finding)}</sub>`
  const effect = effectOf(finding, review)
  const facts = [nameText(finding)]
  if (effect) facts.push(waitText(effect, disclosure))
  const forecast = effect?.forecast ?? statement?.forecast
  if (forecast && finding.relation !== null && disclosure === 'exact') {
    const size = [
      forecast.rows === null ? '' : rowsText(forecast.rows),
      forecast.bytes === null ? '' : bytesText(forecast.bytes),
    ]
    const shown = (part: string): boolean => part === '' || finding.message.includes(part)
    if (!size.every(shown)) facts.push(size.filter((part) => part !== '').join(', '))
    const work = rangeText(forecast.lowMs, forecast.highMs)
    // A moment is not mentioned; the message has the time of the whole statement.
    if (forecast.highMs >= 1_000 && !shown(work)) facts.push(`the work takes ${work}`)
    facts.push(holdText(finding, review))
    const age = takenText(review)
    if (forecast.sources.length > 0)
      facts.push(`${age === '' ? '' : `${age.trim()}: `}${prose(forecast.sources.join('; '))}`)
  }
  return `<sub>${facts.filter((fact) => fact !== '').join(' · ')}</sub>`
}

function nameText(finding: Finding): string {
  return `${severityText(finding)} · [${finding.hazard}](${hazardAddress(finding.hazard)})`
}

function waitText(effect: ReviewedEffect, disclosure: Disclosure): string {
  const waits = effect.forecast?.blocks.filter((who) => who !== 'ddl') ?? []
  const blocked = waits.length > 0 ? `, ${waits.join(' and ')} wait` : ''
  // The partitions and tables behind a name are known from the database alone.
  const on = disclosure === 'exact' ? ` on ${code(effect.relation)}` : ''
  return `${lockText(effect.lock)}${on}${blocked}`
}

/** How long the lock is kept when its transaction goes on after the statement. */
function holdText(finding: Finding, review: Review): string {
  const hold = holdOf(finding, review)
  if (!hold) return ''
  const end = hold.to.path === finding.path ? `line ${hold.to.line}` : code(`${hold.to.path}:${hold.to.line}`)
  const time = hold.lowMs === null || hold.highMs === null ? '' : ` for ${rangeText(hold.lowMs, hold.highMs)}`
  return `the lock is kept${time}, until the transaction ends at ${end}`
}

/** When the catalog was read, to the minute. */
function takenText({ catalogTakenAt: at }: Review): string {
  return at ? ` as of ${at.slice(0, 16).replace('T', ' ')} UTC` : ''
}
