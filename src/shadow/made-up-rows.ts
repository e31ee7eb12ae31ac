import type { CatalogSnapshot, SnapshotColumn, SnapshotRelation } from '../catalog/snapshot.ts'
import { quoteName } from '../sql/quote.ts'

/**
 * The kind of values that are made up: `wild` has nulls, doubles and negative numbers; the others have none of them, and
 * texts of one form, for statements that the data would refuse otherwise.
 */
export type RowsKind = (typeof rowsKinds)[number]

export const rowsKinds = ['wild', 'digits', 'dates', 'uuids', 'words'] as const

/** A prime: stepping by another number meets every value once. */
const rows = 211

/**
 * Statements that fill tables with made-up rows, each row by itself: what a constraint refuses is left out. Tables that others
 * reference come first.
 */
export function madeUpRows(relations: SnapshotRelation[], snapshot: CatalogSnapshot, kind: RowsKind): string[] {
  const tables = relations.filter((relation) => relation.kind === 'table' || relation.kind === 'partitioned table')
  return inOrder(tables.filter(({ partitionOf }) => partitionOf === null)).flatMap((table) => {
    const columns = table.columns.filter(({ generated, identity }) => generated === null && identity === null)
    if (columns.length === 0) return [`INSERT INTO ${nameOf(table)} SELECT FROM generate_series(1, ${rows})`]
    const names = columns.map(({ name }) => quoteName(name)).join(', ')
    const values = columns.map((column, at) => madeUpValue(column, at, table, relations, snapshot, kind))
    // Three tries for each row: with other values where a constraint refuses the first.
    return [
      `DO $made_up$
BEGIN
  FOR i IN 1..${rows} LOOP
    FOR t IN 0..2 LOOP
      BEGIN
        INSERT INTO ${nameOf(table)} (${names}) OVERRIDING SYSTEM VALUE VALUES (${values.join(', ')});
        EXIT;
      EXCEPTION WHEN others THEN
        NULL;
      END;
    END LOOP;
  END LOOP;
END
$made_up$`,
    ]
  })
}

function nameOf({ schema, name }: SnapshotRelation): string {
  return `${quoteName(schema)}.${quoteName(name)}`
}

/** Referenced tables first; in a circle as they come. */
function inOrder(tables: SnapshotRelation[]): SnapshotRelation[] {
  const done: SnapshotRelation[] = []
  const add = (table: SnapshotRelation, path: SnapshotRelation[]): void => {
    if (done.includes(table) || path.includes(table)) return
    for (const { references } of table.constraints) {
      const other = references && tables.find(({ id }) => id === references.relation)
      if (other) add(other, [...path, table])
    }
    done.push(table)
  }
  for (const table of tables) add(table, [])
  return done
}

/** An expression over `i`, the number of the row, and `t`, the number of the try. */
function madeUpValue(
  column: SnapshotColumn,
  at: number,
  table: SnapshotRelation,
  relations: SnapshotRelation[],
  snapshot: CatalogSnapshot,
  kind: RowsKind,
): string {
  const isKey = table.constraints.some(
    (constraint) =>
      constraint.kind === 'primary key' && constraint.columns[0] === column.name && constraint.columns.length === 1,
  )
  const isWild = kind === 'wild'
  const number = isKey
    ? isWild
      ? '(i - 40)'
      : 'i'
    : isWild
      ? `(((i * ${7 + at}) % 97) - 20 + t * 21)`
      : `(1 + (i * ${7 + at}) % ${rows})`
  const named = constantsFor(column, table, relations)
  const reference = referenceOf(column, table, relations)
  const value = reference
    ? `(SELECT r.${quoteName(reference.column)} FROM ${nameOf(reference.table)} r OFFSET (i * ${3 + at}) % greatest(1, (SELECT count(*) FROM ${nameOf(reference.table)})) LIMIT 1)`
    : named.length > 0
      ? `(ARRAY[${named.join(', ')}])[1 + (i + t) % ${named.length}]::${column.type}`
      : typed(column.type, number, kind, snapshot)
  return column.notNull || !isWild || isKey ? value : `CASE WHEN (i + ${at}) % 9 = 0 THEN NULL ELSE ${value} END`
}

