import { readFile } from 'node:fs/promises'
import { type FileRead, parseProfile, parseSnapshot } from '../catalog/files.ts'
import type { Profile } from '../catalog/profile.ts'
import type { CatalogSource } from '../github/core.ts'
import { readCatalog, readDefaults } from '../replica/read.ts'
import type { CatalogFacts } from '../review/facts.ts'

/** A database, and which repositories may be compared with it: said on the server, never by a file in a repository. */
export interface Database {
  name: string
  /** Where the catalog comes from. A connection string is never logged. */
  from: { kind: 'url'; url: string } | { kind: 'snapshot'; path: string }
  /** The file that `lockcast calibrate` wrote; null without one. */
  profilePath: string | null
  /** `owner/name` or `owner/*`. */
  repositories: string[]
}

/**
 * Reads the catalog from the database itself, names looked for where the policy says the migrating session does; or from
 * the file that `lockcast snapshot` wrote. Files are read each time: a cron may have put new ones there.
 */
export function databaseSource({ name, from, profilePath }: Database): CatalogSource {
  return async (needs, policy) => {
    const facts =
      from.kind === 'url'
        ? await readCatalog(from.url, needs, { ...readDefaults, searchPath: policy.session.search_path ?? null })
        : await snapshotFacts(name, from.path)
    if (profilePath === null || (facts.kind !== 'replica' && facts.kind !== 'snapshot')) return facts
    const profile = await contentOf<Profile>(profilePath, parseProfile)
    if (profile.value) return { ...facts, snapshot: { ...facts.snapshot, profile: profile.value } }
    const warning = `The profile of database ${name} is not used: ${profile.problem}.`
    return { ...facts, snapshot: { ...facts.snapshot, warnings: [...facts.snapshot.warnings, warning] } }
  }
}

async function snapshotFacts(name: string, path: string): Promise<CatalogFacts> {
  const { value, problem } = await contentOf(path, parseSnapshot)
  if (value) return { kind: 'snapshot', snapshot: value }
  return {
    kind: 'unreachable',
    reason: `The snapshot file of database ${name} cannot be used: ${problem}.`,
    retry: 'Hand it over anew, then press Re-run.',
  }
}

/** Paths of the server stay out of comments. */
async function contentOf<T>(path: string, parse: (text: string) => FileRead<T>): Promise<FileRead<T>> {
  try {
    return parse(await readFile(path, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { value: null, problem: code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})` }
  }
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
