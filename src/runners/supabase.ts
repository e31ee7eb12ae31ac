import type { Statement } from '../sql/statement.ts'
import type { Runner } from './runner.ts'
import { leadingVersion, naturalOrder, sqlMigration } from './sql-file.ts'

/**
 * Supabase CLI: `supabase/migrations/<timestamp>_<name>.sql`, statement by statement between BEGIN and COMMIT. What it knows
 * to refuse a transaction commits what came before and runs by itself (apps/cli/src/legacy/shared/legacy-migration-apply.ts:
 * execMigrationBatch and legacyIsPipelineIncompatible). Versions before that sent the file as one pipeline.
 */
export const runner: Runner = {
  name: 'supabase',
  title: 'Supabase CLI',
  about: {
    files: '`supabase/migrations/<timestamp>_x.sql`',
    transaction: 'one transaction a file; CREATE INDEX CONCURRENTLY, REINDEX CONCURRENTLY, VACUUM run outside',
  },
  historyTables: ['schema_migrations'],
  config: null,
  marker: null,
  claims: (path) => (/(^|\/)supabase\/migrations\/\d+_[^/]*\.sql$/.test(path) ? 'own' : null),
  compare: naturalOrder,
  runsOutside,
  applied: {
    edited: 'Supabase does not run it again where it has run',
    removed: 'Supabase stops at its next push: the database has a migration that the folder lacks',
    renamed: null,
    late: { does: 'refuses', words: 'Supabase stops at its next push, unless it is called with --include-all' },
    checksum: false,
    version: leadingVersion,
  },
  read(file) {
    const migration = sqlMigration(file, {
      runner: 'supabase',
      direction: 'up',
      wrapping: 'transaction',
      batch: null,
      optOut:
        'one of the statements that Supabase CLI runs by themselves (CREATE INDEX CONCURRENTLY, REINDEX CONCURRENTLY, VACUUM), or psql',
    })
    return parts(migration.statements).map(({ statements, alone }, i) => ({
      ...migration,
      statements,
      wrapping: alone ? 'autocommit' : 'transaction',
      notes: i === 0 ? migration.notes : [],
    }))
  },
}

/** Runs of statements that share a transaction, and those that run by themselves; one empty run for an empty file. */
function parts(statements: Statement[]): { statements: Statement[]; alone: boolean }[] {
  const all: { statements: Statement[]; alone: boolean }[] = []
  for (const statement of statements) {
    const alone = runsAlone(statement)
    const last = all.at(-1)
    if (last && !last.alone && !alone) last.statements.push(statement)
    else all.push({ statements: [statement], alone })
  }
  return all.length > 0 ? all : [{ statements: [], alone: false }]
}

const patterns =
  /^(?:create (?:unique )?index concurrently\b|reindex\b.*\sconcurrently\b|vacuum\b|alter system\b|cluster\b)/i

function runsAlone({ sql }: Statement): boolean {
  return sql !== null && runsOutside(sql)
}

function runsOutside(sql: string): boolean {
  return patterns.test(sql.slice(0, 200).replace(/\s+/g, ' '))
}
