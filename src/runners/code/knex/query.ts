import {
  absent,
  concatenated,
  fields,
  type Host,
  native,
  type Text,
  text,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { entriesOf, isFields, itemsOf, textOf } from '../given.ts'
import { type Script, Unread } from '../script.ts'
import { isRaw, wrap } from './raw.ts'

interface Query {
  method: 'select' | 'insert' | 'update' | 'delete' | 'truncate'
  table: Value
  columns: Value[]
  aggregates: string[]
  values: Value | undefined
  where: { joins: 'and' | 'or'; make: (parameters: Parameters) => Text }[]
  returning: Value | undefined
  conflict: string
  /** A method that only changes which rows are read. */
  lost: string | null
}

class Parameters {
  #count = 0

  add(value: Value): Text {
    if (isRaw(value)) return value.inline()
    if (value.kind === 'unknown') return concatenated([value])
    return text(`$${++this.#count}`)
  }
}

/** `knex('table')`: rows. Sent when it is awaited. */
export function queryBuilder(script: Script, table: Value): Host & { where: () => string } {
  const query: Query = {
    method: 'select',
    table,
    columns: [],
    aggregates: [],
    values: undefined,
    where: [],
    returning: undefined,
    conflict: '',
    lost: null,
  }
  let site = script.machine.site
  const host: Host & { where: () => string } = {
    kind: 'host',
    name: 'knex(…)',
    sends: true,
    where: () => textOf(whereOf(query, new Parameters())).trim(),
    get: (key) =>
      /^(?:then|catch|finally)$/.test(key)
        ? null
        : native(key, (args) => {
            site = script.machine.site
            chain(query, key, args)
            return host
          }),
    settle: () => script.send(() => [compiled(query)], site),
  }
  return host
}

function chain(query: Query, key: string, args: Value[]): void {
  const [first = absent, second] = args
  const where = /^(and|or)?_?(where(?:Not|Null|NotNull|In|NotIn|Raw|Like|ILike|Between)?)$/i.exec(key)
  if (where) {
    const joins = where[1]?.toLowerCase() === 'or' ? 'or' : 'and'
    query.where.push({ joins, make: (parameters) => condition((where[2] ?? '').toLowerCase(), args, parameters) })
    return
  }
  switch (key) {
    case 'insert':
    case 'update':
      query.method = key
      query.values = key === 'update' && first.kind === 'text' ? fields([[textOf(first), second ?? absent]]) : first
      return
    case 'del':
    case 'delete':
      query.method = 'delete'
      return
    case 'truncate':
      query.method = 'truncate'
      return
    case 'from':
    case 'into':
    case 'table':
      query.table = first
      return
    case 'select':
    case 'columns':
    case 'column':
    case 'first':
    case 'pluck':
      query.columns.push(...args.flatMap((value) => (value.kind === 'list' ? itemsOf(value) : [value])))
      return
    case 'count':
    case 'max':
    case 'min':
    case 'sum':
    case 'avg': {
      const [of = '', alias] = first.kind === 'undefined' ? ['*'] : textOf(first).split(/\s+as\s+/i)
      query.aggregates.push(`${key}(${wrap(of)})${alias === undefined ? '' : ` as ${wrap(alias)}`}`)
      return
    }
    case 'limit':
    case 'offset':
    case 'orderBy':
      return
    case 'returning':
      query.returning = first
      return
    case 'onConflict':
      query.conflict = ` on conflict${first.kind === 'undefined' ? '' : ` (${listOf(first)})`}`
      return
    case 'ignore':
      query.conflict += ' do nothing'
      return
    case 'merge':
      query.conflict += ' do update set *'
      return
    case 'transacting':
    case 'timeout':
    case 'debug':
      return
    default:
      query.lost ??= key
  }
}

function listOf(value: Value): string {
  return value.kind === 'list' ? itemsOf(value).map(wrap).join(', ') : wrap(value)
}

function condition(kind: string, args: Value[], parameters: Parameters): Text {
  const [first = absent, second, third] = args
  const name = (): Text => text(wrap(first))
  if (kind === 'whereraw' || (isRaw(first) && second === undefined))
    return isRaw(first) ? first.inline() : text(textOf(first))
  if (kind === 'wherenull') return concatenated([name(), text(' is null')])
  if (kind === 'wherenotnull') return concatenated([name(), text(' is not null')])
  if (kind === 'wherein' || kind === 'wherenotin') {
    const words = kind === 'wherein' ? ' in (' : ' not in ('
    if (second?.kind !== 'list')
      throw new Unread(second?.kind === 'unknown' ? second : 'the list of a condition is not known')
    const all = itemsOf(second).map((item) => parameters.add(item))
    return concatenated([
      name(),
      text(words),
      ...all.flatMap((item, at) => (at === 0 ? [item] : [text(', '), item])),
      text(')'),
    ])
  }
  const isNot = kind === 'wherenot'
  if (isFields(first)) {
    const parts = entriesOf(first).map(([key, value]) =>
      concatenated([text(`${isNot ? 'not ' : ''}${wrap(key)} = `), parameters.add(value)]),
    )
    return concatenated(parts.flatMap((part, at) => (at === 0 ? [part] : [text(' and '), part])))
  }
  if (first.kind === 'closure') throw new Unread('a condition is built by a function')
  const operator = third === undefined ? '=' : textOf(second)
  const value = third ?? second ?? absent
  if (value.kind === 'null')
    return concatenated([name(), text(operator === '=' && !isNot ? ' is null' : ' is not null')])
  return concatenated([text(isNot ? 'not ' : ''), name(), text(` ${operator} `), parameters.add(value)])
}

function whereOf({ where }: Query, parameters: Parameters): Text {
  if (where.length === 0) return text('')
  const parts = where.flatMap(({ joins, make }, at) => [text(at === 0 ? ' where ' : ` ${joins} `), make(parameters)])
  return concatenated(parts)
}

function compiled(query: Query): Text {
  const table = wrap(query.table)
  const parameters = new Parameters()
  const returning = query.returning ? text(` returning ${listOf(query.returning)}`) : text('')
  if (query.lost !== null && query.method !== 'select')
    throw new Unread(`it calls \`${query.lost}()\`, which Lockcast does not read`)
  switch (query.method) {
    case 'truncate':
      return text(`truncate ${table} restart identity`)
    case 'delete':
      return concatenated([text(`delete from ${table}`), whereOf(query, parameters), returning])
    case 'update': {
      const entries = entriesOf(query.values).filter(([, value]) => value.kind !== 'undefined')
      const sets = entries.flatMap(([key, value], at) => [
        text(`${at === 0 ? '' : ', '}${wrap(key)} = `),
        parameters.add(value),
      ])
      return concatenated([text(`update ${table} set `), ...sets, whereOf(query, parameters), returning])
    }
    case 'insert':
      return concatenated([inserted(query, table, parameters), text(query.conflict), returning])
    case 'select': {
      if (query.lost !== null)
        throw new Unread({ kind: 'unknown', reason: `it calls \`${query.lost}()\``, isData: true, isSetting: false })
      const all = [...query.columns.map(wrap), ...query.aggregates]
      const columns = all.length === 0 ? '*' : all.join(', ')
      return concatenated([text(`select ${columns} from ${table}`), whereOf(query, parameters)])
    }
  }
}

function inserted(query: Query, table: string, parameters: Parameters): Text {
  const rows = itemsOf(query.values)
  const columns = [...new Set(rows.flatMap((row) => entriesOf(row).map(([key]) => key)))]
  const values = rows.map((row) => {
    const own = new Map(entriesOf(row))
    const parts = columns.map((column) => {
      const value = own.get(column)
      return value === undefined || value.kind === 'undefined' ? text('DEFAULT') : parameters.add(value)
    })
    return concatenated([
      text('('),
      ...parts.flatMap((part, at) => (at === 0 ? [part] : [text(', '), part])),
      text(')'),
    ])
  })
  return concatenated([
    text(`insert into ${table} (${columns.map(wrap).join(', ')}) values `),
    ...values.flatMap((part, at) => (at === 0 ? [part] : [text(', '), part])),
  ])
}
