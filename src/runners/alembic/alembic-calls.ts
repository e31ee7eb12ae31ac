import type { Call, Run, ToolCalls } from '../../languages/code/evaluator.ts'
import type { Place } from '../../languages/code/tree.ts'
import { nothing, reasonOf, textOf, textValue, unknown, type Value } from '../../languages/code/values.ts'
import { NotReadable, raise } from '../code/not-readable.ts'
import { quoteName } from '../code/quoting.ts'
import type { SentCall } from '../code/sent-call.ts'
import { isQuery, statementSql, textSql, withParameter } from './alembic-expressions.ts'
import { type BatchTable, operationSql } from './alembic-operations.ts'
import { sqlType } from './alembic-types.ts'
import { built } from './alembic-values.ts'
import { entitySql } from './entities.ts'

/** A call, and whether it is inside `autocommit_block()`. */
export interface AlembicCall extends SentCall {
  autocommit: boolean
}

const answer = 'the answer of the database'

/** Turns the calls of `upgrade()` or `downgrade()` into the SQL that Alembic sends. */
export class AlembicCalls implements ToolCalls {
  readonly sent: AlembicCall[] = []
  running = false
  private readonly direction: 'up' | 'down'
  private readonly enums = new Set<string>()
  private autocommit = 0

  constructor(direction: 'up' | 'down') {
    this.direction = direction
  }

  call(call: Call, run: Run): Value | null {
    const { target, name } = call
    if (name === 'name' && target && /(^|\.)(dialect|engine)$/.test(pathOf(target))) return textValue('postgresql')
    if (name === 'is_offline_mode' || name === 'as_sql') return { kind: 'constant', value: false }
    if (!this.running) return null
    if (target?.kind === 'tool') return this.ofTool(target, call, run)
    const path = target === null ? '' : pathOf(target)
    if (/(^|\.)op$/.test(path) || path === 'alembic.op') return this.operation(call, run, null)
    if (target === null) return this.bare(call, run)
    if (target.kind === 'made' && (name === 'create' || name === 'drop')) return this.typeCall(target, call, run)
    return this.other(call, run)
  }

  enter(value: Value): Value {
    if (/autocommit_block$/.test(pathOf(value))) this.autocommit++
    const call = built(value)
    if (call?.name !== 'batch_alter_table') return /(^|\.)(connect|begin)$/.test(pathOf(value)) ? connection : value
    const table: BatchTable = {
      name: call.args[0] ?? call.named.get('table_name') ?? unknown('the table'),
      schema: call.named.get('schema'),
    }
    return { kind: 'tool', tag: 'batch', data: table }
  }

  leave(value: Value): void {
    if (/autocommit_block$/.test(pathOf(value))) this.autocommit--
  }

  private ofTool(target: Value & { kind: 'tool' }, call: Call, run: Run): Value | null {
    if (target.tag === 'batch') return this.operation(call, run, target.data as BatchTable)
    const { name } = call
    if (target.tag === 'dialect')
      return name === 'name'
        ? textValue('postgresql')
        : name === 'dialect'
          ? target
          : unknown('the settings of the engine')
    if (name === 'dialect' || name === 'engine') return { kind: 'tool', tag: 'dialect', data: null }
    if (/^(execute|exec_driver_sql|scalar|scalars)$/.test(name)) return this.execute(call, run)
    if (/^(commit|rollback|begin|close|flush|begin_nested)$/.test(name)) return nothing
    if (call.statement) this.send(call, run, { dataCode: true })
    return unknown(answer)
  }

  private operation(call: Call, run: Run, batch: BatchTable | null): Value | null {
    const { name, args, named } = call
    if (name === 'f') return args[0] ?? nothing
    if (name === 'get_bind') return connection
    if (name === 'execute') return this.execute(call, run)
    if (/^(get_context|batch_alter_table|inline_literal)$/.test(name)) return null
    if (name === 'run_async') return this.unread(call, run, 'it runs a function of its own')
    const reason = [...args, ...named.values()].map(reasonOf).find((text) => text !== null)
    this.attempt(call, run, () => {
      const gaps: string[] = []
      const sql = operationSql(name, args, named, batch, this.enums, gaps) ?? entitySql(name, args)
      if (sql === null) return raise(`it calls \`op.${name}\`, which is not known`)
      if (sql.length === 0) return
      if (reason) raise(reason)
      const note = gaps[0] === undefined ? {} : { note: gaps[0] }
      this.send(call, run, { queries: sql.map((text) => ({ sql: text, at: null })), ...note })
    })
    const made: Value = {
      kind: 'made',
      path: 'sqlalchemy.table',
      target: null,
      args,
      named,
      start: call.start,
      end: call.end,
    }
    return name === 'create_table' ? made : nothing
  }

  private execute(call: Call, run: Run): Value {
    const [first, second] = call.args
    this.attempt(call, run, () => {
      const text = textSql(first)
      if (isQuery(first)) return
      const sql = text?.sql ?? (statementSql(first) || entityStatement(first))
      if (sql === null) return raise((first && reasonOf(first)) ?? 'its SQL is not known')
      const params = second?.kind === 'dict' ? second.entries : new Map<string, Value>()
      const filled = [...params].reduce((so, [name, value]) => withParameter(so, name, value), sql)
      this.send(call, run, { queries: [{ sql: filled, at: filled === text?.sql ? text.at : null }] })
    })
    return unknown(answer)
  }

