import type { ColumnDef } from '@pgsql/types'
import type { Constraint, Relation } from '../../catalog/relation.ts'
import { quoteName } from '../../sql/quote.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { freeName, storedName } from '../names/object-names.ts'

/**
 * From 18 every NOT NULL column has a constraint, which DROP, RENAME and VALIDATE CONSTRAINT take by its name. Gives one to
 * each column that lacks it (AddRelationNotNullConstraints in heap.c).
 */
export function nameNotNulls(context: StatementContext, target: Relation): void {
  const { catalog } = context
  if (!catalog.behaves('not-null-is-a-constraint')) return
  const relation = catalog.current(target)
  if (!['table', 'partitioned table', 'foreign table'].includes(relation.kind) || !relation.known) return
  const named = new Set(relation.constraints.flatMap(({ kind, columns }) => (kind === 'not null' ? columns : [])))
  const missing = relation.columns.filter((column) => column.notNull && !named.has(column.name))
  for (const { name } of missing) {
    const now = catalog.current(relation)
    catalog.change(now, { constraints: [...now.constraints, notNullOf(name, nameOf(context, now, name))] })
  }
}

/** Takes the name that a column definition gives to its NOT NULL. */
export function keepNotNullName(context: StatementContext, target: Relation, node: ColumnDef): void {
  const { catalog } = context
  if (!catalog.behaves('not-null-is-a-constraint')) return
  for (const constraint of node.constraints ?? []) {
    if (!('Constraint' in constraint) || constraint.Constraint.contype !== 'CONSTR_NOTNULL') continue
    const { conname } = constraint.Constraint
    const now = catalog.current(target)
    const made = notNullOf(node.colname ?? '', storedName(conname ?? ''))
    if (conname) catalog.change(now, { constraints: [...now.constraints, made] })
  }
}

function notNullOf(column: string, name: string): Constraint {
  const definition = `NOT NULL ${quoteName(column)}`
  return {
    name,
    kind: 'not null',
    columns: [column],
    validated: true,
    definition,
    deferrable: false,
    references: null,
    index: null,
  }
}

/** A partition's and a child's has its parent's name. */
function nameOf({ catalog }: StatementContext, relation: Relation, column: string): string {
  const parents = [...(relation.partitionOf ? [relation.partitionOf.relation] : []), ...relation.inherits]
  for (const id of parents) {
    const above = catalog
      .get(id)
      ?.constraints.find((constraint) => constraint.kind === 'not null' && constraint.columns.includes(column))
    if (above && !relation.constraints.some(({ name }) => name === above.name)) return above.name
  }
  return freeName(relation.name, [column], 'not_null', (name) => catalog.constraintNameTaken(relation.schema, name))
}
