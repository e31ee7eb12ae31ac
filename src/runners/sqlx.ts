import type { Runner } from './runner.ts'
import { naturalOrder, sqlMigration } from './sql-file.ts'

/**
 * sqlx wraps each file in a transaction. With `-- no-transaction` as the first line it sends the file as one query, so
 * several statements are still one implicit transaction.
 */
export const sqlx: Runner = {
  name: 'sqlx',
  title: 'sqlx',
  config: /(^|\/)Cargo\.toml$/,
  marker: /^\uFEFF?-- no-transaction\b/,
  claims: (path, project) =>
    /(^|\/)migrations\/\d+_[^/]+\.sql$/.test(path) &&
    [...project.paths].some((file) => file.endsWith('Cargo.toml') && /^\s*sqlx\b/m.test(project.text(file) ?? '')),
  compare: naturalOrder,
  read: (file) => [
    sqlMigration(file, {
      runner: 'sqlx',
      direction: file.path.endsWith('.down.sql') ? 'down' : 'up',
      wrapping: /^\uFEFF?-- no-transaction\b/.test(file.text) ? 'implicit' : 'transaction',
      batch: null,
      optOut: 'a file of its own with `-- no-transaction` as its first line',
    }),
  ],
}
