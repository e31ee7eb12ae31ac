import type { Modules, Run } from '../code/evaluator.ts'
import { type CodeFiles, nearestFile } from '../code/repository.ts'
import type { Code } from '../code/tree.ts'
import type { Scope, Value } from '../code/values.ts'
import { parseRuby } from './ruby-parse.ts'

/** Constants of Ruby, Rails and their libraries: no file of a repository defines them. */
const installed =
  /^(?:ActiveRecord|ActiveSupport|Rails|Arel|PG|Time|Date|DateTime|ENV|File|JSON|SecureRandom|Struct|Set|Hash|Array|String|Integer|Logger|I18n|Kernel|Object|Class|Module)(?:\.|$)/

/** Classes, modules and constants of a repository by Rails' rule: `Foo::BarBaz` is in `foo/bar_baz.rb`. */
export class RubyModules implements Modules {
  private readonly files: CodeFiles
  private readonly path: string
  private readonly scopes = new Map<string, Scope>()
  private readonly asked = new Set<string>()

  constructor(files: CodeFiles, path: string) {
    this.files = files
    this.path = path
  }

  absolute(path: string): string {
    return path
  }

  value(path: string, run: Run): Value | null {
    if (!/^[A-Z]/.test(path) || installed.test(path) || this.asked.has(path)) return null
    this.asked.add(path)
    try {
      return this.found(path.split('.'), run)
    } finally {
      this.asked.delete(path)
    }
  }

  private found(parts: string[], run: Run): Value | null {
    for (let length = parts.length; length > 0; length--) {
      const ending = `${parts.slice(0, length).map(underscored).join('/')}.rb`
      const file = nearestFile(this.files, this.path, ending) ?? this.autoloaded(ending)
      // Models bring along what works on rows; only their constants count here.
      const isModel = file !== null && /(?:^|\/)app\/models\/(?!concerns\/)/.test(file)
      if (file === null || (isModel && !/^(?:[A-Z][A-Z\d_]*|table_name)$/.test(parts[length] ?? ''))) continue
      const scope = this.load(file, run)
      const named = scope && classNamed(scope, parts[length - 1] ?? '')
      if (!named) continue
      return parts.slice(length).reduce<Value | null>((value, part) => {
        return value?.kind === 'class' ? (value.scope.names.get(part) ?? null) : null
      }, named)
    }
    return null
  }

  all(path: string, run: Run): Map<string, Value> | null {
    const file = joined(this.path, path.endsWith('.rb') ? path : `${path}.rb`)
    return this.files.paths.has(file) && file !== this.path ? (this.load(file, run)?.names ?? null) : null
  }

  /** A file without a folder of its own in one that Rails loads from. */
  private autoloaded(ending: string): string | null {
    const root = /^(.*?)(?:^|\/)?db\//.exec(this.path)?.[1] ?? ''
    const folders = [
      'lib',
      'app/models',
      'app/models/concerns',
      'app/lib',
      'app/services',
      'db/migrate',
      'db',
      'lib/migrations',
    ]
    const paths = folders.map((folder) => [root, folder, ending].filter((part) => part !== '').join('/'))
    return paths.find((path) => this.files.paths.has(path)) ?? null
  }

  private load(file: string, run: Run): Scope | null {
    if (file === this.path) return null
    const known = this.scopes.get(file)
    if (known) return known
    const text = this.files.text(file)
    if (text === null) return null
    const scope: Scope = { names: new Map(), outer: null, closed: true, file }
    this.scopes.set(file, scope)
    run.loadModule(parsed(this.files, file, text), scope)
    return scope
  }
}

const programs = new WeakMap<CodeFiles, Map<string, { text: string; body: Code[] }>>()

function parsed(files: CodeFiles, file: string, text: string): Code[] {
  const all = programs.get(files) ?? new Map<string, { text: string; body: Code[] }>()
  programs.set(files, all)
  const known = all.get(file)
  if (known?.text === text) return known.body
  const { body } = parseRuby(text)
  all.set(file, { text, body })
  return body
}

function classNamed(scope: Scope, name: string): Value | null {
  for (const value of scope.names.values()) {
    if (value.kind !== 'class') continue
    if (value.name === name) return value
    const inner = classNamed(value.scope, name)
    if (inner) return inner
  }
  return scope.names.get(name) ?? null
}

/** ActiveSupport's `underscore`. */
function underscored(name: string): string {
  return name
    .replaceAll(/([A-Z\d]+)([A-Z][a-z])/g, '$1_$2')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

/** A path as seen from a file; without a leading dot it is beside it too, as for `require_relative`. */
function joined(from: string, path: string): string {
  const parts = from.split('/').slice(0, -1)
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}
