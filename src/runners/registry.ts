import { matchesGlob } from 'node:path/posix'
import type { Policy } from '../policy/policy.ts'
import { dbmate } from './dbmate.ts'
import { diesel } from './diesel.ts'
import { drizzle } from './drizzle.ts'
import { flyway } from './flyway.ts'
import { golangMigrate } from './golang-migrate.ts'
import { goose } from './goose.ts'
import { plain } from './plain.ts'
import { prisma } from './prisma.ts'
import type { Migration, Project, Runner, SourceFile } from './runner.ts'
import { naturalOrder } from './sql-file.ts'
import { sqlMigrate } from './sql-migrate.ts'
import { sqlx } from './sqlx.ts'

/** Every runner, the more particular before the more general: the first that claims a path has it. */
export const runners: readonly Runner[] = [
  drizzle,
  prisma,
  flyway,
  sqlx,
  diesel,
  goose,
  sqlMigrate,
  dbmate,
  golangMigrate,
  plain,
]

/** The runner of this name, or null. */
export function runnerNamed(name: string): Runner | null {
  return runners.find((runner) => runner.name === name) ?? null
}

/** The config files among these paths whose text a {@link Project} needs. */
export function configPaths(paths: Iterable<string>): string[] {
  return [...paths].filter((path) => runners.some((runner) => runner.config?.test(path)))
}

/** All migration files of the project, in the order they run. */
export function migrationPaths(project: Project, policy: Policy): string[] {
  return [...project.paths]
    .filter((path) => globbed(path, policy) || runners.some((runner) => runner.claims(path, project)))
    .sort((a, b) => order(a, b, project, policy))
}

/** The files as their runners would run them, in that order. Every file given is taken for a migration. */
export function readMigrations(files: SourceFile[], project: Project, policy: Policy): Migration[] {
  return [...files]
    .sort((a, b) => order(a.path, b.path, project, policy))
    .flatMap((file) => readMigration(file, project, policy))
}

function readMigration(file: SourceFile, project: Project, policy: Policy): Migration[] {
  const runner = runnerOf(file, project, policy)
  const reason = file.text === null ? (file.problem ?? 'could not be read') : null
  if (file.text === null || reason !== null) return [unreadable(file.path, runner, reason ?? 'could not be read')]
  if (file.text.includes('\0')) return [unreadable(file.path, runner, 'holds NUL bytes: not a text file')]
  const migrations = runner.read({ path: file.path, text: file.text }, project)
  const transaction = globbed(file.path, policy)?.transaction
  if (runner !== plain || transaction !== 'none') return migrations
  return migrations.map((migration) => ({ ...migration, wrapping: 'autocommit' }))
}

function unreadable(path: string, runner: Runner, reason: string): Migration {
  return {
    path,
    runner: runner.name,
    direction: 'up',
    statements: [],
    wrapping: 'autocommit',
    batch: null,
    optOut: null,
    notes: [],
    unreadable: reason,
  }
}

function runnerOf(file: SourceFile, project: Project, policy: Policy): Runner {
  const named = runnerNamed(globbed(file.path, policy)?.runner ?? policy.runner ?? '')
  if (named) return named
  const { path, text } = file
  return (
    runners.find((runner) => text !== null && runner.marker?.test(text)) ??
    runners.find((runner) => runner.claims(path, project)) ??
    plain
  )
}

function globbed(path: string, policy: Policy): Policy['migrations'][number] | undefined {
  return policy.migrations.find((entry) => matchesGlob(path, entry.paths))
}

/** Folders in the runner's order of the first file's runner; files of several folders stay together by folder. */
function order(a: string, b: string, project: Project, policy: Policy): number {
  const [left, right] = [a, b].map((path) => runnerOf({ path, text: null, problem: null }, project, policy))
  return left && left === right ? left.compare(a, b) : naturalOrder(a, b)
}
