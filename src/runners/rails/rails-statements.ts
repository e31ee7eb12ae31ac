import { textOf, textValue, type Value } from '../../languages/code/values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName, quoteText } from '../code/quoting.ts'
import { columnSql, defaultSql, type Evaluate, typeSql } from './column.ts'
import type { Command } from './command.ts'
import { plural } from './inflection.ts'
import {
  checkSql,
  exclusionSql,
  foreignKeyMeant,
  foreignKeySql,
  indexColumns,
  indexSql,
  uniqueSql,
  wordsOf,
} from './rails-constraints.ts'
import { checkName, constraintName, indexName, quoteTable } from './rails-names.ts'
import { type Options, textsOf } from './rails-options.ts'
import {
  commentSql,
  joinTableOf,
  nameOf,
  referenceColumns,
  referenceIndex,
  referenceKey,
  timestampOptions,
} from './table-definition.ts'

/** Versions as `7.1` is 71: of the migration's class, and of the installed gem. */
export interface RailsVersions {
  migration: number
  gem: number
}

/** The tables of `db/schema.rb`, as far as renames look at them. */
export interface KnownSchema {
  /** Columns of each index by the index's name; null when the table is not known. */
  indexes(table: string): ReadonlyMap<string, string[]> | null
  /** Null: unknown. */
  key(table: string): 'serial' | 'other' | 'none' | null
}

type Statements = (command: Command, context: Context) => string[]

interface Context {
  versions: RailsVersions
  schema: KnownSchema
  evaluate: Evaluate
}

/** The messages of a command that changes the schema; null for a name that is none. */
export function statementsOf(command: Command, context: Context): string[] | null {
  const statements = commands[command.name]
  return statements ? statements(command, context) : null
}

/** The parts of one ALTER TABLE, for the commands that `bulk: true` combines; null for all others. */
export function alterParts(command: Command, context: Context): string[] | null {
  const { args, options, name } = command
  const { versions, evaluate } = context
  const [, column, type] = args
  switch (name) {
    case 'add_column':
      return [`ADD ${columnSql(nameOf(column), nameOf(type), options, versions.migration, evaluate)}`]
    case 'add_timestamps': {
      const given = timestampOptions(options, versions.migration)
      return ['created_at', 'updated_at'].map(
        (at) => `ADD ${columnSql(at, 'datetime', given, versions.migration, evaluate)}`,
      )
    }
    case 'remove_column':
      return [`DROP COLUMN ${quoteName(nameOf(column))}`]
    case 'remove_columns':
      return namesIn(args.slice(1)).map((dropped) => `DROP COLUMN ${quoteName(dropped)}`)
    case 'remove_timestamps':
      return ['updated_at', 'created_at'].map((at) => `DROP COLUMN ${quoteName(at)}`)
    case 'change_column':
      return [changeColumnPart(command, context)]
    case 'change_column_default':
      return [changeDefaultPart(command, context)]
    case 'change_column_null':
      return args[3] && textOf(args[3]) !== null ? null : [changeNullPart(command)]
    default:
      return null
  }
}

