import { codeMigrations, unreadableCode } from '../code/code-migrations.ts'
import type { Project, Runner } from '../runner.ts'
import { leadingVersion, naturalOrder } from '../sql-file.ts'
import { readRails } from './read-migration.ts'

const config = /(^|\/)Gemfile\.lock$/
const file = /(^|\/)db\/(?:[\w-]+\/)?(?:\w*migrate|\w*migrations)\/(?:[\w-]+\/)*\d+_\w+(?:\.\w+)?\.rb$/

/**
 * Rails: one transaction a migration unless it says `disable_ddl_transaction!` (ActiveRecord::Migrator#ddl_transaction);
 * each call is a query.
 */
export const runner: Runner = {
  name: 'rails',
  title: 'Rails',
  about: {
    files: '`db/migrate/<version>_<name>.rb`',
    transaction: 'one transaction a file; `disable_ddl_transaction!`: each statement on its own',
  },
  historyTables: ['schema_migrations', 'ar_internal_metadata'],
  config,
  reads: /\.rb$/,
  marker:
    /^\s*class\s+[\w:]+\s*<\s*(?:::)?ActiveRecord::Migration(?:\[[\d."']+\])?\s*(?:#.*)?$(?=[\s\S]*\bdef\s+(?:self\.)?(?:up|down|change)\b)/m,
  claims: (path) => (file.test(path) ? 'own' : null),
  compare: naturalOrder,
  applied: {
    edited: 'Rails does not run it again where it has run',
    removed: 'Rails lists it as NO FILE where it has run, and new databases lack it',
    renamed: null,
    late: { does: 'runs', words: 'Rails runs it after those on databases that have them, and before them on new ones' },
    checksum: false,
    version: leadingVersion,
  },
  read(source, project) {
    const root = /^(.*?)(?:^|\/)?db\//.exec(source.path)?.[1] ?? ''
    const within = (path: string): string => (root === '' ? path : `${root}/${path}`)
    const migration = readRails(source, project, gemVersion(project, within('Gemfile.lock')), (path) =>
      project.text(within(path)),
    )
    const how = { runner: 'rails', batch: null, optOut: '`disable_ddl_transaction!` in a migration of its own' }
    if (migration.kind === 'failed')
      return unreadableCode(source, { ...how, wrapping: 'transaction' }, migration.reason)
    return codeMigrations(
      source,
      { ...how, wrapping: migration.transaction ? 'transaction' : 'autocommit' },
      migration.calls,
    )
  },
}

/** The version of Active Record in a lock file, `7.1` as 71. */
function gemVersion(project: Project, path: string): number | null {
  const version = /^ {4}activerecord \((\d+)\.(\d+)/m.exec(project.text(path) ?? '')
  return version ? Number(version[1]) * 10 + Number(version[2]) : null
}
