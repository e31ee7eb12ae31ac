import {
  absent,
  concatenated,
  fields,
  native,
  number,
  type Text,
  text,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { entriesOf, isFields, itemsOf, textOf } from '../given.ts'
import { type Script, Unread } from '../script.ts'
import { type Condition, condition, Parameters, type QueryHost } from './conditions.ts'
import { wrap } from './raw.ts'

interface Query {
  method: 'select' | 'insert' | 'update' | 'delete' | 'truncate'
  table: Value
  schema: Value | null
  columns: Value[]
  aggregates: string[]
  values: Value | undefined
  /** Of `increment`: what is set, instead of values. */
  sets: ((parameters: Parameters) => Text) | null
  where: Condition[]
  joins: string[]
  /** ORDER BY, GROUP BY, LIMIT and OFFSET, in this order. */
  tail: { group: string; order: string; limit: string }
  distinct: boolean
  alias: string | null
  returning: Value | undefined
  conflict: string
  /** A method that only changes which rows are read. */
  lost: string | null
}

/** `knex('table')`: rows. Sent when it is awaited. */
export function queryBuilder(script: Script, table: Value, schema: Value | null = null): QueryHost {
  const query: Query = {
    method: 'select',
    table,
    schema,
    columns: [],
    aggregates: [],
    values: undefined,
    sets: null,
    where: [],
    joins: [],
    tail: { group: '', order: '', limit: '' },
    distinct: false,
    alias: null,
    returning: undefined,
    conflict: '',
    lost: null,
  }
  let site = script.machine.site
  const host: QueryHost = {
    kind: 'host',
    name: 'knex(…)',
    sends: true,
    conditions: (parameters) => whereOf(query, parameters, false),
    inner: (parameters) => compiled(query, parameters),
    where: () => textOf(whereOf(query, new Parameters(), true)).trim(),
    get: (key) =>
      /^(?:then|catch|finally)$/.test(key)
        ? null
        : native(key, (args) => {
            site = script.machine.site
            chain(script, query, key, args)
            return host
          }),
    settle: () => script.send(() => [compiled(query, new Parameters())], site),
  }
  return host
}

function chain(script: Script, query: Query, key: string, args: Value[]): void {
  const [first = absent, second] = args
  const where =
    /^(and|or)?_?(where(?:Not|Null|NotNull|In|NotIn|Raw|Like|ILike|Between|NotBetween|Exists|NotExists)?)$/i.exec(key)
  if (where) {
    const joins = where[1]?.toLowerCase() === 'or' ? 'or' : 'and'
    const group = (build: Value): QueryHost => {
      const inner = queryBuilder(script, absent)
      script.machine.call(build, [inner], inner)
      return inner
    }
    const kind = (where[2] ?? '').toLowerCase()
    query.where.push({ joins, make: (parameters) => condition(kind, args, parameters, group) })
    return
  }
  const join = /^(left|right|full|inner|cross)?(Outer)?[jJ]oin$/.exec(key)
  if (join && args.length >= 3) {
    const words = [join[1] ?? 'inner', join[2]?.toLowerCase() ?? '', 'join'].filter((word) => word !== '').join(' ')
    const [left, operator, right] = args.length === 3 ? [args[1], '=', args[2]] : [args[1], textOf(args[2]), args[3]]
    query.joins.push(` ${words} ${wrap(first)} on ${wrap(left ?? absent)} ${operator} ${wrap(right ?? absent)}`)
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
      query.tail.limit = ' limit $1'
      return
    case 'offset':
      return
    case 'orderBy':
      query.tail.order = ` order by ${first.kind === 'list' ? listOf(first) : `${wrap(first)} ${second ? textOf(second) : 'asc'}`}`
      return
    case 'groupBy':
      query.tail.group = ` group by ${args.map(wrap).join(', ')}`
      return
    case 'distinct':
      query.distinct = true
      query.columns.push(...args)
      return
    case 'as':
      query.alias = textOf(first)
      return
    case 'withSchema':
      query.schema = first
      return
    case 'increment':
    case 'decrement': {
      const sign = key === 'increment' ? '+' : '-'
      const by = second ?? number(1)
      query.method = 'update'
      query.sets = (parameters) => concatenated([text(`${wrap(first)} = ${wrap(first)} ${sign} `), parameters.add(by)])
      return
    }
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

/** A column, or several with an alias each. */
function selected(value: Value): string[] {
  if (!isFields(value)) return [wrap(value)]
  return entriesOf(value).map(([alias, column]) => `${wrap(column)} as ${wrap(alias)}`)
}

function listOf(value: Value): string {
  return value.kind === 'list' ? itemsOf(value).map(wrap).join(', ') : wrap(value)
}

function whereOf({ where }: Query, parameters: Parameters, withWord: boolean): Text {
  if (where.length === 0) return text('')
  const parts = where.flatMap(({ joins, make }, at) => [
    text(at === 0 ? (withWord ? ' where ' : '') : ` ${joins} `),
    make(parameters),
  ])
  return concatenated(parts)
}

function compiled(query: Query, parameters: Parameters): Text {
  const table = wrap(query.schema ? text(`${textOf(query.schema)}.${textOf(query.table)}`) : query.table)
  const returning = query.returning ? text(` returning ${listOf(query.returning)}`) : text('')
  if (query.lost !== null && query.method !== 'select')
    throw new Unread(`it calls \`${query.lost}()\`, which Lockcast does not read`)
  switch (query.method) {
    case 'truncate':
      return text(`truncate ${table} restart identity`)
    case 'delete':
      return concatenated([text(`delete from ${table}`), whereOf(query, parameters, true), returning])
    case 'update': {
      if (query.sets !== null)
        return concatenated([
          text(`update ${table} set `),
          query.sets(parameters),
          whereOf(query, parameters, true),
          returning,
        ])
      const entries = entriesOf(query.values).filter(([, value]) => value.kind !== 'undefined')
      const sets = entries.flatMap(([key, value], at) => [
        text(`${at === 0 ? '' : ', '}${wrap(key)} = `),
        parameters.add(value),
      ])
      return concatenated([text(`update ${table} set `), ...sets, whereOf(query, parameters, true), returning])
    }
    case 'insert':
      return concatenated([inserted(query, table, parameters), text(query.conflict), returning])
    case 'select': {
      if (query.lost !== null)
        throw new Unread({ kind: 'unknown', reason: `it calls \`${query.lost}()\``, isData: true, isSetting: false })
      const all = [...query.columns.flatMap(selected), ...query.aggregates]
      const columns = `${query.distinct ? 'distinct ' : ''}${all.length === 0 ? '*' : all.join(', ')}`
      const { group, order, limit } = query.tail
      return concatenated([
        text(`select ${columns} from ${table}${query.joins.join('')}`),
        whereOf(query, parameters, true),
        text(`${group}${order}${limit === '' ? '' : ` limit ${parameters.next()}`}`),
      ])
    }
  }
}

function inserted(query: Query, table: string, parameters: Parameters): Text {
  const rows = itemsOf(query.values)
  // In the order of their names (querycompiler.js, _prepInsert).
  const columns = [...new Set(rows.flatMap((row) => entriesOf(row).map(([key]) => key)))].sort()
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
