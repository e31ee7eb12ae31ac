import type { Modules, Run } from '../code/evaluator.ts'
import { type CodeFiles, nearestFile } from '../code/repository.ts'
import type { Code } from '../code/tree.ts'
import type { Scope, Value } from '../code/values.ts'
import { parseElixir } from './elixir-parse.ts'

/** Modules of Elixir and of libraries that every project has. */
const installed =
  /^(?:Ecto|Enum|String|Atom|Integer|Keyword|Map|MapSet|IO|Logger|Kernel|List|Application|System|DateTime|NaiveDateTime|Date|File|Path|Mix|Process|Jason|Oban|Postgrex|Code)(?:\.|$)/

/** Modules of a repository: `Shop.Migrations.Helpers` is in `shop/migrations/helpers.ex` by Elixir's custom. */
export class ElixirModules implements Modules {
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
    const [, module = '', name = ''] = /^([A-Z][\w.]*)\.([a-z_]\w*[?!]?)$/.exec(path) ?? []
    if (module === '' || this.asked.has(path)) return null
    this.asked.add(path)
    try {
      return this.names(module, run)?.get(name) ?? null
    } finally {
      this.asked.delete(path)
    }
  }

  all(path: string, run: Run): Map<string, Value> | null {
    const own = this.names(path, run)
    const file = this.fileOf(path)
    const text = file === null ? null : this.files.text(file)
    // `use Shop.Migration` imports what its `__using__` imports.
    const using = text === null ? [] : [...text.matchAll(/^\s*import\s+([A-Z][\w.]*)/gm)].map(([, name]) => name ?? '')
    const imported = using.flatMap((name) => [...(this.names(name, run) ?? [])])
    return own || imported.length > 0 ? new Map([...imported, ...(own ?? [])]) : null
  }

  private names(module: string, run: Run): Map<string, Value> | null {
    if (installed.test(module)) return null
    const file = this.fileOf(module)
    const scope = file === null ? null : this.load(file, run)
    const found = scope && moduleNamed(scope, module)
    return found?.kind === 'class' ? found.scope.names : null
  }

  private fileOf(module: string): string | null {
    if (installed.test(module)) return null
    const parts = module.split('.').map(underscored)
    const endings = parts.map((_, i) => `${parts.slice(i).join('/')}.ex`).slice(0, Math.max(1, parts.length - 1))
    for (const ending of endings) {
      const file = nearestFile(this.files, this.path, ending) ?? nearestFile(this.files, this.path, `${ending}s`)
      if (file !== null && file !== this.path) return file
    }
    return null
  }

  private load(file: string, run: Run): Scope | null {
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
  const body = parseElixir(text)
  all.set(file, { text, body })
  return body
}

function moduleNamed(scope: Scope, name: string): Value | null {
  for (const value of scope.names.values()) {
    if (value.kind !== 'class') continue
    if (value.name === name || name.endsWith(`.${value.name}`)) return value
    const inner = moduleNamed(value.scope, name)
    if (inner) return inner
  }
  return null
}

function underscored(name: string): string {
  return name
    .replaceAll(/([A-Z\d]+)([A-Z][a-z])/g, '$1_$2')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
