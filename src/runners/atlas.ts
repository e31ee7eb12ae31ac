import type { Runner } from './runner.ts'
import { baseName, sibling, sqlMigration, textOrder } from './sql-file.ts'

/** Atlas: a directive before the first blank line; `none` sends each statement on its own. */
const directive = /^--[ \t]*atlas:txmode[ \t]+(none|file|all)[ \t]*\r?$/m

/**
 * Atlas (`atlas migrate apply`): the SQL files of a folder that has an `atlas.sum`, in the order of their names as text,
 * each in a transaction by default (`--tx-mode file`). Documented at atlasgo.io/versioned/apply.
 */
export const runner: Runner = {
  name: 'atlas',
  title: 'Atlas',
  about: {
    files: '`.sql` files beside an `atlas.sum`',
    transaction: 'one transaction a file; `-- atlas:txmode none`: each statement on its own',
  },
  historyTables: ['atlas_schema_revisions'],
  config: null,
  marker: /^--[ \t]*atlas:(?:txmode|delimiter|checkpoint|import)\b/m,
  claims: (path, project) => (path.endsWith('.sql') && project.paths.has(sibling(path, 'atlas.sum')) ? 'own' : null),
  compare: textOrder,
  applied: {
    edited: 'Atlas stops at its next run: the checksum of the folder (atlas.sum) has to fit',
    removed: 'Atlas stops at its next run: the checksum of the folder (atlas.sum) has to fit',
    renamed: 'Atlas stops at its next run: the checksum of the folder (atlas.sum) has to fit',
    late: { does: 'refuses', words: 'Atlas stops at its next run, unless it is called with --exec-order non-linear' },
    checksum: true,
    version: (path) => baseName(path).replace(/[_.].*$/s, ''),
  },
  read: (file) => [
    sqlMigration(file, {
      runner: 'atlas',
      direction: 'up',
      wrapping: directive.exec(file.text)?.[1] === 'none' ? 'autocommit' : 'transaction',
      batch: null,
      optOut: '`-- atlas:txmode none` at the top of a file of its own',
    }),
  ],
}
