import { columnOf, type Relation } from '../../catalog/relation.ts'
import { once } from './once.ts'
import type { ReviewContext, Step } from './review-context.ts'
import { type ChangeAt, changesOf, changesOn, type StepPosition } from './schema-changes.ts'

/** The type of a column before and after this change; in between it may have been another. */
export interface ColumnTypeChange {
  /** The last statement that changes its type. */
  step: Step
  relation: Relation
  column: string
  from: string
  to: string
  fromLabels: readonly string[] | null
  toLabels: readonly string[] | null
}

/** The columns whose type the up migrations change, by {@link columnKey}. */
export const columnTypeChanges: (context: ReviewContext) => ReadonlyMap<string, ColumnTypeChange> = once((context) => {
  const all = new Map<string, ColumnTypeChange>()
  for (const { step, change } of changesOf(context, 'changes type')) {
    const { relation, column, toLabels } = change
    const first = all.get(columnKey(change)) ?? change
    // A type that was made beside the old one may take its name afterwards.
    const after = context.after(relation)
    const to = (after && columnOf(after, column)?.type) ?? change.to
    all.set(columnKey(change), { step, relation, column, from: first.from, to, fromLabels: first.fromLabels, toLabels })
  }
  return all
})

export function columnKey({ relation, column }: ChangeAt<'changes type'>['change']): string {
  return `${relation.id} ${column}`
}

/** The values of the enum before that the one after does not have; null unless both are enums. */
export function lostLabels({
  fromLabels,
  toLabels,
}: Pick<ColumnTypeChange, 'fromLabels' | 'toLabels'>): string[] | null {
  return fromLabels && toLabels && fromLabels.filter((label) => !toLabels.includes(label))
}

/** An earlier statement writes the column or deletes rows of its table: who wrote it looked at the values. */
export function isPrepared(context: ReviewContext, { at }: StepPosition, relation: Relation, column: string): boolean {
  return changesOn(context, 'writes rows', relation).some(({ at: before, step, change }) => {
    const { node } = step.statement
    if (before >= at || !node) return false
    if (!('UpdateStmt' in node)) return change.verb === 'delete'
    return (node.UpdateStmt.targetList ?? []).some((node) => 'ResTarget' in node && node.ResTarget.name === column)
  })
}

/** USING is the column itself, cast: no value is changed before it meets the new type. */
export function isCastAlone({ statement: { node } }: Step, column: string): boolean {
  const commands = node && 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []
  return commands.some((command) => {
    const { name, def } = 'AlterTableCmd' in command ? command.AlterTableCmd : {}
    const using = name === column && def && 'ColumnDef' in def ? def.ColumnDef.raw_default : undefined
    return using !== undefined && 'TypeCast' in using && 'ColumnRef' in (using.TypeCast.arg ?? {})
  })
}
