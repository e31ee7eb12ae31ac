import type { Policy } from '../../policy/policy.ts'
import type { HistoryFacts } from '../../review/facts.ts'
import { unclaimedNotice } from '../../runners/choosing/choose.ts'
import type { ChangedText } from '../../runners/choosing/model-changes.ts'
import { inRounds } from '../../runners/in-rounds.ts'
import type { Migration, Project, SkippedFile, SourceFile } from '../../runners/runner.ts'
import type { Change, MergeGroup } from '../change.ts'
import type { ChangedFile, PullRequest, RepositoryClient, Tree } from '../client/port.ts'
import type { Core } from '../core.ts'
import { inParallel } from '../in-parallel.ts'
import { type BlobCache, readBlob } from './blobs.ts'
import {
  beyondMegabytes,
  mostSourceBytes,
  pathsToRead,
  sourceFile,
  tooLarge,
  tooManyStatements,
  tooManyToParse,
  withinBounds,
} from './source-file.ts'

/** The migrations that a change brings, and what was read on the way. */
export interface Sources {
  /** In the runner's order. */
  migrations: Migration[]
  files: SourceFile[]
  /** Blob SHA by path of every changed migration. */
  blobs: Record<string, string>
  changed: ChangedFile[]
  /** Paths of all migrations of the head, and of those that this change removes or renames. */
  migrationPaths: string[]
  /** The head, with the texts of its config files. */
  project: Project
  /** Migrations that are left out: of another database, or none by the policy. */
  skipped: SkippedFile[]
  /** Other files of the change that may concern the database, one sentence each. */
  notices: string[]
  /** Notes on how the files were read. */
  notes: string[]
  /** Why not everything was reviewed: the list of changed files is not whole, or there are too many statements. */
  incomplete: string | null
}

/** The whole repository before and after the change. `base` is the base branch's tip. */
export interface Trees {
  base: Tree
  head: Tree
}

/** A project with the texts read so far, by path. */
interface GatheredProject extends Project {
  texts: Map<string, string | null>
}

/** Requests for contents under way at once, per job. */
const atOnce = 8

/** Model files that are compared at most: one notice names the first. */
const mostModels = 30

/** How many of the base branch's migrations are read; what is deployed for long is in the catalog. */
const newestOfBase = 200

/** Both trees, in two requests. */
export async function readTrees(client: RepositoryClient, change: Change): Promise<Trees> {
  const [base, head] = await Promise.all([client.branchTree(change.base), client.tree(change.head)])
  return { base, head }
}

/** The files that a change touches. */
export function readChangedFiles(client: RepositoryClient, change: Change, trees: Trees): Promise<Changed> {
  return change.from.kind === 'pull'
    ? changedByPull(client, change.from.pull, trees)
    : changedByGroup(client, change.from.group, trees)
}

/** The migrations of the change, their files and blobs, and notes on how they were read. */
export async function readSources(
  client: RepositoryClient,
  cache: BlobCache,
  core: Core,
  policy: Policy,
  { changed, incomplete, notes }: Changed,
  trees: Trees,
): Promise<Sources> {
  const present = changed.filter((file) => file.status !== 'removed')
  if (trees.head.truncated) {
    notes.push('The repository has more files than GitHub lists, so its migration tool may have been detected wrongly.')
  }
  const project = await readProject(client, cache, core, trees.head, changed)
  const shas = new Map(present.flatMap((file) => (file.sha === null ? [] : [[file.path, file.sha] as const])))
  const worth = present.filter(({ path, patch }) => shas.has(path) && core.worthReading(path, patch, project, policy))
  const paths = worth.map(({ path }) => path)
  const wanted = pathsToRead(paths, (path) => trees.head.files.get(path)?.bytes ?? 0, policy.limits)
  const near = await readFiles(client, cache, wanted, trees.head, shas)
  const texts = [...near, ...paths.slice(wanted.length).map((path) => beyondMegabytes(path, policy.limits))]
  const { files, skipped, unclaimed } = core.chooseMigrations(withinBounds(texts, policy.limits), project, policy)
  const chosen = files.map(({ path }) => path)
  const models = chosen.length > 0 ? [] : await readModels(client, cache, core, trees, present)
  const unparsed = tooManyToParse(files, policy.limits)
  const all = unparsed === null ? await read(client, cache, core, policy, files, project, trees.head) : []
  const statements = all.reduce((sum, migration) => sum + migration.statements.length, 0)
  const beyond = unparsed ?? (statements > policy.limits.statements ? tooManyStatements(policy.limits) : null)
  return {
    migrations: beyond === null ? all : [],
    files: beyond === null ? files : [],
    blobs: Object.fromEntries(chosen.map((path) => [path, shas.get(path) ?? ''])),
    changed,
    migrationPaths: [...new Set([...core.migrationPaths(project, policy), ...chosen])],
    project,
    skipped,
    notices: [unclaimedNotice(unclaimed), core.modelNotice(models)].filter((notice) => notice !== null),
    notes,
    incomplete: incomplete ?? beyond,
  }
}

