import { durationText } from '../forecast/numbers.ts'
import { severities } from '../hazards/severity.ts'
import type { Finding, Plan, PlanStep, Review } from '../review/result.ts'
import { fenced, prose, visible } from './hostile.ts'
import { statementOf } from './lookup.ts'
import { sqlLines } from './sql-lines.ts'

/** The advice in sentences: the plan's summary, else the hazard's advice; null where there is neither. */
export function insteadOf({ alternative, advice }: Finding): string | null {
  return alternative?.summary ?? advice
}

/** The same as a heading. */
export function insteadHeading(finding: Finding): string {
  const words = insteadOf(finding)
  return words === null ? '' : `**Instead:** ${prose(words)}`
}

/** The finding that shows the plan that this one shares with others: the worst of them, the first among equals. */
function planHolder(finding: Finding, { findings }: Review): Finding {
  const { alternative, path } = finding
  if (!alternative || alternative.steps.length === 0) return finding
  const sharing = findings.filter((other) => other.path === path && other.alternative?.id === alternative.id)
  const weight = ({ severity }: Finding): number => severities.indexOf(severity)
  const [holder = finding] = sharing.toSorted((a, b) => weight(b) - weight(a) || a.line - b.line)
  return holder
}

/** Where the plan is shown that settles this finding too; null for the finding that shows it. */
export function settledBy(finding: Finding, review: Review): string | null {
  const holder = planHolder(finding, review)
  return holder === finding || holder.fingerprint === finding.fingerprint
    ? null
    : `The way out of line ${holder.line} settles this too.`
}

/** The plan ready to follow: what changes for good, then one block for each file, backfill, check and deployment. */
export function planSteps(plan: Plan): string {
  const changes =
    plan.changes.length > 0 ? [`Changes for good:\n${plan.changes.map((words) => `- ${prose(words)}`).join('\n')}`] : []
  const groups = grouped(plan.steps)
  const proof = proofText(plan)
  return [
    ...(proof === null ? [] : [`_${prose(proof)}_`]),
    ...changes,
    ...groups.map((group, at) => `${at + 1}. ${groupText(group)}`),
  ].join('\n\n')
}

/** The same under a comment: several steps are folded, so that the finding itself stays in view. */
export function foldedSteps(plan: Plan): string {
  const count = grouped(plan.steps).length
  if (count < 2) return planSteps(plan)
  return `<details><summary>${count} steps</summary>\n\n${planSteps(plan)}\n\n</details>`
}

/** Columns of a block of code that GitHub shows without a scroll bar. */
const columns = 80

/** Whether the plan was tried; null where no proof was asked for. */
function proofText({ proved, notProved }: Plan): string | null {
  if (proved) return `Proved on PostgreSQL ${proved.postgresVersion}${proved.onSchema ? ' with your schema' : ''}.`
  return notProved === undefined ? null : `Not proved here: ${notProved}.`
}

function groupText(group: StepGroup): string {
  const [first] = group.steps
  const text = group.steps
    .flatMap((step) => step.text ?? [])
    .map(prose)
    .join(' ')
  const head = `**${headOf(group)}**${timeText(group) === '' ? '' : `, ${timeText(group)}`}${text === '' ? '' : `: ${text}`}`
  const sql = group.steps.flatMap((step) => step.sql ?? [])
  if (sql.length === 0) return head
  const undo = first?.undo ? `\n\nTo take it back: \`${visible(first.undo)}\`` : ''
  return `${head}\n\n${codeOf(group) ?? fenced('sql', sql.flatMap((text) => sqlLines(withSemicolon(text), columns)).join('\n'))}${undo}`
}

/** The steps in the tool's own language; null where one of them is SQL only. */
function codeOf({ steps }: StepGroup): string | null {
  const codes = steps.flatMap(({ sql, code }) => (sql === null ? [] : [code]))
  const [first] = codes
  if (!first || codes.includes(null)) return null
  return fenced(first.language, codes.flatMap((code) => (code ? [code.text] : [])).join('\n'))
}

