import { type Column, columnOf, type Index, type Relation } from '../catalog/relation.ts'

/** Bytes of a value that is not null: as the statistics say, else by its type. */
export function valueWidth(column: Column | null): number {
  if (column?.statistics) return column.statistics.averageWidth
  const fixed = Object.entries(typeWidths).find(([name]) => column?.type.startsWith(name))
  return fixed?.[1] ?? 32
}

const typeWidths = {
  smallint: 2,
  integer: 4,
  bigint: 8,
  boolean: 1,
  real: 4,
  'double precision': 8,
  date: 4,
  time: 8,
  uuid: 16,
  numeric: 8,
} as const

/** Text and its kin are compared byte by byte or by a collation. */
export function isText(column: Column | null): boolean {
  return /^(text|character|varchar|citext|name)/.test(column?.type ?? '')
}

/** Bytes of a row in the heap, its header and line pointer included. */
export function rowWidth(relation: Relation): number {
  const { rows, heapBytes } = relation.size
  if (rows && heapBytes) return heapBytes / rows
  return 28 + relation.columns.reduce((sum, column) => sum + valueWidth(column), 0)
}

/** Bytes of one index tuple: header, key and included columns, aligned to 8. */
export function tupleWidth(index: Index, relation: Relation): number {
  const keys = index.keys.map((name) => (name === null ? 16 : valueWidth(columnOf(relation, name))))
  const included = index.include.map((name) => valueWidth(columnOf(relation, name)))
  return Math.ceil((8 + [...keys, ...included].reduce((sum, width) => sum + width, 0)) / 8) * 8
}

/** Distinct keys among so many rows; as many as rows where the statistics are silent. */
export function distinctKeys(index: Index, relation: Relation, rows: number): number {
  if (index.unique || index.keys.includes(null)) return rows
  const product = index.keys.reduce((all, name) => {
    const distinct = columnOf(relation, name ?? '')?.statistics?.distinct ?? 0
    return all * (distinct === 0 ? rows : distinct > 0 ? distinct : -distinct * rows)
  }, 1)
  return Math.max(1, Math.min(rows, product))
}

/** Values that come from a sequence lie in the order of the table, as far as nothing was updated since. */
export function comesInOrder(index: Index, relation: Relation): boolean {
  const column = columnOf(relation, index.keys[0] ?? '')
  return column !== null && (column.identity !== null || /^nextval\(/.test(column.default ?? ''))
}
