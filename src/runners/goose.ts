import type { Runner } from './runner.ts'
import { leadingVersion, naturalOrder, sections, sqlMigration } from './sql-file.ts'

const marker = /^--[ \t]*\+goose[ \t]+(?:up|down)[ \t]*\r?$/gim

/**
 * goose: `-- +goose Up` and `-- +goose Down` parts, both in a transaction unless `-- +goose NO TRANSACTION` stands
 * anywhere in the file, in any case (internal/sqlparser/parser.go: useTx, and EqualFold in extractAnnotation). It sends
 * each statement on its own.
 */
export const runner: Runner = {
  name: 'goose',
  title: 'goose',
  about: {
    files: 'files with `-- +goose Up` and `-- +goose Down`',
    transaction: 'one transaction a file; `NO TRANSACTION`: each statement on its own',
  },
  historyTables: ['goose_db_version'],
  config: null,
  marker: /^--[ \t]*\+goose[ \t]+up[ \t]*\r?$/im,
  claims: () => null,
  compare: naturalOrder,
  applied: {
    edited: 'goose does not run it again where it has run',
    removed: 'goose does not undo it where it has run, and new databases lack it',
    renamed: null,
    late: { does: 'refuses', words: 'goose stops and lists it as missing, unless it is called with -allow-missing' },
    checksum: false,
    version: leadingVersion,
  },
  read(file) {
    const off = /^--[ \t]*\+goose[ \t]+no transaction[ \t]*\r?$/im.test(file.text)
    return sections(file.text, marker, (line) => (/down/i.test(line) ? 'down' : 'up')).map((section) =>
      sqlMigration(
        { path: file.path, text: section.text },
        {
          runner: 'goose',
          direction: section.direction,
          wrapping: off ? 'autocommit' : 'transaction',
          batch: null,
          optOut: '`-- +goose NO TRANSACTION` at the top of a file of its own',
        },
      ),
    )
  },
}