const commands: Record<string, Statements> = {
  drop_table: ({ args, options }) =>
    namesIn(args).map(
      (table) =>
        `DROP TABLE${options.isTrue('if_exists') ? ' IF EXISTS' : ''} ${quoteTable(table)}${options.text('force') === 'cascade' ? ' CASCADE' : ''}`,
    ),
  drop_join_table: ({ args, options }) => [`DROP TABLE ${quoteTable(joinTableOf(args, options))}`],
  rename_table: renameTable,
  add_column: (command, context) => {
    const [table, column] = command.args
    const unless = command.options.isTrue('if_not_exists') ? ' IF NOT EXISTS' : ''
    const [part = ''] = alterParts(command, context) ?? []
    const sql = `ALTER TABLE ${quoteTable(nameOf(table))} ${part.replace(/^ADD/, context.versions.gem >= 71 ? `ADD${unless}` : 'ADD')}`
    const comment = command.options.text('comment')
    return [sql, ...(comment === null ? [] : [commentSql(nameOf(table), nameOf(column), comment)])]
  },
  add_columns: ({ args, options, ...rest }, context) => {
    const type = options.value('type') ?? raise('the type of the columns is not known')
    return args
      .slice(1)
      .flatMap((column) =>
        one(
          { ...rest, name: 'add_column', args: [args[0] as Value, column, type], options: options.without('type') },
          context,
        ),
      )
  },
  add_timestamps: (command, context) => {
    if (context.versions.gem >= 70) return [altered(command, alterParts(command, context))]
    return (alterParts(command, context) ?? []).map((part) => altered(command, [part]))
  },
  remove_timestamps: removeColumns,
  remove_column: (command, context) => {
    const unless = command.options.isTrue('if_exists') && context.versions.gem >= 71 ? ' IF EXISTS' : ''
    return [
      `ALTER TABLE ${quoteTable(nameOf(command.args[0]))} DROP COLUMN${unless} ${quoteName(nameOf(command.args[1]))}`,
    ]
  },
  remove_columns: removeColumns,
  change_column: changeColumn,
  change_column_default: (command, context) => [altered(command, [changeDefaultPart(command, context)])],
  change_column_null: changeNull,
  change_column_comment: ({ args, options }) => [
    commentSql(nameOf(args[0]), nameOf(args[1]), newComment(args[2], options)),
  ],
  change_table_comment: ({ args, options }) => {
    const comment = newComment(args[1], options)
    return [`COMMENT ON TABLE ${quoteTable(nameOf(args[0]))} IS ${comment === null ? 'NULL' : quoteText(comment)}`]
  },
  rename_column: renameColumn,
  add_index: ({ args, options }, { versions }) => indexSql(nameOf(args[0]), args[1], options, versions.migration),
  remove_index: ({ args, options }, { versions }) => {
    const concurrently = options.text('algorithm') === 'concurrently' ? ' CONCURRENTLY' : ''
    const columns = args[1] ?? options.value('column')
    const name = options.text('name') ?? indexName(nameOf(args[0]), wordsOf(indexColumns(columns)), versions.migration)
    const schema = /^(.*)\./.exec(nameOf(args[0]))?.[1]
    return [`DROP INDEX${concurrently} ${quoteTable(schema && !name.includes('.') ? `${schema}.${name}` : name)}`]
  },
  rename_index: ({ args }) => [`ALTER INDEX ${quoteName(nameOf(args[1]))} RENAME TO ${quoteTable(nameOf(args[2]))}`],
  add_reference: addReference,
  remove_reference: removeReference,
  add_foreign_key: ({ args, options }) => {
    const [from, to] = [nameOf(args[0]), nameOf(args[1])]
    const invalid = options.isFalse('validate') ? ' NOT VALID' : ''
    return [`ALTER TABLE ${quoteTable(from)} ADD ${foreignKeySql(from, to, options)}${invalid}`]
  },
  remove_foreign_key: ({ args, options }) => {
    const [from, to] = [nameOf(args[0]), args[1] ? nameOf(args[1]) : null]
    return [`ALTER TABLE ${quoteTable(from)} DROP CONSTRAINT ${quoteName(foreignKeyMeant(from, to, options))}`]
  },
  validate_foreign_key: ({ args, options }) => {
    const [from, to] = [nameOf(args[0]), args[1] ? nameOf(args[1]) : null]
    return [`ALTER TABLE ${quoteTable(from)} VALIDATE CONSTRAINT ${quoteName(foreignKeyMeant(from, to, options))}`]
  },
  add_check_constraint: ({ args, options }) => [
    `ALTER TABLE ${quoteTable(nameOf(args[0]))} ADD ${checkSql(nameOf(args[0]), nameOf(args[1]), options)}`,
  ],
  remove_check_constraint: (command) => [constraintSql(command, 'DROP', checkMeant(command))],
  validate_check_constraint: (command) => [constraintSql(command, 'VALIDATE', checkMeant(command))],
  validate_constraint: (command) => [constraintSql(command, 'VALIDATE', nameOf(command.args[1]))],
  add_unique_constraint: ({ args, options }) => [
    `ALTER TABLE ${quoteTable(nameOf(args[0]))} ADD ${uniqueSql(nameOf(args[0]), textsOf(args[1]) ?? [], options)}`,
  ],
  remove_unique_constraint: (command) => {
    const columns = textsOf(command.args[1] ?? command.options.value('column'))
    const name =
      command.options.text('name') ??
      (columns
        ? constraintName('uniq', nameOf(command.args[0]), columns.join('_'))
        : raise('the constraint is not known'))
    return [constraintSql(command, 'DROP', name)]
  },
  add_exclusion_constraint: ({ args, options }) => [
    `ALTER TABLE ${quoteTable(nameOf(args[0]))} ADD ${exclusionSql(nameOf(args[0]), nameOf(args[1]), options)}`,
  ],
  remove_exclusion_constraint: (command) => {
    const expression = textOf(command.args[1])
    const name =
      command.options.text('name') ??
      constraintName('excl', nameOf(command.args[0]), expression ?? raise('the constraint is not known'))
    return [constraintSql(command, 'DROP', name)]
  },
  enable_extension: ({ args }) => [`CREATE EXTENSION IF NOT EXISTS ${quoteName(nameOf(args[0]))}`],
  disable_extension: ({ args, options }) => [
    `DROP EXTENSION IF EXISTS ${quoteName(nameOf(args[0]))}${options.text('force') === 'restrict' ? '' : ' CASCADE'}`,
  ],
  create_schema: ({ args }) => [`CREATE SCHEMA ${quoteTable(nameOf(args[0]))}`],
  drop_schema: ({ args, options }) => [
    `DROP SCHEMA${options.isTrue('if_exists') ? ' IF EXISTS' : ''} ${quoteTable(nameOf(args[0]))} CASCADE`,
  ],
  create_enum: ({ args }) => {
    const values = (textsOf(args[1]) ?? raise('the values of the enum are not known')).map(quoteText).join(', ')
    const name = nameOf(args[0])
    const found = `SELECT 1 FROM pg_type t JOIN pg_namespace n ON t.typnamespace = n.oid WHERE t.typname = ${quoteText(name)} AND n.nspname = ANY (current_schemas(false))`
    return [
      `DO $$ BEGIN IF NOT EXISTS (${found}) THEN CREATE TYPE ${quoteTable(name)} AS ENUM (${values}); END IF; END $$`,
    ]
  },
  drop_enum: ({ args, options }) => [
    `DROP TYPE ${options.isTrue('if_exists') ? 'IF EXISTS ' : ''}${quoteTable(nameOf(args[0]))}`,
  ],
  rename_enum: ({ args, options }) => [
    `ALTER TYPE ${quoteTable(nameOf(args[0]))} RENAME TO ${quoteTable(nameOf(args[1] ?? options.value('to')))}`,
  ],
  add_enum_value: ({ args, options }) => {
    const [before, after] = [options.text('before'), options.text('after')]
    const place =
      before === null ? (after === null ? '' : ` AFTER ${quoteText(after)}`) : ` BEFORE ${quoteText(before)}`
    const unless = options.isTrue('if_not_exists') ? 'IF NOT EXISTS ' : ''
    return [`ALTER TYPE ${quoteTable(nameOf(args[0]))} ADD VALUE ${unless}${quoteText(nameOf(args[1]))}${place}`]
  },
  rename_enum_value: ({ args, options }) => [
    `ALTER TYPE ${quoteTable(nameOf(args[0]))} RENAME VALUE ${quoteText(nameOf(options.value('from')))} TO ${quoteText(nameOf(options.value('to')))}`,
  ],
}

