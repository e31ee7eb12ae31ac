import {
  absent,
  asText,
  concatenated,
  fields,
  type Host,
  native,
  sliced,
  type Text,
  text,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { entriesOf, field, isFields, isOn, isSet, itemsOf, literal, optionalText, textOf, textsOf } from '../given.ts'
import type { Script } from '../script.ts'

type Call = (args: Value[]) => (Value | string)[]

/** The types of `dbm.dataType`, as db-migrate-shared names them. */
export const dataTypes: Record<string, string> = {
  CHAR: 'char',
  STRING: 'string',
  TEXT: 'text',
  SMALLINT: 'smallint',
  BIGINT: 'bigint',
  INTEGER: 'int',
  SMALL_INTEGER: 'smallint',
  BIG_INTEGER: 'bigint',
  REAL: 'real',
  DATE: 'date',
  DATE_TIME: 'datetime',
  TIME: 'time',
  BLOB: 'blob',
  TIMESTAMP: 'timestamp',
  BINARY: 'binary',
  BOOLEAN: 'boolean',
  DECIMAL: 'decimal',
}

const printed: Record<string, string> = {
  string: 'VARCHAR',
  datetime: 'TIMESTAMP',
  blob: 'BYTEA',
  int: 'INTEGER',
}

/** The `db` of a migration for PostgreSQL (db-migrate-pg 1.5). Each call sends and then calls its callback. */
export function database(script: Script): Host {
  const host = (names: string[]): Value => ({
    kind: 'host',
    name: 'db',
    sends: true,
    get: (key) => {
      if (Object.hasOwn(calls, key)) return { ...native(`db.${key}`, (args) => sent(key, args)), sends: true }
      if (key === 'all') return native('db.all', (args) => sent('runSql', args))
      if (key === 'connection' || key === '_meta') return host([...names, key])
      return native(`db.${key}`, () => {
        script.unread(`it calls \`db.${key}()\`, which Lockcast does not know`)
        return absent
      })
    },
  })
  const sent = (key: string, args: Value[]): Value => {
    const last = args.at(-1)
    const isCallback = last?.kind === 'closure' || (last?.kind === 'host' && last.call !== undefined)
    const result = script.send(() => calls[key]!(isCallback ? args.slice(0, -1) : args))
    return isCallback && last ? script.machine.settle(script.machine.call(last, [{ kind: 'null' }, result])) : result
  }
  return host([]) as Host
}

const calls: Record<string, Call> = {
  runSql: ([given = absent, ...parameters]) => [parameters.length > 0 ? numbered(given) : given],
  createTable: ([table, options]) => createTable(textOf(table), options),
  dropTable: ([table, options]) => [
    `DROP TABLE ${isFields(options) && isOn(field(options, 'ifExists')) ? 'IF EXISTS' : ''} ${quoted(textOf(table))}`,
  ],
  renameTable: ([table, now]) => [`ALTER TABLE "${textOf(table)}" RENAME TO "${textOf(now)}"`],
  addColumn: ([table, column, spec = absent]) => {
    const { definition, after } = columnOf(textOf(table), textOf(column), spec, false)
    return [`ALTER TABLE ${quoted(textOf(table))} ADD COLUMN ${definition} `, ...after]
  },
  removeColumn: ([table, column]) => [`ALTER TABLE "${textOf(table)}" DROP COLUMN "${textOf(column)}"`],
  renameColumn: ([table, old, now]) => [
    `ALTER TABLE "${textOf(table)}" RENAME COLUMN "${textOf(old)}" TO "${textOf(now)}"`,
  ],
  changeColumn: ([table, column, spec = absent]) => changeColumn(textOf(table), textOf(column), spec),
  addIndex: ([table, name, columns, unique]) => [
    `CREATE ${isOn(unique) ? 'UNIQUE' : ''} INDEX "${textOf(name)}" ON "${textOf(table)}" (${textsOf(columns).map(quoted).join(', ')})`,
  ],
  removeIndex: ([first, second]) => [`DROP INDEX "${textOf(second ?? first)}"`],
  addForeignKey: ([table, target, name, mapping, rules]) => [
    foreignKey(textOf(table), textOf(target), textOf(name), mapping, rules),
  ],
  removeForeignKey: ([table, name]) => [`ALTER TABLE "${textOf(table)}" DROP CONSTRAINT "${textOf(name)}"`],
  truncate: ([table]) => [`TRUNCATE "${textOf(table)}"`],
  insert: ([table, columns, values]) => [insert(textOf(table), columns, values)],
  switchDatabase: ([given]) => [
    `SET search_path TO ${textOf(isFields(given) ? (field(given, 'schema') ?? field(given, 'database')) : given)}`,
  ],
  createDatabase: ([name]) => [`CREATE DATABASE ${quoted(textOf(name))} `],
  dropDatabase: ([name]) => [`DROP DATABASE  ${quoted(textOf(name))}`],
}

/** db-migrate takes `?` for parameters and sends `$1`. */
function numbered(given: Value): Value {
  const made = asText(given)
  if (made.kind !== 'text') return made
  const parts: Text[] = []
  let [from, number] = [0, 0]
  for (let at = made.value.indexOf('?'); at >= 0; at = made.value.indexOf('?', from)) {
    parts.push(sliced(made, from, at), text(`$${++number}`))
    from = at + 1
  }
  return concatenated([...parts, sliced(made, from, made.value.length)])
}

function createTable(table: string, options: Value | undefined): string[] {
  const inner = field(options, 'columns')
  const entries = entriesOf(isFields(inner) && !inner.fields.has('type') ? inner : options)
  const keys = entries.filter(([, spec]) => isFields(spec) && isOn(field(spec, 'primaryKey')))
  const columns = entries.map(([name, spec]) => columnOf(table, name, spec, keys.length === 1))
  const key = keys.length > 1 ? `, PRIMARY KEY (${keys.map(([name]) => quoted(name)).join(', ')})` : ''
  const ifNotExists = isFields(inner) && isOn(field(options, 'ifNotExists')) ? 'IF NOT EXISTS' : ''
  return [
    `CREATE TABLE ${ifNotExists} ${quoted(table)} (${columns.map(({ definition }) => definition).join(', ')}${key}) `,
    // The tool takes them from the end of its list.
    ...columns.flatMap(({ after }) => after).reverse(),
  ]
}

/** A column's definition, and what is sent after the statement that makes it. */
function columnOf(
  table: string,
  name: string,
  given: Value,
  withKey: boolean,
): { definition: string; after: string[] } {
  const spec = isFields(given) ? given : fields([['type', given]])
  const [, zoned] = /^(time|timestamp)tz$/.exec(textOf(field(spec, 'type'))) ?? []
  const type = zoned ?? textOf(field(spec, 'type'))
  const isKey = isOn(field(spec, 'primaryKey'))
  const isSerial = isKey && isOn(field(spec, 'autoIncrement'))
  const length = optionalText(field(spec, 'length'))
  const value = field(spec, 'defaultValue')
  const key = field(spec, 'foreignKey')
  const comment = optionalText(field(spec, 'comment'))
  const words = [
    zoned !== undefined || isOn(field(spec, 'timezone')) ? 'WITH TIME ZONE' : '',
    isSerial ? (type === 'bigint' ? 'BIGSERIAL' : 'SERIAL') : '',
    isKey && withKey ? 'PRIMARY KEY' : '',
    isSet(field(spec, 'notNull')) === true ? 'NOT NULL' : '',
    isOn(field(spec, 'unique')) ? 'UNIQUE' : '',
    value === undefined ? '' : `DEFAULT ${defaultOf(value)}`,
  ]
  return {
    definition: [
      quoted(name),
      isSerial ? '' : typeOf(type),
      length === null ? '' : `(${length})`,
      words.filter((word) => word !== '').join(' '),
    ].join(' '),
    after: [
      ...(comment === null ? [] : [`COMMENT on COLUMN ${table}.${name} IS '${comment}'`]),
      ...(key === undefined ? [] : [boundKey(table, name, key)]),
    ],
  }
}

function boundKey(table: string, column: string, key: Value): string {
  const mapping = field(key, 'mapping')
  const columns = isFields(mapping) ? mapping : fields([[column, mapping ?? absent]])
  return foreignKey(table, textOf(field(key, 'table')), textOf(field(key, 'name')), columns, field(key, 'rules'))
}

function foreignKey(
  table: string,
  target: string,
  name: string,
  mapping: Value | undefined,
  rules: Value | undefined,
): string {
  const columns = entriesOf(mapping)
  const rule = (words: string): string => (isFields(rules) ? optionalText(field(rules, words)) : null) ?? 'NO ACTION'
  return `ALTER TABLE "${table}" ADD CONSTRAINT "${name}" FOREIGN KEY (${columns.map(([own]) => quoted(own)).join(', ')}) REFERENCES "${target}" (${columns.map(([, other]) => quoted(textOf(other))).join(', ')}) ON DELETE ${rule('onDelete')} ON UPDATE ${rule('onUpdate')}`
}

function changeColumn(table: string, column: string, spec: Value): string[] {
  const alter = (words: string): string => `ALTER TABLE "${table}" ALTER COLUMN "${column}" ${words}`
  const unique = isSet(field(spec, 'unique'))
  const key = `${table}_${column}_key`
  const value = field(spec, 'defaultValue')
  const type = optionalText(field(spec, 'type'))
  const length = optionalText(field(spec, 'length'))
  const using = type === null ? '' : (optionalText(field(spec, 'using')) ?? `USING "${column}"::${typeOf(type)}`)
  return [
    alter(`${isSet(field(spec, 'notNull')) === true ? 'SET' : 'DROP'} NOT NULL`),
    ...(unique === true ? [`ALTER TABLE "${table}" ADD CONSTRAINT "${key}" UNIQUE ("${column}")`] : []),
    ...(unique === false ? [`ALTER TABLE "${table}" DROP CONSTRAINT "${key}"`] : []),
    alter(value === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${defaultOf(value)}`),
    ...(type === null ? [] : [alter(`TYPE ${typeOf(type)} ${length === null ? '' : `(${length})`} ${using}`)]),
  ]
}

function defaultOf(value: Value): string {
  if (isFields(value)) return optionalText(field(value, 'prep')) ?? textOf(field(value, 'special'))
  return value.kind === 'text' ? `'${textOf(value)}'` : textOf(value)
}

function insert(table: string, columns: Value | undefined, values: Value | undefined): string {
  const rows = itemsOf(values ?? columns)
  const isRows = rows.every(isFields)
  const names =
    values !== undefined ? textsOf(columns) : isFields(rows[0]) ? entriesOf(rows[0]).map(([name]) => name) : []
  const shown = (value: Value | undefined): string =>
    value?.kind === 'text' ? literal(textOf(value)) : value ? textOf(value) : 'null'
  const all = isRows ? rows.map((row) => names.map((name) => shown(field(row, name)))) : [rows.map(shown)]
  return `INSERT INTO ${quoted(table)} (${names.map(quoted).join(',')}) VALUES ${all.map((row) => `(${row.join(',')})`).join(',')};`
}

function typeOf(type: string): string {
  return printed[type] ?? type.toUpperCase()
}

function quoted(name: string): string {
  return name.startsWith('"') ? name : `"${name}"`
}
