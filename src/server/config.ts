import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { apiAddress } from '../github/client/api-address.ts'
import type { StoreChoice } from '../store/store.ts'
import { type Database, unusable } from './databases.ts'
import type { LogLevel } from './log.ts'

/** The server's configuration, from its environment. */
export interface ServerConfig {
  appId: number
  privateKey: string
  webhookSecret: string
  /** The secret before a rotation, which is still accepted; null without one. */
  oldWebhookSecret: string | null
  /** GitHub's API; null is github.com. */
  githubUrl: string | null
  host: string
  port: number
  webhookPath: string
  logLevel: LogLevel
  databases: Database[]
  store: StoreChoice
  /** The part that this process runs; null means everything. */
  only: 'web' | 'worker' | null
  /** False: GitHub limits nothing, as an Enterprise Server may be set up. */
  githubLimits: boolean
  /** Where Prometheus asks; null: nowhere. */
  metricsPort: number | null
  /** Memory of the process that analyzes what pull requests bring, MB: beyond it the process is ended. */
  workerMemoryMb: number
}

type ConfigRead = { config: ServerConfig; problems: [] } | { config: null; problems: string[] }

export const defaultWebhookPath = '/api/github/webhooks'

const databasesFile = z.strictObject({
  databases: z.record(
    z.string(),
    z.strictObject({
      /** Name of the environment variable that holds the connection string, so that the file holds no secret. */
      url_env: z.string().optional(),
      /** The same for the primary and the role that sees what goes on there. */
      activity_env: z.string().optional(),
      /** Instead: a file that `lockcast snapshot` wrote and somebody hands over. */
      snapshot: z.string().optional(),
      /** A file that `lockcast calibrate` wrote. */
      profile: z.string().optional(),
      repositories: z.array(z.string()).min(1),
      /** Globs: which migrations of these repositories belong to this database. Default: those of no other. */
      migrations: z.array(z.string().min(1)).min(1).optional(),
    }),
  ),
})

/** Reads the configuration, or every problem with it, each a sentence that names the variable and never its value. */
export function readConfig(env: NodeJS.ProcessEnv, only: ServerConfig['only'] = null): ConfigRead {
  const problems: string[] = []
  const appId = Number(env.APP_ID)
  if (!env.APP_ID) problems.push("APP_ID is missing: the number on the GitHub App's settings page.")
  else if (!Number.isInteger(appId) || appId <= 0) problems.push('APP_ID is not a number.')
  const privateKey = readPrivateKey(env, problems)
  const webhookSecret = env.WEBHOOK_SECRET ?? ''
  if (webhookSecret === '') {
    problems.push(
      "WEBHOOK_SECRET is missing: the secret set on the GitHub App's settings page, so that only GitHub is heard.",
    )
  } else checkSecret(webhookSecret, 'WEBHOOK_SECRET', problems)
  const oldWebhookSecret = env.WEBHOOK_SECRET_OLD || null
  if (oldWebhookSecret !== null) checkSecret(oldWebhookSecret, 'WEBHOOK_SECRET_OLD', problems)
  const port = Number(env.PORT ?? 3000)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) problems.push('PORT is not a port number.')
  const metricsPort = env.LOCKCAST_METRICS_PORT ? Number(env.LOCKCAST_METRICS_PORT) : null
  if (metricsPort !== null && (!Number.isInteger(metricsPort) || metricsPort < 1 || metricsPort > 65_535))
    problems.push('LOCKCAST_METRICS_PORT is not a port number.')
  const workerMemoryMb = Number(env.LOCKCAST_WORKER_MEMORY_MB ?? 360)
  if (!Number.isInteger(workerMemoryMb) || workerMemoryMb < 200)
    problems.push('LOCKCAST_WORKER_MEMORY_MB is not a number of megabytes from 200.')
  const webhookPath = env.WEBHOOK_PATH ?? defaultWebhookPath
  if (!webhookPath.startsWith('/')) problems.push('WEBHOOK_PATH must start with a slash.')
  const logLevel = env.LOG_LEVEL ?? 'info'
  if (!isLogLevel(logLevel)) problems.push('LOG_LEVEL is not one of info, warn, error.')
  const url = apiAddress(env)
  if (url !== null && !/^https?:\/\/[^/]/.test(url))
    problems.push('GITHUB_API_URL is not the address of an API, like https://github.example.com/api/v3.')
  const databases = readDatabases(env, problems)
  const store = readStore(env, { only, app: `${appId} ${url ?? 'github.com'}` }, problems)
  if (problems.length > 0 || !isLogLevel(logLevel)) return { config: null, problems }
  return {
    config: {
      appId,
      privateKey,
      webhookSecret,
      oldWebhookSecret,
      githubUrl: url,
      host: env.HOST ?? '0.0.0.0',
      port,
      webhookPath,
      logLevel,
      databases,
      store,
      only,
      metricsPort,
      workerMemoryMb,
      githubLimits: env.LOCKCAST_GITHUB_LIMITS !== 'off',
    },
    problems: [],
  }
}

