import { textOf, type Value } from '../../languages/code/values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName, quoteText } from '../code/quoting.ts'

/** `table(:x, prefix: "p")` and its kin: a call that Ecto keeps as data. */
export interface EctoObject {
  kind: 'table' | 'index' | 'constraint' | 'references' | 'fragment'
  args: Value[]
  named: Map<string, Value>
}

export function objectIn(value: Value | undefined): EctoObject | null {
  return value?.kind === 'tool' && value.tag === 'ecto' ? (value.data as EctoObject) : null
}

/** The name of a table, with its prefix. */
export function tableSql(args: Value[], named: Map<string, Value>): string {
  const prefix = named.get('prefix')
  const text = textOf(prefix)
  if (prefix && text === null && !(prefix.kind === 'constant' && prefix.value === null))
    return raise('the prefix is not known')
  return `${text === null ? '' : `${quoteName(text)}.`}${quoteName(nameOf(args[0]))}`
}

export function nameOf(value: Value | undefined): string {
  return textOf(value) ?? raise(value?.kind === 'unknown' ? value.reason : 'a name that is not known')
}

/** Ecto's names for types in PostgreSQL's (Ecto.Adapters.Postgres.Connection, ecto_to_db). */
const types: Record<string, string> = {
  id: 'integer',
  identity: 'bigint',
  binary_id: 'uuid',
  string: 'varchar',
  binary: 'bytea',
  map: 'jsonb',
  time: 'time(0)',
  time_usec: 'time',
  utc_datetime: 'timestamp(0)',
  utc_datetime_usec: 'timestamp',
  naive_datetime: 'timestamp(0)',
  naive_datetime_usec: 'timestamp',
  duration: 'interval',
  decimal: 'numeric',
}

export function typeSql(value: Value | undefined, options: Map<string, Value>): string {
  if (value?.kind === 'list') {
    const [kind, inner] = value.items
    if (textOf(kind) === 'array') return `${typeSql(inner, options)}[]`
    return textOf(kind) === 'map' ? 'jsonb' : raise('the type of a column is not known')
  }
  const name = nameOf(value)
  const size = textOf(options.get('size'))
  const precision = textOf(options.get('precision'))
  const scale = textOf(options.get('scale'))
  const base = types[name] ?? name
  if (size !== null) return `${base}(${size})`
  if (precision !== null) return `${base}(${precision},${scale ?? '0'})`
  return name === 'string' ? 'varchar(255)' : base
}

/** The type of a column that refers to another table. */
function referenceType(reference: EctoObject, options: Map<string, Value>): string {
  const type = reference.named.get('type')
  const name = textOf(type) ?? 'bigserial'
  const counted: Record<string, string> = { bigserial: 'bigint', serial: 'integer', id: 'bigint', identity: 'bigint' }
  return counted[name] ?? typeSql(type, options)
}

/** A column as `CREATE TABLE` and `ADD COLUMN` define it, and the constraint that a reference adds. */
export function columnSql(
  table: string,
  name: string,
  type: Value | undefined,
  options: Map<string, Value>,
): { column: string; constraint: string | null } {
  const reference = objectIn(type)
  const sqlType = reference ? referenceType(reference, options) : typeSql(type, options)
  const generated = textOf(options.get('generated'))
  const column = `${quoteName(name)} ${sqlType}${generated === null ? '' : ` GENERATED ${generated}`}${columnOptions(sqlType, options)}`
  return { column, constraint: reference ? referenceSql(table, name, reference) : null }
}

function columnOptions(type: string, options: Map<string, Value>): string {
  const fallback = options.get('default')
  const nullable = options.get('null')
  const collation = textOf(options.get('collation'))
  const words = nullable?.kind === 'constant' ? (nullable.value === false ? ' NOT NULL' : ' NULL') : ''
  return `${collation === null ? '' : ` COLLATE ${quoteName(collation)}`}${fallback ? ` DEFAULT ${defaultSql(fallback, type)}` : ''}${words}`
}

export function defaultSql(value: Value, type: string): string {
  const fragment = objectIn(value)
  if (fragment) return nameOf(fragment.args[0])
  if (value.kind === 'constant') return value.value === null ? 'NULL' : String(value.value)
  if (value.kind === 'number') return value.text
  if (value.kind === 'text') return quoteText(value.text)
  if (value.kind === 'dict') return quoteText('{}')
  if (value.kind === 'list' && value.items.length === 0) return `ARRAY[]::${type}`
  if (value.kind === 'list') return `ARRAY[${value.items.map((item) => defaultSql(item, type)).join(', ')}]::${type}`
  return raise('a default that is not known')
}

/** The constraint of a reference: `posts_author_id_fkey`. */
export function referenceSql(table: string, column: string, { args, named }: EctoObject): string {
  const name = textOf(named.get('name')) ?? `${table}_${column}_fkey`
  const more = named.get('with')
  const [local, remote] = [[column], [textOf(named.get('column')) ?? 'id']]
  if (more?.kind === 'dict') {
    for (const [own, other] of more.entries) {
      local.push(own)
      remote.push(nameOf(other))
    }
  }
  const prefix = textOf(named.get('prefix'))
  const target = `${prefix === null ? '' : `${quoteName(prefix)}.`}${quoteName(nameOf(args[0]))}`
  const names = (columns: string[]): string => columns.map(quoteName).join(', ')
  const invalid = named.get('validate')
  const notValid = invalid?.kind === 'constant' && invalid.value === false ? ' NOT VALID' : ''
  const match = textOf(named.get('match'))
  return `CONSTRAINT ${quoteName(name)} FOREIGN KEY (${names(local)}) REFERENCES ${target} (${names(remote)})${match === null ? '' : ` MATCH ${match.toUpperCase()}`}${action(named, 'on_delete', 'DELETE')}${action(named, 'on_update', 'UPDATE')}${notValid}`
}

function action(named: Map<string, Value>, option: string, word: string): string {
  const value = named.get(option)
  const name = value?.kind === 'list' ? textOf(value.items[0]) : textOf(value)
  const actions: Record<string, string> = {
    nilify_all: 'SET NULL',
    nilify: 'SET NULL',
    default_all: 'SET DEFAULT',
    delete_all: 'CASCADE',
    update_all: 'CASCADE',
    restrict: 'RESTRICT',
  }
  const sql = name === null ? undefined : actions[name]
  return sql ? ` ON ${word} ${sql}` : ''
}
