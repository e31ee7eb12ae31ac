import type { Node } from '@pgsql/types'
import type { Migration, Runner } from './runner.ts'
import { naturalOrder, sqlMigration } from './sql-file.ts'

/** SQL files that no tool claims; the policy names them and their transaction. */
export const runner: Runner = {
  name: 'plain',
  title: 'plain SQL',
  about: {
    files: '`.sql` files in folders for migrations, and what the policy names',
    transaction: 'one transaction a file, unless the policy says `transaction: none`',
  },
  historyTables: [],
  config: null,
  marker: null,
  claims: (path) => (/(^|\/)(migrations?|migrate)\/(.*\/)?[^/]+\.sql$/.test(path) ? 'folder' : null),
  compare: naturalOrder,
  applied: {
    edited: 'Databases that ran it keep what it did then, and new ones get what it says now',
    removed: 'Databases that ran it keep what it did, and new ones lack it',
    renamed: null,
    late: { does: 'runs', words: 'It comes after those on databases that have them, and before them on new ones' },
    checksum: false,
    version: () => null,
  },
  read: (file) => [
    withOwnTransaction(
      sqlMigration(file, {
        runner: 'plain',
        direction: /[._-](down|undo|revert|rollback)\.sql$/i.test(file.path) ? 'down' : 'up',
        wrapping: 'transaction',
        batch: null,
        optOut: 'a file of its own that is run without one (the policy’s `transaction: none` says which)',
      }),
    ),
  ],
}

/** A file that opens and ends its transaction by itself is run by something that opens none. */
function withOwnTransaction(migration: Migration): Migration {
  const kinds = migration.statements.flatMap(({ node }) => (node ? [controlOf(node)] : []))
  const first = kinds.find((kind) => kind !== 'sets')
  const opens = first === 'TRANS_STMT_BEGIN' || first === 'TRANS_STMT_START'
  return opens && kinds.includes('TRANS_STMT_COMMIT') ? { ...migration, wrapping: 'autocommit' } : migration
}

function controlOf(node: Node): string | null {
  if ('VariableSetStmt' in node) return 'sets'
  return 'TransactionStmt' in node ? (node.TransactionStmt.kind ?? null) : null
}
