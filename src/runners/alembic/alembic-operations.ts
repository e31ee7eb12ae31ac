import { textOf, type Value } from '../../languages/code/values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName, quoteText } from '../code/quoting.ts'
import {
  type ColumnParts,
  columnParts,
  columnSql,
  conditionSql,
  constraintSql,
  defaultSql,
  excludeSql,
  foreignKeySql,
} from './alembic-columns.ts'
import { expressionOrName, expressionSql, tableIn } from './alembic-expressions.ts'
import { type SqlType, sqlType } from './alembic-types.ts'
import { type Built, built, Given, isNone, isTrue } from './alembic-values.ts'

/** The messages of an operation of `op`. `batchTable`: inside `batch_alter_table`, whose operations leave the table out. */
export function operationSql(
  name: string,
  args: Value[],
  named: Map<string, Value>,
  batchTable: BatchTable | null,
  enums: Set<string>,
  gaps: string[],
): string[] | null {
  const operation = operations[name.replace(/^batch_/, '')]
  if (!operation) return null
  const given = new Given(withTable(name, args, batchTable), batchTable ? inBatch(named, batchTable) : named)
  return operation(given, enums, gaps)
}

export interface BatchTable {
  name: Value
  schema: Value | undefined
}

/** Where the table would be among the arguments of the operation. */
const tableAt: Record<string, number> = {
  create_index: 1,
  drop_index: 1,
  create_unique_constraint: 1,
  create_foreign_key: 1,
  create_check_constraint: 1,
  create_primary_key: 1,
  create_exclude_constraint: 1,
  drop_constraint: 1,
}

function withTable(name: string, args: Value[], table: BatchTable | null): Value[] {
  if (!table) return args
  const at = tableAt[name] ?? 0
  return [...args.slice(0, at), table.name, ...args.slice(at)]
}

function inBatch(named: Map<string, Value>, { schema }: BatchTable): Map<string, Value> {
  return schema ? new Map([...named, ['schema', schema]]) : named
}

type Operation = (given: Given, enums: Set<string>, gaps: string[]) => string[]

const operations: Record<string, Operation> = {
  create_table: createTable,
  drop_table: (given) => {
    const exists = given.isTrue('if_exists') ? 'IF EXISTS ' : ''
    return [`DROP TABLE ${exists}${qualified(given, 'table_name', 0)}`]
  },
  rename_table: (given) => [
    `ALTER TABLE ${qualified(given, 'old_table_name', 0)} RENAME TO ${quoteName(given.text('new_table_name', 1))}`,
  ],
  add_column: addColumn,
  drop_column: (given) => [
    `ALTER TABLE ${qualified(given, 'table_name', 0)} DROP COLUMN ${given.isTrue('if_exists') ? 'IF EXISTS ' : ''}${quoteName(given.text('column_name', 1))}`,
  ],
  alter_column: alterColumn,
  create_index: (given) => [
    createIndex(given, qualified(given, 'table_name', 1), given.maybe('index_name', 0), indexed(given)),
  ],
  drop_index: (given) => {
    const concurrently = given.isTrue('postgresql_concurrently') ? 'CONCURRENTLY ' : ''
    const exists = given.isTrue('if_exists') ? 'IF EXISTS ' : ''
    const schema = given.maybe('schema')
    return [
      `DROP INDEX ${concurrently}${exists}${schema === null ? '' : `${quoteName(schema)}.`}${quoteName(given.text('index_name', 0))}`,
    ]
  },
  create_unique_constraint: (given) => [
    addConstraint(given, `UNIQUE (${given.texts('columns', 2).map(quoteName).join(', ')})${deferral(given)}`),
  ],
  create_primary_key: (given) => [
    addConstraint(given, `PRIMARY KEY (${given.texts('columns', 2).map(quoteName).join(', ')})`),
  ],
  create_check_constraint: (given) => [
    addConstraint(
      given,
      `CHECK (${conditionSql(given.value('condition', 2))})${given.isTrue('postgresql_not_valid') ? ' NOT VALID' : ''}`,
    ),
  ],
  create_foreign_key: createForeignKey,
  create_exclude_constraint: (given) => {
    const elements: Value[] = []
    for (let at = 2; ; at++) {
      const element = given.value('', at)
      if (!element) break
      elements.push(element)
    }
    return [addConstraint(given, excludeSql(elements, given))]
  },
  drop_constraint: (given) => {
    const exists = given.isTrue('if_exists') ? 'IF EXISTS ' : ''
    return [
      `ALTER TABLE ${qualified(given, 'table_name', 1)} DROP CONSTRAINT ${exists}${quoteName(given.text('constraint_name', 0))}`,
    ]
  },
  create_table_comment: (given) => [commentOnTable(given, given.text('comment', 1))],
  drop_table_comment: (given) => [`COMMENT ON TABLE ${qualified(given, 'table_name', 0)} IS NULL`],
  bulk_insert: bulkInsert,
}

