import { relative } from 'node:path'
import { prepareLanguages } from '../languages/prepare-languages.ts'
import type { Policy } from '../policy/policy.ts'
import type { HistoryFacts } from '../review/facts.ts'
import { type GatherAndReview, gatherAndReview, type ReviewCore, reviewCore } from '../review/gather-and-review.ts'
import { emptyReview, type Review, type Severity } from '../review/result.ts'
import { databaseOf, reviewByDatabase, sharesOf } from '../review/review-by-database.ts'
import { chooseMigrations, unclaimedNotice, worthReading } from '../runners/choosing/choose.ts'
import { type ChangedText, mayBeModel, modelNotice } from '../runners/choosing/model-changes.ts'
import { runnerNamed } from '../runners/detection.ts'
import { migrationPaths, readMigrations } from '../runners/read-migrations.ts'
import type { Migration, Project, SkippedFile } from '../runners/runner.ts'
import { runners } from '../runners/runner-registry.ts'
import { loadParser } from '../sql/parse.ts'
import { type ActivityUrlOptions, activitySource } from './activity-source.ts'
import { type CatalogOptions, catalogSource } from './catalog-source.ts'
import { searchCode } from './code-search.ts'
import { UsageError } from './errors.ts'
import { collect, namedFiles, projectOf } from './files.ts'
import type { Format } from './formats.ts'
import { differingFromHead, type GitBase, gitBase, gitStaged } from './git.ts'
import { type GivenText, printedBy, standardInput } from './given-text.ts'
import { type NamedDatabase, namedDatabases } from './named-databases.ts'
import { readPolicy } from './policy-file.ts'
import { printReview } from './print.ts'
import { lateProgress } from './progress-line.ts'
import { watchReviews } from './watch.ts'

export interface ReviewOptions extends CatalogOptions, ActivityUrlOptions {
  base?: string
  /** What git would commit now. */
  staged?: boolean
  /** Whole statements and plans, with the format `text`. */
  detail?: boolean
  /** Review again when a file changes. */
  watch?: boolean
  /** With `-` as the path: the file that standard input is the text of. */
  stdinFilename?: string
  /** A shell command that prints SQL. */
  fromCommand?: string
  /** `name=URL` of databases that the policy names. */
  database?: string[]
  postgresVersion?: number
  runner?: string
  format: Format
  failOn?: Severity | 'never'
  config?: string
}

/** `lockcast review`: prints the review and gives the exit code. */
export async function reviewCommand(paths: string[], options: ReviewOptions): Promise<number> {
  await loadParser()
  if (options.watch) return watchReviews(paths, options, () => reviewAndPrint(paths, options))
  return reviewAndPrint(paths, options)
}

async function reviewAndPrint(paths: string[], options: ReviewOptions): Promise<number> {
  const policy = policyFor(options)
  const progress = lateProgress(process.stderr)
  progress.say('reading the migrations')
  const catalog = catalogSource(options, policy)
  const activity = activitySource(options, policy)
  try {
    const reviewed = await reviewOf(paths, options, policy, {
      catalog: (needs) => {
        progress.say('reading the catalog')
        return catalog(needs)
      },
      activity:
        activity &&
        ((relations) => {
          progress.say('watching the primary for a few seconds')
          return activity(relations)
        }),
    })
    progress.end()
    printReview(reviewed, options.format, options.detail ?? false)
    return exitCode(reviewed)
  } finally {
    progress.end()
  }
}

