import {
  absent,
  concatenated,
  type Host,
  native,
  type Text,
  text,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { entriesOf, itemsOf, textOf } from '../given.ts'
import { type Script, Unread } from '../script.ts'
import { schemaBuilder } from './schema.ts'
import { isPart, nameOrPart, Parameters, quoteAll, quoteOne, valuePart } from './sql.ts'

/** Kysely's `db`: its schema, simple statements over rows, and SQL. */
export function database(script: Script, schema: string | null = null): Host {
  const qualified = (value: Value | undefined): string =>
    schema === null ? nameOrPart(value) : `${quoteOne(schema)}.${quoteAll(textOf(value))}`
  const host: Host = {
    kind: 'host',
    name: 'db',
    sends: true,
    get: (key) => {
      if (key === 'schema') return schemaBuilder(script, schema)
      if (key === 'withSchema') return native(key, ([name]) => database(script, textOf(name)))
      if (key === 'executeQuery')
        return native(key, ([given]) =>
          script.send(() => [isPart(given) ? given.part(new Parameters()) : lost('a query is built by calls')]),
        )
      if (key === 'transaction' || key === 'connection')
        return native(key, () => ({
          ...host,
          get: (inner) =>
            inner === 'execute'
              ? native(inner, ([run = absent]) => script.machine.settle(script.machine.call(run, [host])))
              : inner === 'setIsolationLevel'
                ? native(inner, () => host)
                : null,
        }))
      if (key === 'insertInto' || key === 'updateTable' || key === 'deleteFrom')
        return native(key, ([table]) => rows(script, key, () => qualified(table)))
      if (key === 'destroy') return native(key, () => absent)
      return native(key, () => selection(script))
    },
  }
  return host
}

function lost(reason: string): never {
  throw new Unread(reason)
}

/** A query that only reads: its rows are the application's. */
function selection(script: Script): Host {
  const host: Host = {
    kind: 'host',
    name: 'a query',
    sends: true,
    get: (key) =>
      /^(?:then|catch|finally)$/.test(key)
        ? null
        : native(key, () => (key.startsWith('execute') || key === 'stream' ? script.data() : host)),
  }
  return host
}

/** INSERT, UPDATE and DELETE with plain values and conditions. */
function rows(script: Script, kind: 'insertInto' | 'updateTable' | 'deleteFrom', table: () => string): Host {
  const wheres: Value[][] = []
  let values: Value = absent
  let conflict = ''
  let isLost: string | null = null
  const make = (): Text => {
    if (isLost !== null)
      throw new Unread({ kind: 'unknown', reason: `it calls \`${isLost}()\``, isData: true, isSetting: false })
    const parameters = new Parameters()
    if (kind === 'insertInto') return concatenated([inserted(table(), values, parameters), text(conflict)])
    const where = (): Text[] =>
      wheres.flatMap((args, at) => [text(at === 0 ? ' where ' : ' and '), condition(args, parameters)])
    if (kind === 'deleteFrom') return concatenated([text(`delete from ${table()}`), ...where()])
    const sets = entriesOf(values).flatMap(([key, value], at) => [
      text(`${at === 0 ? '' : ', '}${quoteOne(key)} = `),
      valuePart(value, parameters),
    ])
    const first = concatenated([text(`update ${table()} set `), ...sets])
    return concatenated([first, ...where()])
  }
  const host: Host = {
    kind: 'host',
    name: 'a query',
    sends: true,
    get: (key) =>
      /^(?:then|catch|finally)$/.test(key)
        ? null
        : native(key, (args) => {
            if (key.startsWith('execute')) return script.send(() => [make()])
            if (key === 'values' || key === 'set') values = args[0] ?? absent
            else if (key === 'where') wheres.push(args)
            else if (key === 'onConflict') conflict = ' on conflict do nothing'
            else if (!/^returning/.test(key)) isLost = key
            return host
          }),
  }
  return host
}

function inserted(table: string, values: Value, parameters: Parameters): Text {
  const all = itemsOf(values)
  const names = [...new Set(all.flatMap((row) => entriesOf(row).map(([key]) => key)))]
  const lists = all.map((row) => {
    const own = new Map(entriesOf(row))
    const parts = names.map((key) => (own.has(key) ? valuePart(own.get(key)!, parameters) : text('default')))
    return concatenated([
      text('('),
      ...parts.flatMap((part, at) => (at === 0 ? [part] : [text(', '), part])),
      text(')'),
    ])
  })
  return concatenated([
    text(`insert into ${table} (${names.map(quoteOne).join(', ')}) values `),
    ...lists.flatMap((part, at) => (at === 0 ? [part] : [text(', '), part])),
  ])
}

function condition([column = absent, operator, value]: Value[], parameters: Parameters): Text {
  if (isPart(column) && operator === undefined) return column.part(parameters)
  if (column.kind === 'closure') throw new Unread('a condition is built by a function')
  const words = textOf(operator)
  if (value?.kind === 'null') return text(`${nameOrPart(column)} ${words} null`)
  if (value?.kind === 'list') {
    const all = itemsOf(value).map((item) => valuePart(item, parameters))
    return concatenated([
      text(`${nameOrPart(column)} ${words} (`),
      ...all.flatMap((part, at) => (at === 0 ? [part] : [text(', '), part])),
      text(')'),
    ])
  }
  return concatenated([text(`${nameOrPart(column)} ${words} `), valuePart(value ?? absent, parameters)])
}
