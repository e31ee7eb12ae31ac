import type { Relation } from '../../../catalog/relation.ts'
import type { Dependent } from '../../model/server-errors.ts'
import { StatementFails } from '../../model/server-errors.ts'
import type { StatementContext } from '../../model/statement-context.ts'
import {
  dependentColumn,
  dependentFunction,
  dependentPolicy,
  dependentPublication,
  dependentViews,
} from '../../tables/dependents.ts'
import { publicationsUsing } from '../publication.ts'

/** Views, functions, generated columns and policies that read the column prevent it; `drop` is the message for a drop. */
export function requireNoReaders(
  context: StatementContext,
  relation: Relation,
  column: string,
  drop: string | null,
): void {
  const { catalog } = context
  const readers = catalog
    .readers(relation)
    .filter((view) => view.reads.some((read) => read.relation === relation.id && read.columns.includes(column)))
  const views = dependentViews(catalog, readers)
  const functions = catalog.functionsReading(relation, column).map(dependentFunction)
  const generated = generatedFrom(relation, column).map((name) => dependentColumn(relation, name))
  const policies = relation.policies
    .filter((policy) => policy.uses.includes(column))
    .map((policy) => dependentPolicy(relation, policy.name))
  const published = publicationsUsing(catalog, relation, column).map(({ name }) => dependentPublication(relation, name))
  const refuse = (sqlstate: string, message: string, dependents: Dependent[]): void => {
    if (dependents.length > 0) throw new StatementFails(sqlstate, message, null, dependents)
  }
  if (drop !== null) {
    const held = catalog.behaves('generated-column-holds-its-source') ? generated : []
    return refuse('2BP01', drop, [...views, ...functions, ...policies, ...held, ...published])
  }
  const alter = 'cannot alter type of a column used'
  refuse('0A000', `${alter} by a view or rule`, views)
  refuse('0A000', `${alter} by a function or procedure`, functions)
  refuse(
    catalog.behaves('generated-column-holds-its-source') ? '0A000' : '42601',
    `${alter} by a generated column`,
    generated,
  )
  refuse('0A000', `${alter} in a policy definition`, policies)
  // A column list is said to be a WHERE clause too.
  refuse('0A000', `${alter} by a publication WHERE clause`, published)
}

/** Generated columns that read the column: they go with it, by CASCADE or on an old server. */
export function generatedFrom(relation: Relation, column: string): string[] {
  return relation.columns
    .filter((item) => item.generated && item.name !== column && item.default !== null && mentions(item.default, column))
    .map((item) => item.name)
}

function mentions(expression: string, column: string): boolean {
  return new RegExp(`(?<![\\w"])"?${column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"?(?![\\w"])`).test(expression)
}
