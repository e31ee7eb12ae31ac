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
import { entriesOf, itemsOf, textOf } from '../given.ts'
import { type Script, Unread } from '../script.ts'
import { schemaBuilder } from './schema.ts'
import { condition, expressionBuilder, selection } from './selection.ts'
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
      if (key === 'selectFrom') return native(key, ([table = absent]) => selection(script, qualified(table)))
      return native(key, () => selection(script, null))
    },
  }
  return host
}

function lost(reason: string): never {
  throw new Unread(reason)
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
      wheres.flatMap((args, at) => [text(at === 0 ? ' where ' : ' and '), condition(script, args, parameters)])
    if (kind === 'deleteFrom') return concatenated([text(`delete from ${table()}`), ...where()])
    const given = values.kind === 'closure' ? script.machine.call(values, [expressionBuilder(script)]) : values
    const sets = entriesOf(given).flatMap(([key, value], at) => [
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
            if (key === 'values' || key === 'set') values = valuesOf(args)
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

/** `set({ a: 1 })` or `set('a', 1)`. */
function valuesOf([first = absent, second]: Value[]): Value {
  return first.kind === 'text' && second ? fields([[textOf(first), second]]) : first
}
