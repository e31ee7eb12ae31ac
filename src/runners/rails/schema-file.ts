import { Run, type ToolCalls } from '../../languages/code/evaluator.ts'
import { nothing, textOf, type Value } from '../../languages/code/values.ts'
import { rubyLanguage } from '../../languages/ruby/ruby-language.ts'
import { parseRuby } from '../../languages/ruby/ruby-parse.ts'
import { commandOf } from './command.ts'
import { indexName } from './rails-names.ts'
import { type Options, textsOf } from './rails-options.ts'
import type { KnownSchema } from './rails-statements.ts'

interface Table {
  key: 'serial' | 'other' | 'none'
  indexes: Map<string, string[]>
}

/** The tables of `db/schema.rb`, read when a rename first asks for one; without the file all are unknown. */
export function schemaFile(text: () => string | null): KnownSchema {
  let tables: Map<string, Table> | null = null
  const find = (name: string): Table | null => {
    tables ??= tablesIn(text())
    return tables.get(name) ?? null
  }
  return { indexes: (name) => find(name)?.indexes ?? null, key: (name) => find(name)?.key ?? null }
}

function tablesIn(text: string | null): Map<string, Table> {
  const tables = new Map<string, Table>()
  if (text === null) return tables
  const parsed = parseRuby(text)
  const tool: ToolCalls = {
    call(call, run) {
      const { args, options, name } = commandOf(call, false)
      if (call.target?.kind === 'tool') return entry(tables, call.target.data as string, name, args, options)
      if (name === 'add_index') return entry(tables, textOf(args[0]) ?? '', 'index', args.slice(1), options)
      if (call.block && name === 'define') return run.invoke(call.block, [], new Map(), null)
      const table = textOf(args[0])
      if (name !== 'create_table' || table === null) return call.target === null ? nothing : null
      tables.set(table, { key: keyOf(options), indexes: new Map() })
      return call.block
        ? run.invoke(call.block, [{ kind: 'tool', tag: 'table', data: table }], new Map(), null)
        : nothing
    },
  }
  new Run(rubyLanguage, tool).load(parsed.body, { names: new Map(), outer: null, closed: true })
  return tables
}

function entry(tables: Map<string, Table>, table: string, method: string, args: Value[], options: Options): Value {
  const columns = textsOf(args[0])
  if (method === 'index' && columns)
    tables.get(table)?.indexes.set(options.text('name') ?? indexName(table, columns, 71), columns)
  return nothing
}

function keyOf(options: Options): Table['key'] {
  if (options.isFalse('id')) return 'none'
  const id = options.text('id')
  return id === null || id === 'serial' || id === 'bigserial' ? 'serial' : 'other'
}
