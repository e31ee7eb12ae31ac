import type { DeleteStmt } from '@pgsql/types'
import type { Constraint, Relation } from '../catalog/relation.ts'
import { columnOf } from '../catalog/relation.ts'
import { quoteName } from '../sql/quote.ts'
import { rangeVars } from '../sql/walk.ts'
import { tableSql } from './names.ts'
import type { PlanContext } from './subject.ts'

/** Checks before a DELETE by ranges, so that it deletes nothing where the statement itself would be refused. */
type Refusals = { kind: 'looks'; raises: string[] } | { kind: 'no way'; reason: string }

/** Foreign keys that refuse, also those of rows that a cascade takes along. */
export function refusals(
  relation: Relation,
  node: DeleteStmt,
  where: string | null,
  using: string,
  context: PlanContext,
): Refusals {
  const { catalog } = context
  const alias = quoteName(node.relation?.alias?.aliasname ?? node.relation?.relname ?? relation.name)
  const table = `${node.relation?.inh !== true ? 'ONLY ' : ''}${tableSql(relation, catalog)} AS ${alias}`
  const raises: string[] = []
  const reached = new Set<number>()
  const follow = (parent: Relation, gone: (columns: string[]) => string, depth: number): string | null => {
    reached.add(parent.id)
    if (depth > 5) return 'Its foreign keys cascade too deep to be followed.'
    for (const child of catalog.referencing(parent)) {
      // A partition’s copy of its parent’s key.
      if (child.partitionOf && child.constraints.some((key) => isCopy(key, child, parent, context))) continue
      for (const key of child.constraints) {
        if (key.references?.relation !== parent.id) continue
        const { columns, onDelete } = key.references
        const own = key.columns.map((column) => `child.${quoteName(column)}`).join(', ')
        const matching = `FROM ${tableSql(child, catalog)} AS child WHERE (${own}) IN (${gone(columns)})`
        if (onDelete === 'cascade') {
          if (reached.has(child.id)) {
            if (child.id === parent.id) continue
            return 'Its foreign keys lead back to a table that they came from.'
          }
          const next = (wanted: string[]): string =>
            `SELECT ${wanted.map((column) => `child.${quoteName(column)}`).join(', ')} ${matching}`
          const reason = follow(child, next, depth + 1)
          if (reason !== null) return reason
          continue
        }
        if (child.id === relation.id)
          return 'The table refers to itself: a row may only go together with those that refer to it.'
        const nulls = onDelete === 'set null' && key.columns.every((column) => !columnOf(child, column)?.notNull)
        if (nulls) continue
        if (onDelete === 'set default') return 'A foreign key sets a default, which may be refused.'
        raises.push(
          `IF EXISTS (SELECT ${matching}) THEN`,
          `  RAISE foreign_key_violation USING MESSAGE = 'Rows of ${quoteForText(tableSql(child, catalog))} still refer to rows to be deleted: nothing was deleted.';`,
          'END IF;',
        )
      }
    }
    return null
  }
  const condition = where === null ? '' : ` WHERE ${where}`
  const gone = (columns: string[]): string =>
    `SELECT ${columns.map((column) => `${alias}.${quoteName(column)}`).join(', ')} FROM ${table}${using === '' ? '' : `, ${using}`}${condition}`
  const reason = catalog
    .withDescendants(relation)
    .map((descendant, i) => follow(descendant, gone, i === 0 ? 0 : 1))
    .find((item) => item !== null)
  if (reason) return { kind: 'no way', reason }
  const { relation: _, ...rest } = node
  const read = rangeVars(rest).flatMap(
    ({ schemaname, relname }) => catalog.find(schemaname ?? null, relname ?? '') ?? [],
  )
  if (read.some(({ id }) => id !== relation.id && reached.has(id))) {
    return { kind: 'no way', reason: 'It reads a table whose rows go along by a foreign key.' }
  }
  return { kind: 'looks', raises }
}

function isCopy(key: Constraint, child: Relation, parent: Relation, { catalog }: PlanContext): boolean {
  const above = child.partitionOf && catalog.get(child.partitionOf.relation)
  return (
    key.references?.relation === parent.id &&
    (above?.constraints.some(
      (constraint) => constraint.references?.relation === parent.id && constraint.columns.join() === key.columns.join(),
    ) ??
      false)
  )
}

function quoteForText(name: string): string {
  return name.replaceAll("'", "''")
}
