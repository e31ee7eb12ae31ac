import { literal } from '../given.ts'
import {
  type Column,
  type Constraint,
  comment,
  type ForeignKey,
  generatedName,
  type Index,
  list,
  pathOf,
  type Table,
} from './tables.ts'

/** The SQL of TypeORM's PostgresQueryRunner, checked against its own log (test/runners/tools). */

export function createTable(table: Table, withForeignKeys: boolean, withIndices: boolean): string[] {
  const path = pathOf(table.name)
  const named = (prefix: 'UQ' | 'CHK' | 'XCL', constraint: Constraint): string =>
    constraint.name ??
    generatedName(prefix, table.name, prefix === 'UQ' ? [...constraint.columns].sort() : [constraint.expression])
  const uniques = [
    ...table.uniques,
    ...table.columns
      .filter(
        (column) =>
          column.isUnique && !table.uniques.some(({ columns }) => columns.length === 1 && columns[0] === column.name),
      )
      .map((column) => ({ name: null, columns: [column.name], expression: '', options: '' })),
  ]
  const keys = table.columns.filter(({ isPrimary }) => isPrimary)
  const parts = [
    ...table.columns.map((column) => columnDefinition(table.name, column)),
    ...uniques.map((unique) => `CONSTRAINT "${named('UQ', unique)}" UNIQUE (${list(unique.columns)})${unique.options}`),
    ...table.checks.map((check) => `CONSTRAINT "${named('CHK', check)}" CHECK (${check.expression})`),
    ...table.exclusions.map(
      (exclusion) => `CONSTRAINT "${named('XCL', exclusion)}" EXCLUDE ${exclusion.expression}${exclusion.options}`,
    ),
    ...(withForeignKeys ? table.foreignKeys : []).map(
      (foreignKey) =>
        `CONSTRAINT "${foreignKeyName(table.name, foreignKey)}" FOREIGN KEY (${list(foreignKey.columns)}) REFERENCES ${pathOf(foreignKey.table)} (${list(foreignKey.references)})${foreignKey.options}`,
    ),
    ...(keys.length > 0
      ? [`CONSTRAINT "${primaryKeyName(table.name, keys)}" PRIMARY KEY (${list(keys.map(({ name }) => name))})`]
      : []),
  ]
  const comments = table.columns.flatMap((column) =>
    column.comment ? [`; COMMENT ON COLUMN ${path}."${column.name}" IS ${comment(column.comment)}`] : [],
  )
  const types = table.columns.flatMap((column) => (column.enum ? [createEnum(table.name, column)] : []))
  return [
    ...new Set(types),
    `CREATE TABLE ${path} (${parts.join(', ')})${comments.join('')}`,
    ...(withIndices ? table.indices.map((index) => createIndex(table.name, index)) : []),
    ...(table.comment ? [`COMMENT ON TABLE ${path} IS ${comment(table.comment)}`] : []),
  ]
}

/** The statements of addColumn; `keys` are the primary key's columns before it. */
export function addColumn(table: string, column: Column, keys: Column[]): string[] {
  const path = pathOf(table)
  const all = [...keys, column]
  return [
    ...(column.enum ? [createEnum(table, column)] : []),
    `ALTER TABLE ${path} ADD ${columnDefinition(table, column)}`,
    ...(column.isPrimary && keys.length > 0
      ? [`ALTER TABLE ${path} DROP CONSTRAINT "${primaryKeyName(table, keys)}"`]
      : []),
    ...(column.isPrimary
      ? [
          `ALTER TABLE ${path} ADD CONSTRAINT "${primaryKeyName(table, all)}" PRIMARY KEY (${list(all.map(({ name }) => name))})`,
        ]
      : []),
    ...(column.isUnique
      ? [`ALTER TABLE ${path} ADD CONSTRAINT "${generatedName('UQ', table, [column.name])}" UNIQUE ("${column.name}")`]
      : []),
    ...(column.comment ? [`COMMENT ON COLUMN ${path}."${column.name}" IS ${comment(column.comment)}`] : []),
  ]
}

/** The type of a column in its definition, with NOT NULL and the default. */
function columnDefinition(table: string, column: Column): string {
  const type = typeOf(table, column)
  const generated = column.expression === null ? '' : ` GENERATED ALWAYS AS (${column.expression}) STORED`
  const collation = column.collation === null ? '' : ` COLLATE "${column.collation}"`
  const byDefault = column.default ?? (column.generated === 'uuid' ? 'uuid_generate_v4()' : null)
  return `"${column.name}"${type}${generated}${collation}${column.isNullable ? '' : ' NOT NULL'}${byDefault === null ? '' : ` DEFAULT ${byDefault}`}`
}

function typeOf(table: string, column: Column): string {
  if (column.enum) return ` ${enumName(table, column)}${column.isArray ? ' array' : ''}`
  if (column.generated === 'identity') return ` ${column.type} GENERATED ${column.identity ?? 'BY DEFAULT'} AS IDENTITY`
  if (column.generated !== null && column.generated !== 'uuid') {
    if (['integer', 'int', 'int4'].includes(column.type)) return ' SERIAL'
    if (['smallint', 'int2'].includes(column.type)) return ' SMALLSERIAL'
    if (['bigint', 'int8'].includes(column.type)) return ' BIGSERIAL'
    return ''
  }
  return ` ${column.fullType}`
}

