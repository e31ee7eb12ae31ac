import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { blockedBy } from '../../src/effects/model/lock-modes.ts'
import type { Example, ObservedDanger } from '../../src/hazards/example.ts'
import { readWholeCatalog, wholeDefaults } from '../../src/replica/read-replica.ts'
import type { Finding, Review } from '../../src/review/result.ts'
import { exampleMigrations, withFigures } from '../../src/review/run-example.ts'
import type { Migration } from '../../src/runners/runner.ts'
import type { PostgresServer } from './postgres.ts'

/** Runs the examples of hazards on a real server and watches what they do. One example at a time. */
export class Stage {
  readonly #server: PostgresServer
  readonly #watcher: pg.Client

  private constructor(server: PostgresServer, watcher: pg.Client) {
    this.#server = server
    this.#watcher = watcher
  }

  static async on(server: PostgresServer): Promise<Stage> {
    const watcher = await server.connect()
    await watcher.query(`SET lock_timeout = '40ms'; SET client_min_messages = error`)
    return new Stage(server, watcher)
  }

  async end(): Promise<void> {
    await this.#watcher.end()
  }

  /** Makes what the example says stands before, in place of what stood for another. */
  async set(example: Example): Promise<void> {
    await this.#watcher.query(clean)
    // A database can be made in no transaction, and several statements in one query are one.
    if (/CREATE DATABASE/.test(example.before))
      for (const name of example.before.split(';')) await this.#watcher.query(name)
    else await this.#watcher.query(example.before)
    for (const index of example.invalid ?? [])
      await this.#watcher.query('UPDATE pg_index SET indisvalid = false WHERE indexrelid = $1::regclass', [index])
  }

