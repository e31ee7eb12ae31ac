import type { DropStmt, RefreshMatViewStmt, ReindexStmt } from '@pgsql/types'
import { qualifiedName } from '../sql/walk.ts'
import { faithful } from './faithful.ts'
import { tableSql } from './names.ts'
import { type NoWay, noWay, outside, type Way, way } from './plan.ts'
import type { PlanContext, Subject } from './subject.ts'

/** REINDEX: CONCURRENTLY (from 12; on partitioned tables from 14). */
export function rebuildConcurrently(node: ReindexStmt, subject: Subject, { catalog }: PlanContext): Way | NoWay | null {
  if ((node.params ?? []).some((param) => 'DefElem' in param && param.DefElem.defname === 'concurrently')) return null
  if (!catalog.behaves('reindex-can-be-concurrent')) return noWay('REINDEX CONCURRENTLY exists since PostgreSQL 12.')
  if (node.kind === 'REINDEX_OBJECT_SYSTEM') return noWay('System catalogs cannot be reindexed CONCURRENTLY.')
  const relations = subject.effects.map(({ effect }) => catalog.current(effect.relation))
  if (!catalog.behaves('reindex-takes-partitions') && relations.some(({ kind }) => kind === 'partitioned table')) {
    return noWay('Before PostgreSQL 14 a partitioned table is reindexed partition by partition.')
  }
  const name = node.relation ? { schema: node.relation.schemaname ?? null, name: node.relation.relname ?? '' } : null
  const index = node.kind === 'REINDEX_OBJECT_INDEX' && name ? catalog.findIndex(name.schema, name.name) : null
  const behind = (relation: (typeof relations)[number], own: string): boolean =>
    relation.constraints.some((constraint) => constraint.kind === 'exclusion' && constraint.index === own)
  const excluded = index
    ? behind(index.relation, index.index.name)
    : relations.some((relation) => relation.constraints.some(({ kind }) => kind === 'exclusion'))
  if (excluded) return noWay('The index of an exclusion constraint cannot be rebuilt CONCURRENTLY.')
  const params = [
    ...(node.params ?? []),
    { DefElem: { defname: 'concurrently', defaction: 'DEFELEM_UNSPEC' as const } },
  ]
  const sql = faithful({ ReindexStmt: { ...node, params } })
  if (sql === null) return noWay('It could not be written again.')
  // CONCURRENTLY skips indexes that are INVALID; the statement itself makes them valid.
  const invalid = index
    ? []
    : relations.flatMap((relation) =>
        relation.indexes
          .filter(({ valid }) => !valid)
          .map(
            ({ name: own }) =>
              `REINDEX INDEX CONCURRENTLY ${tableSql({ schema: relation.schema, name: own }, catalog)};`,
          ),
      )
  return way({
    pattern: 'rebuild-concurrently',
    summary: 'Rebuild it CONCURRENTLY, outside a transaction: reads and writes go on meanwhile.',
    prepare: [
      outside(
        [sql],
        undefined,
        'A rebuild that fails leaves an INVALID index whose name ends in _ccnew: drop it CONCURRENTLY, then run this again.',
      ),
      ...invalid.map((text) => outside([text])),
    ],
  })
}

/** DROP INDEX: each CONCURRENTLY; null where that does not exist. */
export function dropConcurrently(node: DropStmt, { catalog, made }: PlanContext): Way | null {
  if (node.concurrent || node.behavior === 'DROP_CASCADE') return null
  const names = (node.objects ?? []).map((object) => qualifiedName('List' in object ? object.List.items : undefined))
  // Its successor is built first; then they are exchanged.
  if (names.some(({ name }) => made.has(name))) return null
  const found = names.map(({ schema, name }) => catalog.findIndex(schema, name))
  if (found.some((item) => item?.relation.kind === 'partitioned table')) return null
  const each = (node.objects ?? []).map((object) =>
    faithful({ DropStmt: { ...node, objects: [object], concurrent: true } }),
  )
  if (each.includes(null)) return null
  return way({
    pattern: 'drop-concurrently',
    summary: 'Drop it CONCURRENTLY, outside a transaction: no query waits for it.',
    prepare: (each as string[]).map((sql) => outside([sql])),
  })
}

/** REFRESH MATERIALIZED VIEW: CONCURRENTLY, where a unique index tells its rows apart. */
export function refreshConcurrently(node: RefreshMatViewStmt, { catalog }: PlanContext): Way | NoWay | null {
  if (node.concurrent || node.skipData) return null
  const view = catalog.find(node.relation?.schemaname ?? null, node.relation?.relname ?? '')
  if (!view) return null
  const unique = view.indexes.some(
    (index) => index.unique && index.valid && index.predicate === null && !index.keys.includes(null),
  )
  if (!unique)
    return noWay('REFRESH CONCURRENTLY needs a unique index over plain columns of the whole view, and there is none.')
  return way({
    pattern: 'refresh-concurrently',
    summary: 'Refresh it CONCURRENTLY: reads go on meanwhile.',
    prepare: [outside([`REFRESH MATERIALIZED VIEW CONCURRENTLY ${tableSql(view, catalog)};`])],
  })
}
