import type { Call, Run, ToolCalls } from '../../languages/code/evaluator.ts'
import type { Place } from '../../languages/code/tree.ts'
import { type FunctionValue, nothing, reasonOf, textOf, unknown, type Value } from '../../languages/code/values.ts'
import { NotReadable, raise } from '../code/not-readable.ts'
import type { SentCall } from '../code/sent-call.ts'
import { type Command, commandOf } from './command.ts'
import { plural } from './inflection.ts'
import { filesOf } from './rails-files.ts'
import { quoteTable } from './rails-names.ts'
import type { Options } from './rails-options.ts'
import { aliases, alterParts, type KnownSchema, type RailsVersions, statementsOf } from './rails-statements.ts'
import { Irreversible, passesThrough, reversed } from './reverse.ts'
import { createJoinTableSql, createTableSql, type TableDefinition } from './table-definition.ts'

/** The input for reading one migration file. */
interface RailsContext {
  versions: RailsVersions
  schema: KnownSchema
  direction: 'up' | 'down'
  /** The migration opted out of its transaction. */
  bare: boolean
  /** The text of a file by its path in the application; null when it is not there. */
  text(path: string): string | null
}

type Recorded = { kind: 'command'; command: Command } | { kind: 'block'; block: FunctionValue; uncertain: number }

/** Turns the calls of a migration into the SQL that Rails sends. */
export class RailsCalls implements ToolCalls {
  readonly sent: SentCall[] = []
  /** Set while a `change` runs backwards. */
  private records: Recorded[] | null = null
  private readonly context: RailsContext
  private running = false
  private inData = 0
  private bulk: { command: Command }[] | null = null

  constructor(context: RailsContext) {
    this.context = context
  }

  /** Runs one method of the migration; backwards, its commands are collected first. */
  perform(method: FunctionValue, run: Run, backwards: boolean): void {
    this.running = true
    try {
      if (backwards) this.revert(() => run.invoke(method, [], new Map(), null), run)
      else run.invoke(method, [], new Map(), null)
    } catch (error) {
      if (!(error instanceof Irreversible)) throw error
      this.sent.length = 0
    }
    this.running = false
  }

  declare(call: Call, run: Run): void {
    declared(call, run)
  }

  call(call: Call, run: Run): Value | null {
    if (!this.running) {
      if (call.target === null) declared(call, run)
      return call.target === null || call.target.kind === 'class' ? nothing : null
    }
    const { target, name } = call
    if (target?.kind === 'tool') return this.ofTool(call, target, run)
    if (name === 'connection' || name === 'lease_connection') return connection
    if (target === null) return this.bare(call, run)
    if (name === 'transaction' && call.block) return this.transaction(call, run)
    if (name === 'with_connection' && call.block) return run.invoke(call.block, [connection], new Map(), null)
    return this.ofOther(call, run)
  }

  private ofTool(call: Call, target: Value & { kind: 'tool' }, run: Run): Value | null {
    if (target.tag === 'connection') return this.bare(call, run)
    if (target.tag === 'direction') {
      if (!call.block || call.name !== this.context.direction) return nothing
      return run.invoke(call.block, [], new Map(), null)
    }
    const table = target.data as TableDefinition | string
    if (typeof table === 'string') return this.inTable(table, call, run)
    const { args, options } = commandOf(call, false)
    if (!table.add(call.name, args, options)) raise(`\`t.${call.name}\` is not known`)
    return nothing
  }

  /** A call by bare name: one of Rails' or a helper's that is not in the file. */
  private bare(call: Call, run: Run): Value | null {
    const { name, block, args } = call
    switch (name) {
      case 'safety_assured':
      case 'suppress_messages':
      case 'say_with_time':
      case 'with_lock_retries':
        return block ? run.invoke(block, [], new Map(), null) : nothing
      case 'transaction':
        return this.transaction(call, run)
      case 'reversible':
        return this.reversible(call, run)
      case 'up_only':
        return this.upOnly(call, run)
      case 'revert':
        return block
          ? this.revert(() => run.invoke(block, [], new Map(), null), run)
          : this.unread(call, run, 'it reverts another migration')
      case 'respond_to?':
        // Asked before a gem's helper such as safety_assured is called: either way the same SQL is sent.
        return { kind: 'constant', value: true }
      case 'reverting?':
        return { kind: 'constant', value: this.context.direction === 'down' }
      case 'execute':
      case 'exec_query':
      case 'exec_update':
      case 'exec_delete':
      case 'update':
      case 'delete':
      case 'insert':
      case 'select_all':
      case 'select_one':
      case 'select_rows':
      case 'select_value':
      case 'select_values':
      case 'query':
      case 'query_value':
        return this.execute(call, run)
      case 'quote':
      case 'quote_table_name':
      case 'quote_column_name':
        return quoted(name, args[0])
      case 'quoted_date':
        return unknown('a time that is known only when the code runs')
      case 'quoted_true':
      case 'quoted_false':
        return { kind: 'text', text: name === 'quoted_true' ? 'TRUE' : 'FALSE', at: null, symbol: false }
      case 'change_table':
        return this.changeTable(call, run)
    }
    if (silent.has(name)) return nothing
    if (/(_exists\?|^column_for|^columns|^indexes|^tables|^foreign_keys|^primary_key|\?)$/.test(name))
      return unknown('what the database holds')
    const command = commandOf({ ...call, name: aliases[name] ?? name }, run.uncertain > 0)
    if (isCommand(command)) return this.record(command, run)
    if (call.args.length === 0 && call.named.size === 0 && !block && !call.statement) return null
    return ruby.has(name) ? null : this.helper(call, run)
  }

