import type { CatalogFacts } from '../review/facts.ts'
import type { Limits } from './session.ts'

export type Unreachable = Extract<CatalogFacts, { kind: 'unreachable' }>

/**
 * Explains a failed reading: what it means and what to do about it.
 *
 * Only codes are looked at. Texts of errors are never passed on: they can hold the host, the role and the whole
 * connection string.
 */
export function unreachable(error: unknown, late: 'connect' | 'total' | null, limits: Limits): Unreachable {
  if (late === 'connect') return outcome(`The database did not answer within ${limits.connect / 1000} s.`, network)
  if (late === 'total') return outcome(`The catalog could not be read within ${limits.total / 1000} s.`, load)
  const { code, message } = described(error)
  const known = (code && byCode[code]) || byMessage.find(([pattern]) => pattern.test(message))?.[1]
  if (known) return outcome(...known)
  const tls = code && /^(ERR_(SSL|TLS)_|CERT_|EPROTO)/.test(code)
  if (tls) return outcome(...badCertificate)
  return outcome(
    `The database could not be read${code && /^[A-Z0-9_]+$/.test(code) ? ` (${code})` : ''}.`,
    'See the log of the database server, then run the review again.',
  )
}

/** The version is too old for the queries. */
export function tooOld(serverVersion: number): Unreachable {
  return outcome(
    `The server is PostgreSQL ${Math.floor(serverVersion / 10_000)}; Lockcast reads the catalogs of 10 and newer.`,
    'Write the catalog to a file by other means, or review without a database.',
  )
}

const network =
  'Check that the server runs and that its address, port and firewall let Lockcast in, then run the review again.'
const load = 'Run the review again when the server is less busy, or give it another replica.'
const login = 'Check the role, its password and pg_hba.conf, then run the review again.'
const certificate = 'Check sslmode and sslrootcert in the database URL, then run the review again.'
const again = 'Run the review again.'

const badCertificate: [string, string] = [
  'The TLS connection to the database could not be made or trusted.',
  certificate,
]
const wrongLogin: [string, string] = ['The database rejects the role or its password.', login]
const broken: [string, string] = ['The connection to the database broke.', again]
const noHost: [string, string] = ['The host name in the database URL cannot be resolved.', network]
const noWay: [string, string] = ['The database server cannot be reached over the network.', network]

/** By Node's error code or the server's SQLSTATE. */
const byCode: Record<string, [string, string]> = {
  ECONNREFUSED: ['The database server refuses connections.', network],
  ENOTFOUND: noHost,
  EAI_AGAIN: noHost,
  EHOSTUNREACH: noWay,
  ENETUNREACH: noWay,
  ETIMEDOUT: noWay,
  ECONNRESET: broken,
  EPIPE: broken,
  ENOENT: ['A certificate file or socket that the database URL names does not exist.', certificate],
  EACCES: ['A certificate file or socket that the database URL names may not be read.', certificate],
  ERR_INVALID_URL: ['The database URL is not a valid one.', 'Write it as postgres://role@host:5432/database.'],
  DEPTH_ZERO_SELF_SIGNED_CERT: badCertificate,
  SELF_SIGNED_CERT_IN_CHAIN: badCertificate,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: badCertificate,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: badCertificate,
  '28P01': wrongLogin,
  '28000': wrongLogin,
  '3D000': ['The database named in the URL does not exist.', 'Correct the database name, then run the review again.'],
  '08P01': ['The server or its pooler rejects the connection.', login],
  '42501': ['The role may not read the system catalogs.', 'Give it the grants that docs/replica.md lists.'],
  '53300': ['The database server has no connection left.', load],
  '57P01': broken,
  '57P02': broken,
  '57P03': ['The database server is starting up or shutting down.', again],
  '57014': [
    'A query of the catalog took longer than the statement_timeout in force and was cancelled.',
    `Give the reading role a longer one (ALTER ROLE … SET statement_timeout), or: ${load}`,
  ],
  '55P03': ['A lock on the system catalogs was not given up in time.', again],
  '25P03': broken,
  '40001': ['The standby cancelled the reading because it conflicted with replay.', again],
  '40P01': ['The standby cancelled the reading because it conflicted with replay.', again],
}

/** Messages of `pg` itself, which have no code. */
const byMessage: [RegExp, [string, string]][] = [
  [/does not support SSL/, ['The server does not offer TLS, which the database URL asks for.', certificate]],
  [/error establishing an SSL/, badCertificate],
  [/sslmode|sslrootcert|SSL modes/i, badCertificate],
  [/SASL|password/i, wrongLogin],
  [/Connection terminated|Connection ended/, broken],
  [
    /Invalid port|Invalid URL/i,
    ['The database URL is not a valid one.', 'Write it as postgres://role@host:5432/database.'],
  ],
]

function outcome(reason: string, retry: string): Unreachable {
  return { kind: 'unreachable', reason, retry }
}

function described(error: unknown): { code: string | null; message: string } {
  if (!(error instanceof Error)) return { code: null, message: '' }
  return { code: 'code' in error && typeof error.code === 'string' ? error.code : null, message: error.message }
}
