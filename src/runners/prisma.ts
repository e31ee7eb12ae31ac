import type { Runner } from './runner.ts'
import { naturalOrder, sqlMigration } from './sql-file.ts'

/**
 * Prisma Migrate sends migration.sql as one query without BEGIN: several statements are one implicit transaction, one
 * alone is none (measured: one CONCURRENTLY alone works, two statements fail).
 */
export const prisma: Runner = {
  name: 'prisma',
  title: 'Prisma Migrate',
  config: null,
  marker: null,
  claims: (path) => /(^|\/)migrations\/[^/]+\/migration\.sql$/.test(path),
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
