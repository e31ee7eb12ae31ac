import { readdirSync, readFileSync, statSync } from 'node:fs'
import { defaultPolicy, type Policy } from '../../src/policy/policy.ts'
import { chooseMigrations, worthReading } from '../../src/runners/choosing/choose.ts'
import { readMigrations } from '../../src/runners/read-migrations.ts'
import type { Migration, Project, SourceFile } from '../../src/runners/runner.ts'

/** A project in memory: contents by path. */
export function projectOf(files: Record<string, string>): Project {
  return { paths: new Set(Object.keys(files)), text: (path) => files[path] ?? null }
}

/** The files of `fixtures/migrations/<name>`, as a checkout would hold them. */
export function fixture(name: string): Record<string, string> {
  const root = new URL(`../../fixtures/migrations/${name}/`, import.meta.url)
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(new URL(path, root)).isFile(),
  )
  return Object.fromEntries(paths.map((path) => [path, readFileSync(new URL(path, root), 'utf8')]))
}

/** All migrations of a project, found and read as the app does. */
export function migrationsOf(files: Record<string, string>, policy: Partial<Policy> = {}): Migration[] {
  const project = projectOf(files)
  const full = { ...defaultPolicy, ...policy }
  const sources = Object.keys(files)
    .filter((path) => worthReading(path, null, project, full))
    .map((path): SourceFile => ({ path, text: files[path] ?? null, problem: null }))
  return readMigrations(chooseMigrations(sources, project, full).files, project, full)
}