/** Changed files that a tool may write migrations from, before and after. */
function readModels(
  client: RepositoryClient,
  cache: BlobCache,
  core: Core,
  { base, head }: Trees,
  present: ChangedFile[],
): Promise<ChangedText[]> {
  const changed = present.filter(({ path }) => core.mayBeModel(path)).slice(0, mostModels)
  const textOf = async (tree: Tree, path: string): Promise<string | null> => {
    const file = tree.files.get(path)
    if (!file || (file.bytes ?? 0) > mostSourceBytes) return null
    return sourceFile(path, await readBlob(client, cache, file.sha)).text
  }
  return inParallel(changed, atOnce, async ({ path, previous }) => ({
    path,
    before: await textOf(base, previous ?? path),
    after: await textOf(head, path),
  }))
}

/** How the change edits migrations of the base branch, and which are merged there by now; null when it edits none. */
export async function readHistory(
  client: RepositoryClient,
  cache: BlobCache,
  core: Core,
  policy: Policy,
  { base }: Trees,
  sources: Sources,
): Promise<HistoryFacts | null> {
  const migrations = new Set(sources.migrationPaths)
  const touched = sources.changed.filter(
    ({ path, previous, status }) =>
      ['modified', 'changed', 'renamed', 'removed'].includes(status) && migrations.has(previous ?? path),
  )
  const stood = touched.filter(({ path, previous }) => base.files.has(previous ?? path))
  if (stood.length === 0 && sources.files.length === 0) return null
  const project = await readProject(client, cache, core, base, [])
  const shas = new Map([...base.files].map(([path, { sha }]) => [path, sha]))
  const changed = await inParallel(stood, atOnce, async ({ path, previous, status }) => {
    const files = await readFiles(client, cache, [previous ?? path], base, shas)
    const how =
      previous !== null ? ('renamed' as const) : status === 'removed' ? ('removed' as const) : ('edited' as const)
    const before = await read(client, cache, core, policy, files, project, base)
    return { path: previous ?? path, how, to: previous && path, before }
  })
  return { changed, merged: core.migrationPaths(project, policy), project: sources.project, migrations: null }
}

/** The newest migrations of the base branch, for objects that are merged and not deployed yet. */
export async function readBaseMigrations(
  client: RepositoryClient,
  cache: BlobCache,
  core: Core,
  policy: Policy,
  { base }: Trees,
): Promise<Migration[]> {
  const project = await readProject(client, cache, core, base, [])
  const paths = core.migrationPaths(project, policy).slice(-newestOfBase)
  const shas = new Map([...base.files].map(([path, { sha }]) => [path, sha]))
  const files = await readFiles(client, cache, paths, base, shas)
  return read(client, cache, core, policy, files, project, base)
}

