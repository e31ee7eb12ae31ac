import type { Runner } from './runner.ts'
import { naturalOrder, sqlMigration } from './sql-file.ts'

/** SQL files that no tool claims; the policy names them and says what wraps them. */
export const plain: Runner = {
  name: 'plain',
  title: 'plain SQL',
  config: null,
  marker: null,
  claims: (path) => /(^|\/)(migrations?|migrate)\/(.*\/)?[^/]+\.sql$/.test(path),
  compare: naturalOrder,
  read: (file) => [
    sqlMigration(file, {
      runner: 'plain',
      direction: /[._-](down|undo|revert|rollback)\.sql$/i.test(file.path) ? 'down' : 'up',
      wrapping: 'transaction',
      batch: null,
      optOut: "the policy's `transaction: none` for its path",
    }),
  ],
}
