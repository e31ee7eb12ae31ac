import {
  absent,
  asText,
  concatenated,
  fields,
  type Host,
  native,
  text,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { entriesOf, field, isFields, isOn, isSet, itemsOf, optionalText, quoted, textOf, textsOf } from '../given.ts'
import { type Script, Unread } from '../script.ts'
import {
  bareName,
  columnsOf,
  constraintsOf,
  functionText,
  literalOf,
  name,
  typeName,
} from './node-pg-migrate-columns.ts'

type Call = (args: Value[]) => (Value | string)[]

/** The state of one file's run beside its calls. */
export interface PgmState {
  shorthands: Map<string, Value>
  isOutside: boolean
  /** Statements that undo what was called, the last first; null when one call cannot be undone. */
  reversed: (() => void)[]
}

/** node-pg-migrate's `pgm` (9.0). */
export function builder(script: Script, state: PgmState): Host {
  const calls = callsOf(state)
  const host: Host = {
    kind: 'host',
    name: 'pgm',
    sends: true,
    get: (key) => {
      if (key === 'func' || key === 'literal')
        return native(`pgm.${key}`, ([given = absent]) => fields([['pgFunction', given]]))
      if (key === 'noTransaction')
        return native('pgm.noTransaction', () => {
          state.isOutside = true
          return absent
        })
      if (key === 'db') return database(script)
      if (key === 'sql')
        return {
          ...native('pgm.sql', ([given = absent, args]) => script.send(() => [transformed(given, args)])),
          sends: true,
        }
      const alias = aliases[key] ?? key
      const call = calls[alias]
      if (!call)
        return native(`pgm.${key}`, () => {
          script.unread(`it calls \`pgm.${key}()\`, which Lockcast does not know`)
          return absent
        })
      return native(`pgm.${key}`, (args) => {
        const undo = reverses[alias]
        const { site } = script.machine
        state.reversed.unshift(() => {
          if (undo) script.send(() => undo(args, calls), site)
          else script.unread(`\`pgm.${key}()\` has no way back of its own`, false, site)
        })
        return script.send(() => call(args))
      })
    },
  }
  return host
}

function database(script: Script): Host {
  const send = native('pgm.db.query', ([given = absent]) =>
    script.send(() => [isFields(given) ? (field(given, 'text') ?? absent) : given]),
  )
  return { kind: 'host', name: 'pgm.db', sends: true, get: () => send }
}

/** `{name}` of the arguments is put into the SQL as a name, or a value. */
function transformed(given: Value, args: Value | undefined): Value {
  const made = asText(given)
  if (!isFields(args)) return made
  const whole = made.kind === 'text' ? made : concatenated([made])
  let sql = textOf(whole)
  for (const [key, value] of entriesOf(args))
    sql = sql.replaceAll(
      `{${key}}`,
      value.kind === 'text' || (isFields(value) && functionText(value) === null) ? name(value) : literalOf(value),
    )
  return text(sql)
}

const aliases: Record<string, string> = {
  addColumn: 'addColumns',
  dropColumn: 'dropColumns',
  createConstraint: 'addConstraint',
  addIndex: 'createIndex',
  addType: 'createType',
  addExtension: 'createExtension',
}

/** Calls that node-pg-migrate undoes by itself where a file has no `down`. */
const reverses: Record<string, (args: Value[], calls: Record<string, Call>) => (Value | string)[]> = {
  createTable: ([table], calls) => calls.dropTable!([table ?? absent]),
  addColumns: ([table = absent, columns = absent], calls) => calls.dropColumns!([table, columns]),
  createIndex: (args, calls) => calls.dropIndex!(args),
  createType: ([type = absent], calls) => calls.dropType!([type]),
  createView: ([view = absent], calls) => calls.dropView!([view]),
  createMaterializedView: ([view = absent], calls) => calls.dropMaterializedView!([view]),
  createExtension: ([given = absent], calls) => calls.dropExtension!([given]),
  createSchema: ([given = absent], calls) => calls.dropSchema!([given]),
  createSequence: ([given = absent], calls) => calls.dropSequence!([given]),
  addConstraint: ([table = absent, constraint = absent], calls) => calls.dropConstraint!([table, constraint]),
  renameTable: ([old = absent, now = absent], calls) => calls.renameTable!([now, old]),
  renameColumn: ([table = absent, old = absent, now = absent], calls) => calls.renameColumn!([table, now, old]),
  renameConstraint: ([table = absent, old = absent, now = absent], calls) => calls.renameConstraint!([table, now, old]),
  createTrigger: ([table = absent, trigger = absent, options = absent, definition], calls) => [
    ...calls.dropTrigger!([table, trigger]),
    ...(definition ? calls.dropFunction!([field(options, 'function') ?? trigger, absent]) : []),
  ],
  createFunction: ([given = absent, parameters = absent], calls) => calls.dropFunction!([given, parameters]),
}

function flag(options: Value | undefined, key: string, words: string): string {
  return isFields(options) && isOn(field(options, key)) ? words : ''
}

function option(options: Value | undefined, key: string): string | null {
  return isFields(options) ? optionalText(field(options, key)) : null
}

function indexName(table: Value | undefined, columns: Value[], options: Value | undefined): string {
  const schema = isFields(table) ? optionalText(field(table, 'schema')) : null
  const own =
    option(options, 'name') ??
    `${bareName(table)}_${columns.map(columnName).join('_')}${flag(options, 'unique', '_unique')}_index`
  return schema === null ? quoted(own) : `${quoted(schema)}.${quoted(own)}`
}

function columnName(column: Value): string {
  if (functionText(column) !== null) throw new Unread('an index over an expression needs a name')
  return isFields(column) ? textOf(field(column, 'name')) : textOf(column)
}

function indexColumn(column: Value): string {
  const own = functionText(column)
  if (own !== null) return own
  const given = columnName(column)
  const shown = !/[^\w".]/.test(given) ? quoted(given) : /\)$/.test(given) ? given : `(${given})`
  if (!isFields(column)) return shown
  const opclass = field(column, 'opclass')
  return [shown, opclass ? name(opclass) : '', optionalText(field(column, 'sort')) ?? '']
    .filter((word) => word !== '')
    .join(' ')
}

function callsOf(state: PgmState): Record<string, Call> {
  const ifExists = (options: Value | undefined): string => flag(options, 'ifExists', ' IF EXISTS')
  const cascade = (options: Value | undefined): string => flag(options, 'cascade', ' CASCADE')
  const drop =
    (kind: string): Call =>
    ([given, options]) => [`DROP ${kind}${ifExists(options)} ${name(given)}${cascade(options)};`]
  const rename =
    (kind: string): Call =>
    ([old, now]) => [`ALTER ${kind} ${name(old)} RENAME TO ${name(now)};`]
  const parameters = (given: Value | undefined): string =>
    `(${itemsOf(given)
      .map((value) =>
        isFields(value)
          ? [
              option(value, 'mode'),
              option(value, 'name') === null ? null : quoted(option(value, 'name') ?? ''),
              typeName(option(value, 'type') ?? ''),
            ]
              .filter(Boolean)
              .join(' ')
          : typeName(textOf(value)),
      )
      .join(', ')})`
  const createFunction = (
    given: Value | undefined,
    params: Value | undefined,
    options: Value | undefined,
    definition: Value,
    returns: string,
  ): string => {
    const words = [
      option(options, 'behavior') ?? 'VOLATILE',
      `LANGUAGE ${option(options, 'language') ?? ''}`,
      ...(option(options, 'security') && option(options, 'security') !== 'INVOKER'
        ? [`SECURITY ${option(options, 'security')}`]
        : []),
      ...(flag(options, 'onNull', 'x') ? ['RETURNS NULL ON NULL INPUT'] : []),
      ...(option(options, 'parallel') ? [`PARALLEL ${option(options, 'parallel')}`] : []),
    ]
    return `CREATE${flag(options, 'replace', ' OR REPLACE')} FUNCTION ${name(given)}${parameters(params)}\n  RETURNS ${returns}\n  AS ${literalOf(definition)}\n  ${words.join('\n  ')};`
  }
  return {
    createTable: ([table, columns, options]) => {
      const { lines, keys, comments } = columnsOf(table, columns, state.shorthands)
      const given = new Map(entriesOf(isFields(options) ? field(options, 'constraints') : undefined))
      if (keys.length > 0) given.set('primaryKey', { kind: 'list', items: keys.map((key) => text(key)), open: null })
      const like = isFields(options) ? field(options, 'like') : undefined
      const likes =
        like === undefined
          ? []
          : [`LIKE ${isFields(like) && field(like, 'table') ? name(field(like, 'table')) : name(like)}`]
      const inherits = isFields(options) ? field(options, 'inherits') : undefined
      const partition = isFields(options) ? field(options, 'partition') : undefined
      const by =
        partition === undefined
          ? ''
          : ` PARTITION BY ${textOf(field(partition, 'strategy'))} (${itemsOf(field(partition, 'columns'))
              .map((value) => name(value))
              .join(', ')})`
      const comment = isFields(options) ? field(options, 'comment') : undefined
      const all = [
        ...comments,
        ...(comment === undefined ? [] : [`COMMENT ON TABLE ${name(table)} IS ${literalOf(comment)};`]),
      ]
      const words = `${flag(options, 'temporary', ' TEMPORARY')}${flag(options, 'unlogged', ' UNLOGGED')} TABLE${flag(options, 'ifNotExists', ' IF NOT EXISTS')}`
      const body = [...lines, ...constraintsOf(table, given, null), ...likes].map((line) => `  ${line}`).join(',\n')
      return [
        `CREATE${words} ${name(table)} (\n${body}\n)${inherits ? ` INHERITS (${name(inherits)})` : ''}${by};${all.map((word) => `\n${word}`).join('')}`,
      ]
    },
    dropTable: ([table, options]) => [`DROP TABLE${ifExists(options)} ${name(table)}${cascade(options)};`],
    renameTable: rename('TABLE'),
    alterTable: ([table, options]) => {
      const security = option(options, 'levelSecurity')
      const unlogged = isFields(options) ? isSet(field(options, 'unlogged')) : null
      const words = [
        ...(security ? [`${security} ROW LEVEL SECURITY`] : []),
        ...(unlogged === null ? [] : [unlogged ? 'SET UNLOGGED' : 'SET LOGGED']),
      ]
      return [`ALTER TABLE ${name(table)}\n  ${words.join(',\n')};`]
    },
    addColumns: ([table, columns, options]) => {
      const { lines, comments } = columnsOf(table, columns, state.shorthands)
      const words = flag(options, 'ifNotExists', 'IF NOT EXISTS ')
      return [
        `ALTER TABLE ${name(table)}\n${lines.map((line) => `  ADD ${words}${line}`).join(',\n')};${comments.map((comment) => `\n${comment}`).join('')}`,
      ]
    },
    dropColumns: ([table, columns, options]) => {
      const all = isFields(columns) ? entriesOf(columns).map(([column]) => column) : textsOf(columns)
      return [
        `ALTER TABLE ${name(table)}\n${all.map((column) => `  DROP${ifExists(options)} ${quoted(column)}${cascade(options)}`).join(',\n')};`,
      ]
    },
    renameColumn: ([table, old, now]) => [`ALTER TABLE ${name(table)} RENAME ${name(old)} TO ${name(now)};`],
    alterColumn: ([table, column, options]) => {
      const value = isFields(options) ? options.fields.get('default') : undefined
      const type = option(options, 'type')
      const notNull = isFields(options) ? isSet(field(options, 'notNull')) : null
      const words = [
        ...(value === undefined || value.kind === 'undefined'
          ? []
          : [value.kind === 'null' ? 'DROP DEFAULT' : `SET DEFAULT ${literalOf(value)}`]),
        ...(type === null
          ? []
          : [
              `SET DATA TYPE ${typeName(type)}${option(options, 'collation') ? ` COLLATE ${option(options, 'collation')}` : ''}${option(options, 'using') ? ` USING ${option(options, 'using')}` : ''}`,
            ]),
        ...(notNull === true
          ? ['SET NOT NULL']
          : notNull === false || flag(options, 'allowNull', 'x')
            ? ['DROP NOT NULL']
            : []),
      ]
      const comment = isFields(options) ? options.fields.get('comment') : undefined
      const own =
        words.length > 0
          ? [`ALTER TABLE ${name(table)}\n${words.map((word) => `  ALTER ${name(column)} ${word}`).join(',\n')};`]
          : []
      return [
        [
          ...own,
          ...(comment === undefined
            ? []
            : [`COMMENT ON COLUMN ${name(table)}.${name(column)} IS ${literalOf(comment)};`]),
        ].join('\n'),
      ]
    },
    addConstraint: ([table, constraint, expression]) => {
      const own =
        constraint && constraint.kind !== 'null' && constraint.kind !== 'undefined' ? textOf(constraint) : null
      const all = isFields(expression)
        ? constraintsOf(table, new Map(entriesOf(expression)), own)
        : [`${own === null ? '' : `CONSTRAINT ${quoted(own)} `}${textOf(expression)}`]
      return [`ALTER TABLE ${name(table)}\n${all.map((line) => `  ADD ${line}`).join(',\n')};`]
    },
    dropConstraint: ([table, constraint, options]) => [
      `ALTER TABLE ${name(table)} DROP CONSTRAINT${ifExists(options)} ${name(constraint)}${cascade(options)};`,
    ],
    renameConstraint: ([table, old, now]) => [
      `ALTER TABLE ${name(table)} RENAME CONSTRAINT ${name(old)} TO ${name(now)};`,
    ],
    createIndex: ([table, columns, options]) => {
      const all = columns?.kind === 'list' ? itemsOf(columns) : [columns ?? absent]
      const include = isFields(options) ? field(options, 'include') : undefined
      const parts = [
        `CREATE${flag(options, 'unique', ' UNIQUE')} INDEX${flag(options, 'concurrently', ' CONCURRENTLY')}${flag(options, 'ifNotExists', ' IF NOT EXISTS')}`,
        ` ${indexName(table, all, options)} ON ${name(table)}`,
        option(options, 'method') === null ? '' : ` USING ${option(options, 'method')}`,
        ` (${all.map(indexColumn).join(', ')})`,
        include === undefined ? '' : ` INCLUDE (${textsOf(include).map(quoted).join(', ')})`,
        option(options, 'nulls') === null ? '' : ` NULLS ${(option(options, 'nulls') ?? '').toUpperCase()}`,
        option(options, 'where') === null ? '' : ` WHERE ${option(options, 'where')}`,
      ]
      return [`${parts.join('')};`]
    },
    dropIndex: ([table, columns, options]) => {
      const all = columns?.kind === 'list' ? itemsOf(columns) : [columns ?? absent]
      return [
        `DROP INDEX${flag(options, 'concurrently', ' CONCURRENTLY')}${ifExists(options)} ${indexName(table, all, options)}${cascade(options)};`,
      ]
    },
    createType: ([type, options]) => [
      options?.kind === 'list'
        ? `CREATE TYPE ${name(type)} AS ENUM (${itemsOf(options).map(literalOf).join(', ')});`
        : `CREATE TYPE ${name(type)} AS (\n${columnsOf(type, options, state.shorthands).lines.join(',\n')}\n);`,
    ],
    dropType: drop('TYPE'),
    renameType: rename('TYPE'),
    addTypeValue: ([type, value = absent, options]) => {
      const at = (key: string, words: string): string =>
        option(options, key) === null ? '' : ` ${words} ${literalOf(text(option(options, key) ?? ''))}`
      return [
        `ALTER TYPE ${name(type)} ADD VALUE${flag(options, 'ifNotExists', ' IF NOT EXISTS')} ${literalOf(value)}${at('before', 'BEFORE')}${at('after', 'AFTER')};`,
      ]
    },
    renameTypeValue: ([type, old = absent, now = absent]) => [
      `ALTER TYPE ${name(type)} RENAME VALUE ${literalOf(old)} TO ${literalOf(now)};`,
    ],
    createExtension: ([given, options]) =>
      textsOf(given).map(
        (word) =>
          `CREATE EXTENSION${flag(options, 'ifNotExists', ' IF NOT EXISTS')} ${quoted(word)}${option(options, 'schema') === null ? '' : ` SCHEMA ${quoted(option(options, 'schema') ?? '')}`};`,
      ),
    dropExtension: ([given, options]) =>
      textsOf(given).map((word) => `DROP EXTENSION${ifExists(options)} ${quoted(word)}${cascade(options)};`),
    createSchema: ([given, options]) => [
      `CREATE SCHEMA${flag(options, 'ifNotExists', ' IF NOT EXISTS')} ${name(given)}${option(options, 'authorization') ? ` AUTHORIZATION ${option(options, 'authorization')}` : ''};`,
    ],
    dropSchema: drop('SCHEMA'),
    renameSchema: rename('SCHEMA'),
    createSequence: ([given, options]) => [
      `CREATE${flag(options, 'temporary', ' TEMPORARY')} SEQUENCE${flag(options, 'ifNotExists', ' IF NOT EXISTS')} ${name(given)}${option(options, 'start') ? `\n  START WITH ${option(options, 'start')}` : ''}${option(options, 'increment') ? `\n  INCREMENT BY ${option(options, 'increment')}` : ''};`,
    ],
    dropSequence: drop('SEQUENCE'),
    createView: ([view, options, definition = absent]) => {
      const columns = isFields(options) ? field(options, 'columns') : undefined
      return [
        `CREATE${flag(options, 'replace', ' OR REPLACE')}${flag(options, 'temporary', ' TEMPORARY')} VIEW ${name(view)}${columns ? `(${textsOf(columns).map(quoted).join(', ')})` : ''} AS ${textOf(definition)};`,
      ]
    },
    dropView: drop('VIEW'),
    createMaterializedView: ([view, options, definition = absent]) => {
      const data = isFields(options) ? isSet(field(options, 'data')) : null
      return [
        `CREATE MATERIALIZED VIEW${flag(options, 'ifNotExists', ' IF NOT EXISTS')} ${name(view)} AS ${textOf(definition)}${data === null ? '' : ` WITH${data ? '' : ' NO'} DATA`};`,
      ]
    },
    dropMaterializedView: drop('MATERIALIZED VIEW'),
    refreshMaterializedView: ([view, options]) => [
      `REFRESH MATERIALIZED VIEW${flag(options, 'concurrently', ' CONCURRENTLY')} ${name(view)};`,
    ],
    createFunction: ([given, params, options, definition = absent]) => [
      createFunction(given, params, options, definition, option(options, 'returns') ?? 'void'),
    ],
    dropFunction: ([given, params, options]) => [
      `DROP FUNCTION${ifExists(options)} ${name(given)}${params && params.kind !== 'undefined' ? parameters(params) : '()'}${cascade(options)};`,
    ],
    createTrigger: ([table, trigger, options, definition]) => {
      const own = field(options, 'function') ?? trigger
      const level = option(options, 'level') ?? 'STATEMENT'
      const condition = option(options, 'condition')
      const isConstraint = flag(options, 'constraint', 'x') !== ''
      const when = isConstraint ? 'AFTER' : textOf(field(options, 'when'))
      const functionParams = isFields(options)
        ? itemsOf(field(options, 'functionParams')).map(literalOf).join(', ')
        : ''
      const deferrable = !isConstraint
        ? ''
        : flag(options, 'deferrable', 'x')
          ? `${deferredWords(options)}\n  `
          : 'NOT DEFERRABLE\n  '
      const made =
        definition && definition.kind !== 'undefined'
          ? `${createFunction(own, undefined, options, definition, 'trigger')}\n`
          : ''
      return [
        `${made}CREATE${isConstraint ? ' CONSTRAINT' : ''} TRIGGER ${name(trigger)}\n  ${when} ${textsOf(field(options, 'operation')).join(' OR ')} ON ${name(table)}\n  ${deferrable}FOR EACH ${/instead\s+of/i.test(when) ? 'ROW' : level}\n  ${condition === null ? '' : `WHEN (${condition})\n  `}EXECUTE PROCEDURE ${name(own)}(${functionParams});`,
      ]
    },
    dropTrigger: ([table, trigger, options]) => [
      `DROP TRIGGER${ifExists(options)} ${name(trigger)} ON ${name(table)}${cascade(options)};`,
    ],
    createPolicy: ([table, policy, options]) => {
      const role = isFields(options) ? field(options, 'role') : undefined
      const parts = [
        `CREATE POLICY ${name(policy)} ON ${name(table)} FOR ${option(options, 'command') ?? 'ALL'} TO ${role === undefined ? 'PUBLIC' : textsOf(role).join(', ')}`,
        option(options, 'using') === null ? '' : ` USING (${option(options, 'using')})`,
        option(options, 'check') === null ? '' : ` WITH CHECK (${option(options, 'check')})`,
      ]
      return [`${parts.join('')};`]
    },
    dropPolicy: ([table, policy, options]) => [`DROP POLICY${ifExists(options)} ${name(policy)} ON ${name(table)};`],
  }
}

function deferredWords(options: Value | undefined): string {
  return `DEFERRABLE INITIALLY ${flag(options, 'deferred', 'x') ? 'DEFERRED' : 'IMMEDIATE'}`
}
