import {
  absent,
  asText,
  concatenated,
  fields,
  type Host,
  native,
  sliced,
  type Text,
  text,
  unknown,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { entriesOf, field, isFields, isOn, itemsOf, optionalText, textOf } from '../given.ts'
import { type Script, Unread } from '../script.ts'
import type { SentCall } from '../sent-call.ts'
import * as sql from './sequelize-statements.ts'
import { quote, quoteAll, sequelizeStatics, sqlValue } from './sequelize-types.ts'

type Call = (args: Value[]) => (Value | string)[]

/** A transaction that the migration opens itself. */
interface Own extends Host {
  opened: { start: number; end: number }
}

/** Sends by Sequelize's query interface; knows which transaction each call is handed. */
export class Session {
  readonly #script: Script
  /** The transaction of a call; calls without one are on a connection of their own. */
  readonly #transactions = new Map<SentCall, Own>()

  constructor(script: Script) {
    this.#script = script
  }

  get queryInterface(): Host {
    const host: Host = {
      kind: 'host',
      name: 'queryInterface',
      sends: true,
      get: (key) => {
        if (key === 'context') return host
        if (key === 'getQueryInterface') return native(key, () => host)
        if (key === 'sequelize') return sequelize
        if (key === 'query' || key === 'transaction' || key === 'options' || key === 'config')
          return sequelize.get?.(key) ?? null
        if (key === 'queryGenerator' || key === 'QueryGenerator') return unknown('the query generator is not followed')
        if (key === 'rawSelect' || key === 'select') return native(key, () => this.#script.data())
        if (/^(?:describeTable|tableExists|showAll|showIndex|showConstraint|getForeign|listTables)/.test(key))
          return native(`queryInterface.${key}`, () => unknown(`it asks the database by \`${key}()\``))
        if (Object.hasOwn(calls, key))
          return { ...native(`queryInterface.${key}`, (args) => this.#send(calls[key]!, args)), sends: true }
        return native(`queryInterface.${key}`, () => {
          this.#script.unread(`it calls \`queryInterface.${key}()\`, which Lockcast does not know`)
          return absent
        })
      },
    }
    const statics = sequelizeStatics()
    const sequelize: Host = {
      kind: 'host',
      name: 'sequelize',
      sends: true,
      get: (key) => {
        if (key === 'query') return { ...native('sequelize.query', (args) => this.#send(query, args)), sends: true }
        if (key === 'transaction') return native('sequelize.transaction', (args) => this.#transaction(args))
        if (key === 'getQueryInterface') return native(key, () => host)
        if (key === 'queryInterface') return host
        if (key === 'getDialect') return native(key, () => text('postgres'))
        if (key === 'options' || key === 'config')
          return fields([
            ['dialect', text('postgres')],
            ['schema', text('public')],
          ])
        if (key === 'models' || key === 'model' || key === 'define') return this.#models(`sequelize.${key}`)
        if (key === 'Sequelize' || key === 'constructor') return statics
        if (key === 'close' || key === 'authenticate') return native(key, () => absent)
        return statics.get?.(key) ?? null
      },
    }
    return host
  }

  /** The calls, with BEGIN and COMMIT around those that were handed one transaction. */
  settled(all: SentCall[]): SentCall[] {
    const result: SentCall[] = []
    let open: Own | null = null
    const control = (words: string, { opened }: Own, direction: SentCall['direction']): void => {
      result.push({
        direction,
        ...opened,
        queries: [{ sql: words, at: null }],
        unread: null,
        dataCode: false,
        when: 'always',
      })
    }
    for (const call of all) {
      const own = this.#transactions.get(call) ?? null
      const previous: SentCall | undefined = result.at(-1)
      if (open && (own !== open || previous?.direction !== call.direction)) {
        control('COMMIT', open, previous?.direction ?? call.direction)
        open = null
      }
      if (own && !open) {
        control('START TRANSACTION', own, call.direction)
        open = own
      }
      result.push(call)
    }
    if (open) control('COMMIT', open, result.at(-1)?.direction ?? 'up')
    return result
  }

  #send(call: Call, args: Value[]): Value {
    const before = this.#script.calls.length
    const result = this.#script.send(() => call(args))
    const own = transactionIn(args)
    if (own) for (const sent of this.#script.calls.slice(before)) this.#transactions.set(sent, own)
    return result
  }

  #transaction(args: Value[]): Value {
    const { start, end } = this.#script.machine.site
    const own: Own = {
      kind: 'host',
      name: 'transaction',
      sends: false,
      opened: { start, end: Math.min(end, start + 1) },
      get: (key) => (key === 'afterCommit' ? native(key, () => absent) : native(key, () => absent)),
    }
    const run = args.find(({ kind }) => kind === 'closure')
    return run ? this.#script.machine.settle(this.#script.machine.call(run, [own])) : own
  }

  #models(name: string): Host {
    const script = this.#script
    return {
      kind: 'host',
      name,
      sends: true,
      get: (key) => (/^(?:then|catch)$/.test(key) ? null : this.#models(`${name}.${key}`)),
      call: () => {
        const { site } = script.machine
        return { ...this.#models(name), settle: () => script.data(site) }
      },
    }
  }
}

/** The transaction among a call's arguments: by itself, or `{ transaction }`. */
function transactionIn(args: Value[]): Own | null {
  for (const value of args) {
    if (isOwn(value)) return value
    const inside = value.kind === 'fields' ? value.fields.get('transaction') : undefined
    if (inside && isOwn(inside)) return inside
  }
  return null
}

function isOwn(value: Value): value is Own {
  return value.kind === 'host' && 'opened' in value
}

/** `sequelize.query(sql, { replacements, bind })`. */
const query: Call = ([given = absent, options]) => {
  const body = isFields(given) ? (field(given, 'query') ?? absent) : given
  const values = isFields(options)
    ? field(options, 'replacements')
    : isFields(given)
      ? field(given, 'values')
      : undefined
  return [values === undefined ? body : replaced(body, values)]
}

/** Replacements are written into the SQL before it is sent. */
function replaced(given: Value, values: Value): Text {
  const made = asText(given)
  const whole = made.kind === 'text' ? made : concatenated([made])
  const named = isFields(values) ? new Map(entriesOf(values)) : null
  const listed = named ? [] : itemsOf(values)
  const parts: Text[] = []
  let [from, next] = [0, 0]
  for (const match of whole.value.matchAll(/\?|(?<!:):(\w+)/g)) {
    const value = match[1] === undefined ? (named ? undefined : listed[next++]) : named?.get(match[1])
    if (value === undefined) continue
    parts.push(sliced(whole, from, match.index))
    parts.push(value.kind === 'unknown' ? concatenated([value]) : text(sqlValue(value)))
    from = match.index + match[0].length
  }
  return concatenated([...parts, sliced(whole, from, whole.value.length)])
}

const calls: Record<string, Call> = {
  createTable: ([name, attributes, options]) => sql.createTable(name, attributes, options),
  dropTable: ([name, options]) => [
    `DROP TABLE IF EXISTS ${sql.path(sql.tableOf(name))}${isFields(options) && (isOn(field(options, 'cascade')) || isOn(field(options, 'force'))) ? ' CASCADE' : ''};`,
  ],
  renameTable: ([old, now]) => [`ALTER TABLE ${sql.path(sql.tableOf(old))} RENAME TO ${sql.path(sql.tableOf(now))};`],
  addColumn: ([name, column, given = absent]) => sql.addColumn(name, textOf(column), given),
  removeColumn: ([name, column]) => [sql.removeColumn(name, textOf(column))],
  changeColumn: ([name, column, given = absent]) => [sql.changeColumn(name, textOf(column), given)],
  renameColumn: ([name, old, now]) => [
    `ALTER TABLE ${sql.path(sql.tableOf(name))} RENAME COLUMN ${quote(textOf(old))} TO ${quote(textOf(now))};`,
  ],
  addIndex: ([name, second, third]) => [sql.addIndex(name, second, third)],
  removeIndex: ([name, given, options]) => [sql.removeIndex(name, given, options)],
  addConstraint: ([name, second, third]) => [sql.addConstraint(name, second, third)],
  removeConstraint: ([name, constraint]) => [
    `ALTER TABLE ${sql.path(sql.tableOf(name))} DROP CONSTRAINT ${quoteAll(textOf(constraint))}`,
  ],
  createSchema: ([name]) => [`CREATE SCHEMA IF NOT EXISTS ${quote(textOf(name))};`],
  dropSchema: ([name]) => [`DROP SCHEMA IF EXISTS ${textOf(name)} CASCADE;`],
  bulkInsert: ([name, rows]) => [sql.bulkInsert(name, rows)].filter((word) => word !== ''),
  bulkUpdate: ([name, values, where]) => [sql.bulkUpdate(name, values, where)],
  bulkDelete: ([name, where]) => [sql.bulkDelete(name, where)],
  insert: ([, name, values]) => [sql.bulkInsert(name, values)],
  dropEnum: ([name]) => [`DROP TYPE IF EXISTS ${quote(textOf(name))}; `],
  dropAllEnums: () => {
    throw new Unread('it drops the enums that it finds in the database')
  },
  createFunction: ([name, params, returns, language, body, words, options]) => {
    const isForced = isFields(options) && isOn(field(options, 'force'))
    const variables = isFields(options) ? itemsOf(field(options, 'variables')).map(declared) : []
    const declare = variables.length > 0 ? `DECLARE ${variables.join(' ')} ` : ''
    const more = itemsOf(words).map((word) => ` ${textOf(word)}`)
    return [
      `CREATE ${isForced ? 'OR REPLACE ' : ''}FUNCTION ${textOf(name)}(${parameters(params)}) RETURNS ${textOf(returns)} AS $func$ ${declare} BEGIN ${textOf(body)} END; $func$ language '${textOf(language)}'${more.join('')};`,
    ]
  },
  dropFunction: ([name, params]) => [`DROP FUNCTION ${textOf(name)}(${parameters(params)}) RESTRICT;`],
  renameFunction: ([name, params, now]) => [
    `ALTER FUNCTION ${textOf(name)}(${parameters(params)}) RENAME TO ${textOf(now)};`,
  ],
  dropTrigger: ([table, name]) => [`DROP TRIGGER ${quote(textOf(name))} ON ${sql.path(sql.tableOf(table))} RESTRICT;`],
}

/** `[{ type, name, direction }]` of a function. */
function parameters(given: Value | undefined): string {
  return itemsOf(given)
    .map((item) => {
      const words = ['direction', 'name', 'type'].map((key) => optionalText(field(item, key)))
      return words.filter((word) => word !== null).join(' ')
    })
    .join(', ')
}

function declared(variable: Value): string {
  const start = optionalText(field(variable, 'default'))
  return `${textOf(field(variable, 'name'))} ${textOf(field(variable, 'type'))}${start === null ? '' : ` := ${start}`};`
}
