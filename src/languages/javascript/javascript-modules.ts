import { dirname, join } from 'node:path/posix'
import type { ExportNamedDeclaration, ImportDeclaration, ModuleExportName, Program } from 'oxc-parser'
import { declareClass } from './declarations.ts'
import { globalsOf, parsedJson } from './globals.ts'
import { evaluate, member } from './javascript-expressions.ts'
import { execute, hoist } from './javascript-statements.ts'
import { absent, type Fields, fields, text, unknown, type Value } from './javascript-values.ts'
import { Machine } from './machine.ts'
import { builtInPackage } from './packages.ts'
import { parseJavaScript } from './parser.ts'
import { Scope } from './scope.ts'

/** The files that code may import, at the same commit. */
interface CodeProject {
  paths: ReadonlySet<string>
  text(path: string): string | null
}

/** A package of the migration tool, by its name; null for others. */
export type Packages = (machine: Machine, name: string) => Value | null

export interface CodeFile {
  machine: Machine
  /** The exports of the file, by name; `module.exports` of a CommonJS file. */
  exports: Value
}

type ReadCode = { kind: 'read'; file: CodeFile } | { kind: 'failed'; reason: string }

/** The exports of a file of code, with what it imports. Needs the parser loaded. */
export function readCode(file: { path: string; text: string }, project: CodeProject, packages: Packages): ReadCode {
  const parsed = parseJavaScript(file.path, file.text)
  if (parsed.kind === 'failed') return parsed
  const modules = new Modules(file, project, packages)
  const exports = modules.run(file.path, parsed.program)
  return { kind: 'read', file: { machine: modules.machine, exports } }
}

/** Files that many migrations import are parsed once. */
const programs = new WeakMap<CodeProject, Map<string, { text: string; program: Program | null }>>()

class Modules {
  readonly machine: Machine
  readonly #file: { path: string; text: string }
  readonly #project: CodeProject
  readonly #packages: Packages
  readonly #exports = new Map<string, Fields>()

  constructor(file: { path: string; text: string }, project: CodeProject, packages: Packages) {
    this.#file = file
    this.#project = project
    this.#packages = packages
    this.machine = new Machine({
      path: file.path,
      importOf: (machine, from, specifier) => this.#imported(machine, from, specifier),
      globals: globalsOf,
      text: (path) => this.#text(path) ?? '',
    })
  }

  run(path: string, program: Program): Value {
    const exports = fields()
    const holder = fields([['exports', exports]])
    this.#exports.set(path, holder)
    const scope = new Scope(null, path, exports)
    scope.declare('exports', exports)
    scope.declare('module', holder)
    scope.declare('__dirname', text(dirname(path)))
    scope.declare('__filename', text(path))
    const { machine } = this
    hoist(machine, program.body, scope)
    for (const statement of program.body)
      if (statement.type === 'ImportDeclaration') this.#declareImports(statement, scope)
    for (const statement of program.body) {
      switch (statement.type) {
        case 'ImportDeclaration':
          break
        case 'ExportNamedDeclaration':
          this.#exportNamed(statement, scope, exports)
          break
        case 'ExportDefaultDeclaration': {
          const { declaration } = statement
          const value =
            declaration.type === 'FunctionDeclaration'
              ? ({ kind: 'closure', node: declaration, scope, self: absent } satisfies Value)
              : declaration.type === 'ClassDeclaration'
                ? declareClass(machine, declaration, scope)
                : declaration.type === 'TSInterfaceDeclaration'
                  ? absent
                  : evaluate(machine, declaration as Parameters<typeof evaluate>[1], scope)
          exports.fields.set('default', value)
          break
        }
        case 'ExportAllDeclaration': {
          const all = machine.importOf(path, statement.source.value)
          if (statement.exported) exports.fields.set(nameOf(statement.exported), all)
          else if (all.kind === 'fields') {
            for (const [key, value] of all.fields) if (key !== 'default') exports.fields.set(key, value)
            exports.open ??= all.open
          } else if (all.kind === 'unknown') exports.open ??= all
          break
        }
        case 'TSExportAssignment':
          holder.fields.set('exports', evaluate(machine, statement.expression, scope))
          break
        case 'TSImportEqualsDeclaration': {
          const { moduleReference, id } = statement
          if (moduleReference.type === 'TSExternalModuleReference')
            scope.declare(id.name, machine.importOf(path, moduleReference.expression.value))
          break
        }
        default:
          execute(machine, statement, scope, [])
      }
    }
    return holder.fields.get('exports') ?? exports
  }