  /** A method of a model, of the application or of a value that is not known. */
  private ofOther(call: Call, run: Run): Value | null {
    const { target, name, block, statement } = call
    const root = rootOf(target)
    if (root === null) return null
    if (
      /^(Rails|Rake|Logger|ENV|Time|Date|DateTime|SecureRandom|JSON|YAML|File|Dir|I18n|Struct|Class|Set)\b/.test(
        root,
      ) &&
      !block
    )
      return statement ? nothing : null
    if (name === 'table_name' || name === 'quoted_table_name') {
      const table = tableOf(target, run)
      if (table !== null)
        return { kind: 'text', text: name === 'table_name' ? table : quoteTable(table), at: null, symbol: false }
    }
    if (name === 'reset_column_information' || name === 'table_name' || name === 'new') return null
    if (name === 'execute' || name === 'exec_query') return this.execute(call, run)
    // MiniSql of Discourse.
    if (root === 'DB' && /^(exec|query(_\w+)?)$/.test(name)) return this.execute(call, run)
    if (!statement && !block) return null
    if (this.inData === 0) this.send(call, run.uncertain > 0, { dataCode: true })
    if (!block) return null
    this.inData++
    run.invokeMaybe(block, [unknown('a row of a table')])
    this.inData--
    return unknown('rows of a table')
  }

  private execute(call: Call, run: Run): Value {
    const [first] = call.args
    const sql = first?.kind === 'text' ? first.text : null
    const block = first?.kind === 'text' ? first.at : null
    if (this.records && call.name === 'execute') throw new Irreversible('execute')
    if (sql !== null) this.send(call, run.uncertain > 0, { queries: [{ sql, at: block }] })
    else this.unread(call, run, (first && reasonOf(first)) ?? 'its SQL is not known')
    return unknown('the answer of the database')
  }

  private transaction(call: Call, run: Run): Value {
    if (!call.block) return nothing
    const own = this.context.bare && !this.records
    const place = { start: call.start, end: call.start + 'transaction'.length }
    if (own) this.send(place, run.uncertain > 0, { queries: [{ sql: 'BEGIN', at: null }] })
    const value = run.invoke(call.block, [], new Map(), null)
    if (own)
      this.send({ start: call.end - 1, end: call.end }, run.uncertain > 0, { queries: [{ sql: 'COMMIT', at: null }] })
    return value
  }

  private reversible(call: Call, run: Run): Value {
    if (!call.block) return nothing
    if (this.records) this.records.push({ kind: 'block', block: call.block, uncertain: run.uncertain })
    else this.runDirections(call.block, run)
    return nothing
  }

  private runDirections(block: FunctionValue, run: Run): void {
    run.invoke(block, [{ kind: 'tool', tag: 'direction', data: null }], new Map(), null)
  }

  private upOnly(call: Call, run: Run): Value {
    return call.block && this.context.direction === 'up' ? run.invoke(call.block, [], new Map(), null) : nothing
  }

  /** Collects the commands of a block and sends their opposites, the last first. */
  private revert(block: () => void, run: Run): Value {
    const outer = this.records
    const records: Recorded[] = []
    this.records = records
    block()
    this.records = outer
    for (const record of records.reverse()) {
      if (record.kind === 'block') this.runDirections(record.block, run)
      else this.attempt(record.command, record.command.uncertain, () => this.perCommand(reversed(record.command), run))
    }
    return nothing
  }

  private record(command: Command, run: Run): Value {
    if (this.bulk) this.bulk.push({ command })
    else if (this.records && !passesThrough(command.name)) this.records.push({ kind: 'command', command })
    else this.attempt(command, command.uncertain, () => this.perCommand(command, run))
    return nothing
  }