/** Reviews files, folders, or a change, with these sources. */
export async function reviewOf(
  paths: string[],
  options: Omit<ReviewOptions, 'format'>,
  policy: Policy,
  sources: Pick<GatherAndReview, 'catalog' | 'activity'>,
  core: ReviewCore = reviewCore,
): Promise<Review> {
  const { migrations, base, history, git, skipped, notices, mayBeApplied } = await sourcesOf(paths, options, policy)
  if (migrations.length === 0 && !history?.changed.length)
    return emptyReview(
      options.postgresVersion ?? 17,
      notices.length > 0
        ? notices
        : [skipped.length > 0 ? 'No PostgreSQL migration changed.' : 'No migration changed.'],
      skipped,
    )
  const named = namedDatabases(options.database ?? [], options, policy)
  const rest = {
    policy,
    // A history from nothing takes nothing away that code uses.
    code: async (names) =>
      options.fromEmpty
        ? null
        : searchCode(
            names,
            policy,
            git,
            migrations.map(({ path }) => path),
            [options.snapshot, ...named.map(({ snapshot }) => snapshot)].flatMap((path) =>
              path ? [relative('', path)] : [],
            ),
          ),
    base,
    history,
    postgresVersion: options.postgresVersion ?? null,
    now: new Date().toISOString(),
    disclosure: 'exact' as const,
    skipped,
    mayBeApplied: options.fromEmpty ? new Set<string>() : (mayBeApplied ?? new Set<string>()),
  } satisfies Omit<GatherAndReview, 'migrations' | 'catalog' | 'activity'>
  const isParted = policy.migrations.some(({ database }) => database !== undefined)
  const reviewed = isParted
    ? await reviewByDatabase(sharesHere(migrations, history, named, policy, sources), rest, core)
    : await gatherAndReview({ migrations, ...sources, ...rest }, core)
  return { ...reviewed, notes: [...notices, ...emptyNotices(reviewed), ...reviewed.notes] }
}

/** Files without a statement, as a sentence: often one that was not saved. */
function emptyNotices({ files, unread }: Review): string[] {
  const empty = files.filter(
    ({ path, statements }) => statements.length === 0 && !unread.some((part) => part.path === path),
  )
  const [first, ...more] = empty.map(({ path }) => path)
  if (first === undefined) return []
  return [more.length === 0 ? `${first} has no statement.` : `${first} and ${more.length} more have no statement.`]
}

/** Migrations by database: those that the policy names one for, and the others with the sources of the options. */
function sharesHere(
  migrations: Migration[],
  history: HistoryFacts | null,
  named: NamedDatabase[],
  policy: Policy,
  sources: Pick<GatherAndReview, 'catalog' | 'activity'>,
) {
  const all: NamedDatabase[] = [...named, { name: 'of the options', snapshot: null, migrations: null, ...sources }]
  return sharesOf(migrations, history, all, policy).map(({ database, migrations: own }) => ({
    name: database?.name ?? null,
    migrations: own,
    takes: (path: string) => databaseOf(path, all, policy) === database,
    catalog: database?.catalog ?? (async () => ({ kind: 'none' as const })),
    activity: database?.activity ?? null,
  }))
}

/** 0 pass, 1 findings at or over the threshold, 2 something could not be read. */
export function exitCode(reviewed: Review): number {
  if (reviewed.unread.length > 0) return 2
  return reviewed.verdict === 'fail' ? 1 : 0
}

/** The policy of the file, under the options. Throws a {@link UsageError} on a runner that is not known. */
export function policyFor(options: Omit<ReviewOptions, 'format'>): Policy {
  const policy = readPolicy(options.config)
  if (options.runner !== undefined && !runnerNamed(options.runner)) {
    throw new UsageError(
      `--runner ${options.runner}: not known; known are ${runners
        .map((runner) => runner.name)
        .sort()
        .join(', ')}`,
    )
  }
  return {
    ...policy,
    ...(options.runner === undefined ? {} : { runner: options.runner }),
    ...(options.failOn === undefined ? {} : { fail_on: options.failOn }),
  }
}

interface Sources {
  migrations: Migration[]
  /** The base branch's migrations; null when there is no base. */
  base: (() => Promise<Migration[]>) | null
  history: HistoryFacts | null
  git: GitBase | null
  skipped: SkippedFile[]
  /** Files that came with a folder and that git has committed, or all of a folder outside git. */
  mayBeApplied?: ReadonlySet<string>
  /** Other files of the change that may concern the database, one sentence each. */
  notices: string[]
}

function sourcesOf(paths: string[], options: Omit<ReviewOptions, 'format'>, policy: Policy): Promise<Sources> {
  const { base, staged, fromCommand, stdinFilename } = options
  const given = [
    paths.includes('-') && '-',
    base !== undefined && '--base',
    staged === true && '--staged',
    fromCommand !== undefined && '--from-command',
  ]
  const ways = given.filter((way) => way !== false)
  if (ways.length > 1) throw new UsageError(`${ways.join(' and ')}: only one of them can say what to review`)
  if (paths.includes('-') && paths.length > 1) throw new UsageError('- reads the whole input: name no file beside it')
  if (fromCommand !== undefined && paths.length > 0)
    throw new UsageError('--from-command says what to review: name no file beside it')
  if (stdinFilename !== undefined && !paths.includes('-')) throw new UsageError('--stdin-filename goes with -')
  if (fromCommand !== undefined) return fromText(printedBy(fromCommand, policy))
  if (paths.includes('-')) return standardInput(stdinFilename, policy).then(fromText)
  if (staged) {
    const git = gitStaged()
    return fromGit(paths, git, projectOf(new Set(git.staged), git.now), policy)
  }
  if (base === undefined) return fromPaths(paths, policy)
  const git = gitBase(base)
  return fromGit(paths, git, projectOf(new Set([...git.paths, ...git.changed])), policy)
}

