import { type Statement, textOf } from '../sql/statement.ts'
import type { Migration, Project, Runner } from './runner.ts'
import { baseName, naturalOrder, sqlMigration } from './sql-file.ts'

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
  config: /\.sql\.conf$|(^|\/)flyway\.(conf|toml)$/,
  marker: null,
  claims: (path) => (/(^|\/)([VUB]\d[\d._]*|R)__[^/]+\.sql$/i.test(path) ? 'own' : null),
  compare: (a, b) =>
    Number(isRepeatable(a)) - Number(isRepeatable(b)) ||
    naturalOrder(version(a), version(b)) ||
    kindOrder(a) - kindOrder(b) ||
    naturalOrder(a, b),
  applied: {
    edited: 'Flyway stops at its next run: the checksum of an applied file has to stay (validate)',
    removed: 'Flyway stops at its next run: a file that was applied has to stay (validate)',
    renamed: 'Flyway stops at its next run: version and description of an applied file have to stay (validate)',
    late: { does: 'refuses', words: 'Flyway stops at its next run, unless `outOfOrder=true`' },
    checksum: true,
    version: (path) => (isRepeatable(path) ? null : version(path)),
  },
  read(file, project) {
    const migration = sqlMigration(file, {
      runner: 'flyway',
      direction: /^U/i.test(baseName(file.path)) ? 'down' : 'up',
      wrapping: 'transaction',
      batch: null,
      optOut:
        'a file of its own, which Flyway then runs outside a transaction (with `flyway.postgresql.transactional.lock=false`, or it waits for the lock of Flyway itself)',
    })
    const alone = migration.statements.filter(runsAlone)
    const own = /^\s*executeInTransaction\s*=\s*(true|false)\s*$/m.exec(project.text(`${file.path}.conf`) ?? '')?.[1]
    const mixes = !own && alone.length > 0 && alone.length < migration.statements.length
    // A mix that is not allowed never runs; as a transaction it is reported for the statements that refuse one.
    const refused = mixes && setting('mixed', project) !== 'true'
    const inTransaction = own
      ? own === 'true'
      : refused || (alone.length === 0 && setting('executeInTransaction', project) !== 'false')
    return [
      {
        ...migration,
        wrapping: inTransaction ? 'transaction' : 'autocommit',
        batch: inTransaction && setting('group', project) === 'true' ? 'flyway' : null,
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

/** A setting of the project's flyway.conf or flyway.toml, or null. Only where all those files agree it is known. */
function setting(name: string, project: Project): string | null {
  const pattern = new RegExp(`^\\s*(?:flyway\\.)?${name}\\s*=\\s*"?(\\w+)"?\\s*$`, 'm')
  const values = configs(project).map((text) => pattern.exec(text)?.[1] ?? null)
  return values.every((value) => value === values[0]) ? (values[0] ?? null) : null
}

/** Texts of flyway.conf and flyway.toml, looked for once for each project: a project has thousands of paths. */
const known = new WeakMap<Project, string[]>()

function configs(project: Project): string[] {
  const before = known.get(project)
  if (before) return before
  const texts = [...project.paths]
    .filter((path) => /(^|\/)flyway\.(conf|toml)$/.test(path))
    .map((path) => project.text(path) ?? '')
  known.set(project, texts)
  return texts
}

function isRepeatable(path: string): boolean {
  return /^R__/i.test(baseName(path))
}

/** A baseline replaces all files up to its version; an undo file reverts its version. */
function kindOrder(path: string): number {
  return 'BVU'.indexOf(baseName(path).charAt(0).toUpperCase())
}

/** Parts are separated by dots or underscores; V1_2 is V1.2. Repeatable files run in the order of their description. */
function version(path: string): string {
  const name = baseName(path)
  return isRepeatable(path) ? name : name.replace(/__.*$/s, '').slice(1).replaceAll('_', '.')
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