function qualified(given: Given, name: string, at: number): string {
  const schema = given.maybe('schema')
  return `${schema === null ? '' : `${schema.split('.').map(quoteName).join('.')}.`}${quoteName(given.text(name, at))}`
}

function createTable(given: Given, enums: Set<string>, gaps: string[]): string[] {
  const table = qualified(given, 'table_name', 0)
  const columns: ColumnParts[] = []
  const constraints: Built[] = []
  const indexes: Built[] = []
  for (let at = 1; ; at++) {
    const value = given.value('', at)
    if (!value) break
    const call = built(value)
    if (call?.name === 'Column') columns.push(columnParts(value))
    else if (call?.name === 'Index') indexes.push(call)
    else if (call && /Constraint$/.test(call.name)) constraints.push(call)
    else if (call?.name === 'MetaData' || isNone(value)) continue
    else raise(value.kind === 'unknown' ? value.reason : 'a part of a table that is not known')
  }
  const keyCall = constraints.find(({ name }) => name === 'PrimaryKeyConstraint')
  const keys = [...new Set([...columns.filter(({ key }) => key).map(({ name }) => name), ...keyNames(keyCall)])]
  const lines = columns.map((column) => {
    const checks = column.checks.map((check) => ` ${constraintSql(check)}`).join('')
    return columnSql(column, countsByItself(column, keys), keys.includes(column.name)) + checks
  })
  if (keyCall || keys.length > 0) {
    lines.push(
      constraintSql(
        keyCall ?? { name: 'PrimaryKeyConstraint', path: '', target: null, args: [], named: new Map() },
        keys,
      ),
    )
  }
  // In the order in which SQLAlchemy makes them: those of the call first, those of a column when it joins the table.
  lines.push(...constraints.filter((call) => call !== keyCall).map((call) => constraintSql(call)))
  for (const column of columns) {
    if (column.unique && !column.index) lines.push(`UNIQUE (${quoteName(column.name)})`)
    lines.push(...column.foreignKeys.map((key) => constraintSql(key, [column.name])))
  }
  gaps.push(...columns.flatMap((column) => column.gaps))
  const partition = given.maybe('postgresql_partition_by')
  const exists = given.isTrue('if_not_exists') ? 'IF NOT EXISTS ' : ''
  const prefix = given.value('prefixes')?.kind === 'list' ? `${given.texts('prefixes').join(' ')} ` : ''
  const comment = given.maybe('comment')
  return [
    ...columns.flatMap(({ type }) => enumOf(type, enums)),
    `CREATE ${prefix}TABLE ${exists}${table} (${lines.join(', ')})${partition === null ? '' : ` PARTITION BY ${partition}`}`,
    ...columns.filter(({ index }) => index).map((column) => columnIndex(given, table, column)),
    ...indexes.map((index) =>
      createIndex(new Given([], index.named), table, textOf(index.args[0]), index.args.slice(1)),
    ),
    ...(comment === null ? [] : [commentOnTable(given, comment)]),
    ...columns.flatMap((column) => commentOn(table, column)),
  ]
}

function keyNames(call: Built | undefined): string[] {
  return call ? call.args.map((arg) => textOf(arg) ?? raise('the columns of the key are not known')) : []
}

/** SQLAlchemy's `autoincrement="auto"`: the only key column, a whole number, no default and no foreign key. */
function countsByItself({ name, call, foreignKeys }: ColumnParts, keys: string[]): boolean {
  const wish = call.named.get('autoincrement')
  if (!keys.includes(name) || (wish?.kind === 'constant' && wish.value === false)) return false
  if (isTrue(wish)) return true
  const given = call.named.get('server_default')
  return keys.length === 1 && foreignKeys.length === 0 && (!given || isNone(given))
}

