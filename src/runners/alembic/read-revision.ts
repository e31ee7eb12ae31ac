import { Run } from '../../languages/code/evaluator.ts'
import type { Scope } from '../../languages/code/values.ts'
import { pythonLanguage } from '../../languages/python/python-language.ts'
import { PythonModules } from '../../languages/python/python-modules.ts'
import { parsePython } from '../../languages/python/python-parse.ts'
import type { Project, SqlFile } from '../runner.ts'
import { type AlembicCall, AlembicCalls } from './alembic-calls.ts'

/** Reads `upgrade()` and `downgrade()` of a revision file, with the functions and constants that it imports. */
export function readRevision(
  { path, text }: SqlFile,
  project: Project,
): { kind: 'read'; calls: AlembicCall[] } | { kind: 'failed'; reason: string } {
  const parsed = parsePython(text)
  if (parsed.error) return { kind: 'failed', reason: `line ${parsed.error.line} ${parsed.error.message}` }
  const calls = (['up', 'down'] as const).flatMap((direction) => {
    const tool = new AlembicCalls(direction)
    const run = new Run(pythonLanguage, tool, new PythonModules(project, path))
    const scope: Scope = { names: new Map(), outer: null, closed: true }
    run.load(parsed.body, scope)
    const name = direction === 'up' ? 'upgrade' : 'downgrade'
    const method = scope.names.get(name) ?? scope.names.get(`${name}_`)
    tool.running = true
    if (method?.kind === 'function') run.invoke(method, [], new Map(), null)
    return tool.sent
  })
  return { kind: 'read', calls }
}

/** The identifiers of a revision and of those before it. */
export function revisionIds(text: string): { revision: string | null; before: string[] } {
  const line = (name: string): string =>
    new RegExp(`^${name}\\s*(?::[^=\\n]+)?=\\s*(\\([^)]*\\)|.*)$`, 'm').exec(text)?.[1] ?? ''
  const ids = (source: string): string[] => [...source.matchAll(/["']([^"']+)["']/g)].map(([, id]) => id ?? '')
  const [revision = null] = ids(line('revision'))
  return { revision, before: [...ids(line('down_revision')), ...ids(line('depends_on'))] }
}
