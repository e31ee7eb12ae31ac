import type { Runner } from './runner.ts'
import { leadingVersion, naturalOrder, sqlMigration } from './sql-file.ts'

/**
 * postgrator: `001.do.x.sql` and `001.undo.x.sql`, also `001.do.sql`. It sends each file as one query without BEGIN
 * (measured): several statements are one implicit transaction, one alone is none.
 */
export const runner: Runner = {
  name: 'postgrator',
  title: 'Postgrator',
  about: {
    files: '`001.do.x.sql` and `001.undo.x.sql`',
    transaction: 'one query a file: several statements are one implicit transaction',
  },
  historyTables: ['schemaversion'],
  config: null,
  marker: null,
  claims: (path) => (/(^|\/)\d+\.(?:do|undo)(?:\.[^/]+)?\.sql$/.test(path) ? 'own' : null),
  compare: naturalOrder,
  applied: {
    edited: 'Postgrator stops at its next run: the checksum of an applied file has to stay',
    removed: 'Postgrator stops at its next run: it looks for the file to compare its checksum',
    renamed: null,
    late: { does: 'skips', words: 'Postgrator only knows the version that it is at, and never runs a lower one' },
    checksum: true,
    version: leadingVersion,
  },
  read: (file) => [
    sqlMigration(file, {
      runner: 'postgrator',
      direction: /\.undo\.(?:[^/]+\.)?sql$/.test(file.path) ? 'down' : 'up',
      wrapping: 'implicit',
      batch: null,
      optOut: 'a file of its own that holds this one statement',
    }),
  ],
}
