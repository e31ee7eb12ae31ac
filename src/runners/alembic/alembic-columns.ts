import { textOf, type Value } from '../../languages/code/values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName, quoteText } from '../code/quoting.ts'
import { expressionOrName, expressionSql, textSql } from './alembic-expressions.ts'
import { type SqlType, sqlType } from './alembic-types.ts'
import { type Built, built, Given, isNone, isTrue, nameIn } from './alembic-values.ts'

/** One `sa.Column(…)`, taken apart. */
export interface ColumnParts {
  name: string
  type: SqlType
  key: boolean
  unique: boolean
  index: boolean
  comment: string | null
  foreignKeys: Built[]
  checks: Built[]
  call: Built
  /** Parts that are not known and matter to no lock, each a clause. */
  gaps: string[]
}

export function columnParts(value: Value | undefined): ColumnParts {
  const call = built(value)
  if (call?.name === 'Column') return partsOf(call)
  return raise(value?.kind === 'unknown' ? value.reason : 'a column that is not known')
}

function partsOf(call: Built): ColumnParts {
  const gaps: string[] = []
  const given = new Given(call.args, call.named)
  const nested = call.args.map((arg) => built(arg)).filter((arg) => arg !== null)
  const named = (name: string): Built[] => nested.filter((arg) => arg.name === name)
  const type = given.value('type_') ?? call.args.slice(1).find((arg) => isType(built(arg)))
  return {
    name: given.text('name', 0),
    type: sqlType(type, gaps),
    key: given.isTrue('primary_key'),
    unique: given.isTrue('unique'),
    index: given.isTrue('index'),
    comment: given.maybe('comment'),
    foreignKeys: named('ForeignKey'),
    checks: named('CheckConstraint'),
    call,
    gaps,
  }
}

const notTypes = /^(ForeignKey|CheckConstraint|Computed|Identity|Sequence|FetchedValue|DefaultClause)$/

function isType(call: Built | null): boolean {
  return call !== null && !notTypes.test(call.name)
}

/** A column as `CREATE TABLE` and `ADD COLUMN` define it; `counts`: it is the key that numbers its rows by itself. */
export function columnSql(column: ColumnParts, counts: boolean, inKey: boolean): string {
  const { call, type } = column
  const nested = call.args.map((arg) => built(arg)).filter((arg) => arg !== null)
  const computed = nested.find(({ name }) => name === 'Computed')
  const identity = nested.find(({ name }) => name === 'Identity')
  const given = call.named.get('server_default')
  const inDefault = built(given)
  let sql = `${quoteName(column.name)} ${counts && !identity && type.serial ? type.serial : type.sql}`
  const ownDefault = given && !isNone(given) && !/^(FetchedValue|Identity|Computed)$/.test(inDefault?.name ?? '')
  if (ownDefault) sql += ` DEFAULT ${columnDefault(given, column.gaps)}`
  const expression = computed ?? (inDefault?.name === 'Computed' ? inDefault : null)
  if (expression)
    sql += ` GENERATED ALWAYS AS (${textSql(expression.args[0])?.sql ?? raise('an expression that is not read')}) STORED`
  const counted = identity ?? (inDefault?.name === 'Identity' ? inDefault : null)
  if (counted) sql += ` GENERATED ${isTrue(counted.named.get('always')) ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`
  const nullable = call.named.get('nullable')
  const required = nullable ? nullable.kind === 'constant' && nullable.value === false : column.key || inKey
  if (required && !counted) sql += ' NOT NULL'
  return sql
}

/** A constant that is not in the repository is a literal, which is the same for each row: its value is left open. */
function columnDefault(given: Value, gaps: string[]): string {
  const name = given.kind === 'path' || given.kind === 'made' ? given.path : ''
  if (!/^(?:[a-z]\w*\.)+[A-Z][A-Z0-9_]*$/.test(name)) return defaultSql(given)
  gaps.push(`the default is shown as $1: \`${name}\` is not in this repository`)
  return '$1'
}

