import { relative } from 'node:path'
import { prepareLanguages } from '../languages/prepare.ts'
import type { Policy } from '../policy/policy.ts'
import type { HistoryFacts } from '../review/facts.ts'
import { type GatherAndReview, gatherAndReview, reviewCore } from '../review/gather-and-review.ts'
import { emptyReview, type Review, type Severity } from '../review/result.ts'
import { runnerNamed } from '../runners/detection.ts'
import { migrationPaths, readMigrations } from '../runners/read-migrations.ts'
import { runners } from '../runners/registry.ts'
import type { Migration, Project } from '../runners/runner.ts'
import { loadParser } from '../sql/parse.ts'
import { type ActivityUrlOptions, activitySource } from './activity-source.ts'
import { type CatalogOptions, catalogSource } from './catalog-source.ts'
import { searchCode } from './code-search.ts'
import { UsageError } from './errors.ts'
import { collect, projectOf, readSource } from './files.ts'
import type { Format } from './formats.ts'
import { type GitBase, gitBase } from './git.ts'
import { readPolicy } from './policy-file.ts'
import { printReview } from './print.ts'

export interface ReviewOptions extends CatalogOptions, ActivityUrlOptions {
  base?: string
  postgresVersion?: number
  runner?: string
  format: Format
  failOn?: Severity | 'never'
  config?: string
}

/** `lockcast review`: prints the review and gives the exit code. */
export async function reviewCommand(paths: string[], options: ReviewOptions): Promise<number> {
  await loadParser()
  const policy = policyFor(options)
  const reviewed = await reviewOf(paths, options, policy, {
    catalog: catalogSource(options, policy),
    activity: activitySource(options, policy),
  })
  printReview(reviewed, options.format)
  return exitCode(reviewed)
}

/** Reviews files, folders, or a change, with these sources. */
export async function reviewOf(
  paths: string[],
  options: Omit<ReviewOptions, 'format'>,
  policy: Policy,
  sources: Pick<GatherAndReview, 'catalog' | 'activity'>,
): Promise<Review> {
  const { migrations, base, history, git } = await (options.base === undefined
    ? fromPaths(paths, policy)
    : fromGit(paths, options.base, policy))
  if (migrations.length === 0 && !history?.changed.length)
    return emptyReview(options.postgresVersion ?? 17, 'No migration changed.')
  return gatherAndReview(
    {
      migrations,
      policy,
      ...sources,
      // A history from nothing takes nothing away that code uses.
      code: async (names) =>
        options.fromEmpty
          ? null
          : searchCode(
              names,
              policy,
              git,
              migrations.map(({ path }) => path),
            ),
      base,
      history,
      postgresVersion: options.postgresVersion ?? null,
      now: new Date().toISOString(),
      disclosure: 'exact',
      unread: [],
    },
    reviewCore,
  )
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
}

async function fromPaths(paths: string[], policy: Policy): Promise<Sources> {
  if (paths.length === 0)
    throw new UsageError('say what to review: files, folders, or --base REF for what changed since REF')
  const { files, project } = collect(paths, policy)
  await prepareLanguages(files.map(({ path }) => path))
  return { migrations: readMigrations(files, project, policy), base: null, history: null, git: null }
}

async function fromGit(paths: string[], ref: string, policy: Policy): Promise<Sources> {
  const git = gitBase(ref)
  const project = projectOf(new Set([...git.paths, ...git.changed]))
  const within = paths.map((path) => relative(process.cwd(), path))
  const wanted = (path: string): boolean =>
    within.length === 0 || within.some((name) => name === '' || path === name || path.startsWith(`${name}/`))
  const claimed = new Set(migrationPaths(project, policy))
  const changed = (path: string): boolean =>
    path.endsWith('.sql') && runners.some((runner) => runner.marker?.test(readSource(path).text ?? ''))
  const files = git.changed
    .filter((path) => wanted(path) && (claimed.has(path) || within.includes(path) || changed(path)))
    .map(readSource)
  const before = projectOf(new Set(git.paths), (path) => git.read(path))
  await prepareLanguages([...files.map(({ path }) => path), ...git.touched.map(({ path }) => path)])
  const beforeFiles = migrationPaths(before, policy)
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
    history: historyOf(git, before, policy, wanted),
    git,
  }
}

/** How the change edits migrations that existed before, among the wanted paths, and which are merged by now. */
function historyOf(git: GitBase, before: Project, policy: Policy, wanted: (path: string) => boolean): HistoryFacts {
  const applied = new Set(migrationPaths(before, policy))
  return {
    changed: git.touched
      .filter(({ path }) => applied.has(path) && wanted(path))
      .map((item) => ({ ...item, before: readMigrations([git.read(item.path)], before, policy) })),
    merged: migrationPaths(projectOf(new Set(git.tip)), policy),
    migrations: null,
  }
}
