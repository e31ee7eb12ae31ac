import { dependency } from './dependency.ts'
import type { Runner } from './runner.ts'
import { leadingVersion, naturalOrder, sqlMigration } from './sql-file.ts'

const inPackage = /"postgres-migrations"\s*:/

/**
 * postgres-migrations: `1_x.sql`, each as one query between START TRANSACTION and COMMIT; with the text
 * `-- postgres-migrations disable-transaction` anywhere without them, still as one query (measured).
 */
export const runner: Runner = {
  name: 'postgres-migrations',
  title: 'postgres-migrations',
  about: {
    files: '`1_x.sql` of a package that depends on postgres-migrations',
    transaction: 'one transaction a file; `-- postgres-migrations disable-transaction`: one query',
  },
  historyTables: ['migrations'],
  config: /(^|\/)package\.json$/,
  marker: /-- postgres-migrations disable-transaction/,
  claims: (path, project) =>
    /(^|\/)[^/]*migrat[^/]*\/(?:[^/]+\/)*\d+[-_]?[^/]*\.sql$/i.test(path) && !/\.(?:up|down)\.sql$/.test(path)
      ? dependency(path, project, /(^|\/)package\.json$/, inPackage)
      : null,
  compare: naturalOrder,
  applied: {
    edited: 'postgres-migrations stops at its next run: the hash of an applied file has to stay',
    removed: 'postgres-migrations stops at its next run: the numbers have to be without a gap',
    renamed: 'postgres-migrations stops at its next run: the name of an applied file has to stay',
    late: { does: 'refuses', words: 'postgres-migrations stops at its next run: the numbers have to be without a gap' },
    checksum: true,
    version: leadingVersion,
  },
  read: (file) => [
    sqlMigration(file, {
      runner: 'postgres-migrations',
      direction: 'up',
      wrapping: file.text.includes('-- postgres-migrations disable-transaction') ? 'implicit' : 'transaction',
      batch: null,
      optOut: '`-- postgres-migrations disable-transaction` in a file of its own that holds this one statement',
    }),
  ],
}
