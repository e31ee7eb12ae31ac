import type { Project, Runner } from './runner.ts'
import { baseName, folderOf, naturalOrder, sibling, sqlMigration } from './sql-file.ts'

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
  compare: (a, b, project) =>
    folderOf(a) === folderOf(b)
      ? placeInJournal(a, project) - placeInJournal(b, project) || naturalOrder(a, b)
      : naturalOrder(a, b),
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

/** Positions by journal, read once for each project. */
const known = new WeakMap<Project, Map<string, ReadonlyMap<string, number>>>()

/** Where the journal lists a file; beyond all where it does not. */
function placeInJournal(path: string, project: Project): number {
  const journal = sibling(path, 'meta/_journal.json')
  const journals = known.get(project) ?? new Map<string, ReadonlyMap<string, number>>()
  known.set(project, journals)
  const places = journals.get(journal) ?? placesOf(project.text(journal))
  journals.set(journal, places)
  return places.get(baseName(path).replace(/\.sql$/, '')) ?? Number.MAX_SAFE_INTEGER
}

function placesOf(journal: string | null): ReadonlyMap<string, number> {
  try {
    const { entries } = JSON.parse(journal ?? '{}') as { entries?: { tag?: unknown }[] }
    return new Map((entries ?? []).map(({ tag }, at) => [String(tag), at]))
  } catch {
    // A journal that is no JSON says nothing of the order.
    return new Map()
  }
}
