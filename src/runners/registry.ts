import { matchesGlob } from 'node:path/posix'
import { type LayeredPolicy, layeredPolicy, type PolicyLayer } from '../policy/layers.ts'
import { type Policy, parsePolicy } from '../policy/policy.ts'
import { dbmate } from './dbmate.ts'
import { diesel } from './diesel.ts'
import { drizzle } from './drizzle.ts'
import { flyway } from './flyway.ts'
import { golangMigrate } from './golang-migrate.ts'
import { goose } from './goose.ts'
import { plain } from './plain.ts'
import { prisma } from './prisma.ts'
import type { Migration, Project, Runner, SourceFile } from './runner.ts'
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
  const paths = [...project.paths].filter(
    (path) => globbed(path, policy) || runners.some((runner) => runner.claims(path, project)),
  )
  return inOrder(paths, (path) => path, project, policy)
}

/** The files as their runners would run them, in that order. Every file given is taken for a migration. */
export function readMigrations(files: SourceFile[], project: Project, policy: Policy): Migration[] {
  return inOrder(files, (file) => file.path, project, policy).flatMap((file) => readMigration(file, project, policy))
}

/** What a policy says of runners that is not so, in sentences. The policy's own schema does not know the runners. */
export function policyProblems(policy: Policy): string[] {
  const named = [policy.runner, ...policy.migrations.map((entry) => entry.runner)]
  return [...new Set(named)].flatMap((name) => (name === undefined || runnerNamed(name) ? [] : [unknownRunner(name)]))
}

/** A policy file's text as {@link parsePolicy} reads it, with the names of runners looked up too. */
export function parsePolicyFile(text: string, path: string): ReturnType<typeof parsePolicy> {
  const parsed = parsePolicy(text, path)
  if (parsed.policy === null) return parsed
  const problems = policyProblems(parsed.policy).map((message) => ({
    path,
    line: lineOfRunner(text, message),
    message,
  }))
  return problems.length > 0 ? { policy: null, problems } : parsed
}

/** What several policy files say together, each read as {@link parsePolicyFile} does. */
export function layeredPolicyFiles(layers: PolicyLayer[]): LayeredPolicy {
  return layeredPolicy(layers, parsePolicyFile)
}

/** The first line that sets `runner` to the name that the message tells of. */
function lineOfRunner(text: string, message: string): number {
  const line = text.split('\n').findIndex((one) => {
    const name = /\brunner:\s*["']?([^"'#\s,}]+)/.exec(one)?.[1]
    return name !== undefined && message.includes(` ${name},`)
  })
  return Math.max(0, line) + 1
}

function unknownRunner(name: string): string {
  return `the policy names a runner ${name}, which is not one of ${runners.map((runner) => runner.name).join(', ')}`
}

function readMigration(file: SourceFile, project: Project, policy: Policy): Migration[] {
  const entry = globbed(file.path, policy)
  const name = entry?.runner ?? policy.runner
  const runner = name === undefined ? detected(file, project) : runnerNamed(name)
  if (!runner) return [unreadable(file.path, plain, unknownRunner(name ?? ''))]
  if (file.text === null) return [unreadable(file.path, runner, file.problem ?? 'could not be read')]
  if (file.text.includes('\0')) return [unreadable(file.path, runner, 'holds NUL bytes: not a text file')]
  const migrations = runner.read({ path: file.path, text: file.text }, project)
  if (runner !== plain || entry?.transaction !== 'none') return migrations
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

function detected({ path, text }: SourceFile, project: Project): Runner {
  return (
    runners.find((runner) => text !== null && runner.marker?.test(text)) ??
    runners.find((runner) => runner.claims(path, project)) ??
    plain
  )
}

function globbed(path: string, policy: Policy): Policy['migrations'][number] | undefined {
  return policy.migrations.find((entry) => matchesGlob(path, entry.paths))
}

/**
 * Sorted as each file's runner would run them. Runners that share an order share one sequence (most go by path); those
 * with another order come in a block of their own, because two orders cannot be woven into one.
 */
function inOrder<T>(items: T[], pathOf: (item: T) => string, project: Project, policy: Policy): T[] {
  return items
    .map((item) => {
      const path = pathOf(item)
      const named = runnerNamed(globbed(path, policy)?.runner ?? policy.runner ?? '')
      const { compare } = named ?? detected({ path, text: null, problem: null }, project)
      return { item, path, compare, block: runners.findIndex((runner) => runner.compare === compare) }
    })
    .sort((a, b) => a.block - b.block || a.compare(a.path, b.path))
    .map(({ item }) => item)
}
