import { parse } from 'yaml'
import type { Project } from '../runner.ts'
import { folderOf } from '../sql-file.ts'
import { databaseNamed } from './database-names.ts'

/** A kind of config file that says which database a tool works with. */
interface DatabaseConfig {
  /** Whole paths of the config files. */
  path: RegExp
  /** Every mention of a database in its text, as words; a mention that is no literal as an empty one. */
  words(text: string): string[]
  /** Migrations that it speaks of: below its folder, or below the folder above for `config/`. */
  files: RegExp
}

const codeFile = /\.(?:[cm]?[jt]s|sql)$/

const configs: readonly DatabaseConfig[] = [
  {
    path: /(^|\/)migration_lock\.toml$/,
    words: matches(/^\s*provider\s*=\s*"([^"]*)"/gm),
    files: /(^|\/)migration\.sql$/,
  },
  {
    path: /\.prisma$/,
    words: (text) =>
      [...text.matchAll(/^\s*datasource\s+\w+\s*\{([^}]*)\}/gm)].map(
        ([, body = '']) => /^\s*provider\s*=\s*"([^"]*)"/m.exec(body)?.[1] ?? '',
      ),
    files: /(^|\/)migration\.sql$/,
  },
  { path: /(^|\/)meta\/_journal\.json$/, words: matches(/"dialect"\s*:\s*"([^"]*)"/g), files: /\.sql$/ },
  {
    path: /(^|\/)drizzle(?:[.-]\w+)?\.config\.[cm]?[jt]s$/,
    words: matches(/\bdialect\s*:\s*(?:['"`](\w+)['"`])?/g),
    files: /\.sql$/,
  },
  {
    path: /(^|\/)knexfile\.[cm]?[jt]s$/,
    words: matches(/\bclient\s*:\s*(?:['"`]([\w-]+)['"`])?/g),
    files: codeFile,
  },
  { path: /(^|\/)config\/database\.ya?ml$/, words: matches(/^\s*adapter:\s*['"]?([\w-]*)/gm), files: /\.(?:rb|sql)$/ },
  { path: /(^|\/)dbconfig\.ya?ml$/, words: matches(/^\s*dialect:\s*['"]?([\w-]*)/gm), files: /\.sql$/ },
  {
    path: /(^|\/)(?:ormconfig|data-?source|typeorm(?:\.config)?)\.(?:json|[cm]?[jt]s)$/i,
    words: matches(/['"]?\btype['"]?\s*:\s*(?:['"`]([\w-]+)['"`])?/g),
    files: /\.[cm]?[jt]s$/,
  },
  {
    path: /(^|\/)config\/config\.json$/,
    words: matches(/"dialect"\s*:\s*"([^"]*)"/g),
    files: /\.[cm]?[jt]s$/,
  },
  {
    path: /(^|\/)(?:flyway\.(?:conf|toml)|liquibase\.properties|application(?:-\w+)?\.(?:properties|ya?ml))$/,
    words: (text) =>
      matches(/\bjdbc:(?:[\w-]+:)*?(mysql|mariadb|oracle|sqlserver|postgresql|db2|clickhouse|sqlite)\b/g)(text),
    files: /\.(?:sql|java|kt|xml|ya?ml)$/,
  },
  { path: /(^|\/)sqlc\.(?:ya?ml|json)$/, words: () => [], files: /\.sql$/ },
]

/** The config files that say which database migrations are for. */
export function isDatabaseConfig(path: string): boolean {
  return configs.some((config) => config.path.test(path))
}

/**
 * The other database that config files name for a migration, with the file that says so; null where none does, or where
 * one of them names PostgreSQL too or leaves it open. Of each kind the nearest file above the migration counts.
 */
export function configDatabase(path: string, project: Project): { title: string; why: string } | 'postgres' | null {
  const found = configs.flatMap((config) => {
    if (!config.files.test(path)) return []
    const nearest = nearestOf(config, path, project)
    return nearest === null ? [] : [{ config: nearest, words: config.words(project.text(nearest) ?? '') }]
  })
  const engine = sqlcEngine(path, project)
  if (engine) found.push(engine)
  const databases = found.flatMap(({ config, words }) => words.map((word) => ({ config, named: databaseNamed(word) })))
  if (databases.some(({ named }) => named?.kind === 'postgres')) return 'postgres'
  const others = databases.flatMap(({ config, named }) =>
    named?.kind === 'other' ? [{ config, title: named.title }] : [],
  )
  const [first] = others
  const agree = others.length === databases.length && new Set(others.map(({ title }) => title)).size === 1
  return first && agree ? { title: first.title, why: first.config } : null
}

/** Config files of a project by kind, found once. */
const known = new WeakMap<Project, Map<DatabaseConfig, string[]>>()

/** The config file in the folder that lies nearest above the migration. */
function nearestOf(config: DatabaseConfig, path: string, project: Project): string | null {
  const all = known.get(project) ?? new Map<DatabaseConfig, string[]>()
  known.set(project, all)
  const files = all.get(config) ?? [...project.paths].filter((name) => config.path.test(name))
  all.set(config, files)
  const above = files
    .map((file) => ({ file, folder: homeOf(file) }))
    .filter(({ folder }) => folder === '' || path.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)
  return above[0]?.file ?? null
}

/** The folder whose migrations a config file speaks of. */
function homeOf(file: string): string {
  const folder = folderOf(file)
  return folder.replace(/(?:^|\/)(?:config|conf|meta|prisma\/schema|schema|src\/main\/resources)$/, '')
}

/** sqlc names the folder of the migrations and their engine. */
function sqlcEngine(path: string, project: Project): { config: string; words: string[] } | null {
  for (const config of project.paths) {
    if (!/(^|\/)sqlc\.(?:ya?ml|json)$/.test(config)) continue
    const home = folderOf(config)
    const text = project.text(config)
    for (const { engine, schema } of text === null ? [] : sqlcEntries(text)) {
      const folders = (Array.isArray(schema) ? schema : [schema]).map((name) =>
        `${home}/${name}`.replace(/^\/|\/$|\.\//g, ''),
      )
      if (folders.some((folder) => path === folder || path.startsWith(`${folder}/`))) return { config, words: [engine] }
    }
  }
  return null
}

function sqlcEntries(text: string): { engine: string; schema: string | string[] }[] {
  try {
    const content = parse(text) as { sql?: unknown; packages?: unknown } | null
    const entries = content?.sql ?? content?.packages
    return Array.isArray(entries)
      ? entries.flatMap((entry: { engine?: unknown; schema?: unknown }) => {
          const { engine, schema } = entry ?? {}
          const named = typeof schema === 'string' || Array.isArray(schema) ? (schema as string | string[]) : null
          return typeof engine === 'string' && named !== null ? [{ engine, schema: named }] : []
        })
      : []
  } catch {
    // A config that is no YAML says nothing.
    return []
  }
}

function matches(pattern: RegExp): (text: string) => string[] {
  return (text) => [...text.matchAll(pattern)].map(([, word]) => word ?? '')
}
