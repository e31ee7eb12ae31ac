import type { Place } from '../../languages/code/tree.ts'
import { type FunctionValue, textOf, textValue, type Value } from '../../languages/code/values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName, quoteText } from '../code/quoting.ts'
import {
  columnSql,
  defaultSql,
  type EctoObject,
  nameOf,
  objectIn,
  referenceSql,
  tableSql,
  typeSql,
} from './ecto-columns.ts'

/** A call inside the block of `create table` or `alter table`. */
export interface ColumnChange {
  name: string
  args: Value[]
  named: Map<string, Value>
}

/** Commands that a migration queues until its end or until `flush()`. */
export type EctoCommand = Place & { uncertain: boolean } & (
    | { kind: 'create'; object: EctoObject; ifNotExists: boolean; columns: ColumnChange[] }
    | { kind: 'drop'; object: EctoObject; ifExists: boolean; cascade: boolean; columns: ColumnChange[] }
    | { kind: 'alter'; object: EctoObject; columns: ColumnChange[] }
    | { kind: 'rename'; object: EctoObject; column: Value | null; to: Value }
    | { kind: 'sql'; up: Value; down: Value | null }
    /** `execute fn -> … end`: functions that query the repository. */
    | { kind: 'run'; up: FunctionValue; down: FunctionValue | null }
  )

/** Thrown where Ecto refuses to run a `change` backwards. */
export class Irreversible extends Error {}

/** The messages of a command. */
export function commandSql(command: EctoCommand): string[] {
  switch (command.kind) {
    case 'create':
      return createSql(command.object, command.ifNotExists, command.columns)
    case 'drop':
      return [dropSql(command.object, command.ifExists, command.cascade)]
    case 'alter':
      return alterSql(command.object, command.columns)
    case 'rename':
      return [renameSql(command.object, command.column, command.to)]
    case 'run':
      return []
    case 'sql': {
      const texts = command.up.kind === 'list' ? command.up.items : [command.up]
      return texts.map((text) =>
        text.kind === 'text' ? text.text : raise(text.kind === 'unknown' ? text.reason : 'its SQL is not known'),
      )
    }
  }
}

/** The command that undoes this one (Ecto.Migration.Runner, reverse). */
export function reversedCommand(command: EctoCommand): EctoCommand {
  switch (command.kind) {
    case 'create':
      return { ...command, kind: 'drop', ifExists: command.ifNotExists, cascade: false, columns: [] }
    case 'drop':
      if (command.object.kind !== 'index') throw new Irreversible()
      return { ...command, kind: 'create', ifNotExists: command.ifExists, columns: [] }
    case 'alter':
      return { ...command, columns: [...command.columns].reverse().map(reversedColumn) }
    case 'rename': {
      if (command.column) return { ...command, column: command.to, to: command.column }
      const to = objectIn(command.to)
      if (!to) throw new Irreversible()
      return { ...command, object: to, to: { kind: 'tool', tag: 'ecto', data: command.object } }
    }
    case 'run':
      if (command.down === null) throw new Irreversible()
      return { ...command, up: command.down, down: command.up }
    case 'sql':
      if (command.down === null) throw new Irreversible()
      return { ...command, up: command.down, down: command.up }
  }
}

function reversedColumn({ name, args, named }: ColumnChange): ColumnChange {
  if (name === 'add' || name === 'timestamps')
    return { name: name === 'add' ? 'remove' : 'remove_timestamps', args, named }
  if (name === 'add_if_not_exists') return { name: 'remove_if_exists', args, named }
  if (name === 'remove' && args.length > 1) return { name: 'add', args, named }
  const from = named.get('from')
  if (name !== 'modify' || !from) throw new Irreversible()
  const before = from.kind === 'list' ? from.items : [from]
  const options = before[1]?.kind === 'dict' ? before[1].entries : new Map<string, Value>()
  const now = [args[1], ...(named.size > 1 ? [{ kind: 'dict' as const, entries: named }] : [])].filter(
    (value) => value !== undefined,
  )
  return {
    name,
    args: [args[0], before[0]].filter((value) => value !== undefined),
    named: new Map([...options, ['from', { kind: 'list', items: now }]]),
  }
}

function createSql(object: EctoObject, ifNotExists: boolean, columns: ColumnChange[]): string[] {
  const exists = ifNotExists ? 'IF NOT EXISTS ' : ''
  if (object.kind === 'index')
    return [indexSql(object, exists), ...commentOn(`INDEX ${quoteName(indexName(object))}`, object.named)]
  if (object.kind === 'constraint') return [constraintSql(object)]
  const table = tableSql(object.args, object.named)
  const lines: string[] = []
  const keys: string[] = []
  const comments: string[] = []
  for (const { name, type, options } of [...ownKey(object), ...columns.flatMap(definitions)]) {
    const { column, constraint } = columnSql(nameOf(object.args[0]), name, type, options)
    lines.push(column, ...(constraint === null ? [] : [constraint]))
    const key = options.get('primary_key')
    if (key?.kind === 'constant' && key.value === true) keys.push(name)
    comments.push(...commentOn(`COLUMN ${table}.${quoteName(name)}`, options))
  }
  if (keys.length > 0) lines.push(`PRIMARY KEY (${keys.map(quoteName).join(', ')})`)
  const more = textOf(object.named.get('options'))
  return [
    `CREATE TABLE ${exists}${table} (${lines.join(', ')})${more === null ? '' : ` ${more}`}`,
    ...commentOn(`TABLE ${table}`, object.named),
    ...comments,
  ]
}

