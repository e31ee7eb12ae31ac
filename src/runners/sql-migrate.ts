import type { Runner } from './runner.ts'
import { naturalOrder, sections, sqlMigration } from './sql-file.ts'

const marker = /^[ \t]*--[ \t]*\+migrate[ \t]+(?:up|down)\b.*$/gim

/** sql-migrate: `-- +migrate Up` and `-- +migrate Down` parts, each opted out by `notransaction` on its own header. */
export const sqlMigrate: Runner = {
  name: 'sql-migrate',
  title: 'sql-migrate',
  config: null,
  marker: /^[ \t]*--[ \t]*\+migrate[ \t]+up\b/im,
  claims: () => false,
  compare: naturalOrder,
  read: (file) =>
    sections(file.text, marker, (line) => (/\+migrate[ \t]+down/i.test(line) ? 'down' : 'up')).map((section) =>
      sqlMigration(
        { path: file.path, text: section.text },
        {
          runner: 'sql-migrate',
          direction: section.direction,
          wrapping: section.markers.some((line) => /\bnotransaction\b/i.test(line)) ? 'autocommit' : 'transaction',
          batch: null,
          optOut: '`notransaction` on the header of its direction, in a file of its own',
        },
      ),
    ),
}
