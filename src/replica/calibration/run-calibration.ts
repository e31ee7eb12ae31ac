import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Profile } from '../../catalog/profile.ts'
import { configuration, type Limits, readOnly } from '../session.ts'
import { type Unreachable, unreachable } from '../unreachable.ts'
import { profileFrom } from './measured-profile.ts'
import { measureSamples, type SampleLimits, type SampleRates } from './sample.ts'
import { measureScratch, type ScratchRates, type Watch } from './scratch.ts'

interface CalibrateOptions {
  databaseUrl: string
  /** A database in which tables may be made and dropped; null: the parts that write stay those of cloud disks. */
  scratchUrl: string | null
  limits: Limits & { samples: SampleLimits; scratchRows: number }
  progress: (words: string) => void
  /** Measures the processor time of a server process, by its id; null uses wall-clock time. */
  watch: ((pid: number) => Watch) | null
}

/** A few seconds and at most 256 MB read. */
export const calibrateDefaults: CalibrateOptions['limits'] = {
  connect: 5_000,
  statement: 3_000,
  lock: 500,
  total: 15_000,
  samples: { total: 6_000, bytes: 256 * 1024 ** 2 },
  scratchRows: 200_000,
}

type Calibrated =
  | { kind: 'calibrated'; profile: Profile; tables: number; bytes: number }
  | { kind: 'nothing'; reason: string }
  | Unreachable

/**
 * Measures the speed of the hardware: samples of the biggest tables by the role's SELECT, also on a standby, in a read-only
 * transaction; and, in the scratch database, tables of our own. Never throws on errors of the server or the network.
 */
export async function calibrate(options: CalibrateOptions): Promise<Calibrated> {
  const { databaseUrl, scratchUrl, limits, progress } = options
  const watchOf = options.watch ?? (() => wall)
  const read = await readOnly(databaseUrl, limits, async (session) => {
    const [server] = await session.ask<{ at: string; version: number; pid: number }>(
      `SELECT json_build_object('pid', pg_backend_pid(), 'version', current_setting('server_version_num')::int,
        'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))`,
      [],
    )
    // Parallel readers would measure several processors at once.
    await session.attempt(`SELECT set_config('max_parallel_workers_per_gather', '0', true)`, [])
    return { server, samples: await measureSamples(session, limits.samples, watchOf(server?.pid ?? 0), progress) }
  })
  if (read.kind === 'unreachable') return read
  const { server, samples } = read.value
  if (!samples && scratchUrl === null) {
    const reason = 'no table of 1 MB or more that this role may SELECT was there to be measured'
    return { kind: 'nothing', reason: `${reason}: grant SELECT on a big one, or give --scratch-url` }
  }
  const scratch = scratchUrl === null ? null : await inScratch(scratchUrl, limits, watchOf, progress)
  if (scratch && 'kind' in scratch) return scratch
  return {
    kind: 'calibrated',
    profile: profileFrom({ takenAt: server?.at ?? '', serverVersion: server?.version ?? 0, samples, scratch }),
    ...sampleSize(samples),
  }
}

function sampleSize(samples: SampleRates | null): { tables: number; bytes: number } {
  return { tables: samples?.tables ?? 0, bytes: samples?.bytes ?? 0 }
}

/** The clock on the wall. */
const wall: Watch = () => {
  const start = performance.now()
  return () => (performance.now() - start) / 1_000
}

/** In a separate schema, which is dropped at the end whatever happens. */
async function inScratch(
  url: string,
  limits: CalibrateOptions['limits'],
  watchOf: (pid: number) => Watch,
  progress: (words: string) => void,
): Promise<ScratchRates | Unreachable> {
  const schema = `lockcast_calibration_${randomBytes(4).toString('hex')}`
  const path = `${schema}, pg_catalog`
  const client = new pg.Client({
    ...configuration(url),
    application_name: 'lockcast',
    connectionTimeoutMillis: limits.connect,
    // As startup parameters, which a pooler refuses or ignores: a SET would stay in a session that applications share.
    options: `-c statement_timeout=20s -c search_path=${path.replace(' ', '\\ ')}`,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ search_path: string }>('SHOW search_path')
    if (rows[0]?.search_path !== path) return ofScratch(behindPooler)
    await client.query(`CREATE SCHEMA ${schema}`)
    const ask = async (sql: string): Promise<number> => {
      const { rows } = await client.query<[string]>({ text: sql, rowMode: 'array' })
      return Number(rows[0]?.[0] ?? 0)
    }
    try {
      const watch = watchOf(await ask('SELECT pg_backend_pid()'))
      return await measureScratch(
        async (sql) => void (await client.query(sql)),
        ask,
        watch,
        limits.scratchRows,
        progress,
      )
    } finally {
      await client.query(`DROP SCHEMA ${schema} CASCADE`).catch(() => {})
    }
  } catch (error) {
    return ofScratch(scratchRefusal(error) ?? unreachable(error, null, limits))
  } finally {
    await client.end().catch(() => {})
  }
}

function ofScratch(outcome: Unreachable): Unreachable {
  return { ...outcome, reason: `The scratch database: ${outcome.reason}` }
}

const behindPooler: Unreachable = {
  kind: 'unreachable',
  reason: 'it takes no settings for one session, as behind a pooler (or its URL has options of its own).',
  retry: 'Name the address of the server itself.',
}

/**
 * SQLSTATE protocol_violation: how PgBouncer refuses startup parameters. insufficient_privilege and
 * read_only_sql_transaction: the role may not write there.
 */
function scratchRefusal(error: unknown): Unreachable | null {
  const { code } = error as { code?: string }
  if (code === '08P01') return behindPooler
  if (code !== '42501' && code !== '25006') return null
  const reason = code === '42501' ? 'its role may not create a schema there.' : 'it is read-only, as a standby is.'
  return { kind: 'unreachable', reason, retry: 'Name a database in which tables may be made and dropped.' }
}
