import type { Project } from './runner.ts'

/** Where a tool's own configuration says which settings its session starts with. */
interface ToolSession {
  /** Paths of the files whose text may set it. */
  files: RegExp
  /** How to write `lock_timeout` there, as a clause. */
  declare: (value: string) => string
}

/** Of node-postgres and libpq: both send `options` at the start of the session. */
const inOptions = (file: string) => (value: string) =>
  `\`options: '-c lock_timeout=${value}'\` for the connection in ${file}`

const inUrl = (value: string) => `\`?options=-c%20lock_timeout%3D${value}\` at the end of its connection string`

/** Go's drivers send what they do not know themselves as a setting of the session. */
const inGoUrl = (value: string) => `\`lock_timeout=${value}\` as a parameter of its connection string`

/** By the runner's name. A tool that is not listed takes the role's setting. */
const sessions: Readonly<Record<string, ToolSession>> = {
  flyway: {
    files: /(^|\/)flyway\.(conf|toml)$/,
    declare: (value) => `\`initSql = "SET lock_timeout = '${value}'"\` in flyway.toml`,
  },
  rails: {
    files: /(^|\/)config\/database\.yml$/,
    declare: (value) => `\`variables: { lock_timeout: ${value} }\` in config/database.yml`,
  },
  django: {
    files: /(^|\/)settings(\/[^/]+)?\.py$/,
    declare: (value) => `\`'OPTIONS': {'options': '-c lock_timeout=${value}'}\` in the settings of the database`,
  },
  alembic: {
    files: /(^|\/)(env\.py|alembic\.ini)$/,
    declare: (value) => `\`connect_args={'options': '-c lock_timeout=${value}'}\` in env.py`,
  },
  ecto: {
    files: /(^|\/)config\/[^/]+\.exs$/,
    declare: (value) => `\`parameters: [lock_timeout: "${value}"]\` in the configuration of the repo`,
  },
  knex: { files: /(^|\/)knexfile\.[cm]?[jt]s$/, declare: inOptions('knexfile') },
  drizzle: { files: /(^|\/)drizzle\.config\.[cm]?[jt]s$/, declare: inUrl },
  typeorm: {
    files: /(^|\/)(ormconfig\.\w+|[\w-]*data-?source\.[cm]?[jt]s)$/i,
    declare: (value) => `\`extra: { options: '-c lock_timeout=${value}' }\` in the data source`,
  },
  'mikro-orm': { files: /(^|\/)mikro-orm\.config\.[cm]?[jt]s$/, declare: inUrl },
  sequelize: {
    files: /(^|\/)config\/config\.(json|[cm]?js)$/,
    declare: (value) => `\`dialectOptions: { options: '-c lock_timeout=${value}' }\` in config/config`,
  },
  kysely: { files: /(^|\/)kysely\.config\.[cm]?[jt]s$/, declare: inOptions('kysely.config') },
  'db-migrate': { files: /(^|\/)database\.json$/, declare: inUrl },
  'node-pg-migrate': { files: /(^|\/)config\/(default|production)\.json$/, declare: inUrl },
  prisma: { files: /(^|\/)(schema\.prisma|prisma\.config\.[cm]?[jt]s)$/, declare: inUrl },
  diesel: { files: /(^|\/)diesel\.toml$/, declare: inUrl },
  sqlx: { files: /(^|\/)sqlx\.toml$/, declare: inUrl },
  goose: { files: /(^|\/)goose\.ya?ml$/, declare: inGoUrl },
  'golang-migrate': { files: /(^|\/)migrate\.ya?ml$/, declare: inGoUrl },
  'sql-migrate': { files: /(^|\/)dbconfig\.yml$/, declare: inGoUrl },
  dbmate: { files: /(^|\/)\.dbmate\.ya?ml$/, declare: inGoUrl },
}

/** True for files that may say what the sessions of a migration tool start with. */
export function isSessionConfig(path: string): boolean {
  return Object.values(sessions).some(({ files }) => files.test(path))
}

/** How this tool sets a lock_timeout for all its migrations, as a clause; null for one that has no place of its own. */
export function declaredBy(runner: string, value: string): string | null {
  return sessions[runner]?.declare(value) ?? null
}

const setting = /\block_timeout["'`]?\s*(?:=>?|:|%3D|\bTO\b)\s*["'`\\]*(\d+\s*(?:us|ms|s|min|h)?)\b/gi

/** Comments of the languages that these files are written in. */
const comments = /\/\*[\s\S]*?\*\/|^\s*(?:#|\/\/|--|;).*$/gm

/** Found once for each project and tool: a project has thousands of paths. */
const known = new WeakMap<Project, Map<string, string | null>>()

/**
 * The lock_timeout that the tool's own configuration gives its sessions, as written; null when it says none. Where its
 * files say several, or one of them says none beside others that do, none is known.
 */
export function configuredLockTimeout(runner: string, project: Project): string | null {
  const answers = known.get(project) ?? new Map<string, string | null>()
  known.set(project, answers)
  const before = answers.get(runner)
  if (before !== undefined) return before
  const files = sessions[runner]?.files
  const texts = files ? [...project.paths].filter((path) => files.test(path)).map((path) => project.text(path)) : []
  const values = texts.flatMap((text) =>
    [...(text ?? '').replace(comments, '').matchAll(setting)].map(([, value = '']) => value.replace(/\s/g, '')),
  )
  const [first] = values
  const found = first !== undefined && values.every((value) => value === first) ? first : null
  answers.set(runner, found)
  return found
}
