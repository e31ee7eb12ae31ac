import {
  absent,
  type Host,
  native,
  text,
  unknown,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { entriesOf, isFields, itemsOf, literal, optionalText, textOf, valueJson } from '../given.ts'
import { Unread } from '../script.ts'

/** A data type of Sequelize. */
export interface DataType extends Host {
  sql: string
  /** Labels of an enum. */
  labels: string[] | null
  /** Of an array: the type of its items. */
  items: DataType | null
}

/** `Sequelize.literal()`, `fn()` and `col()`: SQL as it is. */
interface SqlPart extends Host {
  part: () => string
}

export function isType(value: Value | undefined): value is DataType {
  return value?.kind === 'host' && 'labels' in value
}

export function isPart(value: Value | undefined): value is SqlPart {
  return value?.kind === 'host' && 'part' in value
}

function part(make: () => string): SqlPart {
  return { kind: 'host', name: 'SQL', sends: false, part: make }
}

const fixed: Record<string, string> = {
  CITEXT: 'CITEXT',
  INTEGER: 'INTEGER',
  BIGINT: 'BIGINT',
  SMALLINT: 'SMALLINT',
  TINYINT: 'TINYINT',
  MEDIUMINT: 'MEDIUMINT',
  FLOAT: 'FLOAT',
  REAL: 'REAL',
  DOUBLE: 'DOUBLE PRECISION',
  'DOUBLE PRECISION': 'DOUBLE PRECISION',
  BOOLEAN: 'BOOLEAN',
  TEXT: 'TEXT',
  DATE: 'TIMESTAMP WITH TIME ZONE',
  DATEONLY: 'DATE',
  TIME: 'TIME',
  HSTORE: 'HSTORE',
  JSON: 'JSON',
  JSONB: 'JSONB',
  BLOB: 'BYTEA',
  UUID: 'UUID',
  CIDR: 'CIDR',
  INET: 'INET',
  MACADDR: 'MACADDR',
  TSVECTOR: 'TSVECTOR',
}

/** Defaults that are values of the application, not of the column. */
const notSchemable = new Set(['NOW', 'UUIDV1', 'UUIDV4'])

const ranges: Record<string, string> = {
  INTEGER: 'int4range',
  BIGINT: 'int8range',
  DECIMAL: 'numrange',
  DATEONLY: 'daterange',
  DATE: 'tstzrange',
}

function typeNamed(name: string): DataType | null {
  const made = (sql: string, more: Partial<DataType> = {}): DataType => ({
    kind: 'host',
    name,
    sends: false,
    sql,
    labels: null,
    items: null,
    get: (key) => (/^(?:UNSIGNED|ZEROFILL|BINARY)$/.test(key) ? self() : key === 'key' ? text(name) : null),
    call: (args) => typeWith(name, args),
    construct: (args) => typeWith(name, args),
    ...more,
  })
  const self = (): DataType => made(base)
  const base =
    name === 'STRING'
      ? 'VARCHAR(255)'
      : name === 'CHAR'
        ? 'CHAR(255)'
        : name === 'DECIMAL' || name === 'NUMERIC'
          ? 'DECIMAL'
          : (fixed[name] ?? name)
  const isKnown =
    name in fixed ||
    /^(?:STRING|CHAR|DECIMAL|NUMERIC|ENUM|ARRAY|RANGE|GEOMETRY|GEOGRAPHY|VIRTUAL)$/.test(name) ||
    notSchemable.has(name)
  return isKnown ? self() : null
}

function typeWith(name: string, args: Value[]): DataType {
  const plain = typeNamed(name)
  if (!plain) throw new Unread(`the type ${name} is not known`)
  const [first, second] = args
  const numbers = args.filter(({ kind }) => kind === 'number' || kind === 'text').map(textOf)
  switch (name) {
    case 'STRING':
      return {
        ...plain,
        sql: `VARCHAR(${isFields(first) ? (optionalText(first.fields.get('length')) ?? '255') : (numbers[0] ?? '255')})`,
      }
    case 'CHAR':
      return { ...plain, sql: `CHAR(${numbers[0] ?? '255'})` }
    case 'DECIMAL':
    case 'NUMERIC': {
      const given = isFields(first)
        ? ['precision', 'scale'].flatMap((key) => optionalText(first.fields.get(key)) ?? [])
        : numbers
      return { ...plain, sql: given.length > 0 ? `DECIMAL(${given.join(',')})` : 'DECIMAL' }
    }
    case 'ENUM': {
      const values = isFields(first)
        ? itemsOf(first.fields.get('values'))
        : args.flatMap((value) => (value.kind === 'list' ? itemsOf(value) : [value]))
      return {
        ...plain,
        labels: values.map(textOf),
        sql: `ENUM(${values.map((value) => literal(textOf(value))).join(', ')})`,
      }
    }
    case 'ARRAY': {
      const inner = isFields(first) ? first.fields.get('type') : first
      if (!isType(inner)) throw new Unread('the type of an array is not known')
      return { ...plain, items: inner, labels: inner.labels, sql: `${inner.sql}[]` }
    }
    case 'RANGE':
      return { ...plain, sql: isType(first) ? (ranges[first.name] ?? 'int4range') : 'int4range' }
    case 'GEOMETRY':
    case 'GEOGRAPHY':
      return {
        ...plain,
        sql:
          numbers.length > 0
            ? `${name}(${[first, second].flatMap((item) => (item ? [textOf(item)] : [])).join(',')})`
            : name,
      }
    default:
      return plain
  }
}

/** The second argument of a migration, and the package: types, functions, operators. */
export function sequelizeStatics(): Host {
  const members: Record<string, Value> = {
    literal: native('literal', ([given = absent]) => part(() => textOf(given))),
    fn: native('fn', ([name = absent, ...args]) =>
      part(() => `${textOf(name)}(${args.map((value) => sqlValue(value)).join(', ')})`),
    ),
    col: native('col', ([given = absent]) => part(() => quoteAll(textOf(given)))),
    cast: native('cast', ([given = absent, type = absent]) =>
      part(() => `CAST(${sqlValue(given)} AS ${textOf(type).toUpperCase()})`),
    ),
    QueryTypes: { kind: 'host', name: 'QueryTypes', sends: false, get: (key) => text(key) },
    Op: { kind: 'host', name: 'Op', sends: false, get: (key) => text(`Op.${key}`) },
    Deferrable: { kind: 'host', name: 'Deferrable', sends: false, get: (key) => text(key) },
  }
  const host: Host = {
    kind: 'host',
    name: 'Sequelize',
    sends: false,
    get: (key) => {
      if (/^(?:DataTypes|Sequelize|default)$/.test(key)) return host
      return members[key] ?? typeNamed(key) ?? unknown(`\`Sequelize.${key}\` is known only when the code runs`)
    },
    construct: () => unknown('a new connection of Sequelize'),
  }
  return host
}

/** A value as Sequelize writes it into SQL. */
export function sqlValue(value: Value, type: DataType | null = null): string {
  if (isPart(value)) return value.part()
  switch (value.kind) {
    case 'null':
    case 'undefined':
      return 'NULL'
    case 'number':
    case 'boolean':
      return String(value.value)
    case 'list': {
      if (type && !type.items && /^JSON/.test(type.sql)) return literal(valueJson(value))
      const items = itemsOf(value).map((item) => sqlValue(item, type?.items ?? null))
      return type?.items ? `ARRAY[${items.join(',')}]::${type.sql}` : items.join(', ')
    }
    case 'fields':
      return literal(valueJson(value))
    default:
      return literal(textOf(value))
  }
}

/** Whether a default is written into the column's definition. */
export function isSchemable(value: Value | undefined): value is Value {
  if (value === undefined || value.kind === 'undefined' || value.kind === 'closure') return false
  if (isType(value)) return !notSchemable.has(value.name)
  return !(value.kind === 'host' && !isPart(value))
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '')}"`
}

