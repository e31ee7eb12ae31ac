import type { Runner } from './runner.ts'
import { folderOf, naturalOrder, sibling, sqlMigration } from './sql-file.ts'

/**
 * Drizzle Kit runs all pending files in one transaction (drizzle-orm, pg-core/dialect.ts, migrate: one
 * `session.transaction` around the loop over migrations); `--> statement-breakpoint` is a comment to PostgreSQL.
 */
export const runner: Runner = {
  name: 'drizzle',
  title: 'Drizzle Kit',
  about: {
    files: '`drizzle/*.sql` beside `meta/_journal.json`',
    transaction: 'one transaction for all pending files',
  },
  historyTables: ['__drizzle_migrations'],
  config: /(^|\/)meta\/_journal\.json$/,
  marker: /^--> statement-breakpoint/m,
  claims: (path, project) =>
    path.endsWith('.sql') &&
    (project.paths.has(sibling(path, 'meta/_journal.json')) ||
      (path.endsWith('/migration.sql') && project.paths.has(sibling(path, 'snapshot.json'))))
      ? 'own'
      : null,
  compare: naturalOrder,
  applied: {
    edited: 'Drizzle does not run it again where it has run',
    removed: 'Drizzle does not undo it where it has run, and new databases lack it',
    renamed: null,
    late: { does: 'skips', words: 'Drizzle runs only what its journal dates after the last one applied' },
    checksum: false,
    version: () => null,
  },
  read: (file) => [
    sqlMigration(file, {
      runner: 'drizzle',
      direction: 'up',
      wrapping: 'transaction',
      batch: `drizzle:${file.path.endsWith('/migration.sql') ? folderOf(folderOf(file.path)) : folderOf(file.path)}`,
      optOut: null,
    }),
  ],
}