/** The table and column that a foreign key of this one column names, where it was read. */
function referenceOf(
  { name }: SnapshotColumn,
  { id, constraints }: SnapshotRelation,
  relations: SnapshotRelation[],
): { table: SnapshotRelation; column: string } | null {
  for (const { references, columns } of constraints) {
    const place = columns.indexOf(name)
    if (!references || place < 0) continue
    const table = relations.find((relation) => relation.id === references.relation)
    const column = references.columns[place]
    if (table && table.id !== id && column !== undefined) return { table, column }
  }
  return null
}

/** Constants that checks, and the bounds of partitions, name for the column. */
function constantsFor(
  { name, type }: SnapshotColumn,
  table: SnapshotRelation,
  relations: SnapshotRelation[],
): string[] {
  if (table.partitionKey !== null && new RegExp(`\\b${escaped(name)}\\b`).test(table.partitionKey)) {
    const bounds = relations.flatMap(({ partitionOf }) =>
      partitionOf?.relation === table.id ? [partitionOf.bound] : [],
    )
    const found = bounds.flatMap((bound) => literalsIn(bound.replace(/ TO \(.*$/s, '')))
    if (found.length > 0) return [...new Set(found)]
  }
  const isText = /^(text|character|citext|public\.citext)/.test(type)
  const checks = table.constraints.filter(
    ({ kind, columns }) => kind === 'check' && columns.length === 1 && columns[0] === name,
  )
  const found = checks.flatMap(({ definition }) => (/~|regexp|length/i.test(definition) ? [] : literalsIn(definition)))
  return isText ? [...new Set(found.filter((constant) => constant.startsWith("'")))] : []
}

function literalsIn(text: string): string[] {
  return text.match(/'(?:[^']|'')*'|(?<![\w.'])-?\d+(?:\.\d+)?(?![\w.'])/g) ?? []
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function typed(type: string, number: string, kind: RowsKind, snapshot: CatalogSnapshot): string {
  const base = type.replace(/\(.*?\)/, '').trim()
  if (base.endsWith('[]')) return `ARRAY[${typed(base.slice(0, -2), number, kind, snapshot)}]::${type}`
  const user = snapshot.types.find(
    ({ schema, name }) => base === name || base.replaceAll('"', '') === `${schema}.${name}`,
  )
  if (user?.kind === 'enum')
    return `(ARRAY[${user.labels.map((label) => `'${label.replaceAll("'", "''")}'`).join(', ')}])[1 + abs(${number}) % ${user.labels.length}]::${type}`
  if (user?.kind === 'domain' && user.base !== null) return `(${typed(user.base, number, kind, snapshot)})::${type}`
  switch (base) {
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'numeric':
    case 'real':
    case 'double precision':
    case 'money':
      return `${number}::${type}`
    case 'boolean':
      return `(${number} % 2 = 0)`
    case 'uuid':
      return `md5((${number})::text)::uuid`
    case 'date':
    case 'timestamp without time zone':
    case 'timestamp with time zone':
      return `('2026-01-15'::date + (${number}) * interval '7 hours')::${type}`
    case 'time without time zone':
    case 'time with time zone':
      return `('08:00'::time + (${number}) * interval '7 minutes')::${type}`
    case 'interval':
      return `(${number}) * interval '1 hour'`
    case 'json':
    case 'jsonb':
      return `jsonb_build_object('a', ${number}, 'b', ARRAY[${number}])::${type}`
    case 'bytea':
      return `decode(md5((${number})::text), 'hex')`
    case 'inet':
    case 'cidr':
      return `('10.0.0.' || abs(${number}) % 250)::${type}`
    case 'bit':
    case 'bit varying':
      return `(${number})::int::bit(32)::${type}`
    case 'point':
      return `point(${number}, ${number})`
    case 'tsvector':
      return `to_tsvector('simple', 'word ' || ${number})`
    default:
      return `(${textOf(number, kind)})::${type}`
  }
}

function textOf(number: string, kind: RowsKind): string {
  switch (kind) {
    case 'wild':
      return `CASE WHEN i % 5 = 0 THEN 'Ä ' || ${number} WHEN i % 7 = 0 THEN '' ELSE (${number})::text END`
    case 'digits':
      return `(${number})::text`
    case 'dates':
      return `('2026-01-15'::date + (${number}))::text`
    case 'uuids':
      return `md5((${number})::text)::uuid::text`
    case 'words':
      return `'word ' || ${number}`
  }
}
