import {
  absent,
  asText,
  concatenated,
  type Host,
  native,
  type Text,
  text,
  type Value,
} from '../../../languages/javascript/javascript-values.ts'
import { isFields, itemsOf, literal, textOf } from '../given.ts'
import type { Script } from '../script.ts'

/** A part of SQL by the `sql` tag of Kysely; `execute(db)` sends it. */
interface SqlPart extends Host {
  /** `number` is given the place of its parameters. */
  part: (parameters: Parameters) => Text
}

export class Parameters {
  #count = 0

  next(): Text {
    return text(`$${++this.#count}`)
  }
}

export function isPart(value: Value | undefined): value is SqlPart {
  return value?.kind === 'host' && 'part' in value
}

export function sqlPart(script: () => Script, part: (parameters: Parameters) => Text): SqlPart {
  const made: SqlPart = {
    kind: 'host',
    name: 'sql',
    sends: false,
    part,
    get: (key) => {
      if (key === 'execute') return native('execute', () => script().send(() => [part(new Parameters())]))
      return /^(?:as|\$castTo|\$notNull|withPlugin|withoutPlugins|compile|toOperationNode)$/.test(key)
        ? native(key, () => made)
        : null
    },
  }
  return made
}

/** Kysely's `sql`: a tag, with `raw`, `ref`, `id`, `lit` and `join`. */
export function sqlTag(script: () => Script): Host {
  const joined = ([items = absent, separator]: Value[]): Value =>
    sqlPart(script, (parameters) => {
      const between = isPart(separator) ? separator.part(parameters) : text(', ')
      return concatenated(
        itemsOf(items).flatMap((item, at) => [...(at === 0 ? [] : [between]), valuePart(item, parameters)]),
      )
    })
  const members: Record<string, (args: Value[]) => Value> = {
    raw: ([given = absent]) => sqlPart(script, () => known(given)),
    ref: ([given = absent]) => sqlPart(script, () => text(quoteAll(textOf(given)))),
    table: ([given = absent]) => sqlPart(script, () => text(quoteAll(textOf(given)))),
    id: (given) => sqlPart(script, () => text(given.map((value) => quoteOne(textOf(value))).join('.'))),
    lit: ([given = absent]) => sqlPart(script, () => text(immediate(given))),
    literal: ([given = absent]) => sqlPart(script, () => text(immediate(given))),
    val: ([given = absent]) => sqlPart(script, (parameters) => valuePart(given, parameters)),
    value: ([given = absent]) => sqlPart(script, (parameters) => valuePart(given, parameters)),
    join: joined,
  }
  return {
    kind: 'host',
    name: 'sql',
    sends: false,
    get: (key) => (Object.hasOwn(members, key) ? native(`sql.${key}`, members[key]!) : null),
    call: ([parts = absent, ...values]) =>
      sqlPart(script, (parameters) =>
        concatenated(
          itemsOf(parts).flatMap((part, at) => {
            const value = values[at]
            return [known(part), ...(value === undefined || at >= values.length ? [] : [valuePart(value, parameters)])]
          }),
        ),
      ),
  }
}

function known(value: Value): Text {
  const made = asText(value)
  return made.kind === 'text' ? made : concatenated([made])
}

/** A value is a parameter, a part of SQL itself. */
export function valuePart(value: Value, parameters: Parameters): Text {
  return isPart(value) ? value.part(parameters) : parameters.next()
}

export function quoteOne(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function quoteAll(name: string): string {
  const alias = /^(.+?)\s+as\s+(.+)$/i.exec(name)
  if (alias) return `${quoteAll(alias[1] ?? '')} as ${quoteOne(alias[2] ?? '')}`
  return name
    .split('.')
    .map((part) => (part === '*' ? part : quoteOne(part)))
    .join('.')
}

/** A value written into DDL. */
export function immediate(value: Value): string {
  if (isPart(value)) return textOf(value.part(new Parameters()))
  if (value.kind === 'null') return 'null'
  if (value.kind === 'text') return literal(textOf(value))
  if (isFields(value)) return literal(JSON.stringify(value))
  return textOf(value)
}

/** A name, or SQL in its place. */
export function nameOrPart(value: Value | undefined): string {
  return isPart(value) ? textOf(value.part(new Parameters())) : quoteAll(textOf(value))
}
