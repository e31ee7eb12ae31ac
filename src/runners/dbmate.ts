import type { Runner } from './runner.ts'
import { naturalOrder, sections, sqlMigration } from './sql-file.ts'

const marker = /^[ \t]*--[ \t]*migrate:(?:up|down)\b.*$/gim

/**
 * dbmate: `-- migrate:up` and `-- migrate:down` parts. With `transaction:false` a part goes to the server as one query,
 * so several statements are still one implicit transaction.
 */
export const dbmate: Runner = {
  name: 'dbmate',
  title: 'dbmate',
  config: null,
  marker: /^[ \t]*--[ \t]*migrate:up\b/im,
  claims: () => false,
  compare: naturalOrder,
  read: (file) =>
    sections(file.text, marker, (line) => (/migrate:down/i.test(line) ? 'down' : 'up')).map((section) =>
      sqlMigration(
        { path: file.path, text: section.text },
        {
          runner: 'dbmate',
          direction: section.direction,
          wrapping: section.markers.some((line) => /\btransaction:false\b/.test(line)) ? 'implicit' : 'transaction',
          batch: null,
          optOut: '`transaction:false` on the header of a file of its own',
        },
      ),
    ),
}