/** The text has no other side: what it would edit or remove is not known. */
async function fromText({ file, project, policy }: GivenText): Promise<Sources> {
  const { files, skipped } = namedFiles([file], project, policy)
  await prepareLanguages([file.path])
  return {
    migrations: readMigrations(files, project, policy),
    base: null,
    history: null,
    git: null,
    skipped,
    notices: [],
  }
}

async function fromPaths(paths: string[], policy: Policy): Promise<Sources> {
  if (paths.length === 0)
    throw new UsageError('say what to review: files, folders, --base REF for what changed since REF, or --staged')
  const { files, project, skipped, unclaimed } = collect(paths, policy)
  await prepareLanguages(files.map(({ path }) => path))
  const migrations = readMigrations(files, project, policy)
  const notices = [unclaimedNotice(unclaimed)].filter((notice) => notice !== null)
  const unknown = new Set([...paths.map((path) => relative('', path)), ...differingFromHead()])
  const mayBeApplied = new Set(migrations.map(({ path }) => path).filter((path) => !unknown.has(path)))
  return { migrations, base: null, history: null, git: null, skipped, notices, mayBeApplied }
}

async function fromGit(paths: string[], git: GitBase, project: Project, policy: Policy): Promise<Sources> {
  const within = paths.map((path) => relative(process.cwd(), path))
  const wanted = (path: string): boolean =>
    within.length === 0 || within.some((name) => name === '' || path === name || path.startsWith(`${name}/`))
  const changed = git.changed.filter(wanted)
  const named = namedFiles(changed.filter((path) => within.includes(path)).map(git.now), project, policy)
  const others = changed.filter((path) => !within.includes(path) && worthReading(path, null, project, policy))
  const found = chooseMigrations(others.map(git.now), project, policy)
  const files = [...named.files, ...found.files]
  const before = projectOf(new Set(git.paths), (path) => git.read(path))
  const beforeFiles = migrationPaths(before, policy)
  const applied = new Set(beforeFiles)
  await prepareLanguages([...files, ...git.touched.filter(({ path }) => applied.has(path))].map(({ path }) => path))
  return {
    migrations: readMigrations(files, project, policy),
    base: async () => {
      await prepareLanguages(beforeFiles)
      return readMigrations(
        beforeFiles.map((path) => git.read(path)),
        before,
        policy,
      )
    },
    history: historyOf(git, before, project, policy, wanted),
    git,
    skipped: [...named.skipped, ...found.skipped],
    notices: [unclaimedNotice(found.unclaimed), files.length > 0 ? null : modelNotice(modelsOf(changed, git))].filter(
      (notice) => notice !== null,
    ),
  }
}

/** Changed files that a tool may write migrations from, before and after. */
function modelsOf(changed: string[], git: GitBase): ChangedText[] {
  const before = new Map(git.touched.map(({ path, to }) => [to ?? path, path]))
  return changed.filter(mayBeModel).map((path) => {
    const old = before.get(path)
    return { path, before: old === undefined ? null : git.read(old).text, after: git.now(path).text }
  })
}

/** How the change edits migrations that existed before, among the wanted paths, and which are merged by now. */
function historyOf(
  git: GitBase,
  before: Project,
  project: Project,
  policy: Policy,
  wanted: (path: string) => boolean,
): HistoryFacts {
  const applied = new Set(migrationPaths(before, policy))
  return {
    changed: git.touched
      .filter(({ path }) => applied.has(path) && wanted(path))
      .map((item) => ({ ...item, before: readMigrations([git.read(item.path)], before, policy) })),
    merged: migrationPaths(projectOf(new Set(git.tip)), policy),
    project,
    migrations: null,
  }
}