/** A name with a schema. */
export function quoteAll(name: string): string {
  return name.split('.').map(quote).join('.')
}

/** `WHERE` of an object, or of SQL as it is. */
export function conditions(where: Value | undefined, joint = ' AND '): string {
  if (where === undefined || where.kind === 'undefined' || where.kind === 'null') return ''
  if (isPart(where)) return where.part()
  return entriesOf(where)
    .map(([key, value]) => condition(key, value))
    .filter((name) => name !== '')
    .join(joint)
}

const operators: Record<string, string> = {
  'Op.ne': '!=',
  'Op.gt': '>',
  'Op.gte': '>=',
  'Op.lt': '<',
  'Op.lte': '<=',
  'Op.like': 'LIKE',
  'Op.iLike': 'ILIKE',
  'Op.eq': '=',
  'Op.notLike': 'NOT LIKE',
}

function condition(key: string, value: Value): string {
  if (key === 'Op.and' || key === 'Op.or') {
    const joint = key === 'Op.and' ? ' AND ' : ' OR '
    const parts = value.kind === 'list' ? itemsOf(value).map((item) => conditions(item)) : [conditions(value, joint)]
    return `(${parts.join(joint)})`
  }
  const name = quoteAll(key)
  if (value.kind === 'null') return `${name} IS NULL`
  if (value.kind === 'list')
    return `${name} IN (${itemsOf(value)
      .map((item) => sqlValue(item))
      .join(', ')})`
  if (isFields(value) && [...value.fields.keys()].some((word) => word.startsWith('Op.')))
    return entriesOf(value)
      .map(([operator, operand]) => {
        if (operator === 'Op.in' || operator === 'Op.notIn')
          return `${name} ${operator === 'Op.in' ? 'IN' : 'NOT IN'} (${itemsOf(operand)
            .map((item) => sqlValue(item))
            .join(', ')})`
        if (operand.kind === 'null')
          return `${name} ${operator === 'Op.ne' || operator === 'Op.not' ? 'IS NOT NULL' : 'IS NULL'}`
        if (operator === 'Op.not') return `${name} IS NOT ${sqlValue(operand)}`
        const symbol = operators[operator]
        if (symbol === undefined) throw new Unread(`the operator ${operator} is not read`)
        return `${name} ${symbol} ${sqlValue(operand)}`
      })
      .join(' AND ')
  return `${name} = ${sqlValue(value)}`
}
