import { textOf, type Value } from '../../languages/code/values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName, quoteText } from '../code/quoting.ts'
import { sqlType } from './alembic-types.ts'
import { type Built, built, nameIn } from './alembic-values.ts'

/** SQL of an expression of SQLAlchemy: `sa.text("x")`, `sa.func.now()`, `t.c.x == 1`. A plain text is a literal. */
export function expressionSql(value: Value | undefined): string {
  if (value?.kind === 'text') return quoteText(value.text)
  if (value?.kind === 'number') return value.text
  if (value?.kind === 'constant') return value.value === null ? 'NULL' : String(value.value)
  if (value?.kind === 'unknown') return raise(value.reason)
  if (value?.kind === 'list') return `(${value.items.map(expressionSql).join(', ')})`
  const call = built(value)
  return call ? callSql(call) : raise('an expression that is not read')
}

/** The text of `sa.text("…")`, with the parameters that are bound to it in place; null for other values. */
export function textSql(value: Value | undefined): { sql: string; at: number | null } | null {
  if (value?.kind === 'text')
    return { sql: unescapedColons(value.text), at: value.text.includes('\\:') ? null : value.at }
  const call = built(value)
  if (!call) return null
  if (call.name === 'bindparams' || call.name === 'params') return bound(call)
  if (call.name === 'execution_options' || call.name === 'columns') return textSql(call.target ?? undefined)
  if (/^(text|DDL|literal_column)$/.test(call.name) && call.args[0]?.kind === 'text') return textSql(call.args[0])
  return null
}

function bound(call: Built): { sql: string; at: null } | null {
  const text = textSql(call.target ?? undefined)
  if (!text) return null
  let { sql } = text
  const values = new Map(call.named)
  for (const arg of call.args) {
    const param = built(arg)
    const name = param?.name === 'bindparam' ? textOf(param.args[0]) : null
    const value = param?.named.get('value') ?? param?.args[1]
    if (name !== null && value) values.set(name, value)
  }
  for (const [name, value] of values) sql = withParameter(sql, name, value)
  return { sql, at: null }
}

/** Puts a literal where the text has `:name`. */
export function withParameter(sql: string, name: string, value: Value): string {
  const literal = value.kind === 'dict' ? raise('a parameter that is not known') : expressionSql(value)
  return sql.replaceAll(new RegExp(`(?<![:\\w]):${name}\\b`, 'g'), () => literal)
}

function unescapedColons(text: string): string {
  return text.replaceAll('\\:', ':')
}

const constants: Record<string, string> = {
  true: 'true',
  false: 'false',
  null: 'NULL',
  current_timestamp: 'CURRENT_TIMESTAMP',
  current_date: 'CURRENT_DATE',
  current_time: 'CURRENT_TIME',
}

const operators: Record<string, string> = {
  'operator ==': '=',
  'operator !=': '<>',
  'operator <': '<',
  'operator >': '>',
  'operator <=': '<=',
  'operator >=': '>=',
  'operator &': 'AND',
  'operator |': 'OR',
  'operator +': '+',
  'operator -': '-',
  'operator *': '*',
}

