import type { Runner } from './runner.ts'
import { folderOf, naturalOrder, sibling, sqlMigration } from './sql-file.ts'

/**
 * Prisma Migrate sends migration.sql as one query without BEGIN: several statements are one implicit transaction, one
 * alone is none (measured: one CONCURRENTLY alone works, two statements fail).
 * A folder with migration_lock.toml is its own whatever its name (prisma.config.ts `migrations.path`).
 */
export const prisma: Runner = {
  name: 'prisma',
  title: 'Prisma Migrate',
  config: null,
  marker: null,
  claims: (path, project) =>
    /(^|\/)migrations\/[^/]+\/migration\.sql$/.test(path) ||
    (path.endsWith('/migration.sql') && project.paths.has(sibling(folderOf(path), 'migration_lock.toml'))),
  compare: naturalOrder,
  read: (file) => [
    sqlMigration(file, {
      runner: 'prisma',
      direction: 'up',
      wrapping: 'implicit',
      batch: null,
      optOut: 'a migration of its own that holds this one statement',
    }),
  ],
}