function enumName(table: string, column: Column, suffix = ''): string {
  const [schema, name] = partsOf(table)
  const own = `${column.enumName ?? `${name}_${column.name.toLowerCase()}_enum`}${suffix}`
  return `"${schema}"."${own}"`
}

function createEnum(table: string, column: Column): string {
  return `CREATE TYPE ${enumName(table, column)} AS ENUM(${(column.enum ?? []).map(literal).join(', ')})`
}

export function indexName(table: string, index: Index): string {
  return (
    index.name ?? generatedName('IDX', table, [...[...index.columns].sort(), ...(index.where ? [index.where] : [])])
  )
}

export function createIndex(table: string, index: Index): string {
  const name = indexName(table, index)
  const method = index.method === null ? '' : `USING ${index.method}`
  return `CREATE ${index.isUnique ? 'UNIQUE ' : ''}INDEX${index.isConcurrent ? ' CONCURRENTLY' : ''} "${name}" ON ${pathOf(table)} ${method} (${list(index.columns)}) ${index.where ? `WHERE ${index.where}` : ''}`
}

export function dropIndex(table: string, name: string, how: { isConcurrent: boolean; isIfExists: boolean }): string {
  const [schema] = partsOf(table)
  const words = `${how.isConcurrent ? 'CONCURRENTLY ' : ''}${how.isIfExists ? 'IF EXISTS ' : ''}`
  return `DROP INDEX ${words}"${schema}"."${name}"`
}

export function createForeignKey(table: string, foreignKey: ForeignKey): string {
  return `ALTER TABLE ${pathOf(table)} ADD CONSTRAINT "${foreignKeyName(table, foreignKey)}" FOREIGN KEY (${list(foreignKey.columns)}) REFERENCES ${pathOf(foreignKey.table)}(${foreignKey.references.map((name) => `"${name}"`).join(',')})${foreignKey.options}`
}

export function foreignKeyName(table: string, foreignKey: ForeignKey): string {
  return foreignKey.name ?? generatedName('FK', table, [...foreignKey.columns].sort())
}

export function primaryKeyName(table: string, keys: Column[]): string {
  return keys[0]?.primaryKeyName ?? generatedName('PK', table, keys.map(({ name }) => name).sort())
}

export function dropConstraint(table: string, name: string, isIfExists = false): string {
  return `ALTER TABLE ${pathOf(table)} DROP CONSTRAINT ${isIfExists ? 'IF EXISTS ' : ''}"${name}"`
}

/** ALTER COLUMN statements of changeColumn where the column stays: enum, NOT NULL, default, comment, key, uniqueness. */
export function alterColumn(table: string, before: Column, after: Column, addsValues: boolean): string[] {
  const path = pathOf(table)
  const alter = (column: string, words: string): string => `ALTER TABLE ${path} ALTER COLUMN "${column}" ${words}`
  const name = after.name
  const retyped = before.precision === after.precision ? [] : [alter(name, `TYPE ${after.fullType}`)]
  const enums = enumChange(table, before, after, addsValues, alter)
  const isDefaultDone = enums.some((sql) => sql.includes('DEFAULT'))
  return [
    ...retyped,
    ...enums,
    ...(before.isNullable === after.isNullable
      ? []
      : [alter(before.name, after.isNullable ? 'DROP NOT NULL' : 'SET NOT NULL')]),
    ...(before.comment === after.comment ? [] : [`COMMENT ON COLUMN ${path}."${name}" IS ${comment(after.comment)}`]),
    ...(before.isUnique === after.isUnique
      ? []
      : after.isUnique
        ? [`ALTER TABLE ${path} ADD CONSTRAINT "${generatedName('UQ', table, [name])}" UNIQUE ("${name}")`]
        : [dropConstraint(table, generatedName('UQ', table, [name]))]),
    ...(before.default === after.default || isDefaultDone
      ? []
      : [alter(name, after.default === null ? 'DROP DEFAULT' : `SET DEFAULT ${after.default}`)]),
  ]
}

function enumChange(
  table: string,
  before: Column,
  after: Column,
  addsValues: boolean,
  alter: (column: string, words: string) => string,
): string[] {
  const [old, now] = [before.enum, after.enum]
  if (!old || !now || (old.join('\0') === now.join('\0') && before.enumName === after.enumName)) return []
  const added = now.filter((label) => !old.includes(label))
  if (addsValues && old.every((label) => now.includes(label)) && added.length > 0)
    return added.map((label) => `ALTER TYPE ${enumName(table, before)} ADD VALUE ${literal(label)}`)
  const suffix = after.isArray ? '[]' : ''
  const kept = enumName(table, before, '_old')
  const made = enumName(table, after)
  return [
    `ALTER TYPE ${enumName(table, before)} RENAME TO ${kept.slice(kept.indexOf('.') + 1)}`,
    createEnum(table, after),
    ...(before.default === null ? [] : [alter(before.name, 'DROP DEFAULT')]),
    alter(after.name, `TYPE ${made}${suffix} USING "${after.name}"::"text"::${made}${suffix}`),
    ...(after.default === null ? [] : [alter(after.name, `SET DEFAULT ${after.default}`)]),
    `DROP TYPE ${kept}`,
  ]
}

/** Schema and name; a name alone is in the schema of the connection, which is public unless it is set. */
function partsOf(table: string): [string, string] {
  const [first = '', second] = table.split('.')
  return second === undefined ? ['public', first] : [first, second]
}
