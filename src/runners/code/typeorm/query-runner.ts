import {
  absent,
  fields,
  type Host,
  list as listValue,
  native,
  text,
  unknown,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { field, isOn, itemsOf, optionalText, textOf, textsOf } from '../given.ts'
import { type Script, Unread } from '../script.ts'
import {
  type Column,
  columnOf,
  constraintOf,
  foreignKeyOf,
  generatedName,
  indexOf,
  isSame,
  list,
  nameOf,
  pathOf,
  type Table,
  tableName,
  tableOf,
} from './tables.ts'
import * as sql from './typeorm-statements.ts'

type Call = (args: Value[]) => (Value | string)[]

/** TypeORM's `queryRunner` as a migration sees it; what it would send is recorded in the script. */
export function queryRunner(script: Script, version: { addsValues: boolean }, tables: Map<string, Table>): Host {
  const doubt: Doubt = { words: null }
  const calls = callsOf(tables, version, doubt)
  const sent = (call: Call, args: Value[]): Value => {
    doubt.words = null
    const before = script.calls.length
    const result = script.send(() => call(args))
    const { words } = doubt as Doubt
    if (words !== null)
      for (const made of script.calls.slice(before)) Object.assign(made, { when: 'depends', note: words })
    return result
  }
  const own: Record<string, Value | ((args: Value[]) => Value)> = {
    // Its parameters stay `$1`.
    query: ([given = absent]) => script.send(() => [given]),
    hasTable: () => stateUnknown('whether the table exists'),
    hasColumn: () => stateUnknown('whether the column exists'),
    hasSchema: () => stateUnknown('whether the schema exists'),
    hasDatabase: () => stateUnknown('whether the database exists'),
    getTable: ([name = absent]) => tableValue(name, tables),
    startTransaction: () => (script.machine.isHandling ? absent : script.send(() => ['START TRANSACTION'])),
    commitTransaction: () => script.send(() => ['COMMIT']),
    rollbackTransaction: () => (script.machine.isHandling ? absent : script.send(() => ['ROLLBACK'])),
    connect: () => absent,
    release: () => absent,
    enableSqlMemory: () => absent,
    disableSqlMemory: () => absent,
    clearSqlMemory: () => absent,
    isTransactionActive: { kind: 'boolean', value: true },
  }
  const runner: Host = {
    kind: 'host',
    name: 'queryRunner',
    sends: true,
    get: (key) => {
      if (Object.hasOwn(own, key)) {
        const found = own[key]!
        return typeof found === 'function' ? native(`queryRunner.${key}`, found) : found
      }
      if (Object.hasOwn(calls, key)) return native(`queryRunner.${key}`, (args) => sent(calls[key]!, args))
      if (key === 'manager' || key === 'connection' || key === 'dataSource') return manager(script, key, runner)
      return native(`queryRunner.${key}`, () => {
        script.unread(`it calls \`queryRunner.${key}()\`, which Lockcast does not know`)
        return unknown(`\`queryRunner.${key}()\` is not known`)
      })
    },
  }
  return runner
}

function stateUnknown(words: string): Value {
  return unknown(`it asks the database ${words}`)
}

/** `queryRunner.manager` and `.connection`: SQL by query(), rows by everything else. */
function manager(script: Script, name: string, runner: Host): Host {
  const options = fields([
    ['type', text('postgres')],
    ['schema', unknown('the schema of the connection is not known', { isSetting: true })],
  ])
  return {
    kind: 'host',
    name: `queryRunner.${name}`,
    sends: true,
    get: (key) => {
      if (key === 'query') return runner.get?.('query') ?? null
      if (key === 'queryRunner') return runner
      if (key === 'options') return options
      if (key === 'driver')
        return fields([
          ['options', options],
          ['schema', text('public')],
        ])
      if (key === 'manager' || key === 'connection' || key === 'dataSource') return manager(script, key, runner)
      if (key === 'createQueryRunner') return native(key, () => runner)
      if (key === 'transaction')
        return native(key, (args) => script.machine.call(args.at(-1) ?? absent, [manager(script, 'manager', runner)]))
      return rowsOf(script, `queryRunner.${name}.${key}`)
    },
  }
}

/** Repositories and query builders: code that works on rows. */
function rowsOf(script: Script, name: string): Host {
  return {
    kind: 'host',
    name,
    sends: true,
    get: (key) => (key === 'then' || key === 'catch' ? null : rowsOf(script, `${name}.${key}`)),
    call: () => {
      const { site } = script.machine
      return { ...rowsOf(script, name), settle: () => script.data(site) }
    },
  }
}

/** The known state of a table: as this file made it, else from generated names. */
function tableValue(given: Value, tables: Map<string, Table>): Value {
  if (given.kind !== 'text') return unknown('it reads a table whose name is not known')
  const name = given.value
  const table = tables.get(name)
  const reason = unknown(`it reads the table ${name} from the database`)
  const constraint = (own: string | null, columns: string[]): Value =>
    fields([
      ['name', own === null ? reason : text(own)],
      ['columnNames', listValue(columns.map((column) => text(column)))],
    ])
  if (table?.isWhole)
    return fields([
      ['name', text(name)],
      ['columns', listValue(table.columns.map((column) => fields([['name', text(column.name)]])))],
      [
        'foreignKeys',
        listValue(table.foreignKeys.map((key) => constraint(sql.foreignKeyName(name, key), key.columns))),
      ],
      ['indices', listValue(table.indices.map((index) => constraint(index.name, index.columns)))],
      ['uniques', listValue(table.uniques.map((unique) => constraint(unique.name, unique.columns)))],
      ['findColumnByName', native('findColumnByName', ([wanted]) => fields([['name', wanted ?? absent]]))],
    ])
  return fields([
    ['name', text(name)],
    ['foreignKeys', guessed('FK', name, reason)],
    ['indices', guessed('IDX', name, reason)],
    ['uniques', guessed('UQ', name, reason)],
    ['columns', reason],
    ['findColumnByName', native('findColumnByName', ([wanted]) => fields([['name', wanted ?? absent]]))],
    ['schema', reason],
  ])
}

/**
 * A list of constraints of a table that this file did not make. `find(key => key.columnNames.indexOf('x') !== -1)` means
 * the one on that column, whose name TypeORM generates.
 */
function guessed(prefix: 'FK' | 'IDX' | 'UQ', table: string, reason: Value): Host {
  return {
    kind: 'host',
    name: 'constraints',
    sends: false,
    get: (key) =>
      key !== 'find'
        ? reason
        : native('find', ([test]) => {
            if (test?.kind !== 'closure') return reason
            const columns: string[] = []
            probe(test, columns)
            return columns.length === 0
              ? reason
              : fields([
                  ['name', text(generatedName(prefix, table, [...columns].sort()))],
                  ['columnNames', listValue(columns.map((column) => text(column)))],
                ])
          }),
  }
}

/** The texts of a predicate over `columnNames`: the columns it looks for. */
function probe(test: Extract<Value, { kind: 'closure' }>, columns: string[]): void {
  const seen = JSON.stringify(test.node.body, (key, value) =>
    key === 'parent' || typeof value === 'bigint' ? undefined : value,
  )
  if (!seen.includes('"columnNames"')) return
  for (const [, column] of seen.matchAll(/"type":"Literal","value":"([^"\\]+)"/g)) if (column) columns.push(column)
}

/** Why it is not certain that a call sends the statements that are shown for it; null where it is. */
interface Doubt {
  words: string | null
}

function callsOf(tables: Map<string, Table>, version: { addsValues: boolean }, doubt: Doubt): Record<string, Call> {
  const known = (name: string): Table => {
    const table = tables.get(name) ?? {
      name,
      isWhole: false,
      columns: [],
      foreignKeys: [],
      indices: [],
      uniques: [],
      checks: [],
      exclusions: [],
      comment: null,
    }
    tables.set(name, table)
    return table
  }
  const column = (table: string, name: string): Column | null =>
    tables.get(table)?.columns.find((item) => item.name === name) ?? null
  const keysOf = (table: string): Column[] => tables.get(table)?.columns.filter(({ isPrimary }) => isPrimary) ?? []
  const addColumn = (table: string, given: Value): string[] => {
    const made = columnOf(given)
    const sent = sql.addColumn(table, made, keysOf(table))
    known(table).columns.push(made)
    return sent
  }
  const dropColumn = (table: string, name: string, isIfExists: boolean): string[] => {
    const all = known(table)
    const unique = column(table, name)?.isUnique
    const indices = all.indices.filter(({ columns }) => columns.includes(name))
    all.columns = all.columns.filter((item) => item.name !== name)
    all.indices = all.indices.filter((index) => !indices.includes(index))
    return [
      ...indices.map((index) => sql.dropIndex(table, sql.indexName(table, index), { isConcurrent: false, isIfExists })),
      ...(unique ? [sql.dropConstraint(table, generatedName('UQ', table, [name]), isIfExists)] : []),
      `ALTER TABLE ${pathOf(table)} DROP COLUMN ${isIfExists ? 'IF EXISTS ' : ''}"${name}"`,
    ]
  }
  const change = (table: string, old: Value | undefined, now: Value): string[] => {
    const name = nameOf(old)
    const after = columnOf(now)
    const before = old?.kind === 'fields' && old.fields.has('type') ? columnOf(old) : column(table, name)
    if (!before) {
      // The worst that it may send: a column that an earlier file made is not known here.
      doubt.words = `changeColumn() of ${table}.${name} is shown as it is sent for another type or length, which drops the column and adds it again`
      return [...dropColumn(table, name, false), ...addColumn(table, now)]
    }
    if (
      !isSame(
        {
          ...before,
          precision: after.precision,
          fullType: before.enum && after.enum ? after.fullType : before.fullType,
        },
        after,
      )
    )
      return [...dropColumn(table, name, false), ...addColumn(table, now)]
    const renamed =
      before.name === after.name
        ? []
        : [`ALTER TABLE ${pathOf(table)} RENAME COLUMN "${before.name}" TO "${after.name}"`]
    const sent = [...renamed, ...sql.alterColumn(table, before, after, version.addsValues)]
    Object.assign(column(table, name) ?? {}, after)
    return sent
  }
  const foreignKey = (table: string, given: Value): string => {
    const made = foreignKeyOf(given)
    known(table).foreignKeys.push(made)
    return sql.createForeignKey(table, made)
  }
  const createIndex = (table: string, given: Value): string => {
    const index = indexOf(given)
    known(table).indices.push(index)
    return sql.createIndex(table, index)
  }
  const constraint = (kind: 'UQ' | 'CHK' | 'XCL', table: string, given: Value): string => {
    const made = constraintOf(given)
    const name = made.name ?? generatedName(kind, table, kind === 'UQ' ? [...made.columns].sort() : [made.expression])
    const words =
      kind === 'UQ'
        ? `UNIQUE (${list(made.columns)})`
        : kind === 'CHK'
          ? `CHECK (${made.expression})`
          : `EXCLUDE ${made.expression}`
    return `ALTER TABLE ${pathOf(table)} ADD CONSTRAINT "${name}" ${words}${kind === 'CHK' ? '' : made.options}`
  }
  const dropForeignKey = (table: string, given: Value | undefined, isIfExists: boolean): string => {
    const name =
      given?.kind === 'fields' && !given.fields.has('name')
        ? sql.foreignKeyName(table, foreignKeyOf(given))
        : nameOf(given)
    const own = tables.get(table)
    if (own) own.foreignKeys = own.foreignKeys.filter((key) => sql.foreignKeyName(table, key) !== name)
    return sql.dropConstraint(table, name, isIfExists)
  }
  const dropIndex = (table: string, given: Value | undefined, isIfExists: boolean): string => {
    const own = tables.get(table)
    const index = given?.kind === 'fields' && !given.fields.has('name') ? indexOf(given) : null
    const name = index ? sql.indexName(table, index) : nameOf(given)
    if (own) own.indices = own.indices.filter((item) => sql.indexName(table, item) !== name)
    return sql.dropIndex(table, name, { isConcurrent: isOn(field(given, 'isConcurrent')), isIfExists })
  }
  const ifExists = (given: Value | undefined): boolean => isOn(given)
  return {
    createTable: ([given = absent, _looks, keys, indices]) => {
      const table = tableOf(given)
      tables.set(table.name, table)
      const isOff = (value: Value | undefined): boolean => value?.kind === 'boolean' && !value.value
      return sql.createTable(table, !isOff(keys), !isOff(indices))
    },
    dropTable: ([given]) => {
      const name = tableName(given)
      const table = known(name)
      tables.delete(name)
      return [
        ...table.indices.map((index) =>
          sql.dropIndex(name, sql.indexName(name, index), { isConcurrent: index.isConcurrent, isIfExists: false }),
        ),
        ...table.foreignKeys.map((key) => sql.dropConstraint(name, sql.foreignKeyName(name, key))),
        `DROP TABLE ${pathOf(name)}`,
      ]
    },
    renameTable: ([given, to]) => {
      const [old, own] = [tableName(given), textOf(to)]
      const schema = old.includes('.') ? `${old.split('.')[0]}.` : ''
      const keys = keysOf(old)
      const table = { ...known(old), name: `${schema}${own}` }
      tables.delete(old)
      tables.set(table.name, table)
      return [`ALTER TABLE ${pathOf(old)} RENAME TO "${own}"`, ...renamedKey(old, table.name, keys)]
    },
    addColumn: ([table, given = absent]) => addColumn(tableName(table), given),
    addColumns: ([table, given]) => itemsOf(given).flatMap((value) => addColumn(tableName(table), value)),
    dropColumn: ([table, given, exists]) => dropColumn(tableName(table), nameOf(given), ifExists(exists)),
    dropColumns: ([table, given, exists]) =>
      itemsOf(given).flatMap((value) => dropColumn(tableName(table), nameOf(value), ifExists(exists))),
    renameColumn: ([table, old, now]) => [
      `ALTER TABLE ${pathOf(tableName(table))} RENAME COLUMN "${nameOf(old)}" TO "${nameOf(now)}"`,
    ],
    changeColumn: ([table, old, now = absent]) => change(tableName(table), old, now),
    changeColumns: ([table, all]) =>
      itemsOf(all).flatMap((value) =>
        change(tableName(table), field(value, 'oldColumn'), field(value, 'newColumn') ?? absent),
      ),
    createPrimaryKey: ([table, columns, name]) => {
      const own = tableName(table)
      const names = textsOf(columns)
      const key = optionalText(name) ?? generatedName('PK', own, [...names].sort())
      for (const word of names) {
        const made =
          column(own, word) ??
          columnOf(
            fields([
              ['name', text(word)],
              ['type', text('int')],
            ]),
          )
        if (!column(own, word)) known(own).columns.push(made)
        Object.assign(made, { isPrimary: true, primaryKeyName: optionalText(name) })
      }
      return [`ALTER TABLE ${pathOf(own)} ADD CONSTRAINT "${key}" PRIMARY KEY (${list(names)})`]
    },
    dropPrimaryKey: ([table, name]) => {
      const own = tableName(table)
      const keys = keysOf(own)
      const key = optionalText(name) ?? (keys.length > 0 ? sql.primaryKeyName(own, keys) : null)
      if (key === null) throw new Unread(`the name of the primary key of ${own} is read from the database`)
      return [sql.dropConstraint(own, key)]
    },
    createForeignKey: ([table, given = absent]) => [foreignKey(tableName(table), given)],
    createForeignKeys: ([table, all]) => itemsOf(all).map((value) => foreignKey(tableName(table), value)),
    dropForeignKey: ([table, given, exists]) => [dropForeignKey(tableName(table), given, ifExists(exists))],
    dropForeignKeys: ([table, all]) => itemsOf(all).map((value) => dropForeignKey(tableName(table), value, false)),
    createIndex: ([table, given = absent]) => [createIndex(tableName(table), given)],
    createIndices: ([table, all]) => itemsOf(all).map((value) => createIndex(tableName(table), value)),
    dropIndex: ([table, given, exists]) => [dropIndex(tableName(table), given, ifExists(exists))],
    dropIndices: ([table, all]) => itemsOf(all).map((value) => dropIndex(tableName(table), value, false)),
    createUniqueConstraint: ([table, given = absent]) => [constraint('UQ', tableName(table), given)],
    createUniqueConstraints: ([table, all]) => itemsOf(all).map((value) => constraint('UQ', tableName(table), value)),
    createCheckConstraint: ([table, given = absent]) => [constraint('CHK', tableName(table), given)],
    createCheckConstraints: ([table, all]) => itemsOf(all).map((value) => constraint('CHK', tableName(table), value)),
    createExclusionConstraint: ([table, given = absent]) => [constraint('XCL', tableName(table), given)],
    dropUniqueConstraint: ([table, given, exists]) => [
      sql.dropConstraint(tableName(table), nameOf(given), ifExists(exists)),
    ],
    dropUniqueConstraints: ([table, all]) =>
      itemsOf(all).map((value) => sql.dropConstraint(tableName(table), nameOf(value))),
    dropCheckConstraint: ([table, given, exists]) => [
      sql.dropConstraint(tableName(table), nameOf(given), ifExists(exists)),
    ],
    dropExclusionConstraint: ([table, given]) => [sql.dropConstraint(tableName(table), nameOf(given))],
    clearTable: ([table]) => [`TRUNCATE TABLE ${pathOf(textOf(table))}`],
    createSchema: ([name, exists]) => [`CREATE SCHEMA ${isOn(exists) ? 'IF NOT EXISTS ' : ''}"${textOf(name)}"`],
    dropSchema: ([name, exists, cascade]) => [
      `DROP SCHEMA ${isOn(exists) ? 'IF EXISTS ' : ''}"${textOf(name)}"${isOn(cascade) ? ' CASCADE' : ''}`,
    ],
    createDatabase: ([name]) => [`CREATE DATABASE "${textOf(name)}"`],
    dropDatabase: ([name, exists]) => [`DROP DATABASE ${isOn(exists) ? 'IF EXISTS ' : ''}"${textOf(name)}"`],
    createView: ([view]) => [
      `CREATE ${isOn(field(view, 'materialized')) ? 'MATERIALIZED ' : ''}VIEW ${pathOf(textOf(field(view, 'name')))} AS ${textOf(field(view, 'expression'))}`,
    ],
    dropView: ([view]) => [
      `DROP ${isOn(field(view, 'materialized')) ? 'MATERIALIZED ' : ''}VIEW ${pathOf(nameOf(view))}`,
    ],
    changeTableComment: ([table, words]) => [
      `COMMENT ON TABLE ${pathOf(tableName(table))} IS ${optionalText(words) === null ? 'NULL' : `'${textOf(words).replaceAll("'", "''")}'`}`,
    ],
  }
}

function renamedKey(old: string, now: string, keys: Column[]): string[] {
  if (keys.length === 0 || keys[0]?.primaryKeyName) return []
  return [
    `ALTER TABLE ${pathOf(now)} RENAME CONSTRAINT "${sql.primaryKeyName(old, keys)}" TO "${sql.primaryKeyName(now, keys)}"`,
  ]
}
