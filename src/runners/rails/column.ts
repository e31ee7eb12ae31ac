import { textOf, type Value } from '../../languages/code/values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName, quoteText } from '../code/quoting.ts'
import type { Options } from './rails-options.ts'

/** Rails' names for types that differ from PostgreSQL's (PostgreSQLAdapter::NATIVE_DATABASE_TYPES). */
const nativeTypes: Record<string, string> = {
  string: 'character varying',
  datetime: 'timestamp',
  binary: 'bytea',
  bit_varying: 'bit varying',
}

/** Types that Rails knows and sends with their limit; a type that it does not know is sent as it is written. */
const limited = new Set(['string', 'float', 'bit', 'bit_varying', 'citext', 'bigint', 'boolean', 'inet', 'uuid'])

const withPrecision = new Set(['datetime', 'timestamp', 'timestamptz', 'time', 'interval'])

/** A column as `CREATE TABLE` and `ADD` define it. Calls `value` for lambdas in defaults. */
export function columnSql(name: string, type: string, options: Options, version: number, value: Evaluate): string {
  if (type === 'primary_key') return `${quoteName(name)} ${version < 51 ? 'serial' : 'bigserial'} primary key`
  if (type === 'virtual') return `${quoteName(name)} ${generated(options, version)}`
  const key = options.isTrue('primary_key')
  const sqlType = key && !options.has('default') ? keyType(type, options) : typeSql(type, options, version)
  let sql = `${quoteName(name)} ${sqlType}`
  const collation = options.text('collation')
  if (collation !== null) sql += ` COLLATE "${collation}"`
  const notNull = key || options.isFalse('null')
  const given = options.value('default')
  const missing = given?.kind === 'constant' && given.value === null
  if (given && !(missing && notNull)) sql += ` DEFAULT ${defaultSql(given, type, options, value)}`
  if (notNull) sql += ' NOT NULL'
  return key ? `${sql} PRIMARY KEY` : sql
}

export type Evaluate = (value: Value) => Value

/** A type with its limit, precision or scale. */
export function typeSql(type: string, options: Options, version: number): string {
  const sql = baseType(type, options, version)
  return options.isTrue('array') ? `${sql}[]` : sql
}

function baseType(type: string, options: Options, version: number): string {
  const limit = options.text('limit')
  const precision = options.text('precision')
  const native = nativeTypes[type] ?? type
  if (type === 'enum')
    return options.text('enum_type') ?? options.text('enum_name') ?? raise('the enum type is not known')
  if (type === 'integer') return integerType(limit)
  if (type === 'binary' || type === 'text') return native
  if (type === 'decimal') {
    const scale = options.text('scale')
    return precision === null ? native : `${native}(${precision}${scale === null ? '' : `,${scale}`})`
  }
  if (withPrecision.has(type)) {
    const usual =
      version >= 70 &&
      (type === 'datetime' || type === 'timestamp' || type === 'timestamptz') &&
      !options.has('precision')
    return usual ? `${native}(6)` : precision === null ? native : `${native}(${precision})`
  }
  return limit === null || !limited.has(type) ? native : `${native}(${limit})`
}

function integerType(limit: string | null): string {
  const bytes = limit === null ? 4 : Number(limit)
  return bytes <= 2 ? 'smallint' : bytes <= 4 ? 'integer' : 'bigint'
}

function keyType(type: string, options: Options): string {
  if (type === 'bigint' || (type === 'integer' && options.text('limit') === '8')) return 'bigserial'
  return type === 'integer' ? 'serial' : typeSql(type, options, 71)
}

function generated(options: Options, version: number): string {
  const type = options.text('type') ?? raise('the type of a generated column is not known')
  const expression = options.text('as') ?? raise('the expression of a generated column is not known')
  return `${typeSql(type, options, version)} GENERATED ALWAYS AS (${expression})${options.isTrue('stored') ? ' STORED' : ''}`
}

/** A default as Rails quotes it for this type. */
export function defaultSql(given: Value, type: string, options: Options, evaluate: Evaluate): string {
  if (given.kind === 'function') return textOf(evaluate(given)) ?? raise('a default that is not known')
  if (given.kind === 'constant') {
    if (given.value === null) return 'NULL'
    return /^(string|text)$/.test(type) ? quoteText(given.value ? 't' : 'f') : given.value ? 'TRUE' : 'FALSE'
  }
  if (given.kind === 'number') return /^(string|text)$/.test(type) ? quoteText(given.text) : given.text
  if (given.kind === 'text') return textDefault(given.text, type, options)
  if (given.kind === 'list') {
    const items = given.items.map((item) => textOf(item) ?? raise('a default that is not known'))
    return /^jsonb?$/.test(type) && !options.isTrue('array')
      ? quoteText(JSON.stringify(items))
      : quoteText(`{${items.map((item) => (/^[\w.-]+$/.test(item) ? item : `"${item}"`)).join(',')}}`)
  }
  if (given.kind === 'dict') return quoteText(JSON.stringify(plainOf(given)))
  return raise('a default that is not known')
}

function textDefault(text: string, type: string, options: Options): string {
  if (options.isTrue('array')) return quoteText(text)
  if (type === 'uuid' && text.includes('()')) return text
  if (/^(integer|bigint)$/.test(type)) return String(Number.parseInt(text, 10) || 0)
  if (type === 'boolean') return /^(|f|false|0|off)$/i.test(text) ? (text === '' ? 'NULL' : 'FALSE') : 'TRUE'
  if (/^(decimal|float|numeric)$/.test(type) && /^-?[\d.]+$/.test(text)) return text
  if (/^jsonb?$/.test(type)) return quoteText(JSON.stringify(text))
  return quoteText(text)
}

function plainOf(value: Value): unknown {
  if (value.kind === 'text') return value.text
  if (value.kind === 'number') return Number(value.text)
  if (value.kind === 'constant') return value.value
  if (value.kind === 'list') return value.items.map(plainOf)
  if (value.kind === 'dict') return Object.fromEntries([...value.entries].map(([key, item]) => [key, plainOf(item)]))
  return raise('a default that is not known')
}
