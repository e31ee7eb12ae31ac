/**
 * Holds the effects model against real servers.
 *
 *   npm run truth                            every case on PostgreSQL 13 to 18
 *   npm run truth -- --version 16            on one of them (10, 11 and 12 too)
 *   npm run truth -- --only names-of-func    cases whose file or statement has this text
 *   npm run truth -- --random 2000           random statements, locks and resulting schema compared
 *   npm run truth -- --history FOLDER        a project's migrations from an empty database
 *   npm run truth -- --histories 30          so many migrations of each tool's style, written anew from the seed
 *   npm run truth -- --docs                  the cases, and docs/locks.md written from them
 *
 * What the servers did is written to test/truth/recorded. Exits 1 on a difference from the model or from the records.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadParser } from '../src/sql/parse.ts'
import type { PostgresServer } from '../test/support/postgres.ts'
import { cases } from '../test/truth/cases.ts'
import { runFolder } from '../test/truth/history.ts'
import { styles, writeHistory } from '../test/truth/make-history.ts'
import { asCase, randomRun } from '../test/truth/random-run.ts'
import { keyOf, type Recording, writeRecording } from '../test/truth/recorded.ts'
import { caseRunner } from '../test/truth/run-cases.ts'
import { majors, startMajor } from '../test/truth/servers.ts'
import { type Outcome, page } from './truth-page.ts'

const { values } = parseArgs({
  options: {
    version: { type: 'string', multiple: true },
    only: { type: 'string' },
    random: { type: 'string' },
    seed: { type: 'string' },
    history: { type: 'string', multiple: true },
    histories: { type: 'string' },
    docs: { type: 'boolean' },
  },
})

interface Row {
  statements: number
  differences: number
  note: string
}

await loadParser()
const wanted = values.version?.map(Number) ?? majors
const rows = new Map<number, Row>()
const outcomes = new Map<number, Outcome[]>()
const recording: Recording = { schemas: new Map(), seen: new Map() }
const waiting = [...wanted]
// Two servers at a time: each keeps a core busy with the model on the other side.
await Promise.all([worker(), worker()])
console.table(
  Object.fromEntries([...rows].sort(([a], [b]) => a - b).map(([major, row]) => [`PostgreSQL ${major}`, row])),
)
settleRecording()
if (values.docs) writeFileSync(new URL('../docs/locks.md', import.meta.url), page(outcomes))
if ([...rows.values()].some((row) => row.differences > 0)) process.exitCode = 1

/** Writes what the servers did beside the cases: test/effects/recorded.test.ts reads it without a server. */
function settleRecording(): void {
  if (recording.schemas.size === 0) return
  const whole = values.only === undefined && values.version === undefined
  const changed = writeRecording(recording, whole)
  if (changed.length === 0) return
  console.log(`test/truth/recorded changed, look at the difference and commit it: ${changed.join(', ')}`)
  process.exitCode = 1
}

async function worker(): Promise<void> {
  for (let major = waiting.shift(); major !== undefined; major = waiting.shift()) {
    const server = await startMajor(major)
    try {
      rows.set(major, await compareOn(server, major))
    } finally {
      await server.stop()
    }
  }
}

async function compareOn(server: PostgresServer, major: number): Promise<Row> {
  if (values.random !== undefined) return compareRandom(server, major, Number(values.random))
  if (values.histories !== undefined) return compareMadeHistories(server, major, Number(values.histories))
  if (values.history !== undefined) return compareHistories(server, major, values.history)
  return compareCases(server, major)
}

async function compareCases(server: PostgresServer, major: number): Promise<Row> {
  const runner = await caseRunner(server)
  if (majors.includes(major)) recording.schemas.set(major, await runner.schema())
  const row: Row = { statements: 0, differences: 0, note: '' }
  let unwritten = 0
  const only = values.only?.toLowerCase() ?? ''
  for (const example of cases(major).filter(({ file, sql }) => `${file} ${sql}`.toLowerCase().includes(only))) {
    const { differences, analysis, seen } = await runner.run(example)
    if (seen && majors.includes(major)) {
      const key = keyOf(example)
      recording.seen.set(key, new Map([...(recording.seen.get(key) ?? []), [major, seen]]))
    }
    // The catalogue is written for 13 and newer: what an older server does not parse is no case of its.
    if (major < 13 && (seen?.sqlstate === '42601' || analysis === null)) {
      unwritten++
      continue
    }
    row.statements++
    if (analysis) outcomes.set(major, [...(outcomes.get(major) ?? []), { case: example, analysis }])
    if (differences.length === 0 || example.open) continue
    row.differences++
    tell(major, `${example.file}:${example.line}`, example.sql, differences)
  }
  await runner.end()
  return unwritten > 0 ? { ...row, note: `${unwritten} in newer syntax` } : row
}

/** Runs of 40 statements: long enough for objects to meet, short enough to read when one differs. */
async function compareRandom(server: PostgresServer, major: number, total: number): Promise<Row> {
  const client = await server.connect()
  const row: Row = { statements: 0, differences: 0, note: '' }
  const version = await versionOf(client)
  let succeeded = 0
  for (let seed = Number(values.seed ?? 1); row.statements < total; seed++) {
    const run = await randomRun(client, version, seed, Math.min(40, total - row.statements))
    row.statements += run.statements
    succeeded += run.succeeded
    if (!run.difference) continue
    row.differences++
    tell(major, `seed ${seed}`, run.difference.sql, run.difference.differences)
    console.log(`      as a case of test/truth/cases:\n${asCase(run.difference)}\n`)
  }
  await client.end()
  return { ...row, note: `${succeeded} succeeded` }
}

async function compareHistories(server: PostgresServer, major: number, folders: string[]): Promise<Row> {
  const row: Row = { statements: 0, differences: 0, note: '' }
  let aside = 0
  for (const folder of folders) {
    const result = await runFolder(folder, server)
    row.statements += result.compared
    row.differences += result.differences.length
    aside += result.setAside.length
    for (const { path, line, sql, differences } of result.differences) tell(major, `${path}:${line}`, sql, differences)
  }
  return { ...row, note: `${aside} set aside` }
}

async function compareMadeHistories(server: PostgresServer, major: number, files: number): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'lockcast-histories-'))
  const seed = Number(values.seed ?? 1)
  try {
    const made = Object.keys(styles).map((style) => {
      const own = join(folder, style)
      writeHistory(own, style, { files, seed, serverVersion: major * 10_000 })
      return own
    })
    const row = await compareHistories(server, major, made)
    return { ...row, note: `${made.length * files} files, ${row.note}` }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function versionOf(client: Awaited<ReturnType<PostgresServer['connect']>>): Promise<number> {
  const { rows: found } = await client.query<{ server_version_num: string }>('show server_version_num')
  return Number(found[0]?.server_version_num)
}

function tell(major: number, where: string, sql: string, lines: string[]): void {
  console.log(`${major}  ${where}  ${sql.replace(/\s+/g, ' ').slice(0, 200)}`)
  for (const line of lines) console.log(`      ${line}`)
}
