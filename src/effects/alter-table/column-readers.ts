import { type Relation, relationName } from '../../catalog/relation.ts'
import { type Judging, StatementFails } from '../judging.ts'

/** Views, functions, generated columns and policies that read the column stand in the way; `drop` is the message for a drop. */
export function requireNoReaders(judging: Judging, relation: Relation, column: string, drop: string | null): void {
  const { catalog } = judging
  const reader = catalog
    .readers(relation)
    .find((view) => view.reads.some((read) => read.relation === relation.id && read.columns.includes(column)))
  const [fn] = catalog.functionsReading(relation, column)
  const [generated] = generatedFrom(relation, column)
  const policy = relation.policies.find((one) => one.uses.includes(column))
  const refuse = (sqlstate: string, message: string, name: string): never => {
    throw new StatementFails(sqlstate, message, { kind: 'dependent', name })
  }
  if (drop !== null) {
    // To 14 a generated column goes with what it reads.
    const held = catalog.major >= 15 ? generated : undefined
    const tied = reader ?? fn
    const name = tied ? relationName(tied) : (policy?.name ?? held)
    if (name !== undefined) refuse('2BP01', drop, name)
    return
  }
  const alter = 'cannot alter type of a column used'
  if (reader) refuse('0A000', `${alter} by a view or rule`, relationName(reader))
  if (fn) refuse('0A000', `${alter} by a function or procedure`, relationName(fn))
  if (generated) refuse(catalog.major >= 15 ? '0A000' : '42601', `${alter} by a generated column`, generated)
  if (policy) refuse('0A000', `${alter} in a policy definition`, policy.name)
}

/** Generated columns that read the column: they go with it, by CASCADE or on an old server. */
export function generatedFrom(relation: Relation, column: string): string[] {
  return relation.columns
    .filter((one) => one.generated && one.name !== column && one.default !== null && mentions(one.default, column))
    .map((one) => one.name)
}

function mentions(expression: string, column: string): boolean {
  return new RegExp(`(?<![\\w"])"?${column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"?(?![\\w"])`).test(expression)
}
