import {
  absent,
  concatenated,
  type Host,
  native,
  type Text,
  text,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { itemsOf, textOf } from '../given.ts'
import { type Script, Unread } from '../script.ts'
import { immediate, isPart, nameOrPart, type Parameters, quoteAll, sqlPart, valuePart } from './sql.ts'

/** A query that reads: part of a view or of another query. Sent alone, its rows are the application's. */
export function selection(script: Script, table: string | null): Host {
  const columns: string[] = []
  const joins: string[] = []
  const wheres: Value[][] = []
  let [group, order] = ['', '']
  let lost: string | null = table === null ? 'it reads from something that is not a table' : null
  const part = (parameters: Parameters): Text => {
    if (lost !== null) throw new Unread(lost)
    const conditions = wheres.flatMap((args, at) => [
      text(at === 0 ? ' where ' : ' and '),
      condition(script, args, parameters),
    ])
    return concatenated([
      text(`select ${columns.join(', ')} from ${table}${joins.join('')}`),
      ...conditions,
      text(`${group}${order}`),
    ])
  }
  const add = (key: string, args: Value[]): void => {
    const [first = absent, second, third] = args
    const join = /^(inner|left|right|full)Join$/.exec(key)
    if (key === 'select') columns.push(...itemsOf(first).map(nameOrPart))
    else if (key === 'selectAll') columns.push(args.length === 0 ? '*' : `${quoteAll(textOf(first))}.*`)
    else if (key === 'where') wheres.push(args)
    else if (join && third)
      joins.push(` ${join[1]} join ${nameOrPart(first)} on ${nameOrPart(second)} = ${nameOrPart(third)}`)
    else if (key === 'groupBy') group = ` group by ${itemsOf(first).map(nameOrPart).join(', ')}`
    else if (key === 'orderBy')
      order = ` order by ${nameOrPart(first)}${second && second.kind === 'text' ? ` ${textOf(second)}` : ''}`
    else if (!/^(?:\$castTo|as)$/.test(key)) lost ??= `it calls \`${key}()\`, which Lockcast does not read`
  }
  const host: Host & { part: typeof part } = {
    kind: 'host',
    name: 'a query',
    sends: true,
    part,
    get: (key) =>
      /^(?:then|catch|finally)$/.test(key)
        ? null
        : native(key, (args) => {
            if (key.startsWith('execute') || key === 'stream') return script.data()
            try {
              add(key, args)
            } catch (error) {
              if (!(error instanceof Unread)) throw error
              lost ??= error.message
            }
            return host
          }),
  }
  return host
}

/** The `eb` of Kysely: `eb('n', '+', 1)`, `eb.ref`, `eb.val`, `eb.and`, `eb.or`, `eb.not`. */
export function expressionBuilder(script: Script): Host {
  const made = (part: (parameters: Parameters) => Text): Value => sqlPart(() => script, part)
  const joined = (word: string, items: Value): Value =>
    made((parameters) => {
      const parts = itemsOf(items).map((item) => (isPart(item) ? item.part(parameters) : unread('a condition')))
      const all = parts.flatMap((item, at) => (at === 0 ? [item] : [text(` ${word} `), item]))
      return concatenated([text('('), ...all, text(')')])
    })
  return {
    kind: 'host',
    name: 'eb',
    sends: false,
    call: (args) => made((parameters) => condition(script, args, parameters)),
    get: (key) => {
      switch (key) {
        case 'ref':
          return native(key, ([name]) => made(() => text(quoteAll(textOf(name)))))
        case 'val':
        case 'cast':
          return native(key, ([value = absent]) => made((parameters) => valuePart(value, parameters)))
        case 'lit':
          return native(key, ([value = absent]) => made(() => text(immediate(value))))
        case 'and':
        case 'or':
          return native(key, ([items = absent]) => joined(key, items))
        case 'not':
          return native(key, ([value = absent]) =>
            made((parameters) =>
              concatenated([text('not '), isPart(value) ? value.part(parameters) : unread('a condition')]),
            ),
          )
        case 'selectFrom':
          return native(key, ([table]) => selection(script, nameOrPart(table)))
        default:
          return native(key, () => made(() => unread(`\`eb.${key}()\``)))
      }
    },
  }
}

function unread(what: string): never {
  throw new Unread(`${what} is not read`)
}

/** One condition of `where(…)`: three values, an expression, or a function that builds one. */
export function condition(script: Script, [column = absent, operator, value]: Value[], parameters: Parameters): Text {
  if (isPart(column) && operator === undefined) return column.part(parameters)
  if (column.kind === 'closure') {
    const built = script.machine.call(column, [expressionBuilder(script)])
    if (!isPart(built)) throw new Unread('a condition is built by a function')
    return built.part(parameters)
  }
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
