import type { Project, Runner } from './runner.ts'
import { folderOf, leadingVersion, naturalOrder, sqlMigration } from './sql-file.ts'

/**
 * graphile-migrate: `committed/000001.sql` with `--! Previous:` and `--! Hash:`, and `current.sql` or `current/*.sql`, which
 * becomes the next one. Each is one query between begin and commit; a line `--! no-transaction` leaves those out, and it is
 * still one query (measured). Placeholders are `:NAME`.
 */
export const runner: Runner = {
  name: 'graphile-migrate',
  title: 'graphile-migrate',
  about: {
    files: '`committed/000001.sql` and `current.sql` beside it',
    transaction: 'one transaction a file; `--! no-transaction`: one query',
  },
  historyTables: ['migrations', 'current'],
  config: null,
  marker: /^--! (?:Previous|Hash|no-transaction|AllowInvalidHash)\b/m,
  claims(path, project) {
    if (/(^|\/)committed\/\d{6}(?:-[^/]*)?\.sql$/.test(path)) return 'own'
    const home = /^(.*?)(?:^|\/)(?:current\.sql|current\/[^/]+\.sql)$/.exec(path)?.[1]
    return home !== undefined && hasCommitted(home, project) ? 'own' : null
  },
  compare: naturalOrder,
  applied: {
    edited: 'graphile-migrate stops at its next run: the hash of a committed migration has to stay',
    removed: 'graphile-migrate stops at its next run: each committed migration names the one before it',
    renamed: 'graphile-migrate stops at its next run: each committed migration names the one before it',
    late: { does: 'refuses', words: 'graphile-migrate stops at its next run: each migration names the one before it' },
    checksum: true,
    version: (path) => (folderOf(path).endsWith('committed') ? leadingVersion(path) : null),
  },
  read: (file) => [
    sqlMigration(file, {
      runner: 'graphile-migrate',
      direction: 'up',
      wrapping: /^--! no-transaction[ \t]*\r?$/m.test(file.text) ? 'implicit' : 'transaction',
      batch: null,
      optOut: '`--! no-transaction` at the top of a migration of its own that holds this one statement',
    }),
  ],
}

function hasCommitted(home: string, project: Project): boolean {
  const folder = `${home === '' ? '' : `${home}/`}committed/`
  for (const path of project.paths) if (path.startsWith(folder)) return true
  return project.paths.has('.gmrc') || project.paths.has('.gmrc.js')
}