/** A native enum is created with the first table that uses it in a run. */
function enumOf(type: SqlType, enums: Set<string>): string[] {
  if (!type.enum?.creates || enums.has(type.enum.name)) return []
  enums.add(type.enum.name)
  return [type.enum.create === '' ? raise('the values of an enum are not known') : type.enum.create]
}

function addColumn(given: Given, _enums: Set<string>, gaps: string[]): string[] {
  const table = qualified(given, 'table_name', 0)
  const column = columnParts(given.value('column', 1))
  const exists = given.isTrue('if_not_exists') ? 'IF NOT EXISTS ' : ''
  const checks = column.checks.map((check) => ` ${constraintSql(check)}`).join('')
  const definition = columnSql(column, column.key, column.key)
  gaps.push(...column.gaps)
  return [
    `ALTER TABLE ${table} ADD COLUMN ${exists}${definition}${checks}`,
    ...column.foreignKeys.map((key) => `ALTER TABLE ${table} ADD ${constraintSql(key, [column.name])}`),
    ...(column.unique && !column.index ? [`ALTER TABLE ${table} ADD UNIQUE (${quoteName(column.name)})`] : []),
    ...(column.index ? [columnIndex(given, table, column)] : []),
    ...commentOn(table, column),
  ]
}

/** `index=True`: SQLAlchemy's default name is `ix_<table>_<column>`. */
function columnIndex(given: Given, table: string, column: ColumnParts): string {
  const schema = given.maybe('schema')
  const name = `ix_${schema === null ? '' : `${schema}_`}${given.text('table_name', 0)}_${column.name}`
  return `CREATE ${column.unique ? 'UNIQUE ' : ''}INDEX ${quoteName(name)} ON ${table} (${quoteName(column.name)})`
}

/** Type first, then NULL, default, comment and name, each a statement (PostgresqlImpl.alter_column). */
function alterColumn(given: Given): string[] {
  const table = qualified(given, 'table_name', 0)
  const name = quoteName(given.text('column_name', 1))
  const alter = `ALTER TABLE ${table} ALTER COLUMN ${name}`
  const sql: string[] = []
  const type = given.value('type_')
  if (type && !isNone(type)) {
    const using = given.maybe('postgresql_using')
    sql.push(`${alter} TYPE ${sqlType(type).sql}${using === null ? '' : ` USING ${using}`}`)
  }
  const nullable = given.value('nullable')
  if (nullable?.kind === 'unknown') raise(nullable.reason)
  if (nullable && !isNone(nullable)) sql.push(`${alter} ${isTrue(nullable) ? 'DROP' : 'SET'} NOT NULL`)
  const fallback = given.value('server_default')
  const identity = built(fallback)?.name === 'Identity'
  const unset = fallback?.kind === 'constant' && fallback.value === false
  if (fallback && isNone(fallback))
    sql.push(
      built(given.value('existing_server_default'))?.name === 'Identity'
        ? `${alter} DROP IDENTITY`
        : `${alter} DROP DEFAULT`,
    )
  else if (fallback && identity)
    sql.push(
      `${alter} ADD GENERATED ${isTrue(built(fallback)?.named.get('always')) ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`,
    )
  else if (fallback && !unset) sql.push(`${alter} SET DEFAULT ${defaultSql(fallback)}`)
  const comment = given.value('comment')
  if (comment && !(comment.kind === 'constant' && comment.value === false)) {
    sql.push(`COMMENT ON COLUMN ${table}.${name} IS ${isNone(comment) ? 'NULL' : quoteText(given.text('comment'))}`)
  }
  const renamed = given.maybe('new_column_name') ?? given.maybe('name')
  if (renamed !== null) sql.push(`ALTER TABLE ${table} RENAME ${name} TO ${quoteName(renamed)}`)
  return sql
}

function indexed(given: Given): Value[] {
  const value = given.value('columns', 2)
  if (value?.kind === 'list') return value.items
  return value ? [value] : raise('the columns of an index are not known')
}

