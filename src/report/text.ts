import { stripVTControlCharacters, styleText } from 'node:util'
import { lockText } from '../effects/model/lock-modes.ts'
import { bytesText, rangeText, rowsText } from '../forecast/numbers.ts'
import { severities } from '../hazards/severity.ts'
import type { Finding, Forecast, Review, ReviewedEffect, Severity } from '../review/result.ts'
import { visible } from './hostile.ts'
import { columnsThatDistinguish, effectOf, statementOf, toolsText, unreadText } from './lookup.ts'
import { insteadOf, settledBy, stepsText } from './plan-text.ts'

type Style = Parameters<typeof styleText>[0]

const colours: Record<Severity, Style> = { critical: ['bold', 'red'], high: 'red', medium: 'yellow', low: 'cyan' }

interface Look {
  colour: boolean
  /** Columns to wrap at. */
  width: number
}

/**
 * The review for a terminal: per finding the place, the verdict with its numbers, the statement, why, and the way out;
 * advice in one line each.
 */
export function text(review: Review, look: Look): string {
  const paint = painter(look.colour)
  const [advice, findings] = columnsThatDistinguish(review.findings)
  const blocks = findings.map((finding) => findingText(finding, review, look, paint))
  if (advice.length > 0) blocks.push(advice.map((finding) => adviceLine(finding, paint)).join('\n'))
  const skipped = review.skipped.map(({ path, reason }) => `skipped: ${path}: ${reason}`)
  const notes = [...skipped, ...review.notes.map((note) => `note: ${note}`)].map((note) =>
    paint('dim', wrap(clean(note), look.width, '      ')),
  )
  return `${[...blocks, ...(notes.length > 0 ? [notes.join('\n')] : []), verdictLine(review, paint)].join('\n\n')}\n`
}

function findingText(finding: Finding, review: Review, look: Look, paint: Paint): string {
  const direction = finding.direction === 'down' ? ' (way back)' : ''
  const head = `${paint('bold', placeText(finding))}  ${paint(colours[finding.severity], finding.severity)}${direction}  ${paint('dim', finding.hazard)}`
  const lines = [head, indent(wrap(clean(finding.message), look.width - 2, ''), 2)]
  const sql = statementOf(finding, review)?.sql
  if (sql) lines.push(quoted(sql, paint))
  lines.push(indent(wrap(clean(finding.why), look.width - 2, ''), 2))
  const sources = sourcesAt(review, finding)
  if (sources) lines.push(paint('dim', indent(wrap(sources, look.width - 2, ''), 2)))
  const instead = insteadOf(finding)
  const settled = settledBy(finding, review)
  if (settled !== null) lines.push(indent(wrap(settled, look.width - 2, ''), 2))
  else if (instead !== null) lines.push(insteadText(instead, finding, look, paint))
  return lines.join('\n')
}

function adviceLine(finding: Finding, paint: Paint): string {
  return `${paint('bold', placeText(finding))}  ${paint('cyan', 'advice')}  ${line(finding.message)}  ${paint('dim', finding.hazard)}`
}

function placeText({ path, line: number }: Finding): string {
  return `${line(path)}:${number}`
}

