import { type PostgresServer, startPostgres } from './postgres.ts'

/** One PostgreSQL for all stores of a test file; it ends with the process. */
let server: Promise<PostgresServer> | null = null
let count = 0

/** Connection string of an empty database for a store. */
export async function freshStore(): Promise<string> {
  server ??= startPostgres({ settings: { max_connections: '200' } })
  const running = await server
  const name = `store_${++count}`
  await running.run(`CREATE DATABASE ${name}`)
  const url = new URL(running.url)
  url.pathname = `/${name}`
  return url.toString()
}
