import type { CatalogSource } from '../github/core.ts'
import { readCatalog, readDefaults } from '../replica/read.ts'

/** A database, and which repositories may be compared with it: said on the server, never by a file in a repository. */
export interface Database {
  name: string
  /** Connection string: never logged. */
  url: string
  /** `owner/name` or `owner/*`. */
  repositories: string[]
}

/** Reads the catalog from the database itself, names looked for where the policy says the migrating session does. */
export function replicaSource({ url }: Database): CatalogSource {
  return (needs, policy) => readCatalog(url, needs, { ...readDefaults, searchPath: policy.session.search_path ?? null })
}

/** Finds the catalog source for `owner/name`; null when no database is listed for it. The first that matches counts. */
export function catalogSources(
  databases: Database[],
  connect: (database: Database) => CatalogSource,
): (repository: string) => CatalogSource | null {
  const sources = databases.map((database) => ({ database, source: connect(database) }))
  return (repository) => {
    const found = sources.find(({ database }) => database.repositories.some((pattern) => allows(pattern, repository)))
    return found?.source ?? null
  }
}

function allows(pattern: string, repository: string): boolean {
  const [wanted, name] = [pattern.toLowerCase(), repository.toLowerCase()]
  return wanted.endsWith('/*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted
}
