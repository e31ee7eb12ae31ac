import { textOf, type Value } from '../../languages/code/values.ts'
import { raise } from '../code/not-readable.ts'

/** A call of SQLAlchemy or Alembic as a value: `sa.Column("id", sa.Integer)`. A class without parentheses is one too. */
export interface Built {
  /** Last part of its name: `Column`. */
  name: string
  path: string
  target: Value | null
  args: Value[]
  named: Map<string, Value>
}

export function built(value: Value | undefined): Built | null {
  if (value?.kind === 'made') return { ...value, name: lastPart(value.path) }
  if (value?.kind === 'path')
    return { name: lastPart(value.path), path: value.path, target: null, args: [], named: new Map() }
  return null
}

/** Arguments by name or by place. */
export class Given {
  private readonly args: Value[]
  private readonly named: Map<string, Value>

  constructor(args: Value[], named: Map<string, Value>) {
    this.args = args
    this.named = named
  }

  /** The argument with this name, else the one at this place. */
  value(name: string, at?: number): Value | undefined {
    return this.named.get(name) ?? (at === undefined ? undefined : this.args[at])
  }

  /** The argument as text; throws when it is missing or not known. */
  text(name: string, at?: number): string {
    const value = this.value(name, at)
    if (value?.kind === 'unknown') return raise(value.reason)
    return this.maybe(name, at) ?? raise(`the argument ${name} is not known`)
  }

  /** The argument as text; null when it is missing or None. */
  maybe(name: string, at?: number): string | null {
    const value = this.value(name, at)
    if (value?.kind === 'unknown') return raise(value.reason)
    return nameIn(value)
  }

  isTrue(name: string): boolean {
    return isTrue(this.value(name))
  }

  texts(name: string, at?: number): string[] {
    const value = this.value(name, at)
    if (value?.kind !== 'list') return [this.text(name, at)]
    return value.items.map((item) => nameIn(item) ?? raise(`the argument ${name} is not known`))
  }
}

export function isTrue(value: Value | undefined): boolean {
  return value?.kind === 'constant' && value.value === true
}

export function isNone(value: Value | undefined): boolean {
  return value?.kind === 'constant' && value.value === null
}

/** A name as text, also inside `op.f("name")` or `quoted_name("name", True)`. */
export function nameIn(value: Value | undefined): string | null {
  const text = textOf(value)
  if (text !== null) return text
  const call = built(value)
  return call && /^(f|quoted_name|column|Column|_)$/.test(call.name) ? textOf(call.args[0]) : null
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}
