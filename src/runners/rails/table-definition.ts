import { textOf, textValue, type Value } from '../../languages/code/values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName, quoteText } from '../code/quoting.ts'
import { columnSql, type Evaluate } from './column.ts'
import type { Command } from './command.ts'
import { plural, singular } from './inflection.ts'
import { checkSql, exclusionSql, foreignKeySql, indexSql, uniqueSql } from './rails-constraints.ts'
import { joinTableName, quoteTable } from './rails-names.ts'
import { Options, textsOf } from './rails-options.ts'

/** Collects the lines of a `create_table` block. */
export class TableDefinition {
  readonly name: string
  private readonly version: number
  private readonly evaluate: Evaluate
  private readonly columns: { name: string; sql: string; comment: string | null }[] = []
  private readonly foreignKeys: string[] = []
  private readonly constraints: string[] = []
  private readonly indexes: string[][] = []

  constructor(name: string, version: number, evaluate: Evaluate) {
    this.name = name
    this.version = version
    this.evaluate = evaluate
  }

  /** `t.<method>`; false when it is no method of a table that is created. */
  add(method: string, args: Value[], options: Options): boolean {
    const [first, second] = args
    switch (method) {
      case 'column':
        this.column(nameOf(first), nameOf(second), options)
        return true
      case 'timestamps':
        this.timestamps(options)
        return true
      case 'references':
      case 'belongs_to':
        for (const name of args) this.reference(nameOf(name), options)
        return true
      case 'index':
        this.indexes.push(indexSql(this.name, first, options, this.version))
        return true
      case 'foreign_key':
        this.foreignKeys.push(foreignKeySql(this.name, nameOf(first), options))
        return true
      case 'check_constraint':
        this.constraints.push(checkSql(this.name, nameOf(first), options))
        return true
      case 'unique_constraint':
        this.constraints.push(uniqueSql(this.name, textsOf(first) ?? raise('the columns are not known'), options))
        return true
      case 'exclusion_constraint':
        this.constraints.push(exclusionSql(this.name, nameOf(first), options))
        return true
      case 'numeric':
        for (const name of args) this.column(nameOf(name), 'decimal', options)
        return true
      case 'primary_key':
        this.column(nameOf(first), second ? nameOf(second) : 'primary_key', options.with('primary_key', yes))
        return true
      case 'remove':
        return true
      default:
        if (!/^[a-z]\w*$/.test(method) || args.length === 0) return false
        for (const name of args) this.column(nameOf(name), method, options)
        return true
    }
  }

  column(name: string, type: string, options: Options): void {
    const sql = columnSql(name, type, options, this.version, this.evaluate)
    this.columns.push({ name, sql, comment: options.text('comment') })
    if (options.isSet('index'))
      this.indexes.push(indexSql(this.name, textValue(name), options.inner('index'), this.version))
  }

  /** `CREATE TABLE`, its indexes and comments, as separate messages. */
  sql(options: Options, key: string[] | null): string[] {
    const body = this.columns.map(({ sql }) => sql)
    if (key) body.push(`PRIMARY KEY (${key.map(quoteName).join(', ')})`)
    body.push(...this.foreignKeys, ...this.constraints)
    const kind = options.isTrue('temporary') ? ' TEMPORARY' : ''
    const unless = options.isTrue('if_not_exists') ? 'IF NOT EXISTS ' : ''
    const more = options.text('options')
    const as = options.text('as')
    const definition = body.length > 0 ? ` (${body.join(', ')})` : as === null ? ' ()' : ''
    const create = `CREATE${kind} TABLE ${unless}${quoteTable(this.name)}${definition}${more === null ? '' : ` ${more}`}${as === null ? '' : ` AS ${as}`}`
    const comment = options.text('comment')
    return [
      create,
      ...this.indexes.flat(),
      ...(comment === null ? [] : [`COMMENT ON TABLE ${quoteTable(this.name)} IS ${quoteText(comment)}`]),
      ...this.columns.flatMap((column) =>
        column.comment === null ? [] : [commentSql(this.name, column.name, column.comment)],
      ),
    ]
  }

  private timestamps(options: Options): void {
    const settled = timestampOptions(options, this.version)
    this.column('created_at', 'datetime', settled)
    this.column('updated_at', 'datetime', settled)
  }

  private reference(name: string, options: Options): void {
    for (const { column, type, given } of referenceColumns(name, options, this.version))
      this.column(column, type, given)
    const index = referenceIndex(this.name, name, options, this.version)
    if (index) this.indexes.push(index)
    if (options.isSet('foreign_key')) this.foreignKeys.push(referenceKey(this.name, name, options))
  }
}

const yes: Value = { kind: 'constant', value: true }
const no: Value = { kind: 'constant', value: false }