function createIndex(given: Given, table: string, name: string | null, columns: Value[]): string {
  const ops = given.value('postgresql_ops')
  const parts = columns.map((column) => {
    const ordered = /^(desc|asc|nulls_?(first|last))$/.test(built(column)?.name ?? '')
    const plainColumn = column.kind === 'text' || built(column)?.name === 'column'
    const sql = expressionOrName(column)
    const grouped = plainColumn || ordered || built(column)?.name === 'text' ? sql : `(${sql})`
    const ownOps = ops?.kind === 'dict' && column.kind === 'text' ? textOf(ops.entries.get(column.text)) : null
    return ownOps === null ? grouped : `${grouped} ${ownOps}`
  })
  const using = given.maybe('postgresql_using')
  const include = given.value('postgresql_include')
  const storage = given.value('postgresql_with')
  const where = given.value('postgresql_where')
  const words = [
    'CREATE',
    given.isTrue('unique') ? 'UNIQUE' : '',
    'INDEX',
    given.isTrue('postgresql_concurrently') ? 'CONCURRENTLY' : '',
    given.isTrue('if_not_exists') ? 'IF NOT EXISTS' : '',
    name === null ? '' : quoteName(name),
    `ON ${table}`,
    using === null ? '' : `USING ${using}`,
    `(${parts.join(', ')})`,
    include?.kind === 'list' ? `INCLUDE (${given.texts('postgresql_include').map(quoteName).join(', ')})` : '',
    storage?.kind === 'dict'
      ? `WITH (${[...storage.entries].map(([key, value]) => `${key} = ${textOf(value)}`).join(', ')})`
      : '',
    given.isTrue('postgresql_nulls_not_distinct') ? 'NULLS NOT DISTINCT' : '',
    where && !isNone(where) ? `WHERE ${conditionSql(where)}` : '',
  ]
  return words.filter((word) => word !== '').join(' ')
}

function addConstraint(given: Given, definition: string): string {
  const name = given.maybe('constraint_name', 0)
  return `ALTER TABLE ${qualified(given, 'table_name', 1)} ADD ${name === null ? '' : `CONSTRAINT ${quoteName(name)} `}${definition}`
}

function deferral(given: Given): string {
  const initially = given.maybe('initially')
  return `${given.isTrue('deferrable') ? ' DEFERRABLE' : ''}${initially === null ? '' : ` INITIALLY ${initially}`}`
}

function createForeignKey(given: Given): string[] {
  const schema = given.maybe('source_schema') ?? given.maybe('schema')
  const other = given.maybe('referent_schema')
  const table = (name: string, at: number, within: string | null): string =>
    `${within === null ? '' : `${quoteName(within)}.`}${quoteName(given.text(name, at))}`
  const name = given.maybe('constraint_name', 0)
  const key = foreignKeySql(
    given.texts('local_cols', 3),
    table('referent_table', 2, other),
    given.texts('remote_cols', 4),
    given,
  )
  return [
    `ALTER TABLE ${table('source_table', 1, schema)} ADD ${name === null ? '' : `CONSTRAINT ${quoteName(name)} `}${key}`,
  ]
}

function commentOnTable(given: Given, comment: string): string {
  return `COMMENT ON TABLE ${qualified(given, 'table_name', 0)} IS ${quoteText(comment)}`
}

function commentOn(table: string, { name, comment }: ColumnParts): string[] {
  return comment === null ? [] : [`COMMENT ON COLUMN ${table}.${quoteName(name)} IS ${quoteText(comment)}`]
}

/** One INSERT of all rows; the tool may send a message a row. */
function bulkInsert(given: Given): string[] {
  const table = tableIn(given.value('table', 0)) ?? raise('the table of the rows is not known')
  const rows = given.value('rows', 1)
  if (rows?.kind !== 'list') return raise('the rows are not known')
  if (rows.items.length === 0) return []
  const names = new Set<string>()
  for (const row of rows.items) if (row.kind === 'dict') for (const name of row.entries.keys()) names.add(name)
  const lines = rows.items.map((row) => {
    if (row.kind !== 'dict') return raise('the rows are not known')
    return `(${[...names].map((name) => (row.entries.has(name) ? expressionSql(row.entries.get(name)) : 'DEFAULT')).join(', ')})`
  })
  return [`INSERT INTO ${table} (${[...names].map(quoteName).join(', ')}) VALUES ${lines.join(', ')}`]
}