  private perCommand(command: Command, run: Run): void {
    const queries = this.sqlOf(command, run).map((sql) => ({ sql, at: null }))
    const asks =
      command.options.isTrue('if_exists') && /^(remove_index|remove_column|remove_foreign_key)/.test(command.name)
    this.send(command, command.uncertain || asks, { queries })
  }

  private sqlOf(command: Command, run: Run): string[] {
    const evaluate = (value: Value): Value =>
      value.kind === 'function' ? run.invoke(value, [], new Map(), null) : value
    for (const value of [...command.args, ...command.options.values.values()]) {
      const reason = reasonOf(value)
      if (reason !== null) raise(reason)
    }
    const { versions } = this.context
    const fill = (table: TableDefinition): void => {
      if (command.block) run.invoke(command.block, [{ kind: 'tool', tag: 'table', data: table }], new Map(), null)
    }
    if (command.name === 'create_table') return createTableSql(command, versions.migration, evaluate, fill)
    if (command.name === 'create_join_table') return createJoinTableSql(command, versions.migration, evaluate, fill)
    const files = filesOf(command, this.context.text)
    return (
      files ??
      statementsOf(command, { versions, schema: this.context.schema, evaluate }) ??
      raise(`\`${command.name}\` is not known`)
    )
  }

  private changeTable(call: Call, run: Run): Value {
    const { args, options, block } = commandOf(call, false)
    const table = textOf(args[0])
    if (table === null || !block) return this.unread(call, run, 'the table is not known')
    const bulk = options.isTrue('bulk') && (!this.records || this.context.versions.gem >= 70)
    const outer = this.records
    if (bulk) this.bulk = []
    if (bulk) this.records = null
    run.invoke(block, [{ kind: 'tool', tag: 'table', data: table }], new Map(), null)
    this.records = outer
    const collected = this.bulk ?? []
    this.bulk = null
    if (!bulk) return nothing
    const commands = collected.map(({ command }) => command)
    this.attempt(call, run.uncertain > 0, () =>
      this.sendBulk(table, this.records ? commands.reverse().map(reversed) : commands, call, run),
    )
    return nothing
  }

  /** Neighbours that ALTER TABLE can combine go in one statement. */
  private sendBulk(table: string, commands: Command[], call: Call, run: Run): void {
    const evaluate = (value: Value): Value =>
      value.kind === 'function' ? run.invoke(value, [], new Map(), null) : value
    const context = { versions: this.context.versions, schema: this.context.schema, evaluate }
    const queries: { sql: string; at: null }[] = []
    let parts: string[] = []
    const flush = (): void => {
      if (parts.length > 0) queries.push({ sql: `ALTER TABLE ${quoteTable(table)} ${parts.join(', ')}`, at: null })
      parts = []
    }
    for (const command of commands) {
      const combined = alterParts(command, context)
      if (combined) parts.push(...combined)
      else {
        flush()
        queries.push(...this.sqlOf(command, run).map((sql) => ({ sql, at: null })))
      }
    }
    flush()
    this.send(call, run.uncertain > 0, { queries })
  }

  /** `t.<method>` of `change_table`. */
  private inTable(table: string, call: Call, run: Run): Value {
    const { name, args } = call
    const own = commandOf(call, run.uncertain > 0)
    const at: Value = { kind: 'text', text: table, at: null, symbol: false }
    const issue = (command: string, given: Value[], options = own.options): void => {
      this.record({ ...own, name: command, args: [at, ...given], options }, run)
    }
    const renamed = tableMethods[name]
    if (renamed) issue(renamed, own.args)
    else if (name === 'references' || name === 'belongs_to') for (const arg of own.args) issue('add_reference', [arg])
    else if (/^remove_(references|belongs_to)$/.test(name)) for (const arg of own.args) issue('remove_reference', [arg])
    else if (name === 'column') this.columnOfTable(own, issue)
    else if (/_exists\?$/.test(name)) return unknown('what the database holds')
    else {
      const type: Value = { kind: 'text', text: name === 'numeric' ? 'decimal' : name, at: null, symbol: true }
      for (const arg of args.slice(0, own.args.length)) this.columnOfTable({ ...own, args: [arg, type] }, issue)
    }
    return nothing
  }

  private columnOfTable(command: Command, issue: (name: string, given: Value[], options?: Options) => void): void {
    const index = command.options
    issue('add_column', command.args, command.options.without('index'))
    const [column] = command.args
    if (index.isSet('index') && column) issue('add_index', [column], index.inner('index'))
  }

  /** A helper of a gem or of the application: its SQL is not known, the block it takes is read. */
  private helper(call: Call, run: Run): Value {
    this.unread(call, run, `it calls \`${call.name}\`, which is not in this file`)
    if (call.block) run.invokeMaybe(call.block, [unknown(`what \`${call.name}\` gives its block`)])
    return unknown(`what \`${call.name}\` gives`)
  }

