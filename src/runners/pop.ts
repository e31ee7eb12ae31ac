import { dependency } from './dependency.ts'
import type { Runner } from './runner.ts'
import { leadingVersion, naturalOrder, sqlMigration } from './sql-file.ts'

const inGoMod = /^\s*(?:require\s+)?github\.com\/(?:gobuffalo\/pop|ory\/pop|ory\/x)\b/m

/**
 * pop and popx: `1_x.up.sql`, `1_x.<dialect>.up.sql` and, in popx, `.autocommit.` in the name, all Go templates. Each runs
 * as one query in a transaction with the insert into its history; with `.autocommit.` without one (pop,
 * file_migrator.go and migrator.go; ory/x, popx).
 */
export const runner: Runner = {
  name: 'pop',
  title: 'pop',
  about: {
    files: '`1_x.up.sql`, `1_x.postgres.up.sql`, `1_x.autocommit.up.sql`',
    transaction: 'one transaction a file; `.autocommit.` in the name: one query',
  },
  historyTables: ['schema_migration'],
  config: /(^|\/)go\.mod$/,
  marker: null,
  claims(path, project) {
    const [, dialect, autocommit] =
      /(?:^|\/)\d+_[^./]+(\.[a-z0-9]+)??(\.autocommit)?\.(?:up|down)\.sql$/.exec(path) ?? []
    if (!/(^|\/)\d+_[^./]+(\.[a-z0-9]+)?(\.autocommit)?\.(up|down)\.sql$/.test(path)) return null
    if (dialect !== undefined || autocommit !== undefined) return 'own'
    return dependency(path, project, /(^|\/)go\.mod$/, inGoMod)
  },
  compare: naturalOrder,
  applied: {
    edited: 'pop does not run it again where it has run',
    removed: 'pop does not undo it where it has run, and new databases lack it',
    renamed: null,
    late: { does: 'runs', words: 'pop runs it after those on databases that have them, and before them on new ones' },
    checksum: false,
    version: leadingVersion,
  },
  read: (file) => [
    sqlMigration(file, {
      runner: 'pop',
      direction: file.path.endsWith('.down.sql') ? 'down' : 'up',
      wrapping: file.path.includes('.autocommit.') ? 'implicit' : 'transaction',
      batch: null,
      optOut: 'a file of its own with `.autocommit` in its name (popx)',
    }),
  ],
}
