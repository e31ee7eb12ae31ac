import type { Runner } from './runner.ts'
import { leadingVersion, naturalOrder, sqlMigration } from './sql-file.ts'

/**
 * golang-migrate sends each file as one multi-statement query, without BEGIN (database/postgres/postgres.go, Run); with
 * `x-multi-statement=true` in the database's URL, which no file tells, each statement on its own. File names are its
 * source/parse.go Regex.
 */
export const runner: Runner = {
  name: 'golang-migrate',
  title: 'golang-migrate',
  about: {
    files: '`1_x.up.sql` and `1_x.down.sql`',
    transaction: 'one query a file: several statements are one implicit transaction',
  },
  historyTables: ['schema_migrations'],
  config: null,
  marker: null,
  claims: (path) => (/(^|\/)\d+_[^/]*\.(up|down)\.sql$/.test(path) ? 'shape' : null),
  compare: naturalOrder,
  applied: {
    edited: 'golang-migrate does not run it again where it has run',
    removed: 'golang-migrate fails where it is the version that the database is at, and new databases lack it',
    renamed: null,
    late: { does: 'skips', words: 'golang-migrate only knows the version that it is at, and never runs a lower one' },
    checksum: false,
    version: leadingVersion,
  },
  read: (file) => [
    sqlMigration(file, {
      runner: 'golang-migrate',
      direction: file.path.endsWith('.down.sql') ? 'down' : 'up',
      wrapping: 'implicit',
      batch: null,
      optOut: 'a file of its own that holds this one statement',
    }),
  ],
}
