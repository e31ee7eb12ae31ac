import type { Index, Relation } from '../catalog/catalog.ts'
import { relationName } from '../catalog/catalog.ts'
import type { Mark } from '../effects/judging.ts'
import type { Scene, Step } from './scene.ts'

/** What the up migrations of this change add and leave standing: advice speaks of nothing else. */

export interface AddedTable {
  step: Step
  /** As it stands at the end. */
  relation: Relation
}

/** Tables made here that are more than a step on the way: not temporary, no partition, nobody's child. */
export function addedTables(scene: Scene): AddedTable[] {
  const known = tables.get(scene) ?? tablesOf(scene)
  tables.set(scene, known)
  return known
}

const tables = new WeakMap<Scene, AddedTable[]>()

function tablesOf(scene: Scene): AddedTable[] {
  return marksOf(scene, 'creates relation').flatMap(({ step, mark }) => {
    const relation = scene.after(mark.relation)
    if (relation?.kind !== 'table' && relation?.kind !== 'partitioned table') return []
    const own = relation.persistence !== 'temporary' && relation.partitionOf === null && relation.inherits.length === 0
    return own ? [{ step, relation }] : []
  })
}

export interface AddedColumn extends AddedTable {
  column: Relation['columns'][number]
}

/** Columns of tables made here and columns added to tables, as they stand at the end. */
export function addedColumns(scene: Scene): AddedColumn[] {
  const known = columns.get(scene) ?? columnsOf(scene)
  columns.set(scene, known)
  return known
}

const columns = new WeakMap<Scene, AddedColumn[]>()

function columnsOf(scene: Scene): AddedColumn[] {
  const ofTables = addedTables(scene).flatMap(({ step, relation }) =>
    relation.columns.map((column) => ({ step, relation, column })),
  )
  const toTables = marksOf(scene, 'adds column').flatMap(({ step, mark }) => {
    const relation = mark.relation.isNew ? null : scene.after(mark.relation)
    const column = relation?.columns.find(({ name }) => name === mark.column)
    return relation && column ? [{ step, relation, column }] : []
  })
  return [...ofTables, ...toTables]
}

/** Indexes built here that stand at the end. */
export function addedIndexes(scene: Scene): { step: Step; relation: Relation; index: Index }[] {
  return marksOf(scene, 'builds index').flatMap(({ step, mark }) => {
    if (mark.skipped) return []
    const relation = scene.after(mark.relation)
    const index = relation?.indexes.find(({ name }) => name === mark.index.name)
    return relation && index && relation.partitionOf === null ? [{ step, relation, index }] : []
  })
}

/** The statements of both directions that have a mark of this kind, in order; those that fail too. */
export function stepsWith(scene: Scene, kind: Mark['kind']): Step[] {
  const known = having.get(scene) ?? byMark(scene)
  having.set(scene, known)
  return known.get(kind) ?? []
}

const having = new WeakMap<Scene, Map<Mark['kind'], Step[]>>()

function byMark({ steps }: Scene): Map<Mark['kind'], Step[]> {
  const all = new Map<Mark['kind'], Step[]>()
  for (const step of steps) {
    for (const { kind } of step.judgement.marks) {
      const list = all.get(kind)
      if (!list) all.set(kind, [step])
      else if (list.at(-1) !== step) list.push(step)
    }
  }
  return all
}

type Marked<K extends Mark['kind']> = { step: Step; mark: Extract<Mark, { kind: K }> }

/** Every mark of a kind in the up migrations, with its step. */
export function marksOf<K extends Mark['kind']>(scene: Scene, kind: K): Marked<K>[] {
  const known = marked.get(scene) ?? sorted(scene)
  marked.set(scene, known)
  return (known.get(kind) ?? []) as Marked<K>[]
}

/** Looked through once for all hazards that ask. */
const marked = new WeakMap<Scene, Map<Mark['kind'], { step: Step; mark: Mark }[]>>()

function sorted({ steps }: Scene): Map<Mark['kind'], { step: Step; mark: Mark }[]> {
  const all = new Map<Mark['kind'], { step: Step; mark: Mark }[]>()
  for (const step of steps) {
    if (step.migration.direction === 'down' || step.judgement.fails) continue
    for (const mark of step.judgement.marks) {
      const list = all.get(mark.kind)
      if (list) list.push({ step, mark })
      else all.set(mark.kind, [{ step, mark }])
    }
  }
  return all
}

/** One for each statement: what a statement repeats is one piece of advice. */
export function oncePerStatement<T extends { step: Step; relation: Relation | null }>(all: T[]): T[] {
  const seen = new Set<string>()
  return all.filter(({ step, relation }) => {
    const key = `${step.migration.path} ${step.statement.start} ${relation ? relationName(relation) : ''}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** The first of each file. */
export function oncePerFile<T extends { step: Step }>(all: T[]): T[] {
  const seen = new Set<string>()
  return all.filter(({ step: { migration } }) => {
    if (seen.has(migration.path)) return false
    seen.add(migration.path)
    return true
  })
}