interface Definition {
  name: string
  type: Value | undefined
  options: Map<string, Value>
}

const yes: Value = { kind: 'constant', value: true }
const no: Value = { kind: 'constant', value: false }

/** `id` as bigserial unless the table says otherwise. */
function ownKey({ named }: EctoObject): Definition[] {
  const wish = named.get('primary_key')
  if (wish?.kind === 'constant' && wish.value === false) return []
  const given = wish?.kind === 'dict' ? wish.entries : new Map<string, Value>()
  const options = new Map([...given].filter(([name]) => name !== 'name' && name !== 'type'))
  return [
    {
      name: textOf(given.get('name')) ?? 'id',
      type: given.get('type') ?? textValue('bigserial'),
      options: options.set('primary_key', yes),
    },
  ]
}

function definitions({ name, args, named }: ColumnChange): Definition[] {
  if (name === 'add' || name === 'add_if_not_exists') {
    const last = args[2]
    return [
      {
        name: nameOf(args[0]),
        type: args[1],
        options: named.size === 0 && last?.kind === 'dict' ? last.entries : named,
      },
    ]
  }
  if (name === 'timestamps')
    return timestampNames(args, named).map((column) => ({
      name: column,
      type: optionsOf(args, named).get('type') ?? textValue('naive_datetime'),
      options: timestampOptions(optionsOf(args, named)),
    }))
  return raise(`\`${name}\` is not read in a new table`)
}

function optionsOf(args: Value[], named: Map<string, Value>): Map<string, Value> {
  const [first] = args
  return first?.kind === 'dict' ? first.entries : named
}

function timestampNames(args: Value[], named: Map<string, Value>): string[] {
  const options = optionsOf(args, named)
  return (['inserted_at', 'updated_at'] as const).flatMap((name) => {
    const wish = options.get(name)
    return wish?.kind === 'constant' && wish.value === false ? [] : [textOf(wish) ?? name]
  })
}

function timestampOptions(options: Map<string, Value>): Map<string, Value> {
  const kept = [...options].filter(([name]) => !/^(type|inserted_at|updated_at)$/.test(name))
  return new Map([['null', no], ...kept])
}

function alterSql(object: EctoObject, columns: ColumnChange[]): string[] {
  const table = tableSql(object.args, object.named)
  const comments: string[] = []
  const parts = columns.flatMap((change): string[] => {
    const { name, args, named } = change
    switch (name) {
      case 'add':
      case 'add_if_not_exists':
      case 'timestamps':
        return definitions(change).flatMap(({ name: column, type, options }) => {
          const sql = columnSql(nameOf(object.args[0]), column, type, options)
          comments.push(...commentOn(`COLUMN ${table}.${quoteName(column)}`, options))
          return [
            `ADD COLUMN ${name === 'add_if_not_exists' ? 'IF NOT EXISTS ' : ''}${sql.column}`,
            ...(sql.constraint === null ? [] : [`ADD ${sql.constraint}`]),
          ]
        })
      case 'remove':
      case 'remove_if_exists': {
        const reference = objectIn(args[1])
        const exists = name === 'remove_if_exists' ? 'IF EXISTS ' : ''
        const constraint = reference
          ? [
              `DROP CONSTRAINT ${exists}${quoteName(textOf(reference.named.get('name')) ?? `${nameOf(object.args[0])}_${nameOf(args[0])}_fkey`)}`,
            ]
          : []
        return [...constraint, `DROP COLUMN ${exists}${quoteName(nameOf(args[0]))}`]
      }
      case 'remove_timestamps':
        return timestampNames(args, named).map((column) => `DROP COLUMN ${quoteName(column)}`)
      case 'modify':
        return modifyParts(nameOf(object.args[0]), args, named)
      default:
        return raise(`\`${name}\` is not read in a table`)
    }
  })
  return [...(parts.length === 0 ? [] : [`ALTER TABLE ${table} ${parts.join(', ')}`]), ...comments]
}

