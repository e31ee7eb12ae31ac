import type { Alias, ColumnRef } from '@pgsql/types'
import type { Column, Relation } from '../../catalog/relation.ts'
import { strings } from '../../sql/walk.ts'
import { ambiguousColumn, undefinedColumn, undefinedTable } from '../model/sqlstate-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'

/** An entry of FROM under the name the query gives it. */
export interface Source {
  /** Empty where the query gives none, or where it is not known. */
  name: string
  /** The relation's own name, which an alias hides. */
  table: string | null
  /** Null where they are not known. */
  columns: Column[] | null
  /** The relation it is, with the columns' own names in the same order; null for a subquery, a function, a join. */
  of: { relation: number; names: string[] } | null
}

/** The meanings of a column's name at one level of a query, and around it. */
export interface Scope {
  sources: Source[]
  /** Joined by USING or NATURAL: columns of both sides are one. */
  merged: boolean
  outer: Scope | null
}

/** The names that a query may use. */
export function scopeOf(sources: Source[], outer: Scope | null = null): Scope {
  return { sources, merged: false, outer }
}

/** A relation in FROM, under its alias. */
export function sourceOf(relation: Relation, alias: Alias | undefined): Source {
  const known = relation.known && relation.columns.length > 0 ? relation.columns : null
  const of = { relation: relation.id, names: relation.columns.map(({ name }) => name) }
  return { ...source(alias?.aliasname ?? relation.name, relation.name, known, alias), of }
}

/** With the column names of an alias: `AS t(a, b)`. */
export function source(name: string, table: string | null, columns: Column[] | null, alias: Alias | undefined): Source {
  const names = strings(alias?.colnames)
  if (!columns) return { name, table, columns: null, of: null }
  return { name, table, columns: columns.map((column, i) => ({ ...column, name: names[i] ?? column.name })), of: null }
}

/** Notes that the query reads these columns of an entry; all of them without a name. */
export function noteRead(context: StatementContext, { columns, of }: Source, name: string | null = null): void {
  if (!of || !columns) return
  columns.forEach((column, i) => {
    if (name === null || column.name === name) context.noteRead(of.relation, of.names[i] ?? column.name)
  })
}

/** Columns that every table has; `oid` was one to PostgreSQL 11. */
export const systemColumns = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid', 'oid'])

/**
 * The column that a name means, as parse_relation.c looks for it. Null where it may be one that the catalog does not
 * tell of. Fails as the server does where there is surely none, or more than one.
 */
export function columnFor(context: StatementContext, ref: ColumnRef, scope: Scope): Column | null {
  const names = strings(ref.fields)
  const star = (ref.fields ?? []).some((field) => 'A_Star' in field)
  if (star) return names.length === 0 ? null : ofSource(context, names, null, scope)
  const name = names.at(-1)
  if (name === undefined) return null
  return names.length === 1 ? unqualified(context, name, scope) : ofSource(context, names.slice(0, -1), name, scope)
}

function unqualified(context: StatementContext, name: string, scope: Scope): Column | null {
  for (let level: Scope | null = scope; level; level = level.outer) {
    const found = level.sources.flatMap((item) => item.columns?.filter((column) => column.name === name) ?? [])
    if (found.length > 1 && level === scope && !level.merged) {
      throw ambiguousColumn(`column reference "${name}" is ambiguous`)
    }
    for (const item of level.sources) noteRead(context, item, name)
    if (found[0]) return found[0]
    // An unknown relation may have it; and the name of an entry of FROM is its whole row.
    if (level.sources.some((item) => item.columns === null || item.name === name)) return null
  }
  if (systemColumns.has(name) || context.hasVariables) return null
  throw undefinedColumn(`column "${name}" does not exist`, { kind: 'column', name })
}

function ofSource(context: StatementContext, path: string[], name: string | null, scope: Scope): Column | null {
  const of = path.at(-1) ?? ''
  for (let level: Scope | null = scope; level; level = level.outer) {
    const [found] = level.sources.filter((item) => item.name === of)
    if (!found) continue
    if (name === null || found.columns === null) return null
    const column = found.columns.find((column) => column.name === name)
    noteRead(context, found, name)
    if (column) return column
    // `t.f` is also how f(t) may be written.
    if (systemColumns.has(name) || context.catalog.functions(null, name).length > 0) return null
    throw undefinedColumn(`column ${of}.${name} does not exist`, { kind: 'column', name: `${of}.${name}` })
  }
  const levels = levelsOf(scope)
  // `schema.table.column`, or an entry whose name is not known.
  if (path.length > 1 || context.hasVariables || levels.some(({ name: one }) => one === '')) return null
  const hidden = levels.some(({ table }) => table === of)
  throw undefinedTable(`${hidden ? 'invalid reference to' : 'missing'} FROM-clause entry for table "${of}"`, {
    kind: 'relation',
    name: of,
  })
}

function levelsOf(scope: Scope): Source[] {
  const found: Source[] = []
  for (let level: Scope | null = scope; level; level = level.outer) found.push(...level.sources)
  return found
}
