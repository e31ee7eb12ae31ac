import type { Call, Run, ToolCalls } from '../../languages/code/evaluator.ts'
import type { Place } from '../../languages/code/tree.ts'
import { type FunctionValue, nothing, reasonOf, textOf, unknown, type Value } from '../../languages/code/values.ts'
import { NotReadable } from '../code/not-readable.ts'
import type { SentCall } from '../code/sent-call.ts'
import { type ColumnChange, commandSql, type EctoCommand, Irreversible, reversedCommand } from './commands.ts'
import { type EctoObject, objectIn } from './ecto-columns.ts'

const answer = 'the answer of the database'
const repository: Value = { kind: 'tool', tag: 'repo', data: null }
const rowFunctions =
  /^(update_all|delete_all|insert_all|insert!?|update!?|delete!?|insert_or_update!?|all|one!?|get!?|get_by!?|stream|aggregate|exists\?|transaction|reload!?|preload)$/

/** Turns the calls of a migration into the SQL that Ecto sends. Commands are queued; `flush()` and the end send them. */
export class EctoCalls implements ToolCalls {
  readonly sent: SentCall[] = []
  private readonly direction: 'up' | 'down'
  private readonly text: (path: string) => string | null
  private queue: EctoCommand[] = []
  private columns: ColumnChange[] | null = null
  private backwards = false
  private running = false

  private readonly folder: string

  /** `folder`: that of the migration, as seen from the project's root; `text` reads a file by its path from there. */
  constructor(direction: 'up' | 'down', folder: string, text: (path: string) => string | null) {
    this.direction = direction
    this.folder = folder
    this.text = text
  }

  perform(method: FunctionValue, run: Run, backwards: boolean): void {
    this.backwards = backwards
    this.running = true
    try {
      run.invoke(method, [], new Map(), null)
      this.flush(run)
    } catch (error) {
      if (!(error instanceof Irreversible)) throw error
      this.sent.length = 0
    }
    this.running = false
  }

  call(call: Call, run: Run): Value | null {
    if (!this.running) return null
    const { target, name, args, named } = call
    if (target?.kind === 'tool' && target.tag === 'repo') return this.ofRepository(call, run, args)
    if (name === 'priv_dir') return { kind: 'text', text: 'priv', at: null, symbol: false }
    if (target?.kind === 'path') return this.ofModule(call, target.path, run)
    if (target?.kind === 'unknown' || target?.kind === 'made') return this.ofValue(call, run)
    if (target !== null) return null
    switch (name) {
      case 'table':
      case 'references':
      case 'fragment':
      case 'constraint':
        return object(name, args, named)
      case 'index':
        return object('index', args, named)
      case 'unique_index':
        return object('index', args, new Map([...named, ['unique', { kind: 'constant', value: true }]]))
      case 'direction':
        return { kind: 'text', text: this.direction, at: null, symbol: true }
      case 'prefix':
        return nothing
      case '__DIR__':
        return { kind: 'text', text: this.folder, at: null, symbol: false }
      case 'repo':
        return repository
      case 'flush':
        this.flush(run)
        return nothing
      case 'use':
      case 'require':
      case 'import':
        return nothing
      case 'timestamps':
      case 'add':
      case 'add_if_not_exists':
      case 'remove':
      case 'remove_if_exists':
      case 'modify':
        if (!this.columns) return null
        this.columns.push({ name, args, named })
        return nothing
    }
    return this.command(call, run) ?? this.helper(call, run)
  }

  private command(call: Call, run: Run): Value | null {
    const { name, args, named, start, end } = call
    const place = { start, end, uncertain: run.uncertain > 0 }
    const [first, second] = args
    const subject = objectIn(first)
    switch (name) {
      case 'create':
      case 'create_if_not_exists':
        if (!subject) return this.unread(call, run, 'what it creates is not known')
        return this.push({
          ...place,
          kind: 'create',
          object: subject,
          ifNotExists: name !== 'create',
          columns: this.collect(call, run),
        })
      case 'drop':
      case 'drop_if_exists': {
        if (!subject) return this.unread(call, run, 'what it drops is not known')
        const cascade = textOf(named.get('mode')) === 'cascade'
        return this.push({ ...place, kind: 'drop', object: subject, ifExists: name !== 'drop', cascade, columns: [] })
      }
      case 'alter':
        if (!subject) return this.unread(call, run, 'the table is not known')
        return this.push({ ...place, kind: 'alter', object: subject, columns: this.collect(call, run) })
      case 'rename':
        if (!subject) return this.unread(call, run, 'what it renames is not known')
        return this.push({
          ...place,
          kind: 'rename',
          object: subject,
          column: second ?? null,
          to: named.get('to') ?? unknown('the new name'),
        })
      case 'execute':
        return this.execute(call, run)
      case 'execute_file': {
        const [up, down] = [this.fileText(first), second ? this.fileText(second) : null]
        return this.push({ ...place, kind: 'sql', up, down })
      }
      default:
        return null
    }
  }

  private fileText(value: Value | undefined): Value {
    const path = textOf(value)
    const text = path === null ? null : this.text(path)
    if (text === null) return unknown(`${path ?? 'a file'} is not in this repository`)
    return { kind: 'text', text, at: null, symbol: false }
  }