  /** The catalog as the replica reader reads it, with the example's figures. */
  async catalog(example: Example): Promise<CatalogSnapshot> {
    const facts = await readWholeCatalog(this.#server.url, wholeDefaults)
    if (facts.kind !== 'replica') throw new Error('the catalog could not be read')
    return withFigures(facts.snapshot, example)
  }

  /** What a bad example did, as the server showed it; `nothing` when it did not show what was to be seen. */
  async see(seen: ObservedDanger, example: Example, finding: Finding, reviewed: Review): Promise<string> {
    switch (seen) {
      case 'blocks':
        return this.#blocks(example, finding, reviewed)
      case 'queues':
        return this.#queues(example, finding, reviewed)
      case 'loses':
        return this.#loses(example)
      case 'grows':
        return this.#grows(example, finding)
      case 'fails': {
        const { codes, notices } = await this.run(example)
        const application = example.application === undefined ? null : await this.#codeOf(example.application)
        return `fails with ${[...codes, ...notices, ...(application === null ? [] : [application])].join(', ') || 'nothing'}`
      }
      case 'breaks':
      case 'admits': {
        const { application = '' } = example
        const before = await this.#codeOf(application)
        const { codes } = await this.run(example)
        if (codes.length > 0) return `nothing: the migration fails with ${codes.join(', ')}`
        const after = await this.#codeOf(application)
        return seen === 'breaks' && before === null && after !== null
          ? `breaks with ${after}`
          : seen === 'admits' && before !== null && after === null
            ? `admits what failed with ${before}`
            : `nothing: the application's statement gives ${before} before and ${after} after`
      }
      case 'runs': {
        const { codes } = await this.run(example)
        return codes.length === 0 ? 'runs' : `nothing: the migration fails with ${codes.join(', ')}`
      }
    }
  }

  /** Runs the migrations of a direction as their runners do; the SQLSTATEs of errors and warnings, and of notices. */
  async run(
    example: Example,
    direction: Migration['direction'] = 'up',
  ): Promise<{ codes: string[]; notices: string[] }> {
    return this.runAll(exampleMigrations(example).filter((migration) => migration.direction === direction))
  }

  async runAll(migrations: Migration[]): Promise<{ codes: string[]; notices: string[] }> {
    const client = await this.#server.connect()
    const [codes, notices]: [string[], string[]] = [[], []]
    client.on('notice', ({ code, severity }) => (severity === 'WARNING' ? codes : notices).push(code ?? ''))
    try {
      for (const text of migrations.flatMap(queriesOf)) await client.query(text)
    } catch (error) {
      codes.push((error as pg.DatabaseError).code ?? String(error))
    } finally {
      await client.end()
    }
    return { codes, notices }
  }

  async #blocks(example: Example, finding: Finding, reviewed: Review): Promise<string> {
    const last = Math.max(finding.line, ...finding.related.map(({ line }) => line))
    const statements = reviewed.files.flatMap((file) =>
      file.path === finding.path ? file.statements.filter(({ line }) => line <= last) : [],
    )
    const at = statements.find(({ line }) => line === finding.line)
    const client = await this.#server.connect()
    try {
      await this.#runBefore(example, finding, client)
      let open = false
      for (const statement of statements) {
        const opens: boolean =
          !open && (statement.transaction === null ? statement === at : statement.transaction === at?.transaction)
        if (opens) await client.query('BEGIN')
        open ||= opens
        await client.query(statement.source)
      }
      const held = statements.filter(
        (statement) =>
          statement === at || (statement.transaction !== null && statement.transaction === at?.transaction),
      )
      const relations = new Set([finding.relation, ...finding.related.map(({ relation }) => relation)])
      const seen: string[] = []
      for (const relation of relations) {
        if (relation === null) continue
        const waits = await this.#waiting(relation)
        const own = held.flatMap(({ effects }) => effects.filter((effect) => effect.relation === relation))
        const said = new Set(own.flatMap(({ forecast, lock }) => forecast?.blocks ?? blockedBy(lock)))
        const wrong = (['reads', 'writes'] as const).filter(
          (kind) => own[0]?.kind !== 'materialized view' && said.has(kind) !== waits.includes(kind),
        )
        if (wrong.length > 0) return `nothing: of ${relation} ${waits.join(' and ') || 'nothing'} waits, not as said`
        if (waits.length > 0) seen.push(`blocks ${waits.join(' and ')} of ${relation}`)
        else if (await this.#waits(`SELECT FROM ${relation} FOR UPDATE`)) seen.push(`blocks rows of ${relation}`)
      }
      const { application } = example
      if (application && (await this.#waits(application))) seen.push(`blocks ${application}`)
      return seen.join(', ') || 'nothing waits'
    } finally {
      await client.end()
    }
  }

  async #queues(example: Example, finding: Finding, reviewed: Review): Promise<string> {
    const relation = finding.relation ?? ''
    const statement = reviewed.files
      .find(({ path }) => path === finding.path)
      ?.statements.find(({ line }) => line === finding.line)
    const effect = statement?.effects.find((item) => item.relation === relation)
    const kind = effect?.forecast?.blocks.includes('reads') === false ? 'writes' : 'reads'
    const [reader, client] = [await this.#server.connect(), await this.#server.connect()]
    try {
      await this.#runBefore(example, finding, client)
      await reader.query('BEGIN')
      await reader.query(kind === 'reads' ? `SELECT FROM ${relation} LIMIT 0` : `DELETE FROM ${relation} WHERE false`)
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      const running = client.query(statement?.sql ?? '').catch((error: unknown) => error)
      const waits = (await this.#isBlocked(rows[0]?.pid ?? 0)) && (await this.#waiting(relation)).includes(kind)
      await reader.query('ROLLBACK')
      await running
      return waits ? `queues ${kind} of ${relation}` : 'nothing waits'
    } finally {
      await Promise.all([reader.end(), client.end()])
    }
  }

  /** The table's bytes before, and with the migration done and not committed: what was there stays until then. */
  async #grows(example: Example, { relation }: Finding): Promise<string> {
    const bytes = async (sql: string): Promise<number> =>
      Number((await this.#watcher.query<{ bytes: string }>(`SELECT ${sql} AS bytes`)).rows[0]?.bytes)
    const table = await bytes(`pg_total_relation_size('${relation}')`)
    const before = await bytes('pg_database_size(current_database())')
    const client = await this.#server.connect()
    try {
      const texts = exampleMigrations(example).flatMap(queriesOf)
      for (const text of texts) if (text !== 'COMMIT') await client.query(text)
      const more = (await bytes('pg_database_size(current_database())')) - before
      return more > table / 2
        ? `grows by ${more} bytes, ${table} before`
        : `nothing: ${more} bytes more, ${table} before`
    } finally {
      await client.end()
    }
  }

  /** Everything of the files before the finding's, and in its own file everything before its statement. */
  async #runBefore(example: Example, finding: Finding, client: pg.Client): Promise<void> {
    for (const migration of exampleMigrations(example)) {
      if (migration.path === finding.path) return
      for (const text of queriesOf(migration)) await client.query(text)
    }
  }

  async #loses(example: Example): Promise<string> {
    const down = exampleMigrations(example).some((migration) => migration.direction === 'down')
    if (down) {
      await this.run(example)
      if (example.application) await this.#watcher.query(example.application)
    }
    const before = await this.#contents()
    const { codes } = await this.run(example, down ? 'down' : 'up')
    if (codes.length > 0) return `nothing: the migration fails with ${codes.join(', ')}`
    const after = await this.#contents()
    const lost = [...before].filter(([name, { count, digest }]) => {
      const now = after.get(name)
      return count > 0 && (!now || now.count < count || (now.count === count && now.digest !== digest))
    })
    if (lost.length > 0) return `loses ${lost.map(([name]) => name).join(', ')}`
    return JSON.stringify([...before]) === JSON.stringify([...after]) ? 'loses what it did' : 'nothing is lost'
  }

  /** Values that are not null and a digest of them, by `schema.table.column`. */
  async #contents(): Promise<Map<string, { count: number; digest: string }>> {
    const { rows } = await this.#watcher.query<{ name: string; sql: string }>(
      `SELECT format('%s.%s.%s', n.nspname, c.relname, a.attname) AS name,
        format('SELECT count(%1$I)::int AS count, md5(coalesce(string_agg(%1$I::text, '','' ORDER BY %1$I::text), '''')) AS digest FROM %2$I.%3$I', a.attname, n.nspname, c.relname) AS sql
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname !~ '^pg_|^information_schema' AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL SELECT 'database ' || datname, 'SELECT 1 AS count, '''' AS digest' FROM pg_database ORDER BY 1`,
    )
    const found = new Map<string, { count: number; digest: string }>()
    for (const { name, sql } of rows) {
      const [one] = (await this.#watcher.query<{ count: number; digest: string }>(sql)).rows
      if (one) found.set(name, one)
    }
    return found
  }

  async #waiting(relation: string): Promise<('reads' | 'writes')[]> {
    const reads = await this.#waits(`SELECT FROM ${relation} LIMIT 0`)
    const writes = await this.#waits(`DELETE FROM ${relation} WHERE false`)
    return [...(reads ? ['reads' as const] : []), ...(writes ? ['writes' as const] : [])]
  }

  async #waits(sql: string): Promise<boolean> {
    return (await this.#codeOf(sql)) === '55P03'
  }

  async #isBlocked(pid: number): Promise<boolean> {
    for (let attempt = 0; attempt < 400; attempt++) {
      const { rows } = await this.#watcher.query<{ by: number[] }>('SELECT pg_blocking_pids($1) AS by', [pid])
      if ((rows[0]?.by.length ?? 0) > 0) return true
      await sleep(5)
    }
    return false
  }

  /** The SQLSTATE of a statement that is undone at once; null when it works. */
  async #codeOf(sql: string): Promise<string | null> {
    await this.#watcher.query('BEGIN')
    try {
      await this.#watcher.query(sql)
      return null
    } catch (error) {
      return (error as pg.DatabaseError).code ?? String(error)
    } finally {
      await this.#watcher.query('ROLLBACK')
    }
  }
}

/** The texts that the runner sends, one after another. */
function queriesOf({ wrapping, statements }: Migration): string[] {
  const texts = statements.map(({ sql, source }) => sql ?? source)
  if (wrapping === 'implicit') return [texts.join(';\n')]
  return wrapping === 'transaction' ? ['BEGIN', ...texts, 'COMMIT'] : texts
}

/** An empty database again: a drop takes 5 ms, a new database ten times as long. */
const clean = `DO $$
DECLARE one name;
BEGIN
  FOR one IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', one);
  END LOOP;
  FOR one IN SELECT pubname FROM pg_publication LOOP EXECUTE format('DROP PUBLICATION %I', one); END LOOP;
  CREATE SCHEMA public;
END $$`
