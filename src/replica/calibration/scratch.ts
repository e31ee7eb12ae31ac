import type { PartName } from '../../catalog/profile.ts'

/** Runs one statement and returns how long it took, in seconds. */
type Timed = (sql: string) => Promise<number>

/** Starts a watch on the working server process; it returns the seconds since. */
export type Watch = () => () => number

/** Seconds for one unit of each part, and the share by which one more worker speeds up an index build; null when none came. */
export interface ScratchRates {
  parts: Record<Exclude<PartName, 'read at random'>, number>
  workerGain: number | null
}

/** Bytes of the wide table's value: from 508 on an index compresses it. */
const wideBytes = 480

/**
 * Measures each part in tables of our own, in a schema made for it in a scratch database: real statements, and the
 * differences between them. About 60 MB of disk and a few seconds.
 */
export async function measureScratch(
  run: (sql: string) => Promise<void>,
  ask: (sql: string) => Promise<number>,
  watch: Watch,
  narrowRows: number,
  progress: (words: string) => void,
): Promise<ScratchRates> {
  const [wideRows, fewRows] = [narrowRows / 5, narrowRows / 10]
  const timed: Timed = async (sql) => {
    const seconds = watch()
    await run(sql)
    return seconds()
  }
  /** The shortest of three runs: disturbances only make a run longer. */
  const best = async (sql: string, undo: string): Promise<number> => {
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < 3; i++) {
      least = Math.min(least, await timed(sql))
      await run(undo)
    }
    return least
  }

  progress('filling tables')
  await run(`SET max_parallel_workers_per_gather = 0; SET max_parallel_maintenance_workers = 0;
    SET maintenance_work_mem = '256MB'; SET work_mem = '64MB'`)
  const narrow = `SELECT i AS id, 1 + abs(hashint8(i)::bigint) % ${narrowRows} AS k, md5(i::text) AS t, NULL::int AS n FROM generate_series(1::bigint, ${narrowRows}) i`
  const wide = `SELECT i AS id, repeat(md5(i::text), ${wideBytes / 32}) AS t FROM generate_series(1::bigint, ${wideRows}) i`
  await run(`CREATE TABLE s AS ${narrow}`)
  await run(`CREATE TABLE w AS ${wide}`)
  await run(`CREATE UNLOGGED TABLE wu AS SELECT * FROM w`)
  await run(`CREATE TABLE r (id bigint PRIMARY KEY)`)
  await run(`INSERT INTO r SELECT id FROM s`)
  await run(`VACUUM ANALYZE s`)
  await run(`VACUUM ANALYZE w`)
  await run(`VACUUM ANALYZE r`)
  const bytesOf = (relation: string) => ask(`SELECT pg_relation_size('${relation}')`)
  const [sBytes, wBytes, rBytes] = [await bytesOf('s'), await bytesOf('w'), await bytesOf('r')]

  progress('reading')
  const scanS = await best('SELECT count(*) FROM s', 'SELECT 1')
  const scanW = await best('SELECT count(*) FROM w', 'SELECT 1')
  // Two tables of different density: one equation for the pages and one for the rows.
  const walk = positive((scanS - (scanW * sBytes) / wBytes) / (narrowRows - (wideRows * sBytes) / wBytes), 10e-9)
  const read = positive((scanW - wideRows * walk) / wBytes, 0.05e-9)
  const scan = (bytes: number, rows: number): number => bytes * read + rows * walk
  const slow =
    (await ask("SELECT current_setting('server_version_num')::int")) >= 130_000
      ? 'gen_random_uuid()'
      : 'md5(random()::text)'
  const check = await best('ALTER TABLE s ADD CONSTRAINT c CHECK (n IS NULL)', 'ALTER TABLE s DROP CONSTRAINT c')
  const call = positive((await best(`SELECT count(${slow}) FROM r`, 'SELECT 1')) / narrowRows, 50e-9)

  progress('rewriting tables')
  // The cast is binary-free and cheap, so what remains is forming and writing rows.
  const rewrite = (table: string, column: string, type: string, back: string) =>
    best(`ALTER TABLE ${table} ALTER ${column} TYPE ${type}`, `ALTER TABLE ${table} ALTER ${column} TYPE ${back}`)
  const rewriteS = await rewrite('s', 'n', 'bigint', 'int')
  const rewriteW = await rewrite('w', 'id', 'int', 'bigint')
  const rewriteU = await rewrite('wu', 'id', 'int', 'bigint')
  const wal = positive((rewriteW - rewriteU) / wBytes, 0.2e-9)
  const writing = (total: number, bytes: number, rows: number): number => total - scan(bytes, rows) - bytes * wal
  const [newS, newW] = [writing(rewriteS, sBytes, narrowRows), writing(rewriteW, wBytes, wideRows)]
  const writeRow = positive((newS - (newW * sBytes) / wBytes) / (narrowRows - (wideRows * sBytes) / wBytes), 100e-9)
  const writeByte = positive((newW - wideRows * writeRow) / wBytes, 0.2e-9)

  progress('building indexes')
  const build = (on: string, using = '') => best(`CREATE INDEX i ON ${on}${using}`, 'DROP INDEX i')
  const inOrder = await build('s (id)')
  const random = await build('s (k)')
  const texts = await build('s (t)')
  const wideKeys = await build('w (t)')
  await run('CREATE INDEX i_id ON s (id)')
  await run('CREATE INDEX i_t ON s (t)')
  await run('CREATE INDEX i_w ON w (t)')
  const [idBytes, tBytes, wideIndex] = [await bytesOf('i_id'), await bytesOf('i_t'), await bytesOf('i_w')]
  await run('DROP INDEX i_id, i_t, i_w')
  const compared = (rows: number): number => rows * Math.log2(rows)
  const sort = positive((random - inOrder) / compared(narrowRows), 2e-9)
  const indexByte = positive(
    (wideKeys - scan(wBytes, wideRows) - (inOrder - scan(sBytes, narrowRows)) * (wideRows / narrowRows)) / wideIndex -
      wal,
    0.2e-9,
  )
  const formKey = positive((inOrder - scan(sBytes, narrowRows) - idBytes * (indexByte + wal)) / narrowRows, 50e-9)
  const sortText = positive((texts - inOrder - (tBytes - idBytes) * (indexByte + wal)) / compared(narrowRows), sort)
  await run(`SET maintenance_work_mem = '1MB'`)
  const spilled = await build('s (k)')
  await run(`SET maintenance_work_mem = '64MB'; RESET max_parallel_maintenance_workers`)
  const together = await build('s (k)')
  const workers = await ask(`SELECT least(1, current_setting('max_parallel_maintenance_workers')::int)`)

  progress('updating, inserting and deleting')
  await run('CREATE TABLE s1 AS SELECT * FROM s')
  await run('CREATE INDEX s1_k ON s1 (k)')
  await run('CREATE INDEX s1_t ON s1 (t)')
  await run('CREATE TABLE s2 AS SELECT * FROM s')
  await run('CREATE TABLE e (id bigint, k bigint, t text, n int)')
  await run('CREATE TABLE f (id bigint REFERENCES r, k bigint, t text, n int)')
  await run(`CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`)
  const updatePlain = await timed('UPDATE s2 SET n = 1')
  const updateIndexed = await timed('UPDATE s1 SET n = 1')
  const remove = await timed('DELETE FROM s2')
  const few = `WHERE id <= ${fewRows}`
  const insertAll = await best('INSERT INTO e SELECT * FROM s', 'TRUNCATE e')
  const insertFew = await best(`INSERT INTO e SELECT * FROM s ${few}`, 'TRUNCATE e')
  const insertReferring = await best(`INSERT INTO f SELECT * FROM s ${few}`, 'TRUNCATE f')
  await run('CREATE TRIGGER pass BEFORE INSERT ON e FOR EACH ROW EXECUTE FUNCTION pass()')
  const insertFiring = await best(`INSERT INTO e SELECT * FROM s ${few}`, 'TRUNCATE e')
  const key = await best(
    'ALTER TABLE s ADD CONSTRAINT k FOREIGN KEY (k) REFERENCES r',
    'ALTER TABLE s DROP CONSTRAINT k',
  )
  const written = sBytes * (writeByte + wal)
  return {
    parts: {
      'read heap': read,
      'walk rows': walk,
      evaluate: positive((check - scan(sBytes, narrowRows)) / narrowRows, 10e-9),
      'call function': call,
      sort,
      'sort text': sortText,
      spill: positive((spilled - random) / (narrowRows * 24), 0.2e-9),
      'form keys': formKey,
      'write index': indexByte,
      'write rows': writeRow,
      'write heap': writeByte,
      'write WAL': wal,
      'insert rows': positive((insertAll - scan(sBytes, narrowRows) - written) / narrowRows, 200e-9),
      'update rows': positive((updatePlain - scan(sBytes, narrowRows) - written) / narrowRows, 300e-9),
      'delete rows': positive((remove - scan(2 * sBytes, narrowRows)) / narrowRows, 200e-9),
      'add index entries': positive((updateIndexed - updatePlain) / (2 * narrowRows), 300e-9),
      'look up in hash': positive(
        (key - scan(sBytes, narrowRows) - scan(rBytes, narrowRows)) / (2 * narrowRows),
        30e-9,
      ),
      'look up by index': positive((insertReferring - insertFew) / fewRows, 500e-9),
      'fire triggers': positive((insertFiring - insertFew) / fewRows, 200e-9),
    },
    workerGain: workers > 0 ? Math.min(1, Math.max(0, random / together - 1)) : null,
  }
}

/** A difference of two measurements may come out at nothing or below: then the least that such a part was ever seen to take. */
function positive(seconds: number, least: number): number {
  return Number.isFinite(seconds) ? Math.max(seconds, least) : least
}