function modifyParts(table: string, args: Value[], named: Map<string, Value>): string[] {
  const column = quoteName(nameOf(args[0]))
  const reference = objectIn(args[1])
  const from = named.get('from')
  const before = objectIn(from?.kind === 'list' ? from.items[0] : from)
  const definition = columnSql(table, nameOf(args[0]), args[1], new Map())
  const type = reference ? definition.column.slice(column.length + 1) : typeSql(args[1], named)
  const dropped = before
    ? [`DROP CONSTRAINT ${quoteName(textOf(before.named.get('name')) ?? `${table}_${nameOf(args[0])}_fkey`)}`]
    : []
  const nullable = named.get('null')
  const fallback = named.get('default')
  return [
    ...dropped,
    `ALTER COLUMN ${column} TYPE ${type}`,
    ...(reference ? [`ADD ${referenceSql(table, nameOf(args[0]), reference)}`] : []),
    ...(nullable?.kind === 'constant'
      ? [`ALTER COLUMN ${column} ${nullable.value === false ? 'SET' : 'DROP'} NOT NULL`]
      : []),
    ...(fallback ? [`ALTER COLUMN ${column} SET DEFAULT ${defaultSql(fallback, type)}`] : []),
  ]
}

/** `posts_title_index`: letters that are none of a word become `_` (Ecto.Migration, default_index_name). */
function indexName({ args, named }: EctoObject): string {
  const given = textOf(named.get('name'))
  if (given !== null) return given
  return [nameOf(args[0]), ...indexColumns(args).map(({ text }) => text), 'index']
    .map((word) => word.replaceAll(/[^\w]/g, '_').replace(/_+$/, ''))
    .join('_')
}

function indexColumns(args: Value[]): { text: string; symbol: boolean }[] {
  const columns = args[1]?.kind === 'list' ? args[1].items : [args[1]]
  return columns.map((column) => ({ text: nameOf(column), symbol: column?.kind === 'text' && column.symbol }))
}

function isYes(value: Value | undefined): boolean {
  return value?.kind === 'constant' && value.value === true
}

function indexSql(index: EctoObject, exists: string): string {
  const { args, named } = index
  const columns = indexColumns(args).map(({ text, symbol }) => (symbol ? quoteName(text) : text))
  const using = textOf(named.get('using'))
  const where = textOf(named.get('where'))
  const include = named.get('include')
  const distinct = named.get('nulls_distinct')
  const more =
    include?.kind === 'list' ? ` INCLUDE (${include.items.map((item) => quoteName(nameOf(item))).join(', ')})` : ''
  const apart = distinct?.kind === 'constant' && distinct.value === false ? ' NULLS NOT DISTINCT' : ''
  const words = `${isYes(named.get('unique')) ? 'UNIQUE ' : ''}INDEX ${isYes(named.get('concurrently')) ? 'CONCURRENTLY ' : ''}`
  return `CREATE ${words}${exists}${quoteName(indexName(index))} ON ${isYes(named.get('only')) ? 'ONLY ' : ''}${tableSql(args, named)}${using === null ? '' : ` USING ${using}`} (${columns.join(', ')})${more}${apart}${where === null ? '' : ` WHERE (${where})`}`
}

function constraintSql({ args, named }: EctoObject): string {
  const check = textOf(named.get('check'))
  const exclude = textOf(named.get('exclude'))
  const valid = named.get('validate')
  const notValid = valid?.kind === 'constant' && valid.value === false ? ' NOT VALID' : ''
  const rule = check === null ? `EXCLUDE USING ${exclude ?? raise('the constraint is not known')}` : `CHECK (${check})`
  return `ALTER TABLE ${tableSql(args, named)} ADD CONSTRAINT ${quoteName(nameOf(args[1]))} ${rule}${notValid}`
}

function dropSql(object: EctoObject, ifExists: boolean, cascade: boolean): string {
  const exists = ifExists ? 'IF EXISTS ' : ''
  const end = cascade ? ' CASCADE' : ''
  if (object.kind === 'constraint')
    return `ALTER TABLE ${tableSql(object.args, object.named)} DROP CONSTRAINT ${exists}${quoteName(nameOf(object.args[1]))}${end}`
  if (object.kind === 'table') return `DROP TABLE ${exists}${tableSql(object.args, object.named)}${end}`
  const prefix = textOf(object.named.get('prefix'))
  const concurrently = isYes(object.named.get('concurrently')) ? 'CONCURRENTLY ' : ''
  return `DROP INDEX ${concurrently}${exists}${prefix === null ? '' : `${quoteName(prefix)}.`}${quoteName(indexName(object))}${end}`
}

function renameSql(object: EctoObject, column: Value | null, to: Value): string {
  if (object.kind === 'index') return `ALTER INDEX ${quoteName(indexName(object))} RENAME TO ${quoteName(nameOf(to))}`
  const table = tableSql(object.args, object.named)
  if (column) return `ALTER TABLE ${table} RENAME ${quoteName(nameOf(column))} TO ${quoteName(nameOf(to))}`
  const target = objectIn(to) ?? raise('the new name is not known')
  return `ALTER TABLE ${table} RENAME TO ${quoteName(nameOf(target.args[0]))}`
}

function commentOn(object: string, options: Map<string, Value>): string[] {
  const comment = textOf(options.get('comment'))
  return comment === null ? [] : [`COMMENT ON ${object} IS ${quoteText(comment)}`]
}
