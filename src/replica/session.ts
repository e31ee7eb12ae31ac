import { Socket } from 'node:net'
import pg from 'pg'
import { type Unreachable, unreachable } from './unreachable.ts'

/** Limits of one reading, all in milliseconds. */
export interface Limits {
  /** From the first packet to a session that answers. */
  connect: number
  /** For one query. */
  statement: number
  /** How long a query waits behind somebody's ACCESS EXCLUSIVE before it goes without that table. */
  lock: number
  /** For everything, from connecting to the last row. */
  total: number
}

/** One query's rows: each is the JSON value of its only column. */
export type Ask = <Row>(sql: string, values: unknown[]) => Promise<Row[]>

export interface Session {
  ask: Ask
  /** As `ask`, but a query that fails leaves the transaction usable; null when it waited too long for a lock. */
  attempt<Row>(sql: string, values: unknown[]): Promise<Row[] | null>
  /** From here on names are printed with their schema, whatever the role's search path. */
  qualifyNames(): Promise<void>
}

/**
 * Runs `work` in one read-only REPEATABLE READ transaction of one connection.
 *
 * A statement_timeout of the role that is shorter than ours stays: whoever set it meant it.
 *
 * Works through PgBouncer in transaction mode: nothing outlives the transaction (SET LOCAL), no prepared statement has a
 * name, and the timeouts are not startup parameters, which PgBouncer refuses.
 */
export async function readOnly<T>(
  connection: string | pg.ClientConfig,
  limits: Limits,
  work: (session: Session) => Promise<T>,
  onFailure: (error: unknown) => void = () => {},
): Promise<{ kind: 'read'; value: T } | Unreachable> {
  // A socket of our own: the only way to leave a server that accepts and is silent.
  const socket = new Socket()
  let late: 'connect' | 'total' | null = null
  const leaveAfter = (milliseconds: number, reason: 'connect' | 'total') =>
    setTimeout(() => {
      late = reason
      socket.destroy()
    }, milliseconds)
  const timers = [leaveAfter(limits.connect, 'connect'), leaveAfter(limits.total, 'total')]
  let client: pg.Client | null = null
  try {
    client = new pg.Client({ ...configuration(connection), application_name: 'lockcast', stream: () => socket })
    // Errors of an idle connection come as events; the next query rejects with it.
    client.on('error', () => {})
    await client.connect()
    clearTimeout(timers[0])
    const value = await inTransaction(client, limits, work)
    return { kind: 'read', value }
  } catch (error) {
    onFailure(error)
    return unreachable(error, late, limits)
  } finally {
    await client?.end().catch(() => {})
    socket.destroy()
    for (const timer of timers) clearTimeout(timer)
  }
}

async function inTransaction<T>(client: pg.Client, limits: Limits, work: (session: Session) => Promise<T>): Promise<T> {
  await client.query(
    `BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
     SELECT pg_catalog.set_config('statement_timeout', least(nullif(setting::bigint, 0), ${limits.statement})::text, true)
       FROM pg_catalog.pg_settings WHERE name = 'statement_timeout';
     SET LOCAL lock_timeout = ${limits.lock};
     SET LOCAL idle_in_transaction_session_timeout = ${limits.total}`,
  )
  const ask: Ask = async <Row>(sql: string, values: unknown[]) => {
    const { rows } = await client.query<[Row]>({ text: sql, values, rowMode: 'array' })
    return rows.map(([row]) => row)
  }
  const attempt = async <Row>(sql: string, values: unknown[]): Promise<Row[] | null> => {
    await client.query('SAVEPOINT lockcast')
    try {
      return await ask<Row>(sql, values)
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || !passing.has(error.code ?? '')) throw error
      await client.query('ROLLBACK TO SAVEPOINT lockcast')
      return null
    }
  }
  const qualifyNames = async () => {
    await client.query('SET LOCAL search_path = pg_catalog')
  }
  const value = await work({ ask, attempt, qualifyNames })
  await client.query('COMMIT')
  return value
}

/**
 * lock_not_available; and what the definition functions say of a table that was dropped after our snapshot was taken:
 * internal_error ("could not open relation with OID", "cache lookup failed") or undefined_table.
 */
const passing = new Set(['55P03', 'XX000', '42P01'])

/** `sslmode` means what it means to psql; `pg` alone would read `require` as `verify-full` and warn on stderr. */
export function configuration(connection: string | pg.ClientConfig): pg.ClientConfig {
  if (typeof connection !== 'string') return connection
  const named = /[?&]sslmode=/.test(connection) && !/[?&]uselibpqcompat=/.test(connection)
  return { connectionString: named ? `${connection}&uselibpqcompat=true` : connection }
}
