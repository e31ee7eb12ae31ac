import { readFile } from 'node:fs/promises'
import { type FileRead, parseProfile, parseSnapshot } from '../catalog/catalog-files.ts'
import type { Profile } from '../catalog/profile.ts'
import type { CatalogSource, RepositoryDatabase } from '../github/core.ts'
import type { Policy } from '../policy/policy.ts'
import { activityMemory } from '../replica/activity-memory.ts'
import { activityDefaults } from '../replica/read-activity.ts'
import { readCatalog, readDefaults } from '../replica/read-replica.ts'
import type { CatalogFacts, Needs } from '../review/facts.ts'
import { type Connections, withBreaker } from './database-breaker.ts'

/** A database, and which repositories may be compared with it: said on the server, never by a file in a repository. */
export interface Database {
  name: string
  /** Where the catalog comes from. A connection string is never logged. */
  from: { kind: 'url'; url: string } | { kind: 'snapshot'; path: string }
  /** The file that `lockcast calibrate` wrote; null without one. */
  profilePath: string | null
  /** Connection string to the primary, never logged; null: traffic is unknown. */
  activityUrl: string | null
  /** Globs of the migrations that belong to it; null: those that belong to no other. */
  migrations: string[] | null
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
        ? await readCatalog(from.url, needs, {
            ...readDefaults,
            searchPath: policy.session.search_path ?? null,
            values: policy.value_statistics,
          })
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

/** Name of the questions that go to the primary of a database. */
export function trafficOf(database: string): string {
  return `${database} (traffic)`
}

/** The readings of a database. */
export type Opened = Pick<RepositoryDatabase, 'catalog' | 'activity'> & {
  /** Looks at what goes on between reviews; null without an activity connection. */
  watch: (() => Promise<void>) | null
}

/** Nothing is connected yet: each question opens a connection of its own, as many at once as `connections` lets it. */
export function openDatabase(database: Database, connections: Connections): Opened {
  const { activityUrl } = database
  const memory = activityUrl === null ? null : activityMemory(activityUrl, activityDefaults)
  return {
    catalog: withBreaker(database.name, connections, databaseSource(database)),
    activity:
      memory &&
      withBreaker(trafficOf(database.name), connections, (relations: Needs['relations'], policy: Policy) =>
        memory.read(relations, policy.session.search_path ?? null),
      ),
    watch: memory && (() => memory.watch()),
  }
}

/** Finds the databases that list `owner/name`, in the order of the file. */
export function databasesOf(
  opened: { database: Database; sources: Pick<Opened, 'catalog' | 'activity'> }[],
): (repository: string) => RepositoryDatabase[] {
  return (repository) =>
    opened
      .filter(({ database }) => database.repositories.some((pattern) => allows(pattern, repository)))
      .map(({ database: { name, migrations }, sources: { catalog, activity } }) => ({
        name,
        migrations,
        catalog,
        activity,
      }))
}

/** Databases of the file that no migration of a repository can belong to, one sentence each. */
export function unusable(databases: Database[]): string[] {
  const rest = databases.filter(({ migrations }) => migrations === null)
  return rest.flatMap((later, i) =>
    later.repositories.flatMap((pattern) => {
      const before = rest.slice(0, i).find((database) => database.repositories.some((wide) => allows(wide, pattern)))
      return before
        ? [
            `${later.name}: all migrations of ${pattern} belong to ${before.name} already; say with \`migrations\` which are whose.`,
          ]
        : []
    }),
  )
}

function allows(pattern: string, repository: string): boolean {
  const [wanted, name] = [pattern.toLowerCase(), repository.toLowerCase()]
  return wanted.endsWith('/*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted
}
