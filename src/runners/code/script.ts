import { methodOf } from '../../languages/javascript/declarations.ts'
import { type CodeFile, type Packages, readCode } from '../../languages/javascript/javascript-modules.ts'
import {
  asText,
  type ClassValue,
  Undetermined,
  type Unknown,
  unknown,
  type Value,
} from '../../languages/javascript/javascript-values.ts'
import { type Machine, TooLong } from '../../languages/javascript/machine.ts'
import type { Project, SqlFile } from '../runner.ts'
import { withParameters } from './parameters.ts'
import type { SentCall, SentQuery } from './sent-call.ts'

/** Thrown by a builder whose input is not known. */
export class Unread extends Undetermined {
  constructor(reason: string | Unknown) {
    super(typeof reason === 'string' ? reason : reason.reason, typeof reason !== 'string' && reason.isData)
  }
}

/** A file of a Node migration tool: its exports, and the calls that it sends when they are followed. */
export class Script {
  readonly machine: Machine
  readonly exports: Value
  readonly calls: SentCall[] = []
  #direction: 'up' | 'down' = 'up'

  constructor({ machine, exports }: CodeFile) {
    this.machine = machine
    this.exports = exports
    machine.onLost = (reason) => this.unread(reason)
  }

  /** Follows the up or the down part. */
  follow(direction: 'up' | 'down', run: () => Value): void {
    this.#direction = direction
    try {
      this.machine.settle(run())
    } catch (error) {
      // A gap of ours must lose no other file and never pass for safe.
      this.unread(
        error instanceof TooLong || error instanceof RangeError
          ? 'its code runs too long to be followed'
          : `Lockcast does not understand it (${error instanceof Error ? error.message : String(error)})`,
      )
    }
  }

  /** A method of a class of the code; null when it has none. */
  method(made: ClassValue, name: string, self: Value): Value | null {
    return methodOf(made, name, self)
  }

  /** Sends what `make` gives, each text a message; a part that is not known makes the call unread. */
  send(make: () => (Value | string)[], site = this.machine.site): Value {
    try {
      const queries: SentQuery[] = []
      const notes: string[] = []
      for (const value of make()) {
        const { query, note } = queryOf(value)
        queries.push(query)
        if (note !== null) notes.push(note)
      }
      this.#push({ queries, unread: null, ...(notes[0] === undefined ? {} : { note: notes[0] }) }, site)
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      this.unread(error.message, error.isData, site)
    }
    return unknown('it is known only to the database', { isData: true })
  }

  /** A call whose SQL is not known. Over rows it is code that works on data. */
  unread(reason: string, isData = false, site = this.machine.site): void {
    if (isData || site.overRows || this.machine.site.overRows) this.data(site)
    else this.#push({ queries: [], unread: reason }, site)
  }

  /** Code that works on rows. */
  data(site = this.machine.site): Value {
    const { start, end } = site
    const last = this.calls.at(-1)
    if (!(last?.dataCode && last.start === start && last.end === end))
      this.#push({ queries: [], unread: null, dataCode: true }, site)
    return unknown('it is known only to the database', { isData: true })
  }

  /** A builder is at its own call, and runs where it is awaited: a condition around either decides. */
  #push(call: Pick<SentCall, 'queries' | 'unread'> & Partial<SentCall>, site = this.machine.site): void {
    const { start, end } = site
    const when = site.when === 'depends' ? 'depends' : this.machine.site.when
    this.calls.push({ direction: this.#direction, start, end, dataCode: false, when, ...call })
  }
}

/** A file of code read for its runner; a reason when it is no code. */
export function readScript(file: SqlFile, project: Project, packages: Packages): Script | { reason: string } {
  try {
    const read = readCode(file, project, packages)
    return read.kind === 'failed' ? { reason: read.reason } : new Script(read.file)
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    return { reason: `cannot be followed (${words})` }
  }
}

/** A text as a message. Parts that are not known become parameters where PostgreSQL's grammar has a value there. */
function queryOf(value: Value | string): { query: SentQuery; note: string | null } {
  if (typeof value === 'string') return { query: { sql: value, at: null }, note: null }
  const made = asText(value)
  if (made.kind === 'unknown') throw new Unread(made)
  const [first] = made.holes
  if (first) {
    const filled = withParameters(made.value, made.pieces)
    if (!filled) throw new Unread(first)
    return { query: filled, note: `a value that is known only when the code runs is shown as $1 (${first.reason})` }
  }
  const [piece, ...others] = made.pieces
  const isWhole = piece && others.length === 0 && piece.from === 0 && piece.length === made.value.length
  return {
    query: isWhole ? { sql: made.value, at: piece.at } : { sql: made.value, at: null, pieces: made.pieces },
    note: null,
  }
}

/** The exported classes with a method `up`. */
export function exportedClasses({ exports }: Script): ClassValue[] {
  const all = exports.kind === 'fields' ? [...exports.fields.values()] : [exports]
  const inner = all.flatMap((value) => (value.kind === 'fields' ? [...value.fields.values()] : [value]))
  return [...new Set(inner)]
    .filter((value) => value.kind === 'class')
    .filter((classValue) => methodOf(classValue, 'up', classValue) !== null)
}

/** The exported function of this name, of the module or its default. */
export function exportedFunction(exports: Value, name: string): Value | null {
  const own = fieldOf(exports, name)
  if (own) return own
  const wrapped = fieldOf(exports, 'default')
  return wrapped ? fieldOf(wrapped, name) : null
}

/** The export of this name, of the module or its default. */
export function exportedValue(exports: Value, name: string): Value | null {
  return exportedFunction(exports, name)
}

function fieldOf(value: Value, name: string): Value | null {
  if (value.kind === 'class') return value.statics.get(name) ?? null
  const found = value.kind === 'fields' ? value.fields.get(name) : null
  return found && found.kind !== 'undefined' && found.kind !== 'null' && found.kind !== 'boolean' ? found : null
}
