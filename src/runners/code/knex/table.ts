import {
  absent,
  fields as fieldsOf,
  type Host,
  native,
  text,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { field, isFields, isOn, isSet, itemsOf, literal, optionalText, textOf, textsOf } from '../given.ts'
import { Unread } from '../script.ts'
import { type Column, columnDefinition, columnType, defaultTo } from './knex-columns.ts'
import { isRaw, wrap } from './raw.ts'

/** The operations of a table callback, in order: Knex makes statements of them when the callback is over. */
export interface TableCalls {
  method: 'create' | 'createIfNot' | 'alter' | 'createLike'
  schema: string | null
  name: () => string
  like: Value | undefined
  columns: Column[]
  /** Keys, indexes and changes. */
  changes: { method: string; args: Value[]; foreign?: Foreign }[]
  checks: Value[][]
  comment: Value | null
  inherits: Value | null
  /** A method that Lockcast does not know. */
  lost: string | null
}

interface Foreign {
  columns: Value
  keyName: Value | undefined
  references: Value | undefined
  table: Value | undefined
  onDelete: Value | undefined
  onUpdate: Value | undefined
  deferrable: Value | undefined
}

const types = new Set(
  'tinyint smallint mediumint int bigint decimal float double real bit boolean serial date datetime timestamp time year geometry geography point char varchar tinytext tinyText text mediumtext mediumText longtext longText binary varbinary tinyblob mediumblob blob longblob enum set bool dateTime increments bigincrements bigIncrements integer biginteger bigInteger string json jsonb uuid enu specificType'.split(
    ' ',
  ),
)

const keys = new Set(
  'index primary unique dropPrimary dropPrimaryIfExists dropUnique dropUniqueIfExists dropIndex dropForeign dropForeignIfExists renameColumn setNullable dropNullable dropChecks dropColumn dropColumns'.split(
    ' ',
  ),
)

/** Only for other databases, or without an effect. */
const ignored = new Set(['engine', 'charset', 'collate', 'queryContext', 'unsigned', 'first', 'after'])

/** The `table` of a callback. */
export function tableBuilder(calls: TableCalls): Host {
  const host: Host = {
    kind: 'host',
    name: 'table',
    sends: false,
    get: (key) => native(`table.${key}`, (args) => called(key, args)),
  }
  const called = (key: string, args: Value[]): Value => {
    if (types.has(key)) return columnBuilder(calls, key, args)
    if (keys.has(key)) calls.changes.push({ method: key, args })
    else if (key === 'foreign') return foreignBuilder(calls, args[0] ?? absent, args[1])
    else if (key === 'timestamps') timestamps(calls, args)
    else if (key === 'dropTimestamps') {
      const names = args[0] && isSet(args[0]) ? ['createdAt', 'updatedAt'] : ['created_at', 'updated_at']
      calls.changes.push({ method: 'dropColumn', args: names.map((name) => text(name)) })
    } else if (key === 'comment') calls.comment = args[0] ?? null
    else if (key === 'inherits') calls.inherits = args[0] ?? null
    else if (key === 'check') {
      if (calls.method === 'alter') calls.changes.push({ method: key, args })
      else calls.checks.push(args)
    } else if (!ignored.has(key)) calls.lost ??= `table.${key}()`
    return host
  }
  return host
}

function columnBuilder(calls: TableCalls, type: string, args: Value[], more: Partial<Column> = {}): Host {
  const column: Column = {
    type,
    args,
    nullable: null,
    default: undefined,
    comment: null,
    isAltered: false,
    alters: { nullable: true, type: true },
    checks: [],
    ...more,
  }
  calls.columns.push(column)
  const host: Host = {
    kind: 'host',
    name: 'column',
    sends: false,
    get: (key) =>
      native(`column.${key}`, (given) => {
        const [first] = given
        if (key === 'notNullable' || key === 'notNull') column.nullable = false
        else if (key === 'nullable') column.nullable = first ? (isSet(first) ?? true) : true
        else if (key === 'defaultTo' || key === 'default' || key === 'defaultsTo') column.default = first ?? absent
        else if (key === 'comment') column.comment = first ?? null
        else if (key === 'alter') {
          column.isAltered = true
          column.alters = {
            nullable: isSet(field(first, 'alterNullable')) ?? true,
            type: isSet(field(first, 'alterType')) ?? true,
          }
        } else if (key === 'index' || key === 'primary' || key === 'unique') {
          if (!/increments/i.test(type)) calls.changes.push({ method: key, args: [args[0] ?? absent, ...given] })
        } else if (key === 'references') return foreignBuilder(calls, args[0] ?? absent, undefined, first, host)
        else if (key.startsWith('check')) column.checks.push({ method: key, args: given })
        else if (!ignored.has(key)) calls.lost ??= `column.${key}()`
        return host
      }),
  }
  return host
}

/** `references().inTable().onDelete()`, of a column or of `table.foreign()`. */
function foreignBuilder(
  calls: TableCalls,
  columns: Value,
  keyName: Value | undefined,
  references?: Value,
  column?: Host,
): Host {
  const foreign: Foreign = {
    columns,
    keyName,
    references: undefined,
    table: undefined,
    onDelete: undefined,
    onUpdate: undefined,
    deferrable: undefined,
  }
  calls.changes.push({ method: 'foreign', args: [], foreign })
  const refer = (value: Value): void => {
    const [table, name] = value.kind === 'text' && value.value.includes('.') ? value.value.split('.') : []
    if (table !== undefined && name !== undefined) {
      foreign.table = text(table)
      foreign.references = text(name)
    } else foreign.references = value
  }
  if (references) refer(references)
  const host: Host = {
    kind: 'host',
    name: 'foreign key',
    sends: false,
    get: (key) =>
      native(key, ([given = absent]) => {
        if (key === 'references') refer(given)
        else if (key === 'inTable' || key === 'on') foreign.table = given
        else if (key === 'onDelete' || key === 'onUpdate' || key === 'deferrable') foreign[key] = given
        else if (key === 'withKeyName') foreign.keyName = given
        else if (column) {
          const own = column.get?.(key)
          if (own?.kind === 'host') own.call?.([given], column)
        } else calls.lost ??= `${key}()`
        return host
      }),
  }
  return host
}

function timestamps(calls: TableCalls, args: Value[]): void {
  const [first] = args
  const options = isFields(first) ? first : null
  const set = (name: string, at: number): boolean => isOn(options ? field(options, name) : args[at])
  const type = set('useTimestamps', 0) ? 'timestamp' : 'datetime'
  const names = set('useCamelCase', 2) ? ['createdAt', 'updatedAt'] : ['created_at', 'updated_at']
  const isNow = set('defaultToNow', 1)
  for (const name of names)
    columnBuilder(calls, type, [text(name)], isNow ? { nullable: false, default: fieldsOf([['now', absent]]) } : {})
}

/** The statements of a table callback, in the order in which Knex sends them. */
export function tableStatements(calls: TableCalls): string[] {
  if (calls.lost !== null) throw new Unread(`it calls \`${calls.lost}\`, which Lockcast does not know`)
  const raw = calls.name()
  const name = wrap(calls.schema === null ? raw : `${calls.schema}.${raw}`)
  const before: string[] = []
  const added = calls.columns.filter(({ isAltered }) => !isAltered)
  const altered = calls.columns.filter(({ isAltered }) => isAltered)
  const hasKey = calls.changes.some(({ method }) => method === 'primary')
  const definitions = added.map((column) => columnDefinition(column, { hasKey, before, schema: calls.schema }))
  const comments = (columns: Column[]): string[] =>
    columns.flatMap((column) =>
      column.comment === null
        ? []
        : [`comment on column ${name}.${wrap(column.args[0] ?? text('id'))} is ${literal(textOf(column.comment))}`],
    )
  const changes = calls.changes.flatMap((change) => changeStatements(change, name, raw, calls))
  if (calls.method === 'alter')
    return [
      ...before,
      ...(definitions.length > 0
        ? [`alter table ${name} ${definitions.map((sql) => `add column ${sql}`).join(', ')}`]
        : []),
      ...altered.flatMap((column) => alterStatements(column, name, before, calls.schema)),
      ...comments([...added, ...altered]),
      ...changes,
    ]
  const parts = [...definitions, ...primaryKey(calls, raw), ...checkParts(calls)]
  const words = calls.method === 'createIfNot' ? 'create table if not exists' : 'create table'
  const like = calls.like
    ? ` (like ${wrap(calls.like)} including all${parts.length > 0 ? `, ${definitions.join(', ')}` : ''})`
    : ` (${parts.join(', ')})`
  const inherits = calls.inherits ? ` inherits (${wrap(calls.inherits)})` : ''
  return [
    ...before,
    `${words} ${name}${like}${inherits}`,
    ...(calls.comment ? [`comment on table ${name} is '${textOf(calls.comment)}'`] : []),
    ...comments(added),
    ...changes,
  ]
}

function primaryKey({ changes }: TableCalls, raw: string): string[] {
  const key = changes.find(({ method }) => method === 'primary')
  if (!key) return []
  const { name, deferrable } = keyOptions(key.args[1], 'constraintName')
  return [`constraint ${name ?? wrap(`${raw}_pkey`)} primary key (${columnList(key.args[0])})${deferrable}`]
}

function checkParts({ checks }: TableCalls): string[] {
  return checks.map(([predicate, , name]) => `${name ? `constraint ${textOf(name)} ` : ''}check (${textOf(predicate)})`)
}

/** Knex's `.alter()`: default and NOT NULL off, the type, and what is given again. */
function alterStatements(column: Column, name: string, before: string[], schema: string | null): string[] {
  const alter = (words: string): string =>
    `alter table ${name} alter column ${wrap(column.args[0] ?? text('id'))} ${words}`
  const own = wrap(column.args[0] ?? text('id'))
  const type = columnType(column, { hasKey: true, before, schema })
  const cast = column.type === 'enu' || column.type === 'enum' ? '::text::' : '::'
  return [
    alter('drop default'),
    ...(column.alters.nullable ? [alter('drop not null')] : []),
    ...(column.alters.type ? [alter(`type ${type} using (${own}${cast}${type})`)] : []),
    ...(column.default === undefined ? [] : [alter(`set ${defaultTo(column)}`)]),
    ...(column.alters.nullable && column.nullable === false ? [alter('set not null')] : []),
  ]
}

function changeStatements(
  { method, args, foreign }: TableCalls['changes'][number],
  name: string,
  raw: string,
  calls: TableCalls,
): string[] {
  const [first, second, third] = args
  const alter = (words: string): string => `alter table ${name} ${words}`
  const isIfExists = method.endsWith('IfExists')
  const dropped = (type: string): string =>
    alter(
      `drop constraint ${isIfExists ? 'if exists ' : ''}${optionalText(second) === null ? indexName(type, raw, first) : wrap(second ?? absent)}`,
    )
  switch (method) {
    case 'foreign':
      return foreign ? foreignStatement(foreign, raw).map(alter) : []
    case 'primary': {
      if (calls.method !== 'alter') return []
      const { name: key, deferrable } = keyOptions(second, 'constraintName')
      return [alter(`add constraint ${key ?? wrap(`${raw}_pkey`)} primary key (${columnList(first)})${deferrable}`)]
    }
    case 'unique': {
      const { name: key, deferrable } = keyOptions(second, 'indexName')
      const own = key ?? indexName('unique', raw, first)
      if (isFields(second) && (isSet(field(second, 'useConstraint')) === false || field(second, 'predicate')))
        return [`create unique index ${own} on ${name} (${columnList(first)})${predicateOf(second)}`]
      return [alter(`add constraint ${own} unique (${columnList(first)})${deferrable}`)]
    }
    case 'index': {
      const own = optionalText(second) === null ? indexName('index', raw, first) : wrap(second ?? absent)
      const using = isFields(third) ? optionalText(field(third, 'storageEngineIndexType')) : optionalText(third)
      const unique =
        isFields(third) && optionalText(field(third, 'indexType'))?.toLowerCase() === 'unique' ? ' unique' : ''
      return [
        `create${unique} index ${own} on ${name}${using === null ? '' : ` using ${using}`} (${columnList(first)})${predicateOf(third)}`,
      ]
    }
    case 'dropPrimary':
    case 'dropPrimaryIfExists':
      return [
        alter(
          `drop constraint ${isIfExists ? 'if exists ' : ''}${first && optionalText(first) !== null ? wrap(first) : wrap(`${raw}_pkey`)}`,
        ),
      ]
    case 'dropUnique':
    case 'dropUniqueIfExists':
      return [dropped('unique')]
    case 'dropForeign':
    case 'dropForeignIfExists':
      return [dropped('foreign')]
    case 'dropIndex': {
      const own = optionalText(second) === null ? indexName('index', raw, first) : wrap(second ?? absent)
      return [`drop index ${calls.schema === null ? '' : `${wrap(calls.schema)}.`}${own}`]
    }
    case 'renameColumn':
      return [alter(`rename ${wrap(first ?? absent)} to ${wrap(second ?? absent)}`)]
    case 'setNullable':
      return [alter(`alter column ${wrap(first ?? absent)} drop not null`)]
    case 'dropNullable':
      return [alter(`alter column ${wrap(first ?? absent)} set not null`)]
    case 'dropColumn':
    case 'dropColumns':
      return [
        alter(
          args
            .flatMap((value) => (value.kind === 'list' ? itemsOf(value) : [value]))
            .map((value) => `drop column ${wrap(value)}`)
            .join(', '),
        ),
      ]
    case 'dropChecks':
      return [
        alter(
          args
            .flatMap((value) => textsOf(value))
            .map((word) => `drop constraint ${word}`)
            .join(', '),
        ),
      ]
    case 'check':
      return [alter(`add constraint ${third ? textOf(third) : `${name}_1`} check(${textOf(first)})`)]
    default:
      throw new Unread(`it calls \`table.${method}()\`, which Lockcast does not know`)
  }
}

function foreignStatement(foreign: Foreign, raw: string): string[] {
  if (!foreign.table || !foreign.references) return []
  const name =
    optionalText(foreign.keyName) === null
      ? indexName('foreign', raw, foreign.columns)
      : wrap(foreign.keyName ?? absent)
  const rule = (words: string, value: Value | undefined): string =>
    value && optionalText(value) !== null ? ` on ${words} ${isRaw(value) ? textOf(value.inline()) : textOf(value)}` : ''
  const deferrable = optionalText(foreign.deferrable)
  return [
    `add constraint ${name} foreign key (${columnList(foreign.columns)}) references ${wrap(foreign.table)} (${columnList(foreign.references)})${rule('update', foreign.onUpdate)}${rule('delete', foreign.onDelete)}${deferrable === null ? '' : ` deferrable initially ${deferrable.toLowerCase()} `}`,
  ]
}

function keyOptions(given: Value | undefined, key: string): { name: string | null; deferrable: string } {
  const name = isFields(given) ? field(given, key) : given
  const deferrable = isFields(given) ? optionalText(field(given, 'deferrable')) : null
  return {
    name: name && optionalText(name) !== null ? wrap(name) : null,
    deferrable: deferrable === null ? '' : ` deferrable initially ${deferrable}`,
  }
}

function predicateOf(options: Value | undefined): string {
  const predicate = isFields(options) ? field(options, 'predicate') : undefined
  if (predicate === undefined) return ''
  if (predicate.kind === 'host' && 'where' in predicate)
    return ` ${(predicate as Host & { where: () => string }).where()}`
  throw new Unread('the predicate of an index is not read')
}

/** `table_columns_kind` in small letters. */
function indexName(kind: string, raw: string, columns: Value | undefined): string {
  const names =
    columns === undefined ? [] : columns.kind === 'list' ? itemsOf(columns).map(nameText) : [nameText(columns)]
  return wrap(`${raw.replace(/\.|-/g, '_')}_${names.join('_')}_${kind}`.toLowerCase())
}

function nameText(value: Value): string {
  return isRaw(value) ? textOf(value.inline()) : textOf(value)
}

function columnList(columns: Value | undefined): string {
  return columns === undefined ? '' : columns.kind === 'list' ? itemsOf(columns).map(wrap).join(', ') : wrap(columns)
}
