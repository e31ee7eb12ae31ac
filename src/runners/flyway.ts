import { type Statement, textOf } from '../sql/statement.ts'
import { dependency } from './dependency.ts'
import { flywayConfig, flywayNames, flywaySetting } from './flyway-settings.ts'
import type { Migration, Project, Runner } from './runner.ts'
import { baseName, naturalOrder, sqlMigration } from './sql-file.ts'

const buildFile = /(^|\/)(?:pom\.xml|build\.gradle(?:\.kts)?|flyway\.(?:conf|toml))$/
const inBuild = /flyway/i

/**
 * Flyway wraps each file in a transaction, but not one that holds a statement it knows to refuse one. A file that mixes
 * both kinds is not run at all, unless `mixed=true` (then without a transaction) or the script's own configuration
 * decides (flyway-core, ParserSqlScript: parse and executeInTransaction). With `group=true` all pending files share one.
 */
export const runner: Runner = {
  name: 'flyway',
  title: 'Flyway',
  about: {
    files: '`V1__x.sql`, `U1__x.sql`, `B1__x.sql`, `R__x.sql`',
    transaction: 'one transaction a file; none where every statement refuses one',
  },
  historyTables: ['flyway_schema_history', 'schema_version'],
  config: flywayConfig,
  marker: null,
  claims(path, project) {
    const isDefault = /(^|\/)(?:[VUB]\d[\d._]*|R)__[^/]+\.sql$/i.test(path)
    if (nameOf(path, project)) {
      // refinery names its files alike.
      if (!isDefault) return 'own'
      if (/(^|\/)src\/(main|test)\//.test(path)) return 'own'
      return dependency(path, project, buildFile, inBuild) ?? 'shape'
    }
    // The usual name where an empty prefix is set in code.
    return isDefault || /(^|\/)\d[\d._]*__[^/]+\.sql$/.test(path) ? 'shape' : null
  },
  compare(a, b, project) {
    const [left, right] = [nameOf(a, project) ?? defaultName(a), nameOf(b, project) ?? defaultName(b)]
    return (
      Number(left.kind === 'R') - Number(right.kind === 'R') ||
      naturalOrder(left.version ?? left.description, right.version ?? right.description) ||
      'BVU'.indexOf(left.kind) - 'BVU'.indexOf(right.kind) ||
      naturalOrder(a, b)
    )
  },
  applied: {
    edited: 'Flyway stops at its next run: the checksum of an applied file has to stay (validate)',
    removed: 'Flyway stops at its next run: a file that was applied has to stay (validate)',
    renamed: 'Flyway stops at its next run: version and description of an applied file have to stay (validate)',
    late: { does: 'refuses', words: 'Flyway stops at its next run, unless `outOfOrder=true`' },
    checksum: true,
    version: (path) => defaultName(path).version,
  },
  read(file, project) {
    const migration = sqlMigration(file, {
      runner: 'flyway',
      direction: (nameOf(file.path, project) ?? defaultName(file.path)).kind === 'U' ? 'down' : 'up',
      wrapping: 'transaction',
      batch: null,
      optOut:
        'a file of its own, which Flyway then runs outside a transaction (with `flyway.postgresql.transactional.lock=false`, or it waits for the lock of Flyway itself)',
    })
    const alone = migration.statements.filter(runsAlone)
    const own = /^\s*executeInTransaction\s*=\s*(true|false)\s*$/m.exec(project.text(`${file.path}.conf`) ?? '')?.[1]
    const mixes = !own && alone.length > 0 && alone.length < migration.statements.length
    // A mix that is not allowed never runs; as a transaction it is reported for the statements that refuse one.
    const refused = mixes && flywaySetting('mixed', project) !== 'true'
    const inTransaction = own
      ? own === 'true'
      : refused || (alone.length === 0 && flywaySetting('executeInTransaction', project) !== 'false')
    return [
      {
        ...migration,
        wrapping: inTransaction ? 'transaction' : 'autocommit',
        batch: inTransaction && flywaySetting('group', project) === 'true' ? 'flyway' : null,
        notes: [...migration.notes, ...(refused ? [mixedNote(migration)] : [])],
      },
    ]
  },
}

function mixedNote(migration: Migration): Migration['notes'][number] {
  const first = migration.statements[0]
  const other = migration.statements.find((statement) => first && runsAlone(statement) !== runsAlone(first))
  return {
    line: other?.line ?? 1,
    message:
      'Flyway refuses a file that mixes statements which run in a transaction with ones which cannot, unless `flyway.mixed=true`: move them to files of their own',
  }
}

interface Name {
  /** Versioned, undo, baseline or repeatable. */
  kind: 'V' | 'U' | 'B' | 'R'
  /** With dots between its parts: V1_2 is 1.2. Null for repeatable files, which run in the order of their description. */
  version: string | null
  description: string
}

/** A file's name as the project's settings read it; null for another name. */
function nameOf(path: string, project: Project): Name | null {
  const { versioned, undo, baseline, repeatable, separator, suffixes } = flywayNames(project)
  const name = baseName(path)
  const suffix = suffixes.find((end) => name.toLowerCase().endsWith(end.toLowerCase()))
  if (suffix === undefined) return null
  const stem = name.slice(0, name.length - suffix.length)
  const kinds = [
    ['R', repeatable],
    ['V', versioned],
    ['U', undo],
    ['B', baseline],
  ] as const
  for (const [kind, prefix] of kinds) {
    if (!stem.toLowerCase().startsWith(prefix.toLowerCase()) || (kind === 'R' && prefix === '')) continue
    const rest = stem.slice(prefix.length)
    const at = rest.indexOf(separator)
    const [version, description] = [rest.slice(0, at), rest.slice(at + separator.length)]
    if (at < 0 || description === '') continue
    if (kind === 'R') {
      if (version === '') return { kind, version: null, description }
    } else if (/^\d+(?:[._]\d+)*$/.test(version)) return { kind, version: version.replaceAll('_', '.'), description }
  }
  return null
}

/** The same by Flyway's defaults, whatever the settings. */
function defaultName(path: string): Name {
  const [, kind = 'V', version = '', description = ''] = /^([VUBR]?)([\d._]*)__(.*)\.\w+$/is.exec(baseName(path)) ?? []
  const known = (kind === '' ? 'V' : kind.toUpperCase()) as Name['kind']
  return { kind: known, version: known === 'R' ? null : version.replaceAll('_', '.'), description }
}

/**
 * Statements that Flyway runs outside a transaction by itself: the patterns of PostgreSQLParser.detectCanExecuteInTransaction.
 * It does not know REINDEX … CONCURRENTLY, REINDEX (…), DETACH PARTITION CONCURRENTLY and CLUSTER; those fail in its
 * transaction.
 */
const patterns =
  /^(?:(?:create|drop) (?:database|tablespace|subscription)|alter system|(?:create|drop)(?: unique)? index concurrently|reindex(?: verbose)? (?:schema|database|system)|vacuum|discard all)\b/i

function runsAlone(statement: Statement): boolean {
  return patterns.test(textOf(statement).slice(0, 200).replace(/\s+/g, ' '))
}
