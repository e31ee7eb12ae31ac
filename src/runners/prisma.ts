import type { Runner } from './runner.ts'
import { folderOf, sibling, sqlMigration, textOrder } from './sql-file.ts'

/**
 * Prisma Migrate sends migration.sql as one query without BEGIN: several statements are one implicit transaction, one
 * alone is none (measured: one CONCURRENTLY alone works, two statements fail).
 * Folders are sorted by their names as text, so `20250625_x` comes after `20250409154352_y`.
 * A folder with migration_lock.toml is its own whatever its name (prisma.config.ts `migrations.path`).
 */
export const runner: Runner = {
  name: 'prisma',
  title: 'Prisma Migrate',
  about: {
    files: '`migrations/<timestamp>_<name>/migration.sql`',
    transaction: 'one query a file: several statements are one implicit transaction',
  },
  historyTables: ['_prisma_migrations'],
  config: null,
  marker: null,
  claims: (path, project) =>
    path.endsWith('/migration.sql') && project.paths.has(sibling(folderOf(path), 'migration_lock.toml'))
      ? 'own'
      : /(^|\/)migrations\/[^/]+\/migration\.sql$/.test(path)
        ? 'shape'
        : null,
  compare: textOrder,
  applied: {
    edited: 'Prisma does not run it again where it has run, and warns of another checksum',
    removed: 'Prisma warns that an applied migration is missing from its folder, and new databases lack it',
    renamed: 'Prisma knows a migration by the name of its folder, so it runs it once more',
    late: {
      does: 'runs',
      words: 'Prisma runs it after those on databases that have them, and before them on new ones',
    },
    checksum: true,
    version: () => null,
  },
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
