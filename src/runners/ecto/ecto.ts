import { Run } from '../../languages/code/evaluator.ts'
import type { Scope, Value } from '../../languages/code/values.ts'
import { elixirLanguage } from '../../languages/elixir/elixir-language.ts'
import { ElixirModules } from '../../languages/elixir/elixir-modules.ts'
import { parseElixir } from '../../languages/elixir/elixir-parse.ts'
import { codeMigrations, unreadableCode } from '../code/code-migrations.ts'
import type { SentCall } from '../code/sent-call.ts'
import type { Project, Runner, SqlFile } from '../runner.ts'
import { folderOf, leadingVersion, naturalOrder } from '../sql-file.ts'
import { EctoCalls } from './ecto-calls.ts'

/**
 * Ecto: one transaction a migration unless `@disable_ddl_transaction true`; commands are queued and sent at the end
 * (Ecto.Migration.Runner), each as a query.
 */
export const runner: Runner = {
  name: 'ecto',
  title: 'Ecto',
  about: {
    files: '`priv/<repo>/migrations/<version>_<name>.exs`',
    transaction: 'one transaction a file; `@disable_ddl_transaction true`: each statement on its own',
  },
  historyTables: ['schema_migrations'],
  config: null,
  reads: /\.exs?$/,
  marker: /^\s*use\s+Ecto\.Migration\b(?=[\s\S]*\bdef\s+(?:change|up|down)\b)/m,
  claims: (path) => (/(^|\/)priv\/(?:[\w-]+\/)*\w*migrations\/(?:[\w-]+\/)*\d+_\w+\.exs$/.test(path) ? 'own' : null),
  compare: naturalOrder,
  applied: {
    edited: 'Ecto does not run it again where it has run',
    removed: 'Ecto lists it as FILE NOT FOUND where it has run, and new databases lack it',
    renamed: null,
    late: { does: 'runs', words: 'Ecto runs it after those on databases that have them, and before them on new ones' },
    checksum: false,
    version: leadingVersion,
  },
  read(file, project) {
    const how = {
      runner: 'ecto',
      wrapping: /^\s*@disable_ddl_transaction\s+true\b/m.test(file.text)
        ? ('autocommit' as const)
        : ('transaction' as const),
      batch: null,
      optOut: '`@disable_ddl_transaction true` and `@disable_migration_lock true` in a migration of its own',
    }
    const root = /^(.*?)(?:^|\/)?priv\//.exec(file.path)?.[1] ?? ''
    const folder = folderOf(root === '' ? file.path : file.path.slice(root.length + 1))
    const calls = callsOf(file, project, folder, (path) => project.text(root === '' ? path : `${root}/${path}`))
    if (calls === null) return unreadableCode(file, how, 'holds no module with `change`, `up` or `down`')
    return codeMigrations(file, how, calls)
  },
}

function callsOf(
  { path, text }: SqlFile,
  project: Project,
  folder: string,
  file: (path: string) => string | null,
): SentCall[] | null {
  const body = parseElixir(text)
  let found = false
  const calls = (['up', 'down'] as const).flatMap((direction) => {
    const tool = new EctoCalls(direction, folder, file)
    const run = new Run(elixirLanguage, tool, new ElixirModules(project, path))
    const scope: Scope = { names: new Map(), outer: null, closed: true }
    run.load(body, scope)
    const names = migrationNames(scope)
    const own = names?.get(direction)
    const change = names?.get('change')
    if (own?.kind === 'function') tool.perform(own, run, false)
    else if (change?.kind === 'function') tool.perform(change, run, direction === 'down')
    if (own || change) found = true
    return tool.sent
  })
  return found ? calls : null
}

/** The functions of the module that migrates, in this file's order of modules. */
function migrationNames(scope: Scope): Map<string, Value> | null {
  for (const value of scope.names.values()) {
    if (value.kind !== 'class') continue
    if (['change', 'up', 'down'].some((name) => value.scope.names.get(name)?.kind === 'function'))
      return value.scope.names
    const inner = migrationNames(value.scope)
    if (inner) return inner
  }
  return null
}
