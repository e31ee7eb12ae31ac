import type { Runner } from './runner.ts'
import { naturalOrder, sections, sqlMigration } from './sql-file.ts'

/** Its own prefix `-- +migrate ` and words, letter for letter (sqlparse/sqlparse.go, parseCommand). */
const marker = /^-- \+migrate [ \t]*(?:Up|Down)(?:[ \t].*)?\r?$/gm

/**
 * sql-migrate: `-- +migrate Up` and `-- +migrate Down` parts that may come several times; `notransaction` on any header
 * of a direction opts that direction out. It sends each statement on its own (sqlparse/sqlparse.go, ParseMigration).
 */
export const runner: Runner = {
  name: 'sql-migrate',
  title: 'sql-migrate',
  about: {
    files: 'files with `-- +migrate Up` and `-- +migrate Down`',
    transaction: 'one transaction a file; `notransaction`: each statement on its own',
  },
  historyTables: ['gorp_migrations'],
  config: null,
  marker: /^-- \+migrate [ \t]*Up\b/m,
  claims: () => null,
  compare: naturalOrder,
  applied: {
    edited: 'sql-migrate does not run it again where it has run',
    removed: 'sql-migrate stops at its next run: it finds a migration in the database that is not in the folder',
    renamed: 'sql-migrate knows a migration by its file name, so it stops at its next run',
    late: {
      does: 'runs',
      words: 'sql-migrate runs it after those on databases that have them, and before them on new ones',
    },
    checksum: false,
    version: () => null,
  },
  read: (file) =>
    sections(file.text, marker, (line) => (/\+migrate[ \t]+Down/.test(line) ? 'down' : 'up')).map((section) =>
      sqlMigration(
        { path: file.path, text: section.text },
        {
          runner: 'sql-migrate',
          direction: section.direction,
          wrapping: section.markers.some((line) => /\snotransaction(?:\s|$)/.test(line)) ? 'autocommit' : 'transaction',
          batch: null,
          optOut: '`notransaction` on the header of its direction, in a file of its own',
        },
      ),
    ),
}
