import type { Runner } from './runner.ts'
import { baseName, folderOf, sibling, sqlMigration, textOrder } from './sql-file.ts'

/**
 * Diesel: one folder `{version}_{name}` a migration with up.sql and down.sql, in a transaction unless its metadata.toml
 * says `run_in_transaction = false`. Then each file goes to the server as one query; its documentation
 * (FileBasedMigrations) warns that several statements are still wrapped.
 */
export const runner: Runner = {
  name: 'diesel',
  title: 'Diesel',
  about: {
    files: '`<version>_<name>/up.sql` and `down.sql`',
    transaction: 'one transaction a file; `run_in_transaction = false`: one query',
  },
  historyTables: ['__diesel_schema_migrations'],
  config: /(^|\/)metadata\.toml$/,
  marker: null,
  claims: (path) => (/(^|\/)\d[^/]*_[^/]*\/(up|down)\.sql$/.test(path) ? 'shape' : null),
  compare: (a, b) =>
    textOrder(folderOf(folderOf(a)), folderOf(folderOf(b))) ||
    textOrder(versionOf(folderOf(a)), versionOf(folderOf(b))) ||
    // up.sql before down.sql.
    textOrder(b, a),
  applied: {
    edited: 'Diesel does not run it again where it has run',
    removed: 'Diesel cannot revert it where it has run, and new databases lack it',
    renamed: null,
    late: {
      does: 'runs',
      words: 'Diesel runs it after those on databases that have them, and before them on new ones',
    },
    checksum: false,
    version: (path) => versionOf(folderOf(path)),
  },
  read: (file, project) => [
    sqlMigration(file, {
      runner: 'diesel',
      direction: file.path.endsWith('/down.sql') || file.path === 'down.sql' ? 'down' : 'up',
      wrapping: /^\s*run_in_transaction\s*=\s*false/m.test(project.text(sibling(file.path, 'metadata.toml')) ?? '')
        ? 'implicit'
        : 'transaction',
      batch: null,
      optOut: 'a folder of its own with `run_in_transaction = false` in its metadata.toml',
    }),
  ],
}

/** The folder's name up to the first `_`, without dashes: `2017-08-31-230457_x` is 20170831230457. */
function versionOf(folder: string): string {
  return baseName(folder).replace(/_.*$/s, '').replaceAll('-', '')
}