/** Names that are spelled in two ways. */
export const aliases: Record<string, string> = {
  add_belongs_to: 'add_reference',
  remove_belongs_to: 'remove_reference',
  add_unique_key: 'add_unique_constraint',
  add_constraint_validation: 'validate_constraint',
}

function one(command: Command, context: Context): string[] {
  return statementsOf(command, context) ?? []
}

function altered({ args }: Command, parts: string[] | null): string {
  return `ALTER TABLE ${quoteTable(nameOf(args[0]))} ${(parts ?? []).join(', ')}`
}

function removeColumns(command: Command, context: Context): string[] {
  const parts = alterParts(command, context) ?? []
  return context.versions.gem >= 70 ? [altered(command, parts)] : parts.map((part) => altered(command, [part]))
}

function changeColumn(command: Command, context: Context): string[] {
  const { options, args } = command
  const sql = [altered(command, [changeColumnPart(command, context)])]
  if (context.versions.migration < 52) {
    // Before Migration[5.2] default and NOT NULL were calls of their own.
    if (options.has('default'))
      sql.push(
        altered(command, [
          changeDefaultPart({ ...command, args: [args[0], args[1], options.value('default')] as Value[] }, context),
        ]),
      )
    if (options.has('null'))
      sql.push(
        ...changeNull(
          {
            ...command,
            args: [args[0], args[1], options.value('null'), options.value('default')].filter(Boolean) as Value[],
          },
          context,
        ),
      )
  }
  const comment = options.text('comment')
  return comment === null ? sql : [...sql, commentSql(nameOf(args[0]), nameOf(args[1]), comment)]
}

