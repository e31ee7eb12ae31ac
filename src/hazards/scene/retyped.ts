import { columnOf, type Relation } from '../../catalog/relation.ts'
import { type Marked, marksOf, marksOn, type Placed } from './marks.ts'
import { once } from './once.ts'
import type { Scene, Step } from './scene.ts'

/** What a column was before this change and is after it; on the way it may have been something else. */
export interface Retyped {
  /** The last statement that changes its type. */
  step: Step
  relation: Relation
  column: string
  from: string
  to: string
  fromLabels: readonly string[] | null
  toLabels: readonly string[] | null
}

/** The columns whose type the up migrations change, by {@link retypedKey}. */
export const retyped: (scene: Scene) => ReadonlyMap<string, Retyped> = once((scene) => {
  const all = new Map<string, Retyped>()
  for (const { step, mark } of marksOf(scene, 'changes type')) {
    const { relation, column, toLabels } = mark
    const first = all.get(retypedKey(mark)) ?? mark
    // A type that was made beside the old one may take its name afterwards.
    const after = scene.after(relation)
    const to = (after && columnOf(after, column)?.type) ?? mark.to
    all.set(retypedKey(mark), { step, relation, column, from: first.from, to, fromLabels: first.fromLabels, toLabels })
  }
  return all
})

export function retypedKey({ relation, column }: Marked<'changes type'>['mark']): string {
  return `${relation.id} ${column}`
}

/** The values of the enum before that the one after does not have; null unless both are enums. */
export function lostLabels({ fromLabels, toLabels }: Pick<Retyped, 'fromLabels' | 'toLabels'>): string[] | null {
  return fromLabels && toLabels && fromLabels.filter((label) => !toLabels.includes(label))
}

/** An earlier statement writes the column or deletes rows of its table: who wrote it looked at the values. */
export function isPrepared(scene: Scene, { at }: Placed, relation: Relation, column: string): boolean {
  return marksOn(scene, 'writes rows', relation).some(({ at: before, step, mark }) => {
    const { node } = step.statement
    if (before >= at || !node) return false
    if (!('UpdateStmt' in node)) return mark.verb === 'delete'
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
