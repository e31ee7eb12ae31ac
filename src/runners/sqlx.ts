import { dependency } from './dependency.ts'
import type { Runner } from './runner.ts'
import { leadingVersion, naturalOrder, sqlMigration } from './sql-file.ts'

/** `let no_tx = sql.starts_with("-- no-transaction")` (sqlx-core, migrate/source.rs): the very first bytes of the file. */
const noTransaction = '-- no-transaction'

const inCargo = /^\s*(?:\[.*dependencies\.)?sqlx\b/m

/**
 * sqlx wraps each file in a transaction. With `-- no-transaction` as its first bytes it sends the file as one simple
 * query (`execute(&*migration.sql)`, sqlx-postgres, migrate.rs), so several statements are still one implicit transaction.
 */
export const runner: Runner = {
  name: 'sqlx',
  title: 'sqlx',
  about: {
    files: '`migrations/1_x.sql`, `1_x.up.sql`, `1_x.down.sql`',
    transaction: 'one transaction a file; `-- no-transaction`: one query',
  },
  historyTables: ['_sqlx_migrations'],
  config: /(^|\/)Cargo\.toml$/,
  marker: /^-- no-transaction/,
  claims: (path, project) =>
    /(^|\/)migrations\/\d+_[^/]+\.sql$/.test(path) ? dependency(path, project, /(^|\/)Cargo\.toml$/, inCargo) : null,
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
