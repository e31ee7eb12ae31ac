import { existsSync } from 'node:fs'
import { type FileRead, parseProfile, parseSnapshot } from '../catalog/files.ts'
import type { Profile } from '../catalog/profile.ts'
import type { Policy } from '../policy/policy.ts'
import type { CatalogFacts, Needs } from '../review/facts.ts'
import { UsageError } from './errors.ts'
import { readNamedAs } from './named-file.ts'

export interface CatalogOptions {
  databaseUrl?: string | undefined
  snapshot?: string | undefined
  fromEmpty?: boolean | undefined
  sizes?: string | undefined
  profile?: string | undefined
}

/** Where the catalog comes from, as the options say; reads the database only for what the migrations need. */
export function catalogSource(options: CatalogOptions, policy: Policy): (needs: Needs) => Promise<CatalogFacts> {
  const given = [
    options.databaseUrl && '--database-url',
    options.snapshot && '--snapshot',
    options.fromEmpty && '--from-empty',
  ].filter(Boolean)
  if (given.length > 1)
    throw new UsageError(`${given.join(' and ')}: only one of them can say where the catalog comes from`)
  if (options.sizes && !options.fromEmpty) throw new UsageError('--sizes goes with --from-empty')
  const profile = options.profile === undefined ? null : readNamedAs(options.profile, parseProfile)
  // The environment only speaks where no option does.
  const databaseUrl = given.length > 0 ? options.databaseUrl : process.env.LOCKCAST_DATABASE_URL || undefined
  if (databaseUrl !== undefined) {
    return async (needs) => {
      const { readCatalog, readDefaults } = await import('../replica/read.ts')
      const facts = await readCatalog(databaseUrl, needs, {
        ...readDefaults,
        searchPath: policy.session.search_path ?? null,
        values: policy.value_statistics,
      })
      return withProfile(facts, profile)
    }
  }
  const file = options.snapshot ?? (options.fromEmpty ? undefined : policy.snapshot.path)
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
