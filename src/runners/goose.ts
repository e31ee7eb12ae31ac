import type { Runner } from './runner.ts'
import { naturalOrder, sections, sqlMigration } from './sql-file.ts'

const marker = /^[ \t]*--[ \t]*\+goose[ \t]+(?:up|down)\b.*$/gim

/** goose: `-- +goose Up` and `-- +goose Down` parts, each in a transaction unless `-- +goose NO TRANSACTION` is there. */
export const goose: Runner = {
  name: 'goose',
  title: 'goose',
  config: null,
  marker: /^[ \t]*--[ \t]*\+goose[ \t]+up\b/im,
  claims: () => false,
  compare: naturalOrder,
  read(file) {
    const off = /^[ \t]*--[ \t]*\+goose[ \t]+no[ \t]+transaction\b/im.test(file.text)
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
