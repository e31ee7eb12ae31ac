import { type Column, columnOf, type Index, type Relation, relationName } from '../../catalog/relation.ts'
import { once } from './once.ts'
import type { ReviewContext, Step } from './review-context.ts'
import { changesOf } from './schema-changes.ts'

/** Objects that the up migrations of this change add and keep: advice concerns only these. */

interface AddedTable {
  step: Step
  /** As it is after the change. */
  relation: Relation
}

/** Tables created here to stay: not temporary, no partition, no child. */
export const addedTables = once((context): AddedTable[] =>
  changesOf(context, 'creates relation').flatMap(({ step, change }) => {
    const relation = context.after(change.relation)
    if (relation?.kind !== 'table' && relation?.kind !== 'partitioned table') return []
    const own = relation.persistence !== 'temporary' && relation.partitionOf === null && relation.inherits.length === 0
    return own ? [{ step, relation }] : []
  }),
)

interface AddedColumn extends AddedTable {
  column: Column
}

/** Columns of tables made here and columns added to tables, as they are after the change, of the given types. */
export function addedColumns(context: ReviewContext, isWanted: (type: string) => boolean): AddedColumn[] {
  const ofTables = addedTables(context).flatMap(({ step, relation }) =>
    relation.columns.flatMap((column) =>
      isWanted(column.type) && isSpelledOut(step, column.name) ? [{ step, relation, column }] : [],
    ),
  )
  const toTables = changesOf(context, 'adds column').flatMap(({ step, change }) => {
    const relation = change.relation.isNew ? null : context.after(change.relation)
    const column = relation && columnOf(relation, change.column)
    return column && isWanted(column.type) ? [{ step, relation, column }] : []
  })
  return [...ofTables, ...toTables]
}

/** CREATE TABLE AS and LIKE copy columns: no type was chosen here. */
function isSpelledOut({ statement: { node } }: Step, column: string): boolean {
  if (!node || 'CreateTableAsStmt' in node || 'SelectStmt' in node) return false
  if (!('CreateStmt' in node)) return true
  const elements = node.CreateStmt.tableElts ?? []
  if (!elements.some((element) => 'TableLikeClause' in element)) return true
  return elements.some((element) => 'ColumnDef' in element && element.ColumnDef.colname === column)
}

/** Indexes built here that exist after the change. */
export const addedIndexes = once((context): { step: Step; relation: Relation; index: Index }[] =>
  changesOf(context, 'builds index').flatMap(({ step, change }) => {
    if (change.skipped) return []
    const relation = context.after(change.relation)
    const index = relation?.indexes.find(({ name }) => name === change.index.name)
    return relation && index && relation.partitionOf === null ? [{ step, relation, index }] : []
  }),
)

/** One for each statement: repetitions in a statement are one piece of advice. */
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
