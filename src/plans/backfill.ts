import { columnOf, type Relation } from '../catalog/relation.ts'
import { keyWalk, type RangeWork } from './key-walk.ts'
import { tableSql } from './names.ts'
import { pageWalk } from './page-walk.ts'
import type { PlanContext } from './subject.ts'

/** The columns that tell rows apart in an order that an index has: the primary key, or a unique index without nulls. */
export function walkedKey(relation: Relation): string[] | null {
  const primary = relation.constraints.find((constraint) => constraint.kind === 'primary key')
  if (primary && primary.columns.length > 0) return primary.columns
  const unique = relation.indexes.find(
    (index) =>
      index.unique &&
      index.valid &&
      index.method === 'btree' &&
      index.predicate === null &&
      index.keys.length > 0 &&
      index.keys.every((key) => key !== null && columnOf(relation, key)?.notNull),
  )
  return unique ? unique.keys.flatMap((key) => key ?? []) : null
}

/** The tables that are walked one by one: partitions share the parent’s key, children by inheritance and tables without a key do not. */
export function walkedTables(relation: Relation, { catalog }: PlanContext, only: boolean): Relation[] {
  const family = only ? [catalog.current(relation)] : catalog.withDescendants(relation)
  if (family.length === 1) return family
  if (relation.kind === 'partitioned table' && walkedKey(relation) !== null) return [catalog.current(relation)]
  return family.filter(({ kind }) => kind === 'table')
}

/** The block that writes one table in ranges. */
export function walk(relation: Relation, work: RangeWork, { catalog }: PlanContext): string {
  const name = tableSql(relation, catalog)
  const key = walkedKey(relation)
  return key === null ? pageWalk(name, catalog.behaves('ctid-range-reads-its-pages'), work) : keyWalk(name, key, work)
}

/** `ONLY` where children are walked by themselves. */
export function walkedName(relation: Relation, { catalog }: PlanContext): string {
  const name = tableSql(relation, catalog)
  return catalog.children(relation).length > 0 && relation.kind === 'table' ? `ONLY ${name}` : name
}

/** Row triggers that fire when rows are updated or deleted, and what to say of them. */
export function firing(relations: Relation[], verb: 'UPDATE' | 'DELETE', columns: string[] | null): string[] {
  const names = relations.flatMap((relation) =>
    relation.triggers.flatMap(({ name, enabled, definition }) => {
      if (!enabled || !/FOR EACH ROW/i.test(definition)) return []
      const events = /\b(?:BEFORE|AFTER|INSTEAD OF)\b(.*?)\bON\b/is.exec(definition)?.[1] ?? ''
      if (!new RegExp(`\\b${verb}\\b`).test(events)) return []
      const only = /\bUPDATE OF (.*)$/is.exec(events)?.[1]
      if (
        columns &&
        only &&
        !columns.some((column) => new RegExp(`(^|[\\s,"])${escaped(column)}($|[\\s,"])`).test(only))
      )
        return []
      return [name]
    }),
  )
  return [...new Set(names)]
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
