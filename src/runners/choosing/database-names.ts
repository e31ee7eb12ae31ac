/** Databases that migrations of the same repository may be for, by the words that folders, files and settings have for them. */

/** PostgreSQL, and what runs its server. */
const postgres = new Set([
  'postgres',
  'postgresql',
  'pg',
  'psql',
  'pgsql',
  'postgis',
  'timescale',
  'timescaledb',
  'psycopg2',
  'psycopg',
  'asyncpg',
  'pgx',
  'pgnative',
  'postgresjs',
  'nodepostgres',
  'pglite',
  'neon',
  'supabase',
  'citus',
  'aurorapostgresql',
])

/** Others, by their names; a word that is also an ordinary one is no proof by itself. */
const others: Readonly<Record<string, { title: string; ordinary?: true }>> = {
  mysql: { title: 'MySQL' },
  mysql2: { title: 'MySQL' },
  mysql8: { title: 'MySQL' },
  trilogy: { title: 'MySQL', ordinary: true },
  mysqldb: { title: 'MySQL' },
  pymysql: { title: 'MySQL' },
  mariadb: { title: 'MariaDB' },
  singlestore: { title: 'SingleStore' },
  planetscale: { title: 'MySQL', ordinary: true },
  tidb: { title: 'TiDB' },
  sqlite: { title: 'SQLite' },
  sqlite3: { title: 'SQLite' },
  bettersqlite3: { title: 'SQLite' },
  libsql: { title: 'SQLite' },
  turso: { title: 'SQLite', ordinary: true },
  d1: { title: 'SQLite', ordinary: true },
  spatialite: { title: 'SQLite' },
  clickhouse: { title: 'ClickHouse' },
  mssql: { title: 'SQL Server' },
  sqlserver: { title: 'SQL Server' },
  tedious: { title: 'SQL Server', ordinary: true },
  oracle: { title: 'Oracle', ordinary: true },
  oracledb: { title: 'Oracle' },
  h2: { title: 'H2' },
  hsqldb: { title: 'HSQLDB' },
  derby: { title: 'Derby', ordinary: true },
  db2: { title: 'Db2', ordinary: true },
  cockroach: { title: 'CockroachDB' },
  cockroachdb: { title: 'CockroachDB' },
  crdb: { title: 'CockroachDB' },
  cassandra: { title: 'Cassandra' },
  scylla: { title: 'Scylla' },
  mongo: { title: 'MongoDB', ordinary: true },
  mongodb: { title: 'MongoDB' },
  snowflake: { title: 'Snowflake', ordinary: true },
  bigquery: { title: 'BigQuery' },
  redshift: { title: 'Redshift', ordinary: true },
  spanner: { title: 'Spanner', ordinary: true },
  duckdb: { title: 'DuckDB' },
  vertica: { title: 'Vertica' },
  firebird: { title: 'Firebird', ordinary: true },
  informix: { title: 'Informix' },
  sybase: { title: 'Sybase' },
}

/** The database that a word names. `ordinary`: the word also means something else. */
type NamedDatabase = { kind: 'postgres' } | { kind: 'other'; title: string; ordinary: boolean }

/** The database that a word of a path or a setting names; null for any other word. */
export function databaseNamed(word: string): NamedDatabase | null {
  const key = word.toLowerCase().replace(/[-_.\s]/g, '')
  if (postgres.has(key)) return { kind: 'postgres' }
  const other = Object.hasOwn(others, key) ? others[key] : undefined
  return other ? { kind: 'other', title: other.title, ordinary: other.ordinary ?? false } : null
}

/** Every word for a database, for looking for a folder beside. */
export const databaseWords: readonly string[] = [...postgres, ...Object.keys(others)]
