import { createHash } from 'node:crypto'
import type { Value } from '../../../languages/javascript/javascript-values.ts'
import { field, isOn, itemsOf, literal, optionalText, textOf, textsOf } from '../given.ts'

/** TypeORM's tables, columns and constraints as its builder calls hand them over (0.2 to 1.1). */

export interface Column {
  name: string
  type: string
  fullType: string
  isNullable: boolean
  isPrimary: boolean
  isUnique: boolean
  isArray: boolean
  /** `increment`, `uuid`, `identity`, `rowid`; null when it is not generated. */
  generated: string | null
  default: string | null
  enum: string[] | null
  enumName: string | null
  comment: string | null
  primaryKeyName: string | null
  /** Of a stored generated column. */
  expression: string | null
  collation: string | null
  precision: string | null
  identity: string | null
}

export interface ForeignKey {
  name: string | null
  columns: string[]
  table: string
  references: string[]
  options: string
}

export interface Index {
  name: string | null
  columns: string[]
  isUnique: boolean
  isConcurrent: boolean
  method: string | null
  where: string | null
}

export interface Constraint {
  name: string | null
  columns: string[]
  expression: string
  options: string
}

export interface Table {
  name: string
  /** False for a table that the file did not make: only what the file did to it is known. */
  isWhole: boolean
  columns: Column[]
  foreignKeys: ForeignKey[]
  indices: Index[]
  uniques: Constraint[]
  checks: Constraint[]
  exclusions: Constraint[]
  comment: string | null
}

/** The table of `new Table({…})`. */
export function tableOf(value: Value): Table {
  const list = <T>(name: string, make: (item: Value) => T): T[] => itemsOf(field(value, name)).map(make)
  const schema = optionalText(field(value, 'schema'))
  const name = textOf(field(value, 'name'))
  return {
    name: schema !== null && !name.includes('.') ? `${schema}.${name}` : name,
    isWhole: true,
    columns: list('columns', columnOf),
    foreignKeys: list('foreignKeys', foreignKeyOf),
    indices: list('indices', indexOf),
    uniques: list('uniques', constraintOf),
    checks: list('checks', constraintOf),
    exclusions: list('exclusions', constraintOf),
    comment: optionalText(field(value, 'comment')),
  }
}

/** The column of `new TableColumn({…})`. */
export function columnOf(value: Value): Column {
  const given = field(value, 'type')
  const type =
    given?.kind === 'host'
      ? ({ Number: 'integer', String: 'varchar', Boolean: 'boolean', Date: 'timestamp' }[given.name] ?? '')
      : textOf(given)
  const isPrimary = isOn(field(value, 'isPrimary'))
  const isGenerated = isOn(field(value, 'isGenerated'))
  const made = {
    length: optionalText(field(value, 'length')),
    precision: optionalText(field(value, 'precision')),
    scale: optionalText(field(value, 'scale')),
    isArray: isOn(field(value, 'isArray')),
  }
  return {
    name: textOf(field(value, 'name')),
    type,
    fullType: fullTypeOf(type, {
      ...made,
      spatial: optionalText(field(value, 'spatialFeatureType')),
      srid: optionalText(field(value, 'srid')),
    }),
    isNullable: isOn(field(value, 'isNullable')),
    isPrimary,
    isUnique: isOn(field(value, 'isUnique')),
    isArray: made.isArray,
    generated: isGenerated ? (optionalText(field(value, 'generationStrategy')) ?? 'increment') : null,
    default: optionalText(field(value, 'default')),
    enum: field(value, 'enum') === undefined ? null : textsOf(field(value, 'enum')),
    enumName: optionalText(field(value, 'enumName')),
    comment: optionalText(field(value, 'comment')),
    primaryKeyName: optionalText(field(value, 'primaryKeyConstraintName')),
    expression:
      optionalText(field(value, 'generatedType')) === 'STORED' ? optionalText(field(value, 'asExpression')) : null,
    collation: optionalText(field(value, 'collation')),
    precision: made.precision,
    identity: optionalText(field(value, 'generatedIdentity')),
  }
}