function changeColumnPart({ args, options }: Command, { versions, evaluate }: Context): string {
  const column = quoteName(nameOf(args[1]))
  const type = nameOf(args[2])
  let sql = `ALTER COLUMN ${column} TYPE ${typeSql(type, options, versions.migration)}`
  const collation = options.text('collation')
  if (collation !== null) sql += ` COLLATE "${collation}"`
  const using = options.text('using')
  const cast = options.text('cast_as')
  if (using !== null) sql += ` USING ${using}`
  else if (cast !== null) sql += ` USING CAST(${column} AS ${typeSql(cast, options, versions.migration)})`
  if (versions.migration < 52) return sql
  const given = options.value('default')
  if (given?.kind === 'constant' && given.value === null) sql += `, ALTER COLUMN ${column} DROP DEFAULT`
  else if (given) sql += `, ALTER COLUMN ${column} SET DEFAULT ${defaultSql(given, type, options, evaluate)}`
  if (options.has('null')) sql += `, ALTER COLUMN ${column} ${options.isSet('null') ? 'DROP' : 'SET'} NOT NULL`
  return sql
}

/** The type of the column is not known here: a text stays a text, a number a number. */
function changeDefaultPart({ args, options }: Command, { evaluate }: Context): string {
  const last = args[2]
  const given =
    options.value('to') ??
    (last?.kind === 'dict' ? last.entries.get('to') : undefined) ??
    last ??
    raise('the default is not known')
  const column = quoteName(nameOf(args[1]))
  if (given.kind === 'constant' && given.value === null) return `ALTER COLUMN ${column} DROP DEFAULT`
  return `ALTER COLUMN ${column} SET DEFAULT ${defaultSql(given, '', options, evaluate)}`
}

function changeNull(command: Command, { evaluate }: Context): string[] {
  const { args, options } = command
  const [table, column, , given] = args
  const sql = altered(command, [changeNullPart(command)])
  const fills = given && !(given.kind === 'constant' && given.value === null) && / SET /.test(sql)
  if (!fills) return [sql]
  const name = quoteName(nameOf(column))
  return [
    `UPDATE ${quoteTable(nameOf(table))} SET ${name}=${defaultSql(given, '', options, evaluate)} WHERE ${name} IS NULL`,
    sql,
  ]
}

function changeNullPart({ args }: Command): string {
  const [, column, nullable] = args
  if (nullable?.kind !== 'constant') return raise('it is not known whether the column takes NULL')
  return `ALTER COLUMN ${quoteName(nameOf(column))} ${nullable.value === true ? 'DROP' : 'SET'} NOT NULL`
}

function newComment(value: Value | undefined, options: Options): string | null {
  const given = options.value('to') ?? (value?.kind === 'dict' ? value.entries.get('to') : value)
  if (given?.kind === 'constant' && given.value === null) return null
  return nameOf(given)
}

