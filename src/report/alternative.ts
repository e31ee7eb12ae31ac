import type { Alternative, AlternativeStep, Finding, Review } from '../review/result.ts'
import { fenced, prose, visible } from './hostile.ts'
import { statementOf } from './lookup.ts'

/** The way out in one sentence. */
export function alternativeHeading(alternative: Alternative): string {
  return `**Instead:** ${prose(alternative.summary)}`
}

/** The way out ready to copy: one block for each file and transaction, in the order in which they run. */
export function alternativeSteps(alternative: Alternative): string {
  const groups = grouped(alternative.steps)
  const files = new Set(groups.map((group) => group.file)).size
  return groups
    .map((group) => {
      const how = `${group.each ? 'each ' : ''}${transactionWords[group.transaction]}`
      const where = files > 1 ? `File ${group.file}, ${how}` : how.charAt(0).toUpperCase() + how.slice(1)
      return `${where}:\n\n${fenced('sql', group.sql.map(withSemicolon).join('\n'))}`
    })
    .join('\n\n')
}

/**
 * The lines a `suggestion` would put in place of the commented ones; null when it would not fit exactly: another
 * transaction or file, or other text on the same lines.
 */
export function suggestedLines(
  alternative: Alternative,
  finding: Finding,
  review: Review,
  original: string,
): string | null {
  const { steps } = alternative
  if (steps.length === 0 || !finding.path.endsWith('.sql')) return null
  if (steps.some((step) => step.file !== 1 || step.transaction !== 'same')) return null
  const sql = steps.map((step) => step.sql)
  // A fix with a placeholder must not be committed with a click.
  if (sql.some((name) => /^\s*--|\/\*/.test(name))) return null
  // Text that GitHub would change in display must not be committed with a click.
  if (sql.some((name) => visible(name) !== name)) return null
  const statement = statementOf(finding, review)
  const lines = original.replace(/\r\n/g, '\n')
  const indent = /^[ \t]*/.exec(lines)?.[0] ?? ''
  const ending = lines.trimEnd().endsWith(';') ? ';' : ''
  if (!statement || lines.trim() !== `${statement.source.replace(/\r\n/g, '\n')}${ending}`) return null
  // Only the last statement of a file may do without its semicolon.
  return sql
    .map((name, at) => `${name.replace(/;\s*$/, '')}${at === sql.length - 1 ? ending : ';'}`)
    .join('\n')
    .replace(/^(?=.)/gm, indent)
}

/** The steps as one text, with a comment where another file or no transaction begins. */
export function stepsText({ steps }: Alternative): { text: string; isComment: boolean }[] {
  const several = new Set(steps.map((step) => step.file)).size > 1
  return steps.flatMap(({ file, transaction, sql }, at) => {
    const outside = transaction === 'none' ? ', outside a transaction' : ''
    const begins = file !== steps[at - 1]?.file && (several || outside !== '')
    const head = { text: `-- ${several ? `file ${file}` : 'its own file'}${outside}`, isComment: true }
    return [...(begins ? [head] : []), { text: sql, isComment: false }]
  })
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
  /** Several steps, each in a separate transaction. */
  each: boolean
  /** A step shares the transaction of the one before it. */
  shared: boolean
}

/** Steps in one block: of one file and one transaction, or each in a separate transaction. */
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

function withSemicolon(sql: string): string {
  return /;\s*$/.test(sql) ? sql : `${sql.trimEnd()};`
}