function insteadText(instead: string, { alternative, severity }: Finding, look: Look, paint: Paint): string {
  // A plan of seven files for a table of 200 rows is not worth its lines.
  const isLong = severity === 'low' && new Set(alternative?.steps.map(({ file }) => file)).size > 1
  const steps = (isLong || !alternative ? [] : stepsText(alternative)).map(({ text: step, isComment }) =>
    paint(isComment ? 'dim' : 'green', indent(clean(step), 4)),
  )
  return [indent(wrap(`Instead: ${clean(instead)}`, look.width - 2, ''), 2), ...steps].join('\n')
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

/** The output of `lockcast explain`: each effect of each statement. */
export function explanation(review: Review, colour: boolean): string {
  const paint = painter(colour)
  const lines: string[] = []
  for (const file of review.files) {
    for (const statement of file.statements) {
      lines.push(paint('bold', clean(statement.sql ?? statement.source).split('\n')[0] ?? ''))
      if (statement.fails)
        lines.push(
          `  ${paint('red', 'fails')}  ${clean(statement.fails.message)} (SQLSTATE ${statement.fails.sqlstate})`,
        )
      else if (statement.unknown)
        lines.push(`  ${paint('yellow', 'cannot be judged')}  ${clean(statement.unknown.reason)}`)
      else if (statement.effects.length === 0) lines.push('  locks no table against writes or DDL')
      for (const effect of statement.effects) lines.push(`  ${effectText(effect)}`)
    }
  }
  for (const note of review.notes) lines.push(paint('dim', `note: ${clean(note)}`))
  return `${lines.join('\n')}\n`
}

function effectText(effect: ReviewedEffect): string {
  const work = [
    effect.rewrite ? 'rewritten' : null,
    effect.scan ? 'read whole' : null,
    effect.builds.length > 0 ? `builds ${effect.builds.join(', ')}` : null,
  ].filter((item) => item !== null)
  const depends = effect.when === 'depends' ? ', if rows match' : ''
  return `${line(effect.relation)}  ${lockText(effect.lock)}${work.length > 0 ? `, ${line(work.join(', '))}` : ''}${depends}  ${forecastText(effect.forecast)}`
}

function forecastText(forecast: Forecast | null): string {
  if (!forecast) return 'for an unknown time: size unknown'
  const { rows, bytes, lowMs, highMs, blocks } = forecast
  const size = [rows === null ? null : rowsText(rows), bytes ? bytesText(bytes) : null].filter((item) => item !== null)
  const waits = blocks.length > 0 ? `, ${blocks.join(', ')} wait` : ''
  return `${rangeText(lowMs, highMs)}${waits}${size.length > 0 ? ` (${size.join(', ')})` : ''}`
}

function sourcesAt(review: Review, finding: Finding): string | null {
  const sources = effectOf(finding, review)?.forecast?.sources ?? []
  // Only a number in the message has to come from somewhere.
  const told = /\d.* (rows?|nulls|values)\b/.test(finding.message)
  return sources.length > 0 && finding.rows !== null && told ? `from: ${line(sources.join('; '))}` : null
}

/** The statement's first lines behind a bar. */
function quoted(sql: string, paint: Paint): string {
  const lines = clean(sql).split('\n')
  const shown = lines.length > 4 ? [...lines.slice(0, 3), '…'] : lines
  return shown.map((line) => `  ${paint('dim', '│')} ${line.length > 160 ? `${line.slice(0, 159)}…` : line}`).join('\n')
}

/**
 * Text from a migration must not steer the terminal, nor, in a log of GitHub Actions, the runner: it takes a line that
 * begins with two colons, or has `##[` anywhere, for a command.
 */
export function clean(value: string): string {
  return visible(stripVTControlCharacters(value))
    .replace(/^(\s*):(?=:)/gm, '$1:\u200b')
    .replace(/##(?=\[)/g, '##\u200b')
}

function line(value: string): string {
  return clean(value).replace(/\s+/g, ' ')
}

function wrap(value: string, width: number, hanging: string): string {
  const lines: string[] = []
  let last = ''
  for (const word of value.split(/\s+/)) {
    if (last !== '' && last.length + 1 + word.length > width) {
      lines.push(last)
      // Wrapping may put characters at the start of a line that were inside one before.
      last = hanging + clean(word)
    } else last = last === '' ? word : `${last} ${word}`
  }
  return [...lines, last].join('\n')
}

function indent(value: string, columns: number): string {
  return value.replace(/^/gm, ' '.repeat(columns))
}

function plural(count: number, word: string): string {
  return `${count.toLocaleString('en-US')} ${word}${count === 1 ? '' : 's'}`
}

type Paint = (style: Style, value: string) => string

/** Styles for a terminal; without colour the text as it is. */
export function painter(colour: boolean): Paint {
  return colour ? (style, value) => styleText(style, value, { validateStream: false }) : (_style, value) => value
}