  private collect(call: Call, run: Run): ColumnChange[] {
    const columns: ColumnChange[] = []
    if (!call.block) return columns
    const outer = this.columns
    this.columns = columns
    run.invoke(call.block, [], new Map(), null)
    this.columns = outer
    return columns
  }

  /** `execute "up", "down"`, also with functions that query the repository. */
  private execute(call: Call, run: Run): Value {
    const [up, down] = call.args
    if (!up) return this.unread(call, run, 'its SQL is not known')
    const place = { start: call.start, end: call.end, uncertain: run.uncertain > 0 }
    if (up.kind !== 'function') return this.push({ ...place, kind: 'sql', up, down: down ?? null })
    return this.push({ ...place, kind: 'run', up, down: down?.kind === 'function' ? down : null })
  }

  private ofRepository(call: Call, run: Run, args: Value[]): Value {
    if (/^(query!?|query_many!?)$/.test(call.name)) return this.query(call, run, args[0])
    if (call.name === 'transaction' || call.name === 'checkout') {
      const work = args.find((arg): arg is FunctionValue => arg.kind === 'function')
      if (work) return run.invoke(work, [], new Map(), null)
    }
    if (/^(config|__adapter__|get_dynamic_repo)$/.test(call.name)) return unknown('the configuration')
    this.send(call, run.uncertain > 0, { dataCode: true })
    return unknown(answer)
  }

  private ofModule(call: Call, path: string, run: Run): Value | null {
    const { name, args } = call
    if (path === 'File' && /^read!?$/.test(name)) return this.fileText(args[0])
    if (/(^|\.)SQL$/.test(path) && /^query/.test(name)) return this.query(call, run, args[1])
    if (/(^|\.)Repo$/.test(path) || (/Repo/.test(path) && rowFunctions.test(name)))
      return this.ofRepository(call, run, args)
    if (
      /^(Enum|String|Atom|Integer|Keyword|Map|IO|Logger|Kernel|List|Application|System|DateTime|NaiveDateTime|Ecto\.UUID|Code|Path|File|Mix|Process|Jason|Ecto\.Query|Ecto\.Migration)\b/.test(
        path,
      )
    )
      return null
    if (!call.statement) return null
    return this.unread(call, run, `it calls \`${path}.${name}\`, which is not in this file`)
  }

  /** A chain that starts with rows: `|> Enum.each(…)` of an answer. */
  private ofValue(call: Call, run: Run): Value | null {
    if (!call.statement || !rowFunctions.test(call.name)) return null
    this.send(call, run.uncertain > 0, { dataCode: true })
    return unknown(answer)
  }

  private query(call: Call, run: Run, sql: Value | undefined): Value {
    const text = sql?.kind === 'text' ? sql.text : null
    const reason = (sql && reasonOf(sql)) ?? 'its SQL is not known'
    if (text !== null)
      this.send(call, run.uncertain > 0, { queries: [{ sql: text, at: sql?.kind === 'text' ? sql.at : null }] })
    else if (reason === answer) this.send(call, run.uncertain > 0, { dataCode: true })
    else this.unread(call, run, reason)
    return unknown(answer)
  }

  private helper(call: Call, run: Run): Value | null {
    const { name, args, named, statement } = call
    if (
      !statement ||
      /^(to_string|is_\w+|inspect|from|where|select|update|join|length|elem|hd|tl|puts|sigil_\w+|&\d|self|node|apply)$/.test(
        name,
      )
    )
      return null
    if (args.length === 0 && named.size === 0 && !call.block) return null
    return this.unread(call, run, `it calls \`${name}\`, which is not in this file`)
  }

  private push(command: EctoCommand): Value {
    this.queue.push(command)
    return nothing
  }

  private flush(run: Run): void {
    const queued = this.backwards ? [...this.queue].reverse().map(reversedCommand) : this.queue
    this.queue = []
    for (const command of queued) {
      if (command.kind === 'run') run.invoke(command.up, [], new Map(), null)
      try {
        const queries = commandSql(command).map((sql) => ({ sql, at: placeOf(command, sql) }))
        if (queries.length > 0) this.send(command, command.uncertain, { queries })
      } catch (error) {
        if (!(error instanceof NotReadable)) throw error
        this.send(command, command.uncertain, { unread: error.message })
      }
    }
  }

  private unread(place: Place, run: Run, reason: string): Value {
    this.send(place, run.uncertain > 0, { unread: reason })
    return nothing
  }

  private send({ start, end }: Place, uncertain: boolean, more: Partial<SentCall>): void {
    const when = uncertain ? 'depends' : 'always'
    this.sent.push({ direction: this.direction, start, end, queries: [], unread: null, dataCode: false, when, ...more })
  }
}

function placeOf(command: EctoCommand, sql: string): number | null {
  return command.kind === 'sql' && command.up.kind === 'text' && command.up.text === sql ? command.up.at : null
}

function object(kind: EctoObject['kind'], args: Value[], named: Map<string, Value>): Value {
  const last = args.at(-1)
  const options = named.size === 0 && args.length > 1 && last?.kind === 'dict'
  const data: EctoObject = { kind, args: options ? args.slice(0, -1) : args, named: options ? last.entries : named }
  return { kind: 'tool', tag: 'ecto', data }
}
