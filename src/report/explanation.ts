import { lockText } from '../effects/model/lock-modes.ts'
import { bytesText, rangeText, rowsText } from '../forecast/numbers.ts'
import type { Forecast, Review, ReviewedEffect } from '../review/result.ts'
import { clean, cleanLine, painter } from './terminal-text.ts'

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
  return `${cleanLine(effect.relation)}  ${lockText(effect.lock)}${work.length > 0 ? `, ${cleanLine(work.join(', '))}` : ''}${depends}  ${forecastText(effect.forecast)}`
}

function forecastText(forecast: Forecast | null): string {
  if (!forecast) return 'for an unknown time: size unknown'
  const { rows, bytes, lowMs, highMs, blocks } = forecast
  const size = [rows === null ? null : rowsText(rows), bytes ? bytesText(bytes) : null].filter((item) => item !== null)
  const waits = blocks.length > 0 ? `, ${blocks.join(', ')} wait` : ''
  return `${rangeText(lowMs, highMs)}${waits}${size.length > 0 ? ` (${size.join(', ')})` : ''}`
}