const zoned: Record<string, [string, string]> = {
  'time without time zone': ['TIME', ''],
  'time with time zone': ['TIME', ' WITH TIME ZONE'],
  'timestamp without time zone': ['TIMESTAMP', ''],
  'timestamp with time zone': ['TIMESTAMP', ' WITH TIME ZONE'],
}

function fullTypeOf(
  type: string,
  {
    length,
    precision,
    scale,
    isArray,
    spatial,
    srid,
  }: Record<'length' | 'precision' | 'scale' | 'spatial' | 'srid', string | null> & { isArray: boolean },
): string {
  const suffix = isArray ? ' array' : ''
  const zone = zoned[type]
  if (zone) return `${zone[0]}${precision === null ? '' : `(${precision})`}${zone[1]}${suffix}`
  if (spatial !== null && srid !== null) return `${type}(${spatial},${srid})${suffix}`
  const numbers = length || (precision === null ? null : scale === null ? precision : `${precision},${scale}`)
  return `${type}${numbers ? `(${numbers})` : ''}${suffix}`
}

export function foreignKeyOf(value: Value): ForeignKey {
  const schema = optionalText(field(value, 'referencedSchema'))
  const table = textOf(field(value, 'referencedTableName'))
  const option = (words: string, name: string): string => {
    const given = optionalText(field(value, name))
    return given ? ` ${words} ${given}` : ''
  }
  return {
    name: optionalText(field(value, 'name')),
    columns: textsOf(field(value, 'columnNames')),
    table: schema !== null && !table.includes('.') ? `${schema}.${table}` : table,
    references: textsOf(field(value, 'referencedColumnNames')),
    options: option('ON DELETE', 'onDelete') + option('ON UPDATE', 'onUpdate') + option('DEFERRABLE', 'deferrable'),
  }
}

export function indexOf(value: Value): Index {
  return {
    name: optionalText(field(value, 'name')),
    columns: textsOf(field(value, 'columnNames')),
    isUnique: isOn(field(value, 'isUnique')),
    isConcurrent: isOn(field(value, 'isConcurrent')),
    method: isOn(field(value, 'isSpatial')) ? 'gist' : optionalText(field(value, 'type')),
    where: optionalText(field(value, 'where')),
  }
}

export function constraintOf(value: Value): Constraint {
  const deferrable = optionalText(field(value, 'deferrable'))
  const columns = field(value, 'columnNames')
  return {
    name: optionalText(field(value, 'name')),
    columns: columns === undefined ? [] : textsOf(columns),
    expression: optionalText(field(value, 'expression')) ?? '',
    options: deferrable === null ? '' : ` DEFERRABLE ${deferrable}`,
  }
}

/** A table or its name, as most calls take it. */
export function tableName(value: Value | undefined): string {
  if (value?.kind !== 'fields') return textOf(value)
  const schema = optionalText(field(value, 'schema'))
  const name = textOf(field(value, 'name'))
  return schema !== null && !name.includes('.') ? `${schema}.${name}` : name
}

/** A column, index or constraint, or its name. */
export function nameOf(value: Value | undefined): string {
  return value?.kind === 'fields' ? textOf(field(value, 'name')) : textOf(value)
}

/** The name that TypeORM generates: the first 26 or 27 hexadecimal digits of the SHA-1 of table and columns. */
export function generatedName(
  prefix: 'PK' | 'FK' | 'UQ' | 'IDX' | 'CHK' | 'XCL',
  table: string,
  parts: string[],
): string {
  const name = table.slice(table.lastIndexOf('.') + 1)
  const hash = createHash('sha1')
    .update([name, ...parts].join('_'))
    .digest('hex')
  return `${prefix}_${hash.slice(0, prefix.length === 2 ? 27 : 26)}`
}

/** `"schema"."table"`; public is not written, it is the search path's. */
export function pathOf(table: string): string {
  const [schema, name] = table.split('.')
  if (name === undefined) return `"${schema}"`
  return schema === 'public' ? `"${name}"` : `"${schema}"."${name}"`
}

export function isSame(a: Column, b: Column): boolean {
  return a.fullType === b.fullType && a.generated === b.generated && a.expression === b.expression
}

/** Names in quotes, with commas. */
export function list(names: string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}

export function comment(words: string | null): string {
  return words ? literal(words) : 'NULL'
}
