import { readFileSync } from 'node:fs'
import pg from 'pg'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import type { StatementAnalysis } from '../../src/effects/analyze.ts'
import { readWholeCatalog, wholeDefaults } from '../../src/replica/read-replica.ts'
import { parseOne } from '../../src/sql/parse.ts'
import { refusesTransaction } from '../../src/sql/refuses-transaction.ts'
import type { PostgresServer } from '../support/postgres.ts'
import type { Case } from './cases.ts'
import { compare, judgeAfter, judgeWith } from './compare.ts'
import { type Observation, observe } from './observe.ts'
import type { RecordedSchema } from './recorded.ts'
import { compareWaiting, type Sessions } from './waiting.ts'

/** Runs cases on one server, each on the schema of setup.sql. */
interface CaseRunner {
  /**
   * `seen` is null for what refuses a transaction: that is watched while it waits. `analysis` is null when already the
   * statements before the case fail.
   */
  run(item: Case): Promise<{ seen: Observation | null; analysis: StatementAnalysis | null; differences: string[] }>
  /** The schema of setup.sql as it was read before the first case. */
  schema(): Promise<RecordedSchema>
  end(): Promise<void>
}

export async function caseRunner(server: PostgresServer): Promise<CaseRunner> {
  const admin = await server.connect()
  const connectTo = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: urlOf(server, database) })
    // A server that stops after a failure must not hide it.
    client.on('error', () => {})
    await client.connect()
    return client
  }
  await admin.query('create database template_truth')
  const template = await connectTo('template_truth')
  const { rows } = await template.query<{ major: number }>(
    "select current_setting('server_version_num')::int / 10000 as major",
  )
  await template.query(setupFor(rows[0]?.major ?? 0))
  await template.end()
  let client: pg.Client | null = null
  let snapshot: CatalogSnapshot | null = null
  let untouched: CatalogSnapshot | null = null

  const fresh = async (): Promise<pg.Client> => {
    await client?.end()
    await admin.query('drop database if exists truth')
    await admin.query('create database truth template template_truth')
    client = await connectTo('truth')
    snapshot = null
    return client
  }

  const sessions: Sessions['fresh'] = async () => {
    await admin.query('drop database if exists truth')
    await admin.query('create database truth template template_truth')
    const [blocker, runner, watcher] = [await connectTo('truth'), await connectTo('truth'), await connectTo('truth')]
    const end = async (): Promise<void> => {
      await Promise.all([blocker.end(), runner.end(), watcher.end()])
    }
    return { blocker, runner, watcher, end }
  }

  return {
    run: async ({ before, sql, evolved }) => {
      const connection = client ?? (await fresh())
      untouched ??= await readSnapshot(urlOf(server, 'truth'))
      if (before) {
        const failure = await connection.query(before).then(
          () => null,
          (error: Error) => error.message,
        )
        if (failure !== null) {
          await fresh()
          return { seen: null, analysis: null, differences: [`the statements before it fail: ${failure}`] }
        }
        snapshot = null
      }
      snapshot ??= await readSnapshot(urlOf(server, 'truth'))
      const zone = await connection.query<{ TimeZone: string }>('show timezone')
      if (refusesTransaction(parseOne(sql))) {
        const analysis = judgeWith(sql, snapshot, zone.rows[0]?.TimeZone ?? 'UTC')
        if (analysis.fails) {
          const said = `${analysis.fails.sqlstate} ${analysis.fails.message}`
          const server = await connection.query(sql).then(
            () => 'succeeds',
            (error: pg.DatabaseError) => `${error.code} ${error.message}`,
          )
          await fresh()
          return { seen: null, analysis, differences: server === said ? [] : [`server: ${server}; model: ${said}`] }
        }
        await fresh()
        await client?.end()
        client = null
        const found = await compareWaiting(sql, analysis, { fresh: sessions })
        return { seen: null, analysis, differences: found }
      }
      const seen = await observe(connection, sql)
      const timeZone = zone.rows[0]?.TimeZone ?? 'UTC'
      if (!before) {
        const analysis = judgeWith(sql, snapshot, timeZone)
        return { seen, analysis, differences: compare(analysis, seen) }
      }
      // Both ways to know of what came before: from the server's catalog, and from the statements themselves.
      const read = judgeWith(sql, snapshot, timeZone)
      const told = judgeAfter(before, sql, untouched, timeZone)
      await fresh()
      const differences = [
        ...(evolved ? [] : compare(read, seen)),
        ...compare(told, seen).map((line) => `after the statements before it: ${line}`),
      ]
      return { seen, analysis: evolved ? told : read, differences }
    },
    schema: async () => {
      const connection = client ?? (await fresh())
      untouched ??= await readSnapshot(urlOf(server, 'truth'))
      const { rows: zones } = await connection.query<{ TimeZone: string }>('show timezone')
      return { timeZone: zones[0]?.TimeZone ?? 'UTC', snapshot: untouched }
    },
    end: async () => {
      await client?.end()
      await admin.end()
    },
  }
}

/** The schema of setup.sql without what is not for this major version: `--! from 12` or `--! to 11` above a statement. */
function setupFor(major: number): string {
  const text = readFileSync(new URL('./setup.sql', import.meta.url), 'utf8')
  return text.replace(
    /^--! (from|to) (\d+)\n((?:.*[^;\n]\n)*.*;)$/gm,
    (_all, edge: string, version: string, statement: string) =>
      (edge === 'from' ? major >= Number(version) : major <= Number(version)) ? statement : '',
  )
}

function urlOf(server: PostgresServer, database: string): string {
  const url = new URL(server.url)
  url.pathname = `/${database}`
  return url.href
}

async function readSnapshot(url: string): Promise<CatalogSnapshot> {
  const facts = await readWholeCatalog(url, wholeDefaults)
  if (facts.kind !== 'replica') throw new Error(`the catalog could not be read: ${JSON.stringify(facts)}`)
  return facts.snapshot
}
