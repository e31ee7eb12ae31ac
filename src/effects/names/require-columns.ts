import type { Catalog } from '../../catalog/catalog.ts'
import { type Column, columnOf, type Relation } from '../../catalog/relation.ts'
import { missingColumn, StatementFails } from '../model/server-errors.ts'
import { systemColumns } from './query-scope.ts'

/** Fails when the relation's columns are known and one of these is not among them. */
export function requireColumns(relation: Relation, names: string[], message?: (name: string) => string): void {
  if (!relation.known) return
  for (const name of names) {
    if (!columnOf(relation, name) && !systemColumns.has(name)) {
      const failure = missingColumn(relation, name)
      throw message ? new StatementFails(failure.sqlstate, message(name), failure.object) : failure
    }
  }
}

/** As {@link requireColumns} for a column that is changed: no system column can be. */
export function requireColumn(relation: Relation, name: string): void {
  if (relation.known && !columnOf(relation, name)) throw missingColumn(relation, name)
}

/** Changes some fields of one column. */
export function changeColumn(catalog: Catalog, relation: Relation, name: string, fields: Partial<Column>): void {
  const now = catalog.current(relation)
  const columns = now.columns.map((column) => (column.name === name ? { ...column, ...fields } : column))
  catalog.put({ ...now, columns })
}
