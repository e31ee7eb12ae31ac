import { existsSync } from 'node:fs'
import { type FileRead, parseProfile, parseSnapshot } from '../catalog/catalog-files.ts'
import type { Profile } from '../catalog/profile.ts'
import type { Policy } from '../policy/policy.ts'
import type { CatalogFacts, Needs } from '../review/facts.ts'
import { connectionProblem, databaseAddress } from './database-url.ts'
import { UsageError } from './errors.ts'
import { readNamedAs } from './named-file.ts'

export interface CatalogOptions {
  databaseUrl?: string | undefined
  /** Review without sizes and schema, whatever the environment says. */
  withoutDatabase?: boolean | undefined
  snapshot?: string | undefined
  fromEmpty?: boolean | undefined
  sizes?: string | undefined
  profile?: string | undefined
  /** Also the definitions of functions, which a proof rebuilds. */
  functionTexts?: boolean
}

/**
 * Chooses the source of the catalog by the options; the database is read only for the relations that the migrations need.
 *
 * `unreachable`: a database that cannot be read throws a {@link UsageError}, or is reported as a finding (comments on
 * GitHub, which must not name host or role).
 */
export function catalogSource(
  options: CatalogOptions,
  policy: Policy,
  unreachable: 'throws' | 'is a finding' = 'throws',
): (needs: Needs) => Promise<CatalogFacts> {
  const given = [
    options.databaseUrl && '--database-url',
    options.snapshot && '--snapshot',
    options.fromEmpty && '--from-empty',
    options.withoutDatabase && '--without-database',
  ].filter(Boolean)
  if (given.length > 1)
    throw new UsageError(`${given.join(' and ')}: only one of them can say where the catalog comes from`)
  if (options.sizes && !options.fromEmpty) throw new UsageError('--sizes goes with --from-empty')
  const profile = options.profile === undefined ? null : readNamedAs(options.profile, parseProfile)
  // The environment only speaks where no option does.
  const databaseUrl = given.length > 0 ? options.databaseUrl : process.env.LOCKCAST_DATABASE_URL || undefined
  if (databaseUrl !== undefined) {
    const option = given.length > 0 ? '--database-url' : 'LOCKCAST_DATABASE_URL'
    databaseAddress(databaseUrl, option)
    return async (needs) => {
      const { readCatalog, readDefaults } = await import('../replica/read-replica.ts')
      let failure: unknown = null
      const facts = await readCatalog(databaseUrl, needs, {
        ...readDefaults,
        searchPath: policy.session.search_path ?? null,
        values: policy.value_statistics,
        functionTexts: options.functionTexts ?? false,
        onFailure: (error) => {
          failure = error
        },
      })
      if (facts.kind === 'unreachable' && unreachable === 'throws') {
        const advice = `${facts.reason} ${facts.retry} --without-database reviews with unknown sizes.`
        throw new UsageError(connectionProblem(databaseUrl, option, failure, advice))
      }
      return withProfile(facts, profile)
    }
  }
  const file = options.snapshot ?? (options.fromEmpty || options.withoutDatabase ? undefined : policy.snapshot.path)
  if (file !== undefined) {
    const facts = withProfile(snapshotIn(file), profile)
    return async () => facts
  }
  if (profile) throw new UsageError('--profile goes with --database-url or --snapshot')
  const facts: CatalogFacts = options.fromEmpty ? emptyWith(options.sizes) : { kind: 'none' }
  return async () => facts
}

/** A file that is there and cannot be read, cut for one, loses the sizes and no finding. */
function snapshotIn(path: string): CatalogFacts {
  try {
    return { kind: 'snapshot', snapshot: readNamedAs(path, parseSnapshot) }
  } catch (error) {
    if (!(error instanceof UsageError) || !existsSync(path)) throw error
    return { kind: 'unreachable', reason: `${error.message}.`, retry: 'Then review again.' }
  }
}

/** The profile goes where the sizes go; one that is named wins over the snapshot's own. */
function withProfile(facts: CatalogFacts, profile: Profile | null): CatalogFacts {
  if (!profile || (facts.kind !== 'replica' && facts.kind !== 'snapshot')) return facts
  return { ...facts, snapshot: { ...facts.snapshot, profile } }
}

function emptyWith(path: string | undefined): CatalogFacts {
  const sizes: Record<string, { rows: number; bytes: number | null }> = {}
  const given = path === undefined ? {} : readNamedAs(path, readSizes)
  for (const [name, value] of Object.entries(given)) {
    const entry =
      typeof value === 'number' ? { rows: value, bytes: null } : (value as { rows?: unknown; bytes?: unknown })
    if (typeof entry?.rows !== 'number' || entry.rows < 0)
      throw new UsageError(`${path}: ${name}: write a number of rows, or {"rows": …, "bytes": …}`)
    sizes[name.includes('.') ? name : `public.${name}`] = {
      rows: entry.rows,
      bytes: typeof entry.bytes === 'number' ? entry.bytes : null,
    }
  }
  return { kind: 'empty', sizes }
}

function readSizes(text: string): FileRead<object> {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value)
    return isObject ? { value, problem: null } : { value: null, problem: 'sizes are an object of rows by table name' }
  } catch (error) {
    return { value: null, problem: `not JSON, or cut before its end (${(error as Error).message})` }
  }
}
