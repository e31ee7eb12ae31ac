import type { Session } from '../session.ts'
import type { Watch } from './scratch.ts'

/** The time to read samples of the biggest tables, in seconds for one unit. */
export interface SampleRates {
  /** By the first reading: from wherever the pages were. */
  firstByte: number
  /** By the second reading of the same pages, which are in memory by then. */
  secondByte: number
  row: number
  /** A comparison of the sort of a sample; null when no table has an integer key. */
  sort: number | null
  /** How much was read, for the reader of the command's last line. */
  tables: number
  bytes: number
}

export interface SampleLimits {
  /** For all samples together, ms. */
  total: number
  /** For all samples together. */
  bytes: number
}

interface Candidate {
  name: string
  bytes: number
  /** An integer column to sort by; null without one. */
  key: string | null
}

/**
 * Reads samples of pages (`TABLESAMPLE SYSTEM`) of the biggest tables that the role may SELECT, counting only: no value
 * leaves the server. Null when there is no table of at least 1 MB. A table that somebody locks is passed over.
 */
export async function measureSamples(
  session: Session,
  limits: SampleLimits,
  watch: Watch,
  progress: (words: string) => void,
): Promise<SampleRates | null> {
  const candidates = await session.ask<Candidate>(biggest, [])
  const end = performance.now() + limits.total
  const budget = limits.bytes / Math.max(1, candidates.length)
  const read: { bytes: number; rows: number; first: number; second: number }[] = []
  let sorting: { seconds: number; comparisons: number } | null = null
  for (const candidate of candidates) {
    if (performance.now() > end) break
    progress(`sampling ${candidate.name}`)
    const sampleOf = (bytes: number): string =>
      `${candidate.name} TABLESAMPLE SYSTEM (${Math.min(100, (bytes / candidate.bytes) * 100).toFixed(6)}) REPEATABLE (1)`
    // A little first: a slow disk must not make the whole sample take longer than its share of the time.
    const [trial] = await runs(session, watch, `SELECT count(*)::float8 FROM ${sampleOf(budget / 20)}`, 1)
    if (!trial) continue
    const share = limits.total / 1_000 / candidates.length / 8
    const bytes = Math.min(candidate.bytes, budget, (budget / 20) * Math.max(1, share / Math.max(trial.seconds, 1e-4)))
    const sample = sampleOf(bytes)
    const [first, ...more] = await runs(session, watch, `SELECT count(*)::float8 FROM ${sample}`, 3)
    if (!first || more.length < 2) continue
    const second = Math.min(...more.map(({ seconds }) => seconds))
    read.push({ bytes, rows: first.rows, first: first.seconds, second })
    if (sorting || !candidate.key || first.rows < 10_000) continue
    // A hash of the key: a key that comes from a sequence lies in order, and the sort would see that.
    const sorted = `SELECT count(*)::float8 FROM (SELECT hashint8(${candidate.key}) FROM ${sample} ORDER BY 1) AS sorted`
    const times = (await runs(session, watch, sorted, 2)).map(({ seconds }) => seconds)
    if (times.length === 2)
      sorting = { seconds: Math.min(...times) - second, comparisons: first.rows * Math.log2(first.rows) }
  }
  if (read.length === 0) return null
  const row = perRow(read.map(({ bytes, rows, second }) => ({ bytes, rows, seconds: second })))
  const bytes = sum(read.map((item) => item.bytes))
  const rows = sum(read.map((item) => item.rows))
  const byte = (seconds: number): number => Math.max(0.02e-9, (seconds - rows * row) / bytes)
  return {
    firstByte: byte(sum(read.map(({ first }) => first))),
    secondByte: byte(sum(read.map(({ second }) => second))),
    row: row * ofSample,
    sort: sorting && sorting.seconds > 0 ? sorting.seconds / sorting.comparisons : null,
    tables: read.length,
    bytes,
  }
}

/** A sample looks at each row on its own, a scan at a page at once: measured on 17, 48 ns a row against 35. */
const ofSample = 0.7

/** The biggest tables first, each partition on its own; names quoted by the server. */
const biggest = `
SELECT json_build_object(
  'name', format('%I.%I', n.nspname, c.relname),
  'bytes', pg_relation_size(c.oid),
  'key', (
    SELECT format('%I', a.attname) FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('int4'::regtype, 'int8'::regtype)
    ORDER BY a.attnum LIMIT 1
  )
)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
  AND c.relpages >= 128
  AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.relation = c.oid AND l.mode = 'AccessExclusiveLock')
ORDER BY c.relpages DESC LIMIT 5`

/** The same query again and again, until it fails for a lock. */
async function runs(
  session: Session,
  watch: Watch,
  sql: string,
  times: number,
): Promise<{ seconds: number; rows: number }[]> {
  const all: { seconds: number; rows: number }[] = []
  for (let i = 0; i < times; i++) {
    const seconds = watch()
    const answer = await session.attempt<number>(sql, [])
    if (!answer) break
    all.push({ seconds: seconds(), rows: answer[0] ?? 0 })
  }
  return all
}

/**
 * Seconds a row, from tables of different density by least squares over bytes and rows; where they are all alike, half
 * of the time is taken to be the rows'.
 */
function perRow(read: { bytes: number; rows: number; seconds: number }[]): number {
  const [bb, br, rr, bs, rs] = read.reduce(
    ([bb, br, rr, bs, rs], { bytes, rows, seconds }) => [
      bb + bytes * bytes,
      br + bytes * rows,
      rr + rows * rows,
      bs + bytes * seconds,
      rs + rows * seconds,
    ],
    [0, 0, 0, 0, 0] as [number, number, number, number, number],
  )
  const determinant = bb * rr - br * br
  const solved = (bb * rs - br * bs) / determinant
  const mean = sum(read.map(({ seconds }) => seconds)) / Math.max(1, sum(read.map(({ rows }) => rows)))
  const alike = determinant < bb * rr * 0.05
  return alike || !Number.isFinite(solved) || solved <= 0 ? mean / 2 : Math.min(solved, mean)
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
