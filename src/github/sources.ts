import type { Policy } from '../policy/policy.ts'
import type { Migration, Project, SourceFile } from '../runners/runner.ts'
import { type BlobCache, inParallel, mostSourceBytes, readBlob, sourceFile, tooLarge } from './blobs.ts'
import type { Core } from './core.ts'
import type { ChangedFile, PullRequest, RepositoryClient, Tree } from './port.ts'

/** The migrations that a pull request changes, and what was read on the way. */
export interface PullSources {
  /** In the runner's order. */
  migrations: Migration[]
  files: SourceFile[]
  /** Blob SHA by path of every changed migration. */
  blobs: Record<string, string>
  changed: ChangedFile[]
  /** What the reader should know about how the files were read. */
  notes: string[]
  /** Set when the list of changed files cannot be trusted to be whole. */
  incomplete: string | null
}

/** Requests for contents under way at once, per job. */
const atOnce = 8

/** How many of the base branch's migrations are read; what is deployed for long is in the catalog. */
const newestOfBase = 200

export async function readPullSources(
  client: RepositoryClient,
  cache: BlobCache,
  core: Core,
  policy: Policy,
  pull: PullRequest,
): Promise<PullSources> {
  const [listed, tree] = await Promise.all([client.changedFiles(pull.number), client.tree(pull.head.sha)])
  const notes: string[] = []
  let changed = listed
  let incomplete: string | null = null
  if (listed.length < pull.changedFiles) {
    const base = tree.truncated ? null : await client.tree(pull.base.ref)
    if (base === null || base.truncated) {
      incomplete = `GitHub tells only ${listed.length} of the ${pull.changedFiles} files that this pull request changes, so a migration may be among the others. Please split the pull request.`
    } else {
      changed = [...listed, ...missingFrom(listed, base, tree)]
      notes.push('GitHub lists only part of so large a pull request; the rest was found by comparing whole trees.')
    }
  }
  const present = changed.filter((file) => file.status !== 'removed')
  if (tree.truncated) {
    notes.push('The repository has more files than GitHub lists, so its migration tool may have been detected wrongly.')
  }
  const project = await readProject(client, cache, core, tree, present)
  const shas = new Map(present.flatMap((file) => (file.sha === null ? [] : [[file.path, file.sha] as const])))
  const paths = core.migrationPaths(project, policy).filter((path) => shas.has(path))
  const files = await readFiles(client, cache, paths, tree, shas)
  return {
    migrations: core.readMigrations(files, project, policy),
    files,
    blobs: Object.fromEntries(paths.map((path) => [path, shas.get(path) ?? ''])),
    changed,
    notes,
    incomplete,
  }
}

/** The newest migrations of the base branch, for objects that are merged and not deployed yet. */
export async function readBaseMigrations(
  client: RepositoryClient,
  cache: BlobCache,
  core: Core,
  policy: Policy,
  pull: PullRequest,
): Promise<Migration[]> {
  const tree = await client.tree(pull.base.ref)
  const project = await readProject(client, cache, core, tree, [])
  const paths = core.migrationPaths(project, policy).slice(-newestOfBase)
  const shas = new Map([...tree.files].map(([path, { sha }]) => [path, sha]))
  const files = await readFiles(client, cache, paths, tree, shas)
  return core.readMigrations(files, project, policy)
}

async function readProject(
  client: RepositoryClient,
  cache: BlobCache,
  core: Core,
  tree: Tree,
  changed: ChangedFile[],
): Promise<Project> {
  const paths = new Set([...tree.files.keys(), ...changed.map((file) => file.path)])
  const wanted = core.configPaths(paths).flatMap((path) => {
    const sha = tree.files.get(path)?.sha
    return sha === undefined ? [] : [{ path, sha }]
  })
  const texts = new Map<string, string | null>()
  await inParallel(wanted, atOnce, async ({ path, sha }) => {
    texts.set(path, sourceFile(path, await readBlob(client, cache, sha)).text)
  })
  return { paths, text: (path) => texts.get(path) ?? null }
}

function readFiles(
  client: RepositoryClient,
  cache: BlobCache,
  paths: string[],
  tree: Tree,
  shas: ReadonlyMap<string, string>,
): Promise<SourceFile[]> {
  return inParallel(paths, atOnce, async (path) => {
    const bytes = tree.files.get(path)?.bytes ?? 0
    if (bytes > mostSourceBytes) return tooLarge(path, bytes)
    return sourceFile(path, await readBlob(client, cache, shas.get(path) ?? ''))
  })
}

/** Files that differ between the two trees and are not listed. */
function missingFrom(listed: ChangedFile[], base: Tree, head: Tree): ChangedFile[] {
  const known = new Set(listed.map((file) => file.path))
  return [...head.files].flatMap(([path, { sha }]) => {
    const before = base.files.get(path)?.sha
    if (known.has(path) || before === sha) return []
    return [{ path, status: before === undefined ? 'added' : 'modified', sha, patch: null }]
  })
}
