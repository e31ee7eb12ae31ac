import type { Policy } from '../policy/policy.ts'
import type { GatherAndReview } from '../review/gather-and-review.ts'
import { type CatalogOptions, catalogSource } from './catalog-source.ts'
import { UsageError } from './errors.ts'

/** A database of the command line, by the name that the policy gives to migrations. */
export interface NamedDatabase extends Pick<GatherAndReview, 'catalog' | 'activity'> {
  name: string
  /** The file that its catalog is read from; null for a server. */
  snapshot: string | null
  /** None: only what the policy names it for is its own. */
  migrations: string[] | null
}

/**
 * The databases that the policy names and whose address is known: `--database name=URL`, a snapshot as `name=FILE`, else the
 * environment's LOCKCAST_DATABASE_URL_NAME. Throws a {@link UsageError} on one that the policy does not name.
 */
export function namedDatabases(given: string[], options: CatalogOptions, policy: Policy): NamedDatabase[] {
  const names = [...new Set(policy.migrations.flatMap(({ database }) => database ?? []))]
  const addresses = new Map(given.map(partsOf))
  for (const name of addresses.keys()) {
    if (!names.includes(name))
      throw new UsageError(
        `--database ${name}: the policy names no such database (migrations: paths and database${names.length > 0 ? `; it names ${names.join(', ')}` : ''})`,
      )
  }
  return names.flatMap((name) => {
    const address = addresses.get(name) ?? process.env[variableOf(name)]
    if (!address) return []
    const isServer = /^postgres(?:ql)?:\/\//.test(address)
    const own = isServer ? { databaseUrl: address } : { snapshot: address }
    const catalog = catalogSource({ ...own, profile: options.profile }, policy)
    return [{ name, snapshot: isServer ? null : address, migrations: [], catalog, activity: null }]
  })
}

function partsOf(text: string): [name: string, address: string] {
  const at = text.indexOf('=')
  if (at <= 0) throw new UsageError('--database: write NAME=URL, or NAME=FILE for a snapshot')
  return [text.slice(0, at), text.slice(at + 1)]
}

function variableOf(name: string): string {
  return `LOCKCAST_DATABASE_URL_${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`
}
