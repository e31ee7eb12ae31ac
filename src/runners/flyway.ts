import { refusesTransaction } from '../sql/refuses-transaction.ts'
import type { Statement } from '../sql/statement.ts'
import type { Runner } from './runner.ts'
import { baseName, naturalOrder, sqlMigration } from './sql-file.ts'

/**
 * Flyway wraps each file in a transaction, but not one whose statements all refuse one; a mix of both is an error unless
 * `mixed=true`. `<file>.conf` with `executeInTransaction=false` switches it off for a file.
 */
export const flyway: Runner = {
  name: 'flyway',
  title: 'Flyway',
  config: /\.sql\.conf$|(^|\/)flyway\.(conf|toml)$/,
  marker: null,
  claims: (path) => /(^|\/)([VUB]\d[\d._]*|R)__[^/]+\.sql$/i.test(path),
  compare: (a, b) => kindOrder(a) - kindOrder(b) || naturalOrder(version(a), version(b)) || naturalOrder(a, b),
  read(file, project) {
    const migration = sqlMigration(file, {
      runner: 'flyway',
      direction: /^U/i.test(baseName(file.path)) ? 'down' : 'up',
      wrapping: 'transaction',
      batch: null,
      optOut: `a file of its own, which Flyway then runs outside a transaction, or \`executeInTransaction=false\` in ${baseName(file.path)}.conf`,
    })
    const off = /^\s*executeInTransaction\s*=\s*false\s*$/m.test(project.text(`${file.path}.conf`) ?? '')
    const alone = migration.statements.length > 0 && migration.statements.every(isNonTransactional)
    return [{ ...migration, wrapping: off || alone ? 'autocommit' : 'transaction' }]
  },
}

/** Versioned files first, repeatable ones after them. */
function kindOrder(path: string): number {
  return /^R__/i.test(baseName(path)) ? 1 : 0
}

function version(path: string): string {
  return baseName(path).replace(/__.*$/s, '').slice(1)
}

function isNonTransactional(statement: Statement): boolean {
  return statement.node !== null && refusesTransaction(statement.node) !== null
}
