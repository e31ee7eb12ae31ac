import { parse } from 'pg-connection-string'
import { UsageError } from './errors.ts'

/** Where a connection string leads: for messages, without its password. */
interface DatabaseAddress {
  host: string
  port: string
  database: string
  role: string
}

/**
 * Reads a connection string as libpq does. Throws a {@link UsageError} that names the option when it is no PostgreSQL URL.
 *
 * `option`: the option or variable that holds it.
 */
export function databaseAddress(url: string, option: string): DatabaseAddress {
  if (!/^postgres(ql)?:\/\//.test(url) && !url.startsWith('/') && !url.startsWith('socket:')) {
    throw new UsageError(`${option}: this is not a PostgreSQL URL: write it as postgres://role@host:5432/database`)
  }
  try {
    const { host, port, database, user } = parse(url)
    return {
      host: host || process.env.PGHOST || 'localhost',
      port: port || process.env.PGPORT || '5432',
      database: database || process.env.PGDATABASE || user || '',
      role: user || process.env.PGUSER || '',
    }
  } catch {
    throw new UsageError(`${option}: this URL cannot be read: write it as postgres://role@host:5432/database`)
  }
}

/**
 * A failed connection as one line: where, as whom, the server's own words, and the way out. The password of the
 * connection string is never part of it.
 */
export function connectionProblem(url: string, option: string, error: unknown, advice: string): string {
  const { host, port, database, role } = databaseAddress(url, option)
  const words = error instanceof Error && error.message !== '' ? `: ${withoutPassword(error.message, url)}` : ''
  const login = role === '' ? '' : ` as ${role}`
  return `the database ${database} on ${host} port ${port}${login} cannot be read${words}. ${advice}`
}

function withoutPassword(message: string, url: string): string {
  const secrets = [parse(url).password, /:\/\/[^/@]*:([^@]*)@/.exec(url)?.[1]]
  return secrets.reduce<string>(
    (text, secret) => (secret ? text.replaceAll(secret, '…') : text),
    message.replace(/\s+/g, ' ').trim(),
  )
}