/** Words that stand in examples: anyone would try them first. */
const publicSecrets =
  /^(development|secret|password|changeme|change-me|test|webhook|webhooksecret|lockcast|example|your.*)$/i

/** Who knows the secret can sign events: it must not be guessed. */
function checkSecret(secret: string, variable: string, problems: string[]): void {
  if (secret === 'development') {
    problems.push(`${variable} is \`development\`, Probot's public default: anyone could sign events. Choose another.`)
  } else if (publicSecrets.test(secret) || secret.length < 16 || new Set(secret).size < 6) {
    problems.push(
      `${variable} is too easy to guess: anyone could sign events. Choose 16 characters or more, such as of \`openssl rand -hex 32\`.`,
    )
  }
}

function readStore(
  env: NodeJS.ProcessEnv,
  { only, app }: { only: ServerConfig['only']; app: string },
  problems: string[],
): StoreChoice {
  const { LOCKCAST_STORE_URL: url, LOCKCAST_DATA: folder } = env
  if (url && !isPostgresUrl(url)) {
    problems.push(
      'LOCKCAST_STORE_URL is not a connection string, like postgres://lockcast:secret@db.example.com/lockcast.',
    )
  }
  if (!url && only !== null) {
    problems.push(
      `LOCKCAST_STORE_URL is missing: a process with --only ${only} shares a PostgreSQL with the others. One process that does everything needs none.`,
    )
  }
  if (env.LOCKCAST_GITHUB_LIMITS && env.LOCKCAST_GITHUB_LIMITS !== 'off') {
    problems.push('LOCKCAST_GITHUB_LIMITS is `off` or not set.')
  }
  return url ? { kind: 'url', url } : { kind: 'embedded', folder: folder || null, app }
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol)
}

function readPrivateKey(env: NodeJS.ProcessEnv, problems: string[]): string {
  const { PRIVATE_KEY: inline, PRIVATE_KEY_PATH: path } = env
  if (!inline && !path) {
    problems.push("PRIVATE_KEY or PRIVATE_KEY_PATH is missing: the key made on the GitHub App's settings page.")
    return ''
  }
  // Environment files often hold the key in one line, with \n or in base64.
  const text = inline ? unfolded(inline) : readText(path ?? '', 'PRIVATE_KEY_PATH', problems)
  if (text !== '' && !isPrivateKey(text)) {
    problems.push(`${inline ? 'PRIVATE_KEY' : 'PRIVATE_KEY_PATH'} does not hold a private key in PEM form.`)
  }
  return text
}

function isPrivateKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

function unfolded(key: string): string {
  const text = key.includes('-----BEGIN') ? key : Buffer.from(key, 'base64').toString('utf8')
  return text.replace(/\\n/g, '\n')
}

