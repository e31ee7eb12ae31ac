import { columnOf } from '../catalog/relation.ts'
import type { ColumnExchange } from './column-exchange.ts'

/**
 * Returns why the column of a partition cannot be exchanged with its parent's; null when it has only what it inherits.
 * The exchange is written on the parent, so that anything of the partition alone would be lost with the old column.
 */
export function ownBelow({ relation, column, name, context }: ColumnExchange): string | null {
  for (const below of context.catalog.withDescendants(relation).slice(1)) {
    const { definition } = below
    const own = columnOf(below, name)
    const about = definition?.columns.find((item) => item.name === name)
    if (!definition || !own || !about) return `What hangs on the column of ${below.name} was not read.`
    const differs = own.default !== column.default || own.notNull !== column.notNull
    const said = about.comment !== null || about.grants.length > 0 || about.target !== null || about.options.length > 0
    if (differs || said || about.local) {
      return `The column of ${below.name} has a default, comment, grant or setting that its parent’s has not.`
    }
    const indexed = below.indexes.some(({ uses, keys, include }) => [...uses, ...keys, ...include].includes(name))
    if (indexed) return `An index of ${below.name} reads the column.`
    const local = new Set(definition.constraints.flatMap((item) => (item.local ? [item.name] : [])))
    const constraint = below.constraints.find((item) => item.columns.includes(name) && local.has(item.name))
    if (constraint) return `The constraint ${constraint.name} of ${below.name} reads the column.`
    const dependent = definition.dependents.find((item) => item.column === name && item.kind !== 'pg_constraint')
    if (dependent) return `An object that hangs on ${below.name} reads the column.`
  }
  return null
}