/** The messages of `create_table`. `fill` runs its block over the table. */
export function createTableSql(
  command: Command,
  version: number,
  evaluate: Evaluate,
  fill: (table: TableDefinition) => void,
): string[] {
  const { options } = command
  const name = nameOf(command.args[0])
  const table = new TableDefinition(name, version, evaluate)
  const key = addKey(table, options, version)
  fill(table)
  const force = options.isSet('force')
  const drop = `DROP TABLE IF EXISTS ${quoteTable(name)}${options.text('force') === 'cascade' ? ' CASCADE' : ''}`
  return [...(force ? [drop] : []), ...table.sql(options, key)]
}

/** The messages of `create_join_table`: two columns, no key. */
export function createJoinTableSql(
  command: Command,
  version: number,
  evaluate: Evaluate,
  fill: (table: TableDefinition) => void,
): string[] {
  const { options, args } = command
  const table = new TableDefinition(joinTableOf(args, options), version, evaluate)
  const given = new Options(new Map([['null', no], ['index', no], ...options.inner('column_options').values]))
  for (const part of args.slice(0, 2)) table.add('references', [textValue(singular(nameOf(part)))], given)
  fill(table)
  return table.sql(options, null)
}

export function joinTableOf(args: Value[], options: Options): string {
  return options.text('table_name') ?? joinTableName(nameOf(args[0]), nameOf(args[1]))
}

/** Adds the column of the key; gives the columns of a key over several. */
function addKey(table: TableDefinition, options: Options, version: number): string[] | null {
  const id = options.value('id')
  if (options.isFalse('id') || options.has('as')) return null
  const inner = options.inner('id')
  const keys = textsOf(options.value('primary_key'))
  if (keys && options.value('primary_key')?.kind === 'list') return keys
  const type = inner.text('type') ?? textOf(id) ?? (version < 51 ? 'integer' : 'primary_key')
  const name = keys?.[0] ?? 'id'
  const more = new Map(inner.values)
  for (const option of ['default', 'limit', 'collation', 'precision']) {
    const value = options.value(option)
    if (value) more.set(option, value)
  }
  if (type === 'uuid' && !more.has('default'))
    more.set('default', textValue(version < 51 ? 'uuid_generate_v4()' : 'gen_random_uuid()'))
  table.column(name, type, new Options(more.set('primary_key', yes)).without('type', 'comment'))
  return null
}

/** NOT NULL unless said otherwise; six digits since 6.0. */
export function timestampOptions(options: Options, version: number): Options {
  const values = new Map(options.values)
  if (!values.has('null') && version >= 50) values.set('null', no)
  if (!values.has('precision') && version >= 60) values.set('precision', { kind: 'number', text: '6' })
  return new Options(values)
}

/** The columns of a reference: `user_id`, and `user_type` before it when it is polymorphic. */
export function referenceColumns(
  name: string,
  options: Options,
  version: number,
): { column: string; type: string; given: Options }[] {
  const given = options.without('polymorphic', 'index', 'foreign_key', 'type', 'if_not_exists')
  const type = options.text('type') ?? (version < 51 ? 'integer' : 'bigint')
  const columns = [{ column: `${name}_id`, type, given }]
  if (!options.isSet('polymorphic')) return columns
  const inner = new Map(options.inner('polymorphic').values)
  const nullable = options.value('null')
  if (nullable) inner.set('null', nullable)
  return [{ column: `${name}_type`, type: 'string', given: new Options(inner) }, ...columns]
}

/** The index of a reference, which exists unless `index: false` says otherwise (before 5.0: unless it is asked for). */
export function referenceIndex(table: string, name: string, options: Options, version: number): string[] | null {
  if (options.isFalse('index') || (version < 50 && !options.isSet('index'))) return null
  const polymorphic = options.isSet('polymorphic')
  const columns = polymorphic ? [`${name}_type`, `${name}_id`] : [`${name}_id`]
  const inner = options.inner('index')
  const named = polymorphic && version >= 61 && !inner.has('name')
  const given = named ? inner.with('name', textValue(`index_${table}_on_${name}`)) : inner
  return indexSql(table, { kind: 'list', items: columns.map((column) => textValue(column)) }, given, version)
}

/** The foreign key of a reference, as a part of a table's definition. */
export function referenceKey(table: string, name: string, options: Options): string {
  const inner = options.inner('foreign_key')
  const to = inner.text('to_table') ?? plural(name)
  return foreignKeySql(table, to, inner.with('column', textValue(`${name}_id`)))
}

export function commentSql(table: string, column: string, comment: string | null): string {
  return `COMMENT ON COLUMN ${quoteTable(table)}.${quoteName(column)} IS ${comment === null ? 'NULL' : quoteText(comment)}`
}

/** A name that is given as string or symbol. */
export function nameOf(value: Value | undefined): string {
  if (value?.kind === 'unknown') return raise(value.reason)
  return textOf(value) ?? raise('a name that is not known')
}
