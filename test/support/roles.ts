import { readFileSync } from 'node:fs'
import type { PostgresServer } from './postgres.ts'

/** The first SQL block of a page of docs/: what it tells an administrator to run. */
export function sqlOf(page: string): string {
  const [first] = sqlBlocks(page)
  if (!first) throw new Error(`docs/${page} has no SQL`)
  return first
}

export function sqlBlocks(page: string): string[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
  return [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, block]) => block ?? '')
}

/** The server's connection string for another role. */
export function urlAs(server: PostgresServer, role: string, password: string): string {
  const url = new URL(server.url)
  url.username = role
  url.password = password
  return url.href
}