  private unread(place: Place, run: Run, reason: string): Value {
    if (this.inData === 0) this.send(place, run.uncertain > 0, { unread: reason })
    return nothing
  }

  private attempt(place: Place, uncertain: boolean, work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error
      this.send(place, uncertain, { unread: error.message })
    }
  }

  private send({ start, end }: Place, uncertain: boolean, more: Partial<SentCall>): void {
    const when = uncertain ? 'depends' : 'always'
    this.sent.push({
      direction: this.context.direction,
      start,
      end,
      queries: [],
      unread: null,
      dataCode: false,
      when,
      ...more,
    })
  }
}

const connection: Value = { kind: 'tool', tag: 'connection', data: null }

/** Calls that send no SQL, or none that matters here. */
const silent = new Set([
  'say',
  'puts',
  'p',
  'pp',
  'announce',
  'print',
  'require',
  'require_relative',
  'sleep',
  'set_statement_timeout',
  'schema_cache',
  'clear_cache!',
  'raise',
  'super',
  'include',
  'extend',
  'safety_assured!',
])

/** Ruby's own functions, which its language knows. */
const ruby = new Set([
  'lambda',
  'proc',
  'format',
  'sprintf',
  'yield',
  'puts',
  'p',
  'private',
  'attr_accessor',
  'Integer',
  'String',
  'Array',
  'binding',
  'loop',
  'catch',
  'block_given?',
  'respond_to?',
  'send',
  'rand',
])

const tableMethods: Record<string, string> = {
  index: 'add_index',
  rename_index: 'rename_index',
  timestamps: 'add_timestamps',
  change: 'change_column',
  change_default: 'change_column_default',
  change_null: 'change_column_null',
  remove: 'remove_columns',
  remove_index: 'remove_index',
  remove_timestamps: 'remove_timestamps',
  rename: 'rename_column',
  foreign_key: 'add_foreign_key',
  remove_foreign_key: 'remove_foreign_key',
  check_constraint: 'add_check_constraint',
  remove_check_constraint: 'remove_check_constraint',
  unique_constraint: 'add_unique_constraint',
  remove_unique_constraint: 'remove_unique_constraint',
  exclusion_constraint: 'add_exclusion_constraint',
}

const known =
  /^(create_table|create_join_table|(create|update|replace|drop|refresh)_(view|function|trigger|materialized_view))$/

function isCommand(command: Command): boolean {
  if (known.test(command.name)) return true
  try {
    const schema: KnownSchema = { indexes: () => null, key: () => null }
    return statementsOf(command, { versions: { migration: 71, gem: 71 }, schema, evaluate: () => nothing }) !== null
  } catch (error) {
    if (error instanceof NotReadable) return true
    throw error
  }
}

function quoted(name: string, value: Value | undefined): Value {
  const text = textOf(value)
  if (text === null) return unknown('a value that is not known')
  const sql =
    name === 'quote' ? (value?.kind === 'number' ? text : `'${text.replaceAll("'", "''")}'`) : quoteTable(text)
  return { kind: 'text', text: sql, at: null, symbol: false }
}

/** Statements of a class or file that bring in methods, or name a model's table. */
function declared({ name, args, scope }: Call, run: Run): void {
  const [first] = args
  if (name === 'table_name=' && first) scope.names.set('table_name', first)
  const brought =
    /^(include|extend|prepend)$/.test(name) && first?.kind === 'class'
      ? first.scope.names
      : /^require(_relative)?$/.test(name)
        ? run.namesOf(textOf(first) ?? '')
        : null
  for (const [key, value] of brought ?? []) if (!scope.names.has(key)) scope.names.set(key, value)
}

/** A model's table: the one that its class names, else the plural of its own name. */
function tableOf(model: Value | null, run: Run): string | null {
  if (model?.kind !== 'path' && model?.kind !== 'class') return null
  const given =
    model.kind === 'class'
      ? model.scope.names.get('table_name')
      : run.resolved({ kind: 'path', path: `${model.path}.table_name` })
  const own = textOf(given)
  if (own !== null) return own
  const name = (model.kind === 'class' ? model.name : model.path).replace(/^.*[.:]/, '')
  return /^[A-Z]/.test(name) ? plural(underscoredName(name)) : null
}

function underscoredName(name: string): string {
  return name.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase()
}

/** The name at the start of a chain of calls; null for a value of the language. */
function rootOf(value: Value | null): string | null {
  if (value === null) return null
  if (value.kind === 'path') return value.path
  if (value.kind === 'class') return value.name
  if (value.kind === 'made') return value.target ? rootOf(value.target) : value.path
  return value.kind === 'unknown' ? 'unknown' : null
}
