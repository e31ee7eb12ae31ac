import pg from 'pg'
import { Catalog } from '../../src/catalog/catalog.ts'
import { collect } from '../../src/cli/files.ts'
import { analyzeStatement } from '../../src/effects/analyze.ts'
import { defaultPolicy } from '../../src/policy/policy.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import type { Migration } from '../../src/runners/runner.ts'
import { refusesTransaction } from '../../src/sql/refuses-transaction.ts'
import type { Statement } from '../../src/sql/statement.ts'
import type { PostgresServer } from '../support/postgres.ts'
import { compare } from './compare.ts'
import { observe } from './observe.ts'
import { schemaDifferences, serverSchema } from './schema.ts'

interface Difference {
  path: string
  line: number
  sql: string
  differences: string[]
}

interface HistoryResult {
  statements: number
  /** Ran, and were compared. */
  compared: number
  /** The server refused what the model could not know: rows, roles, missing extensions. */
  setAside: Difference[]
  differences: Difference[]
}

/** What this server does not parse (placeholders of the runner, newer syntax), roles and publications of the machine. */
const notOfTheModel =
  /^syntax error|^(role|tablespace|extension|text search configuration|language) "|extension control file|^could not open/

/** Failures that hang on rows, roles, files or extensions of the machine, not on the schema. */
const notOfTheSchema = /^(23|22|28|42501|0A000.*extension|58P01|F0000|57014|55P03)/

/** The migrations of a folder, read as `lockcast review --from-empty` reads them, on a database of their own. */
export async function runFolder(folder: string, server: PostgresServer): Promise<HistoryResult> {
  const { files, project } = collect([folder], defaultPolicy)
  const admin = await server.connect()
  await admin.query('drop database if exists history')
  await admin.query('create database history')
  const url = new URL(server.url)
  url.pathname = '/history'
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  try {
    const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version")
    return await runHistory(readMigrations(files, project, defaultPolicy), client, Number(rows[0]?.version))
  } finally {
    await client.end()
    await admin.end()
  }
}

/**
 * Runs a whole history on an empty database, statement by statement, each in a transaction of its own, and compares what
 * the server does with what the model says at the same place.
 */
async function runHistory(migrations: Migration[], client: pg.Client, serverVersion: number): Promise<HistoryResult> {
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
    if (result.differences.length > 0) continue
    const differences = schemaDifferences(await serverSchema(client), catalog)
    if (differences.length > 0) {
      result.differences.push({ path: migration.path, line: 0, sql: 'the schema after the file', differences })
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
    analyzeStatement(node, catalog, { timeZone })
    await client.query(sql).catch(() => null)
    return
  }
  const seen = await observe(client, sql, 'commit')
  if (seen.sqlstate && (notOfTheSchema.test(seen.sqlstate) || notOfTheModel.test(seen.message ?? ''))) {
    result.setAside.push({ path, line, sql, differences: [`${seen.sqlstate} ${seen.message}`] })
    return
  }
  const analysis = analyzeStatement(node, catalog, { timeZone })
  result.compared++
  const differences = compare(analysis, seen)
  if (differences.length > 0) result.differences.push({ path, line, sql, differences })
}