/** The files as migrations, with the files of the same commit that their code imports. */
async function read(
  client: RepositoryClient,
  cache: BlobCache,
  core: Core,
  policy: Policy,
  files: SourceFile[],
  { paths, texts }: GatheredProject,
  tree: Tree,
): Promise<Migration[]> {
  await core.prepareLanguages(files.map(({ path }) => path))
  const gather = (wanted: string[]) => readTexts(client, cache, tree, wanted)
  return inRounds(paths, texts, gather, (project) => core.readMigrations(files, project, policy))
}

type Changed = Pick<Sources, 'changed' | 'incomplete' | 'notes'>

async function changedByPull(client: RepositoryClient, pull: PullRequest, trees: Trees): Promise<Changed> {
  const listed = await client.changedFiles(pull.number)
  if (listed.length >= pull.changedFiles) return { changed: listed, incomplete: null, notes: [] }
  if (trees.base.truncated || trees.head.truncated) {
    const incomplete = `GitHub tells only ${listed.length} of the ${pull.changedFiles} files that this pull request changes, so a migration may be among the others. Please split the pull request.`
    return { changed: listed, incomplete, notes: [] }
  }
  const note = 'GitHub lists only part of so large a pull request; the rest was found by comparing whole trees.'
  // New commits of the base branch differ too, so they do not count as edits of this change.
  const others = differing(listed, trees.base, trees.head).map((file) => ({ ...file, status: 'differs' }))
  return { changed: [...listed, ...others], incomplete: null, notes: [note] }
}

/**
 * Everything between the base branch and the group's commit. A group is built on the one ahead of it in the queue, which
 * is not merged yet, so what the queue holds before it is reviewed together with it.
 */
async function changedByGroup(client: RepositoryClient, group: MergeGroup, trees: Trees): Promise<Changed> {
  const ahead = await client.tree(group.baseCommit)
  if ([trees.base, trees.head, ahead].some((tree) => tree.truncated)) {
    const incomplete =
      'The repository has more files than GitHub lists, so what this merge group changes cannot be told. Please merge the pull requests without the queue.'
    return { changed: [], incomplete, notes: [] }
  }
  const own = differing([], ahead, trees.head)
  const changed = [...own, ...differing(own, trees.base, trees.head), ...removed(ahead, trees.head)]
  return { changed, incomplete: null, notes: [] }
}

async function readProject(
  client: RepositoryClient,
  cache: BlobCache,
  core: Core,
  tree: Tree,
  changed: ChangedFile[],
): Promise<GatheredProject> {
  const paths = new Set([...tree.files.keys(), ...changed.flatMap(({ path, previous }) => [path, previous ?? path])])
  const texts = await readTexts(client, cache, tree, core.configPaths(paths))
  return { paths, texts, text: (path) => texts.get(path) ?? null }
}

/** Texts of files of a tree; files that are not in it or too large are left out. */
async function readTexts(
  client: RepositoryClient,
  cache: BlobCache,
  tree: Tree,
  paths: string[],
): Promise<Map<string, string | null>> {
  const texts = new Map<string, string | null>()
  await inParallel(paths, atOnce, async (path) => {
    const file = tree.files.get(path)
    if (file && (file.bytes ?? 0) <= mostSourceBytes)
      texts.set(path, sourceFile(path, await readBlob(client, cache, file.sha)).text)
  })
  return texts
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

/** Files of the head that differ from the base and are not listed. */
function differing(listed: ChangedFile[], base: Tree, head: Tree): ChangedFile[] {
  const known = new Set(listed.map((file) => file.path))
  return [...head.files].flatMap(([path, { sha }]) => {
    const before = base.files.get(path)?.sha
    if (known.has(path) || before === sha) return []
    return [{ path, previous: null, status: before === undefined ? 'added' : 'modified', sha, patch: null }]
  })
}

function removed(base: Tree, head: Tree): ChangedFile[] {
  const gone = [...base.files.keys()].filter((path) => !head.files.has(path))
  return gone.map((path) => ({ path, previous: null, status: 'removed', sha: null, patch: null }))
}
