import type { Project, Runner } from './runner.ts'
import { leadingVersion, naturalOrder, sqlMigration } from './sql-file.ts'

/** `let no_tx = sql.starts_with("-- no-transaction")` (sqlx-core, migrate/source.rs): the very first bytes of the file. */
const noTransaction = '-- no-transaction'

/** Whether a project uses sqlx, asked once for each project: a project has thousands of paths. */
const usesSqlx = new WeakMap<Project, boolean>()

/**
 * sqlx wraps each file in a transaction. With `-- no-transaction` as its first bytes it sends the file as one simple
 * query (`execute(&*migration.sql)`, sqlx-postgres, migrate.rs), so several statements are still one implicit transaction.
 */
export const sqlx: Runner = {
  name: 'sqlx',
  title: 'sqlx',
  config: /(^|\/)Cargo\.toml$/,
  marker: /^-- no-transaction/,
  claims: (path, project) => /(^|\/)migrations\/\d+_[^/]+\.sql$/.test(path) && dependsOnSqlx(project),
  compare: naturalOrder,
  applied: {
    edited: 'sqlx stops at its next run: a migration that was applied has been modified',
    removed: 'sqlx stops at its next run: a migration that was applied is missing',
    renamed: null,
    late: { does: 'runs', words: 'sqlx runs it after those on databases that have them, and before them on new ones' },
    checksum: true,
    version: leadingVersion,
  },
  read: (file) => [
    sqlMigration(file, {
      runner: 'sqlx',
      direction: file.path.endsWith('.down.sql') ? 'down' : 'up',
      wrapping: file.text.startsWith(noTransaction) ? 'implicit' : 'transaction',
      batch: null,
      optOut: 'a file of its own with `-- no-transaction` as its first line',
    }),
  ],
}

function dependsOnSqlx(project: Project): boolean {
  const known = usesSqlx.get(project)
  if (known !== undefined) return known
  const uses = [...project.paths].some(
    (path) => /(^|\/)Cargo\.toml$/.test(path) && /^\s*(?:\[.*dependencies\.)?sqlx\b/m.test(project.text(path) ?? ''),
  )
  usesSqlx.set(project, uses)
  return uses
}