function addReference({ args, options, ...rest }: Command, context: Context): string[] {
  const [table, name] = [nameOf(args[0]), nameOf(args[1])]
  const columns = referenceColumns(name, options, context.versions.migration).flatMap(({ column, type, given }) =>
    one(
      { ...rest, name: 'add_column', args: [textValue(table), textValue(column), textValue(type)], options: given },
      context,
    ),
  )
  const index = referenceIndex(table, name, options, context.versions.migration) ?? []
  if (!options.isSet('foreign_key')) return [...columns, ...index]
  const invalid = options.inner('foreign_key').isFalse('validate') ? ' NOT VALID' : ''
  return [...columns, ...index, `ALTER TABLE ${quoteTable(table)} ADD ${referenceKey(table, name, options)}${invalid}`]
}

function removeReference({ args, options }: Command): string[] {
  const [table, name] = [nameOf(args[0]), nameOf(args[1])]
  const key = options.inner('foreign_key')
  const drop = (column: string): string => `ALTER TABLE ${quoteTable(table)} DROP COLUMN ${quoteName(column)}`
  const meant = key.has('name') ? key : key.with('column', textValue(`${name}_id`))
  const constraint = options.isSet('foreign_key')
    ? [`ALTER TABLE ${quoteTable(table)} DROP CONSTRAINT ${quoteName(foreignKeyMeant(table, plural(name), meant))}`]
    : []
  return [...constraint, drop(`${name}_id`), ...(options.isSet('polymorphic') ? [drop(`${name}_type`)] : [])]
}

function renameTable({ args }: Command, { versions, schema }: Context): string[] {
  const [from, to] = [nameOf(args[0]), nameOf(args[1])]
  const sql = [`ALTER TABLE ${quoteTable(from)} RENAME TO ${quoteTable(to)}`]
  const known = schema.indexes(to) ?? schema.indexes(from)
  const key = schema.key(to) ?? schema.key(from) ?? 'serial'
  if (key !== 'none') sql.push(`ALTER INDEX ${quoteTable(`${from}_pkey`)} RENAME TO ${quoteTable(`${to}_pkey`)}`)
  if (key === 'serial')
    sql.push(`ALTER TABLE ${quoteTable(qualified(`${from}_id_seq`))} RENAME TO ${quoteTable(`${to}_id_seq`)}`)
  for (const [name, columns] of known ?? []) {
    const [before, after] = [indexName(from, columns, versions.gem), indexName(to, columns, versions.gem)]
    if (name === before || name === after) sql.push(`ALTER INDEX ${quoteName(before)} RENAME TO ${quoteTable(after)}`)
  }
  return sql
}

/** Rails asks for the sequence's schema, which is `public` unless the table names another. */
function qualified(name: string): string {
  return name.includes('.') ? name : `public.${name}`
}

function renameColumn({ args }: Command, { versions, schema }: Context): string[] {
  const [table, from, to] = [nameOf(args[0]), nameOf(args[1]), nameOf(args[2])]
  const sql = [`ALTER TABLE ${quoteTable(table)} RENAME COLUMN ${quoteName(from)} TO ${quoteName(to)}`]
  for (const [name, columns] of schema.indexes(table) ?? []) {
    if (!columns.includes(from) && !columns.includes(to)) continue
    const before = indexName(
      table,
      columns.map((column) => (column === to ? from : column)),
      versions.gem,
    )
    const after = indexName(
      table,
      columns.map((column) => (column === from ? to : column)),
      versions.gem,
    )
    if (name === before || name === after) sql.push(`ALTER INDEX ${quoteName(before)} RENAME TO ${quoteTable(after)}`)
  }
  return sql
}

function constraintSql({ args }: Command, verb: 'DROP' | 'VALIDATE', name: string): string {
  return `ALTER TABLE ${quoteTable(nameOf(args[0]))} ${verb} CONSTRAINT ${quoteName(name)}`
}

function checkMeant({ args, options }: Command): string {
  const name = options.text('name')
  if (name !== null) return name
  const expression = textOf(args[1]) ?? options.text('expression')
  return expression === null ? raise('the check constraint is not known') : checkName(nameOf(args[0]), expression)
}

function namesIn(values: Value[]): string[] {
  return values.flatMap((value) => textsOf(value) ?? raise('a name that is not known'))
}