  #declareImports(statement: ImportDeclaration, scope: Scope): void {
    const { file } = scope
    const whole = (): Value => this.machine.importOf(file, statement.source.value)
    for (const specifier of statement.specifiers) {
      const wanted =
        specifier.type === 'ImportSpecifier'
          ? nameOf(specifier.imported)
          : specifier.type === 'ImportDefaultSpecifier'
            ? 'default'
            : null
      let made: Value | null = null
      scope.declareImport(specifier.local.name, () => {
        const all = whole()
        made = wanted === null ? all : exported(this.machine, all, wanted)
        return made
      })
    }
  }

  #exportNamed(statement: ExportNamedDeclaration, scope: Scope, exports: Fields): void {
    const { declaration, source } = statement
    if (declaration) {
      execute(this.machine, declaration as Parameters<typeof execute>[1], scope, [])
      for (const name of declaredNames(declaration)) {
        const binding = scope.find(name)
        if (binding) exports.fields.set(name, binding.value)
      }
    }
    for (const { local, exported: as } of statement.specifiers) {
      const from = source ? this.machine.importOf(scope.file, source.value) : null
      const binding = from ? null : scope.find(nameOf(local))
      const value = from
        ? exported(this.machine, from, nameOf(local))
        : (binding?.resolve?.() ?? binding?.value ?? absent)
      exports.fields.set(nameOf(as), value)
    }
  }

  #imported(machine: Machine, from: string, specifier: string): Value {
    if (!specifier.startsWith('.') && !specifier.startsWith('/')) {
      const own = this.#packages(machine, specifier) ?? builtInPackage(machine, specifier, (path) => this.#text(path))
      if (own) return own
    }
    const path = this.#resolved(from, specifier)
    if (path === null)
      return unknown(
        /^(\.|@\/|~\/|src\/)/.test(specifier)
          ? `\`${specifier}\` is not in this repository`
          : `it comes from the package \`${specifier}\``,
      )
    const known = this.#exports.get(path)
    if (known) return known.fields.get('exports') ?? absent
    const content = this.#text(path)
    if (content === null) return unknown(`${path} could not be read`)
    if (path.endsWith('.json')) return parsedJson(content)
    if (path.endsWith('.sql')) return fields([['default', text(content)]])
    const program = this.#program(path, content)
    return program ? this.run(path, program) : unknown(`${path} could not be read`)
  }

  #program(path: string, content: string): Program | null {
    const all = programs.get(this.#project) ?? new Map<string, { text: string; program: Program | null }>()
    programs.set(this.#project, all)
    const known = all.get(path)
    if (known?.text === content) return known.program
    const parsed = parseJavaScript(path, content)
    const program = parsed.kind === 'parsed' ? parsed.program : null
    all.set(path, { text: content, program })
    return program
  }

  #text(path: string): string | null {
    return path === this.#file.path ? this.#file.text : this.#project.paths.has(path) ? this.#project.text(path) : null
  }

  /** The file that a specifier means: relative, or from a root by an alias as `@/` or `src/`. */
  #resolved(from: string, specifier: string): string | null {
    if (specifier.startsWith('.')) return this.#existing(join(dirname(from), specifier))
    const alias = /^(?:@\/|~\/|@?src\/)(.+)$/.exec(specifier)?.[1]
    if (alias === undefined) return null
    for (let folder = dirname(from); ; folder = dirname(folder)) {
      const found = this.#existing(join(folder, 'src', alias)) ?? this.#existing(join(folder, alias))
      if (found !== null || folder === '.' || folder === '/') return found
    }
  }

  #existing(path: string): string | null {
    const stem = path.replace(/\.[cm]?js$/, '')
    const candidates = [
      path,
      ...['.ts', '.js', '.cjs', '.mjs', '.tsx', '.cts', '.mts', '.json'].map((ending) => `${path}${ending}`),
      ...['.ts', '.mts', '.cts'].map((ending) => `${stem}${ending}`),
      ...['index.ts', 'index.js', 'index.cjs', 'index.mjs'].map((name) => join(path, name)),
    ]
    return candidates.find((candidate) => /\.\w+$/.test(candidate) && this.#project.paths.has(candidate)) ?? null
  }
}

/** An export by name; a CommonJS file's `module.exports` is its default too. */
function exported(machine: Machine, all: Value, name: string): Value {
  const found = member(machine, all, text(name))
  if (name === 'default' && found.kind === 'undefined') return all
  return found.kind === 'undefined' ? unknown(`\`${name}\` is not exported where it is imported from`) : found
}

function nameOf(name: ModuleExportName): string {
  return name.type === 'Literal' ? name.value : name.name
}

function declaredNames(declaration: NonNullable<ExportNamedDeclaration['declaration']>): string[] {
  if (declaration.type === 'VariableDeclaration')
    return declaration.declarations.flatMap(({ id }) => {
      if (id.type === 'Identifier') return [id.name]
      return id.type === 'ObjectPattern'
        ? id.properties.flatMap((property) =>
            property.type === 'Property' && property.value.type === 'Identifier' ? [property.value.name] : [],
          )
        : []
    })
  return 'id' in declaration && declaration.id && 'name' in declaration.id ? [declaration.id.name] : []
}
