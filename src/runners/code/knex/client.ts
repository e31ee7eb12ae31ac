import {
  absent,
  fields,
  type Host,
  native,
  text,
  unknown,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import type { Site } from '../../../languages/javascript/machine.ts'
import { isFields, isOn, optionalText, textOf } from '../given.ts'
import { type Script, Unread } from '../script.ts'
import { queryBuilder } from './query.ts'
import { isRaw, raw, wrap } from './raw.ts'
import { type TableCalls, tableBuilder, tableStatements } from './table.ts'

/** The `knex` of a migration: a function, and what it is asked for. */
export function knex(script: Script, schema: Value | null = null): Host {
  const client = fields([
    [
      'config',
      fields([
        ['client', text('pg')],
        ['connection', unknown('the connection is known only when the code runs', { isSetting: true })],
      ]),
    ],
    ['dialect', text('postgresql')],
    ['constructor', fields([['name', text('Client_PG')]])],
    ['driverName', text('pg')],
  ])
  const own: Record<string, (args: Value[]) => Value> = {
    raw: ([given = absent, bindings]) => raw(script, given, bindings),
    ref: ([given = absent]) => raw(script, text(wrap(given)), undefined),
    table: ([table = absent]) => queryBuilder(script, table, schema),
    from: ([table = absent]) => queryBuilder(script, table, schema),
    into: ([table = absent]) => queryBuilder(script, table, schema),
    queryBuilder: () => queryBuilder(script, absent, schema),
    batchInsert: ([table = absent, rows = absent]) => {
      const query = queryBuilder(script, table, schema)
      const insert = query.get?.('insert')
      return insert?.kind === 'host' ? (insert.call?.([rows], query) ?? query) : query
    },
    transaction: ([run]) => {
      if (!run || run.kind === 'undefined' || isFields(run)) return transaction
      return script.machine.settle(script.machine.call(run, [transaction]))
    },
    withSchema: ([name = absent]) => knex(script, name),
    destroy: () => absent,
  }
  const host: Host = {
    kind: 'host',
    name: 'knex',
    sends: true,
    get: (key) => {
      if (key === 'schema') return schemaBuilder(script)
      if (key === 'client') return client
      if (key === 'fn')
        return {
          kind: 'host',
          name: 'knex.fn',
          sends: false,
          get: (name) => native(name, ([precision]) => raw(script, text(functionText(name, precision)), undefined)),
        }
      if (key === 'context') return host
      if (key === 'userParams') return unknown('parameters are known only when the code runs')
      const found = Object.hasOwn(own, key) ? own[key] : undefined
      if (found) return { ...native(`knex.${key}`, found), sends: true }
      // knex.select(), knex.where(): a query whose table comes later.
      return native(`knex.${key}`, (args) => {
        const query = queryBuilder(script, absent, schema)
        const method = query.get?.(key)
        return method?.kind === 'host' ? (method.call?.(args, query) ?? query) : query
      })
    },
    call: ([table = absent]) => queryBuilder(script, table, schema),
  }
  const transaction: Host = {
    ...host,
    get: (key) => (/^(?:commit|rollback)$/.test(key) ? native(key, () => absent) : (host.get?.(key) ?? null)),
  }
  return host
}

function functionText(name: string, precision: Value | undefined): string {
  if (name === 'uuid') return 'gen_random_uuid()'
  const digits = precision ? optionalText(precision) : null
  return digits === null ? 'CURRENT_TIMESTAMP' : `CURRENT_TIMESTAMP(${digits})`
}

interface Pending {
  site: Site
  make: () => (Value | string)[]
}

/** `knex.schema`: its calls are sent in order when it is awaited. */
function schemaBuilder(script: Script): Host {
  const pending: Pending[] = []
  let schema: string | null = null
  let asks: string | null = null
  let unknownSchema: Value | null = null
  const qualified = (name: Value | undefined): string => {
    if (unknownSchema) textOf(unknownSchema)
    return wrap(schema === null ? textOf(name) : `${schema}.${textOf(name)}`)
  }
  const add = (make: () => (Value | string)[]): void => {
    pending.push({ site: script.machine.site, make })
  }
  const table = (method: TableCalls['method'], name: Value | undefined, run: Value | undefined, like?: Value): void => {
    const calls: TableCalls = {
      method,
      schema,
      name: () => textOf(name),
      like,
      columns: [],
      changes: [],
      checks: [],
      comment: null,
      inherits: null,
      lost: null,
    }
    const builder = tableBuilder(calls)
    let failed: Unread | null = null
    try {
      if (run) script.machine.settle(script.machine.call(run, [builder], builder))
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      failed = error
    }
    add(() => {
      if (failed) throw failed
      return tableStatements(calls)
    })
  }
  const simple: Record<string, (args: Value[]) => string> = {
    dropTable: ([name]) => `drop table ${qualified(name)}`,
    dropTableIfExists: ([name]) => `drop table if exists ${qualified(name)}`,
    dropView: ([name]) => `drop view ${qualified(name)}`,
    dropViewIfExists: ([name]) => `drop view if exists ${qualified(name)}`,
    dropMaterializedView: ([name]) => `drop materialized view ${qualified(name)}`,
    dropMaterializedViewIfExists: ([name]) => `drop materialized view if exists ${qualified(name)}`,
    refreshMaterializedView: ([name, concurrently]) =>
      `refresh materialized view${isOn(concurrently) ? ' concurrently' : ''} ${qualified(name)}`,
    renameView: ([old, now]) => `alter view ${qualified(old)} rename to ${wrap(now ?? absent)}`,
    renameTable: ([old, now]) => `alter table ${qualified(old)} rename to ${wrap(now ?? absent)}`,
    createSchema: ([name]) => `create schema ${wrap(name ?? absent)}`,
    createSchemaIfNotExists: ([name]) => `create schema if not exists ${wrap(name ?? absent)}`,
    dropSchema: ([name, cascade]) => `drop schema ${wrap(name ?? absent)}${isOn(cascade) ? ' cascade' : ''}`,
    dropSchemaIfExists: ([name, cascade]) =>
      `drop schema if exists ${wrap(name ?? absent)}${isOn(cascade) ? ' cascade' : ''}`,
    createExtension: ([name]) => `create extension ${wrap(name ?? absent)}`,
    createExtensionIfNotExists: ([name]) => `create extension if not exists ${wrap(name ?? absent)}`,
    dropExtension: ([name]) => `drop extension ${wrap(name ?? absent)}`,
    dropExtensionIfExists: ([name]) => `drop extension if exists ${wrap(name ?? absent)}`,
  }
  const host: Host = {
    kind: 'host',
    name: 'knex.schema',
    sends: true,
    get: (key) =>
      /^(?:then|catch|finally)$/.test(key)
        ? null
        : native(`knex.schema.${key}`, (args) => {
            const [first, second, third] = args
            const statement = Object.hasOwn(simple, key) ? simple[key] : undefined
            if (statement) add(() => [statement(args)])
            else if (key === 'createTable') table('create', first, second)
            else if (key === 'createTableIfNotExists') table('createIfNot', first, second)
            else if (key === 'createTableLike') table('createLike', first, third, second)
            else if (key === 'alterTable' || key === 'table') table('alter', first, second)
            else if (key === 'raw') {
              const made = raw(script, first ?? absent, second)
              add(() => [made.sql()])
            } else if (key === 'hasTable' || key === 'hasColumn') asks = key
            else if (key === 'withSchema') {
              if (first?.kind === 'text' && first.holes.length === 0) schema = first.value
              else if (first && first.kind !== 'undefined' && first.kind !== 'null') unknownSchema = first
            } else if (/^create(?:Materialized)?View(?:OrReplace)?$/.test(key))
              add(() => [viewStatement(script, key, qualified(first), second)])
            else if (key !== 'queryContext') add(() => [lost(key)])
            return host
          }),
    settle: () => {
      for (const { site, make } of pending.splice(0)) script.send(make, site)
      return asks === null ? absent : unknown(`it asks the database by \`${asks}()\``)
    },
  }
  return host
}

function lost(key: string): string {
  throw new Unread(`it calls \`knex.schema.${key}()\`, which Lockcast does not know`)
}

function viewStatement(script: Script, key: string, name: string, run: Value | undefined): string {
  let query: Value = absent
  let columns = ''
  const view: Host = {
    kind: 'host',
    name: 'view',
    sends: false,
    get: (method) =>
      native(method, ([given = absent]) => {
        if (method === 'as') query = given
        if (method === 'columns' && given.kind === 'list') columns = ` (${given.items.map(wrap).join(', ')})`
        return view
      }),
  }
  if (run) script.machine.call(run, [view], view)
  if (!isRaw(query)) throw new Unread('the query of a view is built by calls')
  const words = key.startsWith('createMaterialized') ? 'materialized ' : key.endsWith('OrReplace') ? 'or replace ' : ''
  return `create ${words}view ${name}${columns} as ${textOf((query as { inline: () => Value }).inline())}`
}
