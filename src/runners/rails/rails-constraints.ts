import { textOf, type Value } from '../../languages/code/values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName } from '../code/quoting.ts'
import { checkName, constraintName, foreignKeyColumn, foreignKeyName, indexName, quoteTable } from './rails-names.ts'
import { type Options, textsOf } from './rails-options.ts'

/** `CREATE INDEX` of `add_index` and `t.index`. */
export function indexSql(table: string, columns: Value | undefined, options: Options, version: number): string[] {
  const names = indexColumns(columns)
  const name = options.text('name') ?? indexName(table, wordsOf(names), version)
  const parts = ['CREATE']
  if (options.isTrue('unique')) parts.push('UNIQUE')
  parts.push('INDEX')
  if (options.text('algorithm') === 'concurrently') parts.push('CONCURRENTLY')
  if (options.isTrue('if_not_exists')) parts.push('IF NOT EXISTS')
  parts.push(quoteName(name), 'ON', quoteTable(table))
  const using = options.text('using')
  if (using !== null) parts.push(`USING ${using}`)
  parts.push(`(${typeof names === 'string' ? names : names.map((column) => indexColumn(column, options)).join(', ')})`)
  const include = textsOf(options.value('include'))
  if (include) parts.push(`INCLUDE (${include.map(quoteName).join(', ')})`)
  if (options.isTrue('nulls_not_distinct')) parts.push('NULLS NOT DISTINCT')
  const where = options.text('where')
  if (where !== null) parts.push(`WHERE ${where}`)
  const comment = options.text('comment')
  const sql = [parts.join(' ')]
  if (comment !== null) sql.push(`COMMENT ON INDEX ${quoteName(name)} IS '${comment.replaceAll("'", "''")}'`)
  return sql
}

/** A text with more than a word in it is an expression. */
export function indexColumns(value: Value | undefined): string[] | string {
  if (value?.kind === 'text' && /\W/.test(value.text)) return value.text
  return textsOf(value) ?? raise('the columns of an index are not known')
}

/** The columns as they go into a generated name. */
export function wordsOf(columns: string[] | string): string[] {
  return typeof columns === 'string' ? [(columns.match(/\w+/g) ?? []).join('_')] : columns
}

function indexColumn(column: string, options: Options): string {
  const perColumn = (name: string): string | null => {
    const value = options.value(name)
    return value?.kind === 'dict' ? textOf(value.entries.get(column)) : textOf(value)
  }
  const opclass = perColumn('opclass')
  const order = perColumn('order')
  return `${quoteName(column)}${opclass === null ? '' : ` ${opclass}`}${order === null ? '' : ` ${order.toUpperCase()}`}`
}

/** A foreign key as a part of `CREATE TABLE`, or behind `ADD`. */
export function foreignKeySql(from: string, to: string, options: Options): string {
  const columns = textsOf(options.value('column')) ?? [foreignKeyColumn(to)]
  const keys = textsOf(options.value('primary_key')) ?? ['id']
  const name = options.text('name') ?? foreignKeyName(from, columns)
  let sql = `CONSTRAINT ${quoteName(name)} FOREIGN KEY (${columns.map(quoteName).join(', ')}) REFERENCES ${quoteTable(to)} (${keys.map(quoteName).join(', ')})`
  for (const [option, word] of [
    ['on_delete', 'DELETE'],
    ['on_update', 'UPDATE'],
  ] as const) {
    const action = options.text(option)
    if (action !== null) sql += ` ON ${word} ${action === 'nullify' ? 'SET NULL' : action.toUpperCase()}`
  }
  const deferrable = options.text('deferrable')
  if (deferrable !== null) sql += ` DEFERRABLE INITIALLY ${deferrable.toUpperCase()}`
  else if (options.isTrue('deferrable')) sql += ' DEFERRABLE'
  return sql
}

/** The name of a foreign key that a call means by its table, its column or its name. */
export function foreignKeyMeant(from: string, to: string | null, options: Options): string {
  const name = options.text('name')
  if (name !== null) return name
  const columns = textsOf(options.value('column'))
  const table = to ?? options.text('to_table')
  if (columns) return foreignKeyName(from, columns)
  return table === null ? raise('the foreign key is not known') : foreignKeyName(from, [foreignKeyColumn(table)])
}

/** A check constraint as a part of `CREATE TABLE`, or behind `ADD`. */
export function checkSql(table: string, expression: string, options: Options): string {
  const name = options.text('name') ?? checkName(table, expression)
  return `CONSTRAINT ${name} CHECK (${expression})${options.isFalse('validate') ? ' NOT VALID' : ''}`
}

/** A unique constraint (7.1) as a part of `CREATE TABLE`, or behind `ADD`. */
export function uniqueSql(table: string, columns: string[], options: Options): string {
  const index = options.text('using_index')
  const name = options.text('name') ?? constraintName('uniq', table, columns.join('_'))
  const over =
    index === null ? `UNIQUE (${columns.map(quoteName).join(', ')})` : `UNIQUE USING INDEX ${quoteName(index)}`
  const deferrable = options.text('deferrable')
  return `CONSTRAINT ${quoteName(name)} ${over}${deferrable === null ? '' : ` DEFERRABLE INITIALLY ${deferrable.toUpperCase()}`}`
}

/** An exclusion constraint (7.1) as a part of `CREATE TABLE`, or behind `ADD`. */
export function exclusionSql(table: string, expression: string, options: Options): string {
  const name = options.text('name') ?? constraintName('excl', table, expression)
  const using = options.text('using')
  const where = options.text('where')
  return `CONSTRAINT ${quoteName(name)} EXCLUDE${using === null ? '' : ` USING ${using}`} (${expression})${where === null ? '' : ` WHERE (${where})`}`
}