/** Describes a group of steps in a few words. */
function headOf({ steps }: StepGroup): string {
  const [first] = steps
  const last = steps.at(-1)
  if (!first || !last) return ''
  switch (last.kind) {
    case 'deployment':
      return 'Deployment'
    case 'check':
      return 'Check'
    case 'backfill':
      return first.file === null ? 'Backfill, by hand in psql' : `Backfill, file ${first.file}, outside any transaction`
    case 'migration': {
      if (first.file === null) return 'By hand in psql, outside any transaction'
      return `Migration, file ${first.file}, ${first.transaction === 'none' ? 'outside any transaction' : 'in a transaction of its own'}`
    }
  }
}

function timeText({ steps }: StepGroup): string {
  const times = steps.filter(({ kind }) => kind === 'migration' || kind === 'backfill')
  if (times.length === 0 || times.some(({ highMs }) => highMs === null)) return ''
  const high = times.reduce((sum, { highMs }) => sum + (highMs ?? 0), 0)
  return high < 1_000 ? 'a moment' : `up to ${durationText(high)}`
}

/**
 * The lines a `suggestion` would put in place of the commented ones; null when it would not fit exactly: another
 * transaction or file, or other text on the same lines.
 */
export function suggestedLines(plan: Plan, finding: Finding, review: Review, original: string): string | null {
  const { steps } = plan
  if (steps.length === 0 || !finding.path.endsWith('.sql')) return null
  if (steps.some((step) => step.kind !== 'migration' || step.file !== 1 || step.transaction === 'none')) return null
  const statement = statementOf(finding, review)
  // The plan may stand for other lines too, or for a transaction that the file does not open.
  if (plan.covers.length !== 1 || (steps.length > 1 && statement?.transaction === null)) return null
  if (steps.slice(1).some((step) => step.transaction !== 'same')) return null
  const sql = steps.flatMap((step) => step.sql ?? [])
  // A fix with a placeholder must not be committed with a click.
  if (sql.some((name) => /^\s*--|\/\*/.test(name))) return null
  // Text that GitHub would change in display must not be committed with a click.
  if (sql.some((name) => visible(name) !== name)) return null
  const lines = original.replace(/\r\n/g, '\n')
  const indent = /^[ \t]*/.exec(lines)?.[0] ?? ''
  const ending = lines.trimEnd().endsWith(';') ? ';' : ''
  if (!statement?.sql || lines.trim() !== `${statement.sql.replace(/\r\n/g, '\n')}${ending}`) return null
  // Only the last statement of a file may do without its semicolon.
  return sql
    .map((name, at) => `${name.replace(/;\s*$/, '')}${at === sql.length - 1 ? ending : ';'}`)
    .join('\n')
    .replace(/^(?=.)/gm, indent)
}

/** The steps as one text, with a comment where another file, a check or a deployment begins. */
export function stepsText(plan: Plan): { text: string; isComment: boolean }[] {
  const { changes, steps } = plan
  const proof = proofText(plan)
  return [
    ...(proof === null ? [] : [{ text: `-- ${proof}`, isComment: true }]),
    ...changes.map((text) => ({ text: `-- changes for good: ${text}`, isComment: true })),
    ...grouped(steps).flatMap((group) => [
      { text: `-- ${[headOf(group), ...group.steps.flatMap(({ text }) => text ?? [])].join(': ')}`, isComment: true },
      ...group.steps.flatMap(({ sql }) => (sql === null ? [] : [{ text: sql, isComment: false }])),
    ]),
  ]
}

interface StepGroup {
  steps: PlanStep[]
}

/** Steps that stand together in one block: of one file, or a check or deployment by itself. */
function grouped(steps: PlanStep[]): StepGroup[] {
  const groups: StepGroup[] = []
  steps.forEach((step, at) => {
    const before = steps[at - 1]
    const last = groups.at(-1)
    const own =
      step.kind === 'check' || step.kind === 'deployment' || before?.kind === 'check' || before?.kind === 'deployment'
    const goesOn =
      !own && before !== undefined && before.kind !== 'backfill' && step.file !== null && before.file === step.file
    if (goesOn && last) last.steps.push(step)
    else groups.push({ steps: [step] })
  })
  return groups
}

function withSemicolon(sql: string): string {
  return /;\s*$/.test(sql) ? sql : `${sql.trimEnd()};`
}
