import type { Modules, Run } from '../code/evaluator.ts'
import { type CodeFiles, nearestFile } from '../code/repository.ts'
import type { Code } from '../code/tree.ts'
import type { Scope, Value } from '../code/values.ts'
import { parsePython } from './python-parse.ts'

/** Packages that repositories do not bring along, though a file of theirs may have the name. */
const installed =
  /^(?:sqlalchemy|alembic|django|sys|os|re|json|datetime|typing|logging|uuid|enum|rest_framework|flask)\b/

/** Modules of a repository that a Python migration imports. */
export class PythonModules implements Modules {
  private readonly files: CodeFiles
  private readonly path: string
  private readonly scopes = new Map<string, Scope>()
  /** Names whose value is being looked up. */
  private readonly asked = new Set<string>()

  constructor(files: CodeFiles, path: string) {
    this.files = files
    this.path = path
  }

  absolute(path: string, file: string | null): string {
    const dots = /^\.+/.exec(path)?.[0].length ?? 0
    if (dots === 0) return path
    const folder = (file ?? this.path).split('/').slice(0, -dots)
    return [...folder, path.slice(dots)].filter((part) => part !== '').join('.')
  }

  value(path: string, run: Run): Value | null {
    // A file that imports itself, or two that give each other's names away, has no value for it.
    if (installed.test(path) || this.asked.has(path)) return null
    this.asked.add(path)
    try {
      return this.found(path, run)
    } finally {
      this.asked.delete(path)
    }
  }

  private found(path: string, run: Run): Value | null {
    const parts = path.split('.')
    for (let length = parts.length - 1; length > 0; length--) {
      const scope = this.module(parts.slice(0, length), run)
      if (!scope) continue
      return parts.slice(length).reduce<Value | null>((value, part, at) => {
        const own = at === 0 ? scope.names.get(part) : undefined
        if (at === 0) return own ? run.resolved(own) : null
        return value?.kind === 'class' ? (value.scope.names.get(part) ?? null) : null
      }, null)
    }
    return null
  }

  all(path: string, run: Run): Map<string, Value> | null {
    if (installed.test(path)) return null
    return this.module(path.split('.'), run)?.names ?? null
  }

  /** The names of a module; null when it is not in the repository. */
  private module(parts: string[], run: Run): Scope | null {
    const file =
      nearestFile(this.files, this.path, `${parts.join('/')}.py`) ??
      nearestFile(this.files, this.path, `${parts.join('/')}/__init__.py`)
    if (file === null || file === this.path) return null
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

/** Modules that many migrations import are parsed once. */
const programs = new WeakMap<CodeFiles, Map<string, { text: string; body: Code[] }>>()

function parsed(files: CodeFiles, file: string, text: string): Code[] {
  const all = programs.get(files) ?? new Map<string, { text: string; body: Code[] }>()
  programs.set(files, all)
  const known = all.get(file)
  if (known?.text === text) return known.body
  const { body } = parsePython(text)
  all.set(file, { text, body })
  return body
}
