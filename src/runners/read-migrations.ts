import type { Policy } from '../policy/policy.ts'
import { isDatabaseConfig } from './choosing/config-database.ts'
import { otherDatabase } from './choosing/other-database.ts'
import { isCodeFile, isSqlFile } from './choosing/place.ts'
import { isUnreadAnywhere, notReadReason, unreadTool } from './choosing/unread-tools.ts'
import { detect, entryOf, isLeftOut, notDetected } from './detection.ts'
import { runner as plain } from './plain.ts'
import type { Migration, Project, Runner, SourceFile } from './runner.ts'
import { runners } from './runner-registry.ts'
import { configuredLockTimeout, isSessionConfig } from './session-settings.ts'
import { naturalOrder } from './sql-file.ts'

/** The config files among these paths whose text a {@link Project} needs. */
export function configPaths(paths: Iterable<string>): string[] {
  return [...paths].filter(
    (path) => isDatabaseConfig(path) || isSessionConfig(path) || runners.some((runner) => runner.config?.test(path)),
  )
}

/** All migration files that the runners can read, by their paths, in the order they run. */
export function migrationPaths(project: Project, policy: Policy): string[] {
  const paths = [...project.paths].filter(
    (path) =>
      (entryOf(path, policy) || runners.some((runner) => runner.claims(path, project))) &&
      !isLeftOut(path, policy) &&
      otherDatabase(path, null, project, policy) === null,
  )
  return inOrder(paths, (path) => path, project, policy)
}

/** The files as their runners would run them, in that order. Every file given is taken for a migration. */
export function readMigrations(files: SourceFile[], project: Project, policy: Policy): Migration[] {
  const read = inOrder(files, (file) => file.path, project, policy).flatMap((file) =>
    readMigration(file, project, policy),
  )
  return runners.reduce((all, runner) => {
    const own = runner.together ? all.filter((migration) => migration.runner === runner.name) : []
    if (!runner.together || own.length === 0) return all
    const changed = runner.together(own)
    return all.map((migration) => changed[own.indexOf(migration)] ?? migration)
  }, read)
}

function readMigration(file: SourceFile, project: Project, policy: Policy): Migration[] {
  const found = detect(file.path, file.text, project, policy)
  if (found.kind === 'several' || found.kind === 'unknown')
    return [unreadable(file.path, 'unknown', notDetected(found))]
  const isCode = isCodeFile(file.path) && !isSqlFile(file.path)
  if (found.kind === 'none' && (isCode || isUnreadAnywhere(file.path, file.text)))
    return [unreadable(file.path, toolOf(file), file.problem ?? notReadReason(file.path, file.text))]
  const runner = found.kind === 'runner' ? found.runner : plain
  if (runner.reads && !runner.reads.test(file.path))
    return [unreadable(file.path, runner.name, `${runner.title} has no such files: name the tool that runs it`)]
  if (file.text === null) return [unreadable(file.path, runner.name, file.problem ?? 'could not be read')]
  if (file.text.includes('\0')) return [unreadable(file.path, runner.name, 'holds NUL bytes: not a text file')]
  const lockTimeout = configuredLockTimeout(runner.name, project)
  const migrations = runner
    .read({ path: file.path, text: file.text }, project)
    .map((migration) => (lockTimeout === null ? migration : { ...migration, lockTimeout }))
    .map((migration) => (isGuessed(file, runner, project, policy) ? { ...migration, guessed: true } : migration))
  if (runner !== plain || entryOf(file.path, policy)?.transaction !== 'none') return migrations
  return migrations.map((migration) => ({ ...migration, wrapping: 'autocommit' }))
}

/** True when neither the policy, the file's text, the form of its name nor the project says which tool runs it. */
function isGuessed({ path, text }: SourceFile, runner: Runner, project: Project, policy: Policy): boolean {
  if (policy.runner !== undefined || entryOf(path, policy) || runner.marker?.test(text ?? '')) return false
  const claim = runner.claims(path, project)
  return claim === null || claim === 'folder'
}

/** The tool of a file that no runner reads, as its users write it. */
function toolOf({ path, text }: SourceFile): string {
  return unreadTool(path, text)?.title ?? 'unknown'
}

function unreadable(path: string, runner: string, reason: string): Migration {
  return {
    path,
    runner,
    direction: 'up',
    statements: [],
    wrapping: 'autocommit',
    batch: null,
    optOut: null,
    notes: [],
    unreadable: reason,
  }
}

/** The orders of the runners: those that share one share one sequence, most of them this. */
const orders = [...new Set([naturalOrder, ...runners.map((runner) => runner.compare)])]

/**
 * Sorted as each file's runner would run them. Runners that share an order share one sequence (most go by path); those
 * with another order come in a block of their own, because two orders cannot be woven into one.
 */
function inOrder<T>(items: T[], pathOf: (item: T) => string, project: Project, policy: Policy): T[] {
  const sorted = items
    .map((item) => {
      const path = pathOf(item)
      const detected = detect(path, null, project, policy)
      const runner = detected.kind === 'runner' ? detected.runner : plain
      return { item, path, runner, block: orders.indexOf(runner.compare) }
    })
    .sort((a, b) => a.block - b.block || a.runner.compare(a.path, b.path, project))
  return arranged(sorted, project).map(({ item }) => item)
}

/** Files of a runner that looks into them for their order take the places that they have together. */
function arranged<T extends { path: string; runner: Runner }>(sorted: T[], project: Project): T[] {
  const result = [...sorted]
  for (const runner of new Set(sorted.map((entry) => entry.runner))) {
    if (!runner.arrange) continue
    const places = sorted.flatMap((entry, i) => (entry.runner === runner ? [i] : []))
    const own = new Map(places.map((i) => [sorted[i]?.path, sorted[i]]))
    runner
      .arrange(
        [...own.keys()].filter((path) => path !== undefined),
        project,
      )
      .forEach((path, i) => {
        const [place, entry] = [places[i], own.get(path)]
        if (place !== undefined && entry) result[place] = entry
      })
  }
  return result
}
