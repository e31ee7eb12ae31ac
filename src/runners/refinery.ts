import { dependency } from './dependency.ts'
import type { Runner } from './runner.ts'
import { baseName, naturalOrder, sqlMigration } from './sql-file.ts'

const inCargo = /^\s*(?:\[.*dependencies\.)?refinery\b/m

/**
 * refinery: `V1__x.sql` in the order of versions, `U1__x.sql` also forward, in any order; each in one transaction with the
 * insert into its history (its README, "By default, refinery runs each migration in a single transaction").
 */
export const runner: Runner = {
  name: 'refinery',
  title: 'refinery',
  about: {
    files: '`V1__x.sql` and `U1__x.sql` of a crate that depends on refinery',
    transaction: 'one transaction a file',
  },
  historyTables: ['refinery_schema_history'],
  config: /(^|\/)Cargo\.toml$/,
  marker: null,
  claims(path, project) {
    if (!/(^|\/)[UV]\d+__[^/]+\.sql$/.test(path)) return null
    return dependency(path, project, /(^|\/)Cargo\.toml$/, inCargo)
  },
  compare: (a, b) => naturalOrder(numbered(a), numbered(b)),
  applied: {
    edited: 'refinery stops at its next run: an applied migration is divergent',
    removed: 'refinery stops at its next run: an applied migration is missing',
    renamed: 'refinery stops at its next run: an applied migration is divergent',
    late: { does: 'skips', words: 'refinery runs no versioned file below the last one applied' },
    checksum: true,
    version: (path) => /^[UV](\d+)__/.exec(baseName(path))?.[1] ?? null,
  },
  read: (file) => [
    sqlMigration(file, { runner: 'refinery', direction: 'up', wrapping: 'transaction', batch: null, optOut: null }),
  ],
}

/** U and V share one sequence of numbers. */
function numbered(path: string): string {
  return baseName(path).slice(1)
}
