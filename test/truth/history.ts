import type pg from 'pg'
import { Catalog } from '../../src/catalog/catalog.ts'
import { judge } from '../../src/effects/judge.ts'
import type { Migration } from '../../src/runners/runner.ts'
import { refusesTransaction } from '../../src/sql/refuses-transaction.ts'
import type { Statement } from '../../src/sql/statement.ts'
import { compare } from './compare.ts'
import { observe } from './observe.ts'

export interface Difference {
  path: string
  line: number
  sql: string
  differences: string[]
}

export interface HistoryResult {
  statements: number
  /** Ran, and were compared. */
  compared: number
  /** The server refused what the model could not know: rows, roles, missing extensions. */
  setAside: Difference[]
  differences: Difference[]
}

/** Failures that hang on rows, roles, files or extensions of the machine, not on the schema. */
const notOfTheSchema = /^(23|22|28|42501|0A000.*extension|58P01|F0000|57014|55P03)/

/**
 * Runs a whole history on an empty database, statement by statement, each in a transaction of its own, and compares what
 * the server does with what the model says at the same place.
 */
export async function runHistory(
  migrations: Migration[],
  client: pg.Client,
  serverVersion: number,
): Promise<HistoryResult> {
  const catalog = new Catalog({ snapshot: null, knowledge: 'read', serverVersion, sizes: {} })
  const result: HistoryResult = { statements: 0, compared: 0, setAside: [], differences: [] }
  for (const migration of migrations) {
    if (migration.direction === 'down') continue
    await client.query('reset all')
    catalog.setSetting('search_path', 'public')
    for (const statement of migration.statements) {
      result.statements++
      await compareOne(statement, migration.path, catalog, client, result)
    }
  }
  return result
}

async function compareOne(
  statement: Statement,
  path: string,
  catalog: Catalog,
  client: pg.Client,
  result: HistoryResult,
): Promise<void> {
  const { node, sql, line } = statement
  if (!node || 'TransactionStmt' in node || ('VariableSetStmt' in node && node.VariableSetStmt.is_local)) return
  const timeZone = 'UTC'
  if (refusesTransaction(node) || 'VariableSetStmt' in node) {
    judge(node, catalog, { timeZone })
    await client.query(sql).catch(() => null)
    return
  }
  const seen = await observe(client, sql, 'commit')
  if (seen.sqlstate && notOfTheSchema.test(seen.sqlstate)) {
    result.setAside.push({ path, line, sql, differences: [`${seen.sqlstate} ${seen.message}`] })
    return
  }
  const judgement = judge(node, catalog, { timeZone })
  result.compared++
  const differences = compare(judgement, seen)
  if (differences.length > 0) result.differences.push({ path, line, sql, differences })
}
