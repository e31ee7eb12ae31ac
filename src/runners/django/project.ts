import { Run } from '../../languages/code/evaluator.ts'
import { type Scope, textOf, type Value } from '../../languages/code/values.ts'
import { pythonLanguage } from '../../languages/python/python-language.ts'
import { PythonModules } from '../../languages/python/python-modules.ts'
import { parsePython } from '../../languages/python/python-parse.ts'
import type { Project } from '../runner.ts'
import { folderOf } from '../sql-file.ts'
import type { DjangoContext } from './django-columns.ts'
import { type DoneOperation, runOperations } from './django-operations.ts'
import type { State } from './state.ts'

/** A migration file, evaluated but not run. */
interface Parsed {
  app: string
  operations: Value[]
  /** `app.name` of those that run before it. */
  dependencies: string[]
  replaces: string[]
  atomic: boolean
  problem: string | null
}

const projects = new WeakMap<Project, Map<string, DjangoProject>>()

/** The Django project of a path (a folder with `manage.py`, else the repository); each migration runs once over its state. */
export function djangoProject(project: Project, path: string): DjangoProject {
  const roots = projects.get(project) ?? new Map<string, DjangoProject>()
  projects.set(project, roots)
  const root = rootOf(path, project)
  const found = roots.get(root) ?? new DjangoProject(project, root)
  roots.set(root, found)
  return found
}

/** The nearest folder above with `manage.py`; empty for the repository's root. */
function rootOf(path: string, project: Project): string {
  for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) {
    if (project.paths.has(`${folder}/manage.py`)) return folder
  }
  return ''
}

const file = /(?:^|\/)([^/]+)\/migrations\/([^/]+)\.py$/

/** `app.name` of a migration file, which other migrations name in their dependencies. */
export function migrationName(path: string): string {
  const [, app = '', name = ''] = file.exec(path) ?? []
  return `${app}.${name}`
}

class DjangoProject {
  private readonly project: Project
  private readonly paths = new Map<string, string>()
  private readonly apps = new Map<string, string[]>()
  private readonly parsed = new Map<string, Parsed | null>()
  private readonly done = new Map<string, DoneOperation[]>()
  private readonly replacedBy = new Map<string, string>()
  private state: State = new Map()

  constructor(project: Project, root: string) {
    this.project = project
    for (const path of project.paths) {
      const found = file.exec(path)
      if (!found || found[2] === '__init__' || rootOf(path, project) !== root) continue
      const name = migrationName(path)
      if (!this.paths.has(name)) this.paths.set(name, path)
      this.apps.set(found[1] ?? '', [...(this.apps.get(found[1] ?? '') ?? []), name])
    }
  }

  parse(path: string, text: string | null): Parsed | null {
    const known = this.parsed.get(path)
    if (known !== undefined) return known
    const source = text ?? this.project.text(path)
    const parsed =
      source === null
        ? null
        : parseMigration(source, migrationName(path).split('.')[0] ?? '', new PythonModules(this.project, path))
    this.parsed.set(path, parsed)
    for (const name of parsed?.replaces ?? []) this.replacedBy.set(name, migrationName(path))
    return parsed
  }

  /** The SQL of a file's operations; runs all operations before it first. */
  operations(path: string, text: string, context: DjangoContext): DoneOperation[] {
    this.parse(path, text)
    const name = migrationName(path)
    if (this.paths.get(name) === path) {
      this.prepare(name)
      this.run(name, context, new Set())
      const found = this.done.get(name)
      if (found) return found
    }
    // A replaced migration, or a file whose name another one has: on its own, over what is known.
    const parsed = this.parsed.get(path)
    return parsed ? runOperations(parsed.operations, this.state, parsed.app, context).done : []
  }

  /** Reads all files of the apps that a migration needs, so that they are asked for together. */
  private prepare(name: string): void {
    const seen = new Set<string>()
    const queue = [name.split('.')[0] ?? '']
    for (let app = queue.shift(); app !== undefined; app = queue.shift()) {
      if (seen.has(app)) continue
      seen.add(app)
      for (const own of this.apps.get(app) ?? []) {
        const parsed = this.parse(this.paths.get(own) ?? '', null)
        for (const dependency of parsed?.dependencies ?? []) queue.push(dependency.split('.')[0] ?? '')
      }
    }
  }

  private run(name: string, context: DjangoContext, above: Set<string>): void {
    const instead = this.replacedBy.get(name) ?? name
    if (this.done.has(instead) || above.has(instead)) return
    above.add(instead)
    const path = this.paths.get(instead)
    const parsed = path === undefined ? null : this.parse(path, null)
    if (!parsed) return
    for (const dependency of parsed.dependencies) this.run(this.resolved(dependency), context, above)
    const result = runOperations(parsed.operations, this.state, parsed.app, context)
    this.state = result.state
    this.done.set(instead, result.done)
  }

  /** `__first__` and `__latest__` of an app. */
  private resolved(dependency: string): string {
    const [app = '', name = ''] = dependency.split('.')
    const own = [...(this.apps.get(app) ?? [])].sort()
    if (name === '__first__') return own[0] ?? dependency
    return name === '__latest__' ? (own.at(-1) ?? dependency) : dependency
  }
}

/** The class `Migration` of a file, as values. */
function parseMigration(text: string, app: string, modules: PythonModules): Parsed {
  const empty: Parsed = { app, operations: [], dependencies: [], replaces: [], atomic: true, problem: null }
  const { body, error } = parsePython(text)
  if (error) return { ...empty, problem: `line ${error.line} ${error.message}` }
  const scope: Scope = { names: new Map(), outer: null, closed: true }
  new Run(pythonLanguage, { call: () => null }, modules).load(body, scope)
  const migration = scope.names.get('Migration')
  if (migration?.kind !== 'class') return { ...empty, problem: 'holds no class Migration' }
  const value = (name: string): Value | undefined => migration.scope.names.get(name)
  const operations = value('operations')
  const atomic = value('atomic')
  if (operations && operations.kind !== 'list') return { ...empty, problem: 'its list of operations is not known' }
  return {
    app,
    operations: operations?.items ?? [],
    dependencies: pairs(value('dependencies')),
    replaces: pairs(value('replaces')),
    atomic: !(atomic?.kind === 'constant' && atomic.value === false),
    problem: null,
  }
}

function pairs(value: Value | undefined): string[] {
  if (value?.kind !== 'list') return []
  return value.items.flatMap((item) => {
    const [app, name] = item.kind === 'list' ? item.items.map(textOf) : []
    return app && name ? [`${app}.${name}`] : []
  })
}