  /** `ENUM(…).create(bind)`: with `checkfirst` it asks before. */
  private typeCall(target: Value & { kind: 'made' }, call: Call, run: Run): Value {
    const call_ = built(target)
    if (call_?.name === 'Sequence') {
      const name = textOf(call_.args[0])
      if (name === null) return this.unread(call, run, 'the name of a sequence is not known')
      this.send(call, run, { queries: [{ sql: `${call.name.toUpperCase()} SEQUENCE ${quoteName(name)}`, at: null }] })
      return nothing
    }
    if (call_ && /^(Enum|ENUM)$/.test(call_.name)) {
      this.attempt(call, run, () => {
        const type = sqlType(target).enum ?? raise('the enum is not known')
        const asks = call.named.get('checkfirst') ?? call.args[1]
        const first = asks
          ? !(asks.kind === 'constant' && asks.value === false)
          : call_.name === 'ENUM' || call_.name === 'Enum'
        if (call.name === 'create') this.enums.add(type.name)
        const sql = call.name === 'create' ? type.create : `DROP TYPE ${type.name}`
        if (sql === '') raise('the values of an enum are not known')
        this.send(call, run, { queries: [{ sql, at: null }], ...(first ? { when: 'depends' as const } : {}) })
      })
      return nothing
    }
    return this.other(call, run) ?? nothing
  }

  /** A function that the file does not define. */
  private bare(call: Call, run: Run): Value | null {
    const { name, statement } = call
    if (
      !statement ||
      /^(print|super|setattr|input|isinstance|len|next|list|dict|set|any|all|max|min|sum|sorted|getattr)$/.test(name)
    )
      return null
    this.unread(call, run, `it calls \`${name}\`, which is not in this file`)
    return unknown(`what \`${name}\` gives`)
  }

  /** A method of something that the file imports or that the database gave. */
  private other(call: Call, run: Run): Value | null {
    const { target, name, statement } = call
    // Lists, texts and functions are the language's.
    if (target?.kind !== 'path' && target?.kind !== 'made' && target?.kind !== 'unknown') return null
    const path = pathOf(target)
    const isConnection =
      /(^|\.)(bind|connection|conn|session|Session|sessionmaker|connect)(\(\))?$/.test(path) ||
      /(Session|sessionmaker|get_bind|connect)$/.test(path)
    if (/^(execute|exec_driver_sql|scalar|scalars)$/.test(name) && (isConnection || target.kind === 'unknown'))
      return this.execute(call, run)
    if (/^(commit|rollback|close|flush|begin|autocommit_block|create_all|invalidate)$/.test(name))
      return statement && name === 'create_all' ? this.unread(call, run, 'it creates tables from models') : null
    if (!statement || harmless.test(path) || logs.test(path)) return null
    // Types, tables and inspectors are made or looked at; only these send DDL.
    if (/^(sqlalchemy|sa)\b/.test(path) && !/^(create|drop|drop_all)$/.test(name)) return null
    if (target.kind === 'unknown' || isConnection || /(^|\.)(query|select|orm)\b/.test(path)) {
      this.send(call, run, { dataCode: true })
      return unknown(answer)
    } else this.unread(call, run, `it calls \`${path}.${name}\`, which is not in this file`)
    return unknown(`what \`${name}\` gives`)
  }

  private attempt(call: Call, run: Run, work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error
      const rows = call.name === 'bulk_insert' || error.message === answer || error.message === loopReason
      if (rows) this.send(call, run, { dataCode: true })
      else this.unread(call, run, error.message)
    }
  }

  private unread(call: Place, run: Run, reason: string): Value {
    this.send(call, run, { unread: reason })
    return nothing
  }

  private send({ start, end }: Place, run: Run, more: Partial<SentCall>): void {
    const when = run.uncertain > 0 ? 'depends' : 'always'
    const autocommit = this.autocommit > 0
    this.sent.push({
      direction: this.direction,
      start,
      end,
      queries: [],
      unread: null,
      dataCode: false,
      when,
      autocommit,
      ...more,
    })
  }
}

const loopReason = 'a loop over items that are not known'
const connection: Value = { kind: 'tool', tag: 'connection', data: null }
const harmless =
  /^(logging|logger|log|LOG|LOGGER|os|sys|time|warnings|json|uuid|datetime|random|string|re|math|itertools|collections|pathlib|copy|typing|sqlalchemy\.event|context|alembic\.context)\b/

/** Loggers, by any name that a file gives them. */
const logs = /(^|\.)(getLogger|get_logger|getChild|LOG|log|logger|LOGGER|_logger|_LOG)$/

function pathOf(value: Value): string {
  if (value.kind === 'path' || value.kind === 'made') return value.path
  return value.kind === 'tool' ? value.tag : ''
}

/** `CREATE SEQUENCE` and `CREATE SCHEMA` of SQLAlchemy's own constructs; null for other values. */
function entityStatement(value: Value | undefined): string | null {
  const call = built(value)
  const kind = /^(Create|Drop)(Sequence|Schema)$/.exec(call?.name ?? '')
  if (!call || !kind) return null
  const [first] = call.args
  const name = textOf(first) ?? textOf(built(first)?.args[0]) ?? raise('a name that is not known')
  return `${kind[1]?.toUpperCase()} ${kind[2]?.toUpperCase()} "${name}"`
}