/** A text is a literal, `sa.text("…")` an expression. */
export function defaultSql(value: Value): string {
  const call = built(value)
  if (call?.name === 'DefaultClause' && call.args[0]) return defaultSql(call.args[0])
  return value.kind === 'text' ? quoteText(value.text) : expressionSql(value)
}

/** A constraint in a table's definition, with its name when it has one. */
export function constraintSql(call: Built, own: string[] | null = null): string {
  const { args } = call
  const given = new Given(args, call.named)
  const name = given.maybe('name')
  const lead = name === null ? '' : `CONSTRAINT ${quoteName(name)} `
  const columns = own ?? (/^(PrimaryKey|Unique)Constraint$/.test(call.name) ? columnsIn(args) : [])
  switch (call.name) {
    case 'PrimaryKeyConstraint':
      return `${lead}PRIMARY KEY (${columns.map(quoteName).join(', ')})`
    case 'UniqueConstraint':
      return `${lead}UNIQUE (${columns.map(quoteName).join(', ')})${deferral(given)}`
    case 'CheckConstraint':
      return `${lead}CHECK (${conditionSql(args[0])})${notValid(given)}`
    case 'ForeignKeyConstraint': {
      const targets = given.texts('refcolumns', 1).map(targetOf)
      const local = given.texts('columns', 0)
      return `${lead}${foreignKeySql(
        local,
        targets[0]?.table ?? '',
        targets.map(({ column }) => column),
        given,
      )}`
    }
    case 'ForeignKey': {
      const { table, column } = targetOf(nameIn(args[0]) ?? raise('the target of a foreign key is not known'))
      return `${lead}${foreignKeySql(columns, table, [column], given)}`
    }
    case 'ExcludeConstraint':
      return `${lead}${excludeSql(args, given)}`
    default:
      return raise(`\`${call.name}\` is not read`)
  }
}

export function foreignKeySql(local: string[], table: string, remote: string[], given: Given): string {
  const action = (name: string, word: string): string => {
    const value = given.maybe(name)
    return value === null ? '' : ` ${word} ${value}`
  }
  const names = (columns: string[]): string => columns.map(quoteName).join(', ')
  return `FOREIGN KEY (${names(local)}) REFERENCES ${table} (${names(remote)})${action('match', 'MATCH')}${action('ondelete', 'ON DELETE')}${action('onupdate', 'ON UPDATE')}${deferral(given)}${notValid(given)}`
}

/** `schema.table.column` as a table and a column. */
function targetOf(text: string): { table: string; column: string } {
  const parts = text.split('.')
  const column = parts.pop() ?? ''
  return { table: parts.map(quoteName).join('.'), column }
}

export function excludeSql(elements: Value[], given: Given): string {
  const parts = elements.map((element) => {
    if (element.kind !== 'list') return raise('an exclusion constraint that is not read')
    return `${expressionOrName(element.items[0])} WITH ${textOf(element.items[1]) ?? raise('an operator that is not known')}`
  })
  const where = given.value('where')
  return `EXCLUDE USING ${given.maybe('using') ?? 'gist'} (${parts.join(', ')})${where && !isNone(where) ? ` WHERE (${conditionSql(where)})` : ''}`
}

/** A condition that is given as text or as an expression. */
export function conditionSql(value: Value | undefined): string {
  return textSql(value)?.sql ?? expressionSql(value)
}

function deferral(given: Given): string {
  const deferrable = given.value('deferrable')
  const initially = given.maybe('initially')
  const word = isTrue(deferrable) ? ' DEFERRABLE' : ''
  return `${word}${initially === null ? '' : ` INITIALLY ${initially}`}`
}

function notValid(given: Given): string {
  return given.isTrue('postgresql_not_valid') ? ' NOT VALID' : ''
}

function columnsIn(args: Value[]): string[] {
  return args.map((arg) => nameIn(arg) ?? raise('the columns of a constraint are not known'))
}
