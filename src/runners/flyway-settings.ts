import { parse } from 'yaml'
import type { Project } from './runner.ts'

/** Config files that set Flyway: its own, and Spring Boot's. */
export const flywayConfig =
  /(^|\/)(?:pom\.xml|build\.gradle(?:\.kts)?)$|\.sql\.conf$|(^|\/)flyway\.(conf|toml)$|(^|\/)application(-[\w-]+)?\.(properties|ya?ml)$/

/** How the files of a project are named. */
interface FlywayNames {
  versioned: string
  undo: string
  baseline: string
  repeatable: string
  separator: string
  suffixes: string[]
}

/**
 * A setting of the project's config files, or null. Files of Flyway itself all have to agree; of Spring Boot's only those
 * that set it count.
 */
export function flywaySetting(name: string, project: Project): string | null {
  const { own, spring } = settingsOf(project)
  const values = [
    ...own.map((settings) => settings.get(name.toLowerCase()) ?? null),
    ...spring.flatMap((settings) => settings.get(name.toLowerCase()) ?? []),
  ]
  return values.every((value) => value === values[0]) ? (values[0] ?? null) : null
}

/** Prefixes, separator and suffixes of the project's files. */
export function flywayNames(project: Project): FlywayNames {
  const { names } = settingsOf(project)
  return names
}

/** The settings of each config file, keys in small letters without hyphens. */
type Settings = ReadonlyMap<string, string>

interface AllSettings {
  own: Settings[]
  spring: Settings[]
  names: FlywayNames
}

/** Looked for once for each project: a project has thousands of paths. */
const known = new WeakMap<Project, AllSettings>()

function settingsOf(project: Project): AllSettings {
  const before = known.get(project)
  if (before) return before
  const paths = [...project.paths]
  const own = paths
    .filter((path) => /(^|\/)flyway\.(conf|toml)$/.test(path))
    .map((path) => ofLines(project.text(path) ?? '', /^\s*(?:flyway\.)?([\w.]+)\s*=\s*(.*?)\s*$/gm))
  const spring = paths
    .filter((path) => /(^|\/)application(-[\w-]+)?\.(properties|ya?ml)$/.test(path))
    .map((path) => ofSpring(path, project.text(path) ?? ''))
    .filter((settings) => settings.size > 0)
  const names = namesOf([...own, ...spring])
  const all = { own, spring, names }
  // A config file may only be read in a later round.
  if (paths.every((path) => !flywayConfig.test(path) || project.text(path) !== null)) known.set(project, all)
  return all
}

function ofLines(text: string, pattern: RegExp): Settings {
  return new Map(
    [...text.matchAll(pattern)].map(([, key = '', value = '']) => [
      normalKey(key),
      value.replace(/^"(.*)"$|^'(.*)'$/, '$1$2'),
    ]),
  )
}

function ofSpring(path: string, text: string): Settings {
  if (path.endsWith('.properties')) return ofLines(text, /^\s*spring\.flyway\.([\w.-]+)\s*[=:]\s*(.*?)\s*$/gm)
  if (!/\bflyway\b/.test(text)) return new Map()
  try {
    const content = parse(text, { uniqueKeys: false }) as { spring?: { flyway?: unknown } } | null
    const flyway = content?.spring?.flyway
    const entries = flyway && typeof flyway === 'object' ? Object.entries(flyway) : []
    return new Map(
      entries.map(([key, value]) => [normalKey(key), Array.isArray(value) ? value.join(',') : String(value ?? '')]),
    )
  } catch {
    // Several documents, or placeholders that are no YAML: nothing is known of it.
    return new Map()
  }
}

function normalKey(key: string): string {
  return key.replaceAll('-', '').toLowerCase()
}

function namesOf(settings: Settings[]): FlywayNames {
  const first = (name: string, fallback: string): string =>
    settings.flatMap((own) => own.get(name.toLowerCase()) ?? [])[0] ?? fallback
  return {
    versioned: first('sqlMigrationPrefix', 'V'),
    undo: first('undoSqlMigrationPrefix', 'U'),
    baseline: first('baselineMigrationPrefix', 'B'),
    repeatable: first('repeatableSqlMigrationPrefix', 'R'),
    separator: first('sqlMigrationSeparator', '__'),
    suffixes: first('sqlMigrationSuffixes', '.sql')
      .replace(/^\[|\]$|["']/g, '')
      .split(',')
      .map((suffix) => suffix.trim()),
  }
}
