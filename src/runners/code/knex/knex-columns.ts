import { text, type Value } from '../../../languages/javascript/javascript-values.ts'
import { field, isFields, isOn, isSet, literal, optionalText, textOf, textsOf, valueJson } from '../given.ts'
import { isRaw, wrap } from './raw.ts'

/** A column of a table callback, with what its chain says. */
export interface Column {
  type: string
  args: Value[]
  nullable: boolean | null
  default: Value | undefined
  comment: Value | null
  isAltered: boolean
  alters: { nullable: boolean; type: boolean }
  checks: { method: string; args: Value[] }[]
}

interface Around {
  /** The table has a primary key by `primary()`. */
  hasKey: boolean
  /** Statements that come before the table's own: enum types. */
  before: string[]
  schema: string | null
}

/** `"name" type null default …`. */
export function columnDefinition(column: Column, around: Around): string {
  const isSerial = /increments/i.test(column.type)
  const modifiers = isSerial
    ? []
    : [
        ...(column.nullable === null ? [] : [column.nullable ? 'null' : 'not null']),
        ...(column.default === undefined ? [] : [defaultTo(column)]),
        ...column.checks.map((check) => checkOf(column, check)),
      ]
  return [wrap(column.args[0] ?? text('id')), columnType(column, around), ...modifiers].join(' ')
}

const plain: Record<string, string> = {
  int: 'integer',
  integer: 'integer',
  mediumint: 'integer',
  bigint: 'bigint',
  biginteger: 'bigint',
  smallint: 'smallint',
  tinyint: 'smallint',
  bool: 'boolean',
  boolean: 'boolean',
  double: 'double precision',
  float: 'real',
  real: 'real',
  date: 'date',
  time: 'time',
  binary: 'bytea',
  json: 'json',
  jsonb: 'jsonb',
  text: 'text',
  tinytext: 'text',
  mediumtext: 'text',
  longtext: 'text',
  geometry: 'geometry',
  geography: 'geography',
  point: 'point',
  serial: 'serial',
}

export function columnType({ type, args }: Column, { hasKey, before, schema }: Around): string {
  const kind = type.toLowerCase()
  const [name = text('id'), first, second] = args
  const number = (value: Value | undefined, fallback: number): string => optionalText(value) ?? String(fallback)
  const key = (options: Value | undefined, byDefault: boolean): string =>
    (options && isFields(options) ? isOn(field(options, 'primaryKey')) : byDefault) && !hasKey ? ' primary key' : ''
  switch (kind) {
    case 'increments':
      return `serial${key(first, true)}`
    case 'bigincrements':
      return `bigserial${key(first, true)}`
    case 'uuid':
      return `uuid${key(first, false)}`
    case 'string':
    case 'varchar':
      return `varchar(${number(first, 255)})`
    case 'char':
      return `char(${number(first, 255)})`
    case 'decimal':
      return first?.kind === 'null' ? 'decimal' : `decimal(${number(first, 8)}, ${number(second, 2)})`
    case 'bit':
      return first ? `bit(${textOf(first)})` : 'bit'
    case 'specifictype':
      return isRaw(first) ? textOf(first.inline()) : textOf(first)
    case 'datetime':
    case 'timestamp': {
      const options = isFields(first) ? first : null
      const useTz = options ? (isSet(field(options, 'useTz')) ?? true) : !isOn(first)
      const precision = optionalText(options ? field(options, 'precision') : second)
      return `${useTz ? 'timestamptz' : 'timestamp'}${precision === null ? '' : `(${precision})`}`
    }
    case 'enu':
    case 'enum':
      return enumType(name, first, second, before, schema)
    default:
      return plain[kind] ?? kind
  }
}

function enumType(
  name: Value,
  allowed: Value | undefined,
  options: Value | undefined,
  before: string[],
  schema: string | null,
): string {
  const isNative = isFields(options) && isOn(field(options, 'useNative'))
  const values = (): string => textsOf(allowed).join("', '")
  if (!isNative) return `text check (${wrap(name)} in ('${values()}'))`
  const own = optionalText(field(options, 'schemaName')) ?? schema
  const type = `${own === null ? '' : `"${own}".`}"${textOf(field(options, 'enumName'))}"`
  if (!isOn(field(options, 'existingType'))) before.push(`create type ${type} as enum ('${values()}')`)
  return type
}

export function defaultTo({ default: value, type }: Column): string {
  if (value === undefined || value.kind === 'undefined') return ''
  if (value.kind === 'null') return 'default null'
  if (isRaw(value)) return `default ${textOf(value.inline())}`
  // The columns of `timestamps(true, true)`.
  if (isFields(value) && value.fields.has('now')) return 'default CURRENT_TIMESTAMP'
  if (/^bool/.test(type))
    return `default '${isOn(value) && !(value.kind === 'text' && value.value === 'false') ? 1 : 0}'`
  if (value.kind === 'fields' || value.kind === 'list') return `default '${valueJson(value)}'`
  return `default ${literal(textOf(value))}`
}

function checkOf({ args }: Column, { method, args: given }: Column['checks'][number]): string {
  const name = wrap(args[0] ?? text('id'))
  const [first, second, third] = given
  const constraint = (value: Value | undefined): string =>
    value && optionalText(value) !== null ? `constraint ${textOf(value)} ` : ''
  const shown = (value: Value): string => (value.kind === 'text' ? literal(textOf(value)) : textOf(value))
  const list = (value: Value | undefined): string => (value?.kind === 'list' ? value.items.map(shown).join(',') : '')
  switch (method) {
    case 'checkPositive':
      return `${constraint(first)}check (${name} > 0)`
    case 'checkNegative':
      return `${constraint(first)}check (${name} < 0)`
    case 'checkIn':
      return `${constraint(second)}check (${name} in (${list(first)}))`
    case 'checkNotIn':
      return `${constraint(second)}check (${name} not in (${list(first)}))`
    case 'checkBetween': {
      const [low, high] = first?.kind === 'list' ? first.items : []
      return `${constraint(second)}check (${name} between ${low ? shown(low) : ''} and ${high ? shown(high) : ''})`
    }
    case 'checkLength':
      return `${constraint(third)}check (length(${name}) ${textOf(first)} ${textOf(second)})`
    case 'checkRegex':
      return `${constraint(second)}check (${name} ~ ${literal(textOf(first))})`
    default:
      return `check (${textOf(first)})`
  }
}