function callSql(call: Built): string {
  const text = textSql({ kind: 'made', start: 0, end: 0, ...call })
  if (text) return text.sql
  const { name, path, target, args } = call
  const [first, second] = args
  const column = /(?:^|\.)c\.(\w+)$/.exec(path)?.[1]
  if (column && args.length === 0) {
    const table = tableIn(built(target ?? undefined)?.target)
    return `${table === null ? '' : `${table}.`}${quoteName(column)}`
  }
  const operator = operators[path]
  if (operator) {
    const nothing = (second?.kind === 'constant' && second.value === null) || built(second)?.name === 'null'
    if (nothing && (operator === '=' || operator === '<>'))
      return `${expressionSql(first)} IS ${operator === '=' ? '' : 'NOT '}NULL`
    return `(${expressionSql(first)} ${operator} ${expressionSql(second)})`
  }
  if (constants[name] && args.length === 0) return constants[name]
  const self = (): string => expressionSql(target ?? undefined)
  switch (name) {
    case 'column':
    case 'literal_column':
      return quoteName(nameIn(first) ?? raise('an expression that is not read'))
    case 'literal':
    case 'inline_literal':
    case 'bindparam':
      return expressionSql(first)
    case 'cast':
    case 'type_coerce':
      return `CAST(${expressionSql(first)} AS ${sqlType(second).sql})`
    case 'desc':
    case 'asc':
      return `${target ? self() : expressionOrName(first)} ${name.toUpperCase()}`
    case 'nullslast':
    case 'nulls_last':
      return `${target ? self() : expressionOrName(first)} NULLS LAST`
    case 'nullsfirst':
    case 'nulls_first':
      return `${target ? self() : expressionOrName(first)} NULLS FIRST`
    case 'is_':
      return `${self()} IS ${expressionSql(first)}`
    case 'isnot':
    case 'is_not':
      return `${self()} IS NOT ${expressionSql(first)}`
    case 'in_':
    case 'notin_':
    case 'not_in':
      return `${self()} ${name === 'in_' ? 'IN' : 'NOT IN'} ${expressionSql(first)}`
    case 'like':
    case 'ilike':
      return `${self()} ${name.toUpperCase()} ${expressionSql(first)}`
    case 'and_':
    case 'or_':
      return `(${args.map(expressionSql).join(name === 'and_' ? ' AND ' : ' OR ')})`
    case 'not_':
      return `NOT (${expressionSql(first)})`
  }
  if (/(^|\.)func\.\w+(\.\w+)?$/.test(path))
    return `${path.replace(/^.*func\./, '')}(${args.map(expressionSql).join(', ')})`
  return raise('an expression that is not read')
}

/** A text names a column here, where elsewhere it is a literal. */
export function expressionOrName(value: Value | undefined): string {
  return value?.kind === 'text' ? quoteName(value.text) : expressionSql(value)
}

/** `sa.table("x", …)` or `sa.Table("x", …)` by name; null for other values. */
export function tableIn(value: Value | null | undefined): string | null {
  const call = built(value ?? undefined)
  if (!call || !/^(table|Table|TableClause)$/.test(call.name)) return null
  const name = textOf(call.args[0])
  const schema = textOf(call.named.get('schema'))
  return name === null ? null : `${schema === null ? '' : `${quoteName(schema)}.`}${quoteName(name)}`
}

/** True for a SELECT that SQLAlchemy builds: it only reads rows. */
export function isQuery(value: Value | undefined): boolean {
  for (let at = built(value); at; at = built(at.target ?? undefined))
    if (/^(?:select|exists|union|union_all|query)$/.test(at.name)) return true
  return false
}

/** SQL of `table.update().where(…).values(…)` and its kin; null for other values. */
export function statementSql(value: Value | undefined): string | null {
  const chain: Built[] = []
  for (let at = built(value); at; at = built(at.target ?? undefined)) chain.unshift(at)
  const start = chain.findIndex(({ name }) => /^(update|insert|delete)$/.test(name))
  const verb = chain[start]
  if (!verb) return null
  const table = tableIn(verb.args[0]) ?? tableIn(verb.target)
  if (table === null) return raise('the table of an expression is not known')
  const later = chain.slice(start + 1)
  const conditions = later
    .filter(({ name }) => name === 'where' || name === 'filter')
    .flatMap(({ args }) => args.map(expressionSql))
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  if (verb.name === 'delete') return `DELETE FROM ${table}${where}`
  const values = valuesOf(later.find(({ name }) => name === 'values') ?? verb)
  const names = [...values.keys()].map(quoteName)
  const literals = [...values.values()].map(expressionSql)
  if (verb.name === 'insert') {
    return names.length === 0
      ? raise('the values of a row are not known')
      : `INSERT INTO ${table} (${names.join(', ')}) VALUES (${literals.join(', ')})`
  }
  if (names.length === 0) return raise('the columns of an update are not known')
  return `UPDATE ${table} SET ${names.map((name, i) => `${name} = ${literals[i]}`).join(', ')}${where}`
}

function valuesOf({ args, named }: Built): Map<string, Value> {
  const dict = args.find((arg) => arg.kind === 'dict')
  return new Map([...(dict?.kind === 'dict' ? dict.entries : []), ...[...named].filter(([name]) => name !== 'schema')])
}
