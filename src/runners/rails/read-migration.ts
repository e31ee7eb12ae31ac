import { Run } from '../../languages/code/evaluator.ts'
import type { Code } from '../../languages/code/tree.ts'
import type { Scope, Value } from '../../languages/code/values.ts'
import { rubyLanguage } from '../../languages/ruby/ruby-language.ts'
import { RubyModules } from '../../languages/ruby/ruby-modules.ts'
import { parseRuby } from '../../languages/ruby/ruby-parse.ts'
import type { SentCall } from '../code/sent-call.ts'
import type { Project, SqlFile } from '../runner.ts'
import { RailsCalls } from './rails-calls.ts'
import type { RailsVersions } from './rails-statements.ts'
import { schemaFile } from './schema-file.ts'

/** A migration file as calls, with what wraps it; or why it cannot be read. */
type RailsMigration = { kind: 'read'; calls: SentCall[]; transaction: boolean } | { kind: 'failed'; reason: string }

/** Reads a file of `db/migrate`. `gem`: version of Rails as `7.1` is 71, null when not known. */
export function readRails(
  { path, text }: SqlFile,
  project: Project,
  gem: number | null,
  file: (path: string) => string | null,
): RailsMigration {
  const parsed = parseRuby(text)
  if (parsed.error) return { kind: 'failed', reason: `line ${parsed.error.line} is not Ruby: ${parsed.error.message}` }
  const found = migrationClass(parsed.body, text)
  if (!found) return { kind: 'failed', reason: 'holds no class that inherits from ActiveRecord::Migration' }
  const migration = found.version
  const versions: RailsVersions = { migration, gem: Math.max(gem ?? migration, 42) }
  const transaction = !/^\s*disable_ddl_transaction!/m.test(text)
  const calls = (['up', 'down'] as const).flatMap((direction) => {
    const schema = schemaFile(() => file('db/schema.rb'))
    const tool = new RailsCalls({ versions, schema, direction, bare: !transaction, text: file })
    const run = new Run(rubyLanguage, tool, new RubyModules(project, path))
    const scope: Scope = { names: new Map(), outer: null, closed: true }
    run.load(parsed.body, scope)
    const migrationScope = scopeOf(scope, found.name)
    if (!migrationScope) return []
    const own = (name: string): Value | undefined => migrationScope.names.get(name)
    const change = own('change')
    const method = own(direction)
    if (method?.kind === 'function') tool.perform(method, run, false)
    else if (change?.kind === 'function') tool.perform(change, run, direction === 'down')
    return tool.sent
  })
  return { kind: 'read', calls, transaction }
}

/** The class of the migration; modules around it are looked through. */
function migrationClass(body: Code[], text: string): { name: string; version: number } | null {
  for (const code of body) {
    if (code.kind !== 'class') continue
    const superclass = code.superclass ? text.slice(code.superclass.start, code.superclass.end) : ''
    const version = /Migration(?:\[["']?(\d+)\.(\d+)["']?\])?$/.exec(superclass.trim())
    if (version) return { name: code.name, version: versionOf(superclass, version) }
    const inner = migrationClass(code.body, text)
    if (inner) return inner
  }
  return null
}

/** A class of the application's own between counts as current Rails. */
function versionOf(superclass: string, found: RegExpExecArray): number {
  if (!superclass.includes('ActiveRecord')) return 71
  return found[1] === undefined ? 42 : Number(found[1]) * 10 + Number(found[2])
}

function scopeOf(scope: Scope, name: string): Scope | null {
  for (const value of scope.names.values()) {
    if (value.kind !== 'class') continue
    if (value.name === name) return value.scope
    const inner = scopeOf(value.scope, name)
    if (inner) return inner
  }
  return null
}
