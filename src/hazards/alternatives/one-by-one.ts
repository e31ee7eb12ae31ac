import type { AlterTableCmd } from '@pgsql/types'
import type { Effect } from '../../effects/model/effect.ts'
import { print } from '../../sql/quote.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { addedKey } from '../context/schema-changes.ts'
import { type Alternative, type AlternativeStep, alternative, own } from './alternative.ts'
import { keyOverIndex } from './key-over-index-steps.ts'
import { validatedApart } from './validated-apart.ts'
import { withoutRewrite } from './without-rewrite.ts'

/**
 * An ALTER TABLE with several subcommands, taken apart: first those that take a moment, together, then each that works by
 * its own way. Null where nothing is to be taken apart, one of them has no way, or a constraint is dropped with them.
 */
export function oneByOne(step: Step, work: Effect, context: ReviewContext): Alternative | null {
  const { node } = step.statement
  const { subcommands } = step.analysis
  if (!node || !('AlterTableStmt' in node) || subcommands.length < 2) return null
  const statement = node.AlterTableStmt
  const alterWith = (cmds: AlterTableCmd[]) => ({
    AlterTableStmt: { ...statement, cmds: cmds.map((command) => ({ AlterTableCmd: command })) },
  })
  const moments = (statement.cmds ?? []).flatMap((node) =>
    'AlterTableCmd' in node && !subcommands.some(({ command, works }) => works && command === node.AlterTableCmd)
      ? [node.AlterTableCmd]
      : [],
  )
  // Whether the constraint proves something, or stands in the way of the new one, decides when it may go.
  if (moments.some(({ subtype }) => subtype === 'AT_DropConstraint')) return null
  // A new default is of the new type.
  const later = moments.filter(
    ({ subtype, name, def }) =>
      subtype === 'AT_ColumnDefault' && def && subcommands.some(({ command, works }) => works && command.name === name),
  )
  const brief = moments.filter((moment) => !later.includes(moment))
  const steps: AlternativeStep[] = brief.length > 0 ? [own(1, `${print(alterWith(brief))};`)] : []
  for (const { command, changes, works } of subcommands) {
    if (!works) continue
    const only = alterWith([command])
    const way = wayOf(
      {
        ...step,
        statement: { ...step.statement, node: only, sql: print(only) },
        analysis: { ...step.analysis, changes, subcommands: [] },
      },
      work,
      context,
    )
    if (!way) return null
    const last = steps.at(-1)?.file ?? 0
    steps.push(...way.steps.map((item) => ({ ...item, file: item.file + last })))
  }
  if (later.length > 0) steps.push(own((steps.at(-1)?.file ?? 0) + 1, `${print(alterWith(later))};`))
  return alternative(
    brief.length > 0
      ? 'One by one: first what takes a moment, then the rest by ways that block no one.'
      : 'One by one, each by a way that blocks no one.',
    steps,
  )
}

/** The way of a statement with one subcommand, by what its work is. */
function wayOf(step: Step, work: Effect, context: ReviewContext): Alternative | null {
  const rewrites = step.analysis.changes.some(
    (change) => change.kind === 'changes type' || (change.kind === 'adds column' && change.fills !== null),
  )
  if (rewrites) return withoutRewrite(step, work.relation, context)
  return addedKey(step) ? keyOverIndex(step, work, context) : validatedApart(step, work, context)
}