function readDatabases(env: NodeJS.ProcessEnv, problems: string[]): Database[] {
  const { LOCKCAST_REPLICA_URL: url, LOCKCAST_REPLICA_REPOSITORIES: list, LOCKCAST_CONFIG: file } = env
  const { LOCKCAST_ACTIVITY_URL: activity } = env
  if (url && file) problems.push('LOCKCAST_REPLICA_URL and LOCKCAST_CONFIG are both set: use one of them.')
  if (activity && file)
    problems.push('LOCKCAST_ACTIVITY_URL and LOCKCAST_CONFIG are both set: name its variable with activity_env there.')
  if (file) return readDatabasesFile(file, env, problems)
  if (!url && activity)
    problems.push('LOCKCAST_ACTIVITY_URL is set without LOCKCAST_REPLICA_URL: sizes come from there.')
  if (!url) return []
  if (!isPostgresUrl(url)) {
    problems.push('LOCKCAST_REPLICA_URL is not a connection string, like postgres://lockcast@replica.example.com/shop.')
  }
  if (activity && !isPostgresUrl(activity)) {
    problems.push(
      'LOCKCAST_ACTIVITY_URL is not a connection string, like postgres://lockcast@primary.example.com/shop.',
    )
  }
  const repositories = (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (repositories.length === 0) {
    problems.push(
      'LOCKCAST_REPLICA_REPOSITORIES is missing: which repositories may be compared with LOCKCAST_REPLICA_URL, like acme/shop,acme/*.',
    )
  }
  checkPatterns(repositories, 'LOCKCAST_REPLICA_REPOSITORIES', problems)
  return [
    {
      name: 'replica',
      from: { kind: 'url', url },
      profilePath: null,
      activityUrl: activity || null,
      migrations: null,
      repositories,
    },
  ]
}

function readDatabasesFile(path: string, env: NodeJS.ProcessEnv, problems: string[]): Database[] {
  const text = readText(path, 'LOCKCAST_CONFIG', problems)
  if (text === '') return []
  const result = databasesFile.safeParse(parsedYaml(text))
  if (!result.success) {
    for (const issue of result.error.issues) {
      problems.push(`LOCKCAST_CONFIG: ${[...issue.path, issue.message].join(': ')}`)
    }
    return []
  }
  const databases = Object.entries(result.data.databases).flatMap(([name, entry]): Database[] => {
    const { url_env, activity_env, snapshot, profile, repositories, migrations } = entry
    checkPatterns(repositories, `LOCKCAST_CONFIG: ${name}`, problems)
    const activityUrl = activity_env === undefined ? null : (env[activity_env] ?? '')
    if (activityUrl === '')
      problems.push(`${activity_env} is missing: LOCKCAST_CONFIG takes the primary of database ${name} from it.`)
    const rest = { profilePath: profile ?? null, activityUrl, migrations: migrations ?? null, repositories }
    if ((url_env === undefined) === (snapshot === undefined)) {
      problems.push(`LOCKCAST_CONFIG: ${name} needs url_env or snapshot, one of them.`)
      return []
    }
    if (url_env === undefined) return [{ name, from: { kind: 'snapshot', path: snapshot ?? '' }, ...rest }]
    const url = env[url_env]
    if (!url) problems.push(`${url_env} is missing: LOCKCAST_CONFIG takes the address of database ${name} from it.`)
    else if (!isPostgresUrl(url))
      problems.push(`${url_env} is not a connection string: database ${name} cannot be asked.`)
    return url ? [{ name, from: { kind: 'url', url }, ...rest }] : []
  })
  problems.push(...unusable(databases).map((problem) => `LOCKCAST_CONFIG: ${problem}`))
  return databases
}

function checkPatterns(repositories: string[], where: string, problems: string[]): void {
  for (const pattern of repositories) {
    if (!/^[\w.-]+\/(\*|[\w.-]+)$/.test(pattern)) problems.push(`${where}: ${pattern} is not owner/name or owner/*.`)
  }
}

function readText(path: string, variable: string, problems: string[]): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    problems.push(`${variable} names a file that cannot be read.`)
    return ''
  }
}

function parsedYaml(text: string): unknown {
  try {
    return parse(text)
  } catch {
    // The schema's message says what was expected.
    return null
  }
}

function isLogLevel(text: string): text is LogLevel {
  return text === 'info' || text === 'warn' || text === 'error'
}
