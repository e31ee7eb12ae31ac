import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type pg from 'pg'
import type { Profile } from '../src/catalog/profile.ts'
import { defaultPolicy } from '../src/policy/policy.ts'
import { calibrate, calibrateDefaults } from '../src/replica/calibration/run-calibration.ts'
import type { Watch } from '../src/replica/calibration/scratch.ts'
import { readCatalog, readDefaults } from '../src/replica/read-replica.ts'
import { gatherAndReview, reviewCore } from '../src/review/gather-and-review.ts'
import type { Review } from '../src/review/result.ts'
import { readMigrations } from '../src/runners/read-migrations.ts'
import { loadParser } from '../src/sql/parse.ts'
import { type PostgresServer, startPostgres } from '../test/support/postgres.ts'
import { startMajor } from '../test/truth/servers.ts'
import { type Outcome, verdictOn, verdictText, writePage } from './forecast/page.ts'
import { type BenchStatement, statementsFor } from './forecast/statements.ts'
import { type BenchTable, referenced, tables } from './forecast/tables.ts'

/**
 * `npm run bench:forecast [-- VERSION]`: builds tables, calibrates, forecasts real statements, runs them and compares.
 * Writes the table into docs/forecast.md; exits with 1 when the forecasts do not hold.
 */

/** Durable as in production: what PostgreSQL does by itself. */
const settings = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' }

const asked = process.argv[2] === undefined ? null : Number(process.argv[2])

await loadParser()
const server = asked === null ? await startPostgres({ settings }) : await startMajor(asked, settings)
try {
  const client = await server.connect()
  await build(client)
  const profile = await calibrated(server)
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const watch = watchOf(rows[0]?.pid ?? 0)
  const outcomes: Outcome[] = []
  for (const table of tables) {
    for (const statement of statementsFor(table)) {
      const outcome = await tried(client, watch, server, profile, table, statement)
      outcomes.push(outcome)
      console.log(line(outcome))
    }
    await client.query(`DROP TABLE ${table.name}`)
  }
  const verdict = verdictOn(outcomes)
  const version = (await client.query<{ version: string }>("SELECT current_setting('server_version') AS version"))
    .rows[0]
  console.log(`PostgreSQL ${version?.version}: ${verdictText(verdict)}`)
  writePage(outcomes, version?.version ?? '', `${availableParallelism()} processors`)
  if (!verdict.holds) process.exitCode = 1
  await client.end()
} finally {
  await server.stop()
}

async function build(client: pg.Client): Promise<void> {
  const start = performance.now()
  await client.query(referenced)
  for (const table of tables) await client.query(table.sql)
  await client.query('CREATE DATABASE scratch')
  await client.query('VACUUM ANALYZE')
  await client.query('CHECKPOINT')
  console.log(`${tables.length} tables built in ${((performance.now() - start) / 1_000).toFixed(0)} s`)
}

async function calibrated({ url }: PostgresServer): Promise<Profile> {
  const start = performance.now()
  const result = await calibrate({
    databaseUrl: url,
    scratchUrl: url.replace(/\/postgres$/, '/scratch'),
    limits: calibrateDefaults,
    progress: () => {},
    watch: watchOf,
  })
  if (result.kind !== 'calibrated') throw new Error(result.reason)
  console.log(`calibrated in ${((performance.now() - start) / 1_000).toFixed(1)} s`)
  return result.profile
}

async function tried(
  client: pg.Client,
  watch: Watch,
  { url }: PostgresServer,
  profile: Profile,
  table: BenchTable,
  statement: BenchStatement,
): Promise<Outcome> {
  const { lowMs, highMs } = await forecast(url, profile, statement.sql)
  const runs: number[] = []
  const again = (): boolean => runs.length < (statement.once ? 1 : 3) && (runs.length === 0 || (runs[0] ?? 0) < 500)
  while (again()) runs.push(await timed(client, watch, statement))
  if (statement.once) await client.query(`VACUUM ANALYZE ${table.name}`)
  return { table, family: statement.family, lowMs, highMs, truthMs: Math.min(...runs), runs }
}

async function forecast(url: string, profile: Profile, sql: string): Promise<{ lowMs: number; highMs: number }> {
  const policy = { ...defaultPolicy, migrations: [{ paths: '1.sql', runner: 'plain', transaction: 'none' as const }] }
  const migrations = readMigrations(
    [{ path: '1.sql', text: `${sql};`, problem: null }],
    { paths: new Set(['1.sql']), text: () => null },
    policy,
  )
  const reviewed = await gatherAndReview(
    {
      migrations,
      policy,
      catalog: async (needs) => {
        const facts = await readCatalog(url, needs, readDefaults)
        return facts.kind === 'replica' ? { ...facts, snapshot: { ...facts.snapshot, profile } } : facts
      },
      base: null,
      postgresVersion: null,
      now: null,
      activity: null,
      code: async () => null,
      history: null,
      disclosure: 'exact',
      skipped: [],
    },
    reviewCore,
  )
  return workOf(reviewed)
}

/** The whole statement: the work on all its relations, as findings tell it. */
function workOf(reviewed: Review): { lowMs: number; highMs: number } {
  const [statement] = reviewed.files[0]?.statements ?? []
  if (!statement || statement.fails || statement.unknown) throw new Error(JSON.stringify(statement ?? reviewed))
  const forecasts = statement.effects.flatMap((effect) =>
    effect.forecast && effect.forecast.reasons.length > 0 ? [effect.forecast] : [],
  )
  return {
    lowMs: forecasts.reduce((sum, item) => sum + item.lowMs, 0),
    highMs: forecasts.reduce((sum, item) => sum + item.highMs, 0),
  }
}

/** Undone at the end, so that the next statement finds the table as it was. */
async function timed(client: pg.Client, watch: Watch, { sql, stays }: BenchStatement): Promise<number> {
  if (!stays) await client.query('BEGIN')
  const seconds = watch()
  await client.query(sql)
  const taken = seconds() * 1_000
  if (!stays) await client.query('ROLLBACK')
  return taken
}

/**
 * The time on the wall less that in which the server process stood ready and other programs of this machine had its
 * processor, as Linux counts it; elsewhere the time on the wall.
 */
function watchOf(pid: number): Watch {
  const waited = (): number => {
    try {
      return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e9
    } catch {
      return 0
    }
  }
  return () => {
    const [start, before] = [performance.now(), waited()]
    return () => (performance.now() - start) / 1_000 - (waited() - before)
  }
}

function line({ table, family, lowMs, highMs, truthMs, runs }: Outcome): string {
  const verdict = truthMs < lowMs ? 'SHORTER' : truthMs > highMs ? 'LONGER' : ''
  const times = [lowMs, truthMs, highMs].map((ms) => Math.round(ms).toString().padStart(7))
  return `${table.name.padEnd(13)} ${family.padEnd(22)} ${times.join('')}  ${(truthMs / Math.sqrt(lowMs * highMs)).toFixed(2)} ${runs.length} ${verdict}`
}
