import pg from 'pg'
import { readCatalog, readDefaults } from '../src/replica/read-replica.ts'
import { startPostgres } from '../test/support/postgres.ts'

/** The catalog of 50 tables, read from a database of 10,000 tables and 100,000 columns and from one of 50. */
export async function catalogRead(): Promise<void> {
  const server = await startPostgres({ settings: { max_locks_per_transaction: '1024', autovacuum: 'off' } })
  try {
    for (const tables of [50, 10_000]) {
      for (let from = 1; from <= tables; from += 1_000) await server.run(makeTables(from, Math.min(tables, from + 999)))
      for (const name of ['pg_class', 'pg_attribute', 'pg_depend']) await server.run(`VACUUM ANALYZE ${name}`)
      await measure(server.url, tables)
    }
  } finally {
    await server.stop()
  }
}

function makeTables(from: number, to: number): string {
  const columns = Array.from({ length: 8 }, (_, i) => `c${i} text`).join(', ')
  return `DO $$ BEGIN FOR n IN ${from}..${to} LOOP
    EXECUTE format('CREATE TABLE IF NOT EXISTS t_%s (id bigint PRIMARY KEY, parent bigint, ${columns})', n);
  END LOOP; END $$`
}

async function measure(url: string, tables: number): Promise<void> {
  const relations = Array.from({ length: 50 }, (_, i) => ({ schema: null, name: `t_${i + 1}` }))
  let queries = 0
  const query = pg.Client.prototype.query
  const counted = function (this: pg.Client, ...args: unknown[]): unknown {
    if (typeof args[0] === 'object') queries++
    return (query as (...given: unknown[]) => unknown).apply(this, args)
  }
  pg.Client.prototype.query = counted as typeof query
  const times: number[] = []
  const work: number[] = []
  let bytes = 0
  let heap = 0
  for (let run = 0; run < 6; run++) {
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    const cpu = process.cpuUsage()
    const start = performance.now()
    const facts = await readCatalog(url, { relations, cascades: false, code: [] }, readDefaults)
    times.push(performance.now() - start)
    const { user, system } = process.cpuUsage(cpu)
    work.push((user + system) / 1_000)
    // Garbage in it: the most that the reading can have held at once.
    heap = Math.max(heap, process.memoryUsage().heapUsed - before)
    if (facts.kind !== 'replica' || facts.snapshot.relations.length !== 50)
      throw new Error(JSON.stringify(facts).slice(0, 300))
    bytes = JSON.stringify(facts).length
  }
  pg.Client.prototype.query = query
  const sorted = times.slice(1).toSorted((a, b) => a - b)
  console.log(
    `catalog of 50 of ${tables.toLocaleString('en-US')} tables: first ${times[0]?.toFixed(0)} ms, then ${sorted[0]?.toFixed(0)}–${sorted.at(-1)?.toFixed(0)} ms; user and system of this process ${Math.min(...work).toFixed(0)} ms; ${queries / times.length} queries; ${(bytes / 1024).toFixed(0)} kB of facts; heap grows by at most ${(heap / 1024 ** 2).toFixed(1)} MB`,
  )
}
