import type { AddressInfo } from 'node:net'
import type { EmitterWebhookEvent } from '@octokit/webhooks'
import type { Logger } from 'pino'
import { Probot } from 'probot'
import { lockcastApp } from '../github/app.ts'
import { type AppClient, createAppClient, Octokit, requestOptions } from '../github/client/app-client.ts'
import { GitHubError } from '../github/client/failure.ts'
import { type Clock, wallClock } from '../github/clock.ts'
import type { Core } from '../github/core.ts'
import { createBlobCache } from '../github/gather/blobs.ts'
import { createKeyedLock } from '../github/jobs/keyed-lock.ts'
import { runJob } from '../github/jobs/run-job.ts'
import { loadParser } from '../sql/parse.ts'
import type { ServerConfig } from './config.ts'
import { core } from './core.ts'
import { type Database, databasesOf, type Opened, openDatabase } from './databases.ts'
import { createHttpServer } from './http.ts'
import { createLog } from './log.ts'
import { createMemoryQueue } from './queue.ts'

/** What tests put in the place of the real thing. */
interface ServerDeps {
  core?: Core
  /** Called once for each database. */
  connect?: (database: Database) => Opened
  clock?: Clock
  /** By default JSON lines on standard output. */
  log?: Logger
}

export interface RunningServer {
  /** Where it listens, without a path. */
  url: string
  webhookUrl: string
  /** Resolves when no job waits or runs. */
  idle(): Promise<void>
  /** Hears no more, finishes what runs within the bound. */
  close(): Promise<void>
}

/** Why the server cannot start, for whoever starts it. */
export class StartError extends Error {}

/** Jobs under way at once: they wait for GitHub and the replica most of the time. */
const concurrency = 4

/** How often the primaries are looked at for long transactions, ms. */
const watchEveryMs = 60_000

/** How often GitHub is asked for events that did not arrive, ms. */
const redeliverEveryMs = 5 * 60_000

/** How long running jobs may go on after the server was told to stop, ms. Orchestrators kill after 30 s. */
const closeWithinMs = 20_000

/**
 * Starts the GitHub App. Every open pull request whose head has no completed check is reviewed at once. Throws a
 * {@link StartError} when the address cannot be listened on or GitHub does not accept the key.
 */
export async function startServer(config: ServerConfig, deps: ServerDeps): Promise<RunningServer> {
  await loadParser()
  const log = deps.log ?? createLog(config.logLevel)
  const probot = new Probot({
    appId: config.appId,
    privateKey: config.privateKey,
    secret: config.webhookSecret,
    Octokit,
    request: requestOptions,
    log,
    ...(config.githubUrl === null ? {} : { baseUrl: config.githubUrl }),
  })
  await probot.ready()
  const opened = config.databases.map((database) => ({ database, sources: (deps.connect ?? openDatabase)(database) }))
  const databasesFor = databasesOf(opened)
  const watching = setInterval(() => {
    for (const { sources } of opened) void sources.watch?.()
  }, watchEveryMs).unref()
  const clock = deps.clock ?? wallClock
  const app = createAppClient(probot, config.appId, clock)
  const shared = {
    app,
    clock,
    core: deps.core ?? core,
    blobs: createBlobCache(),
    lock: createKeyedLock(),
    log,
    databasesFor,
    redelivered: new Set<number>(),
  }
  const queue = createMemoryQueue((job) => runJob(job, { ...shared, enqueue: queue.add }), concurrency, clock)
  await probot.load(lockcastApp(queue.add))

  const redelivering = setInterval(() => queue.add({ kind: 'redeliver' }), redeliverEveryMs).unref()
  const server = createHttpServer({
    webhookPath: config.webhookPath,
    log,
    // Not verifyAndReceive: on a wrong signature it hands the whole event to the error log.
    verify: (body, signature) => probot.webhooks.verify(body, signature),
    receive: ({ id, event, payload }) => probot.webhooks.receive({ id, name: event, payload } as EmitterWebhookEvent),
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(new StartError(`HOST ${config.host} and PORT ${config.port} cannot be listened on (${code}).`)),
    )
    server.listen(config.port, config.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const host = config.host === '0.0.0.0' ? '127.0.0.1' : config.host
  const url = `http://${host}:${port}`
  const close = async (): Promise<void> => {
    clearInterval(watching)
    clearInterval(redelivering)
    const stopped = new Promise((resolve) => server.close(resolve))
    server.closeIdleConnections()
    await queue.close(closeWithinMs)
    server.closeAllConnections()
    await stopped
    log.info('stopped')
  }
  if (!(await isAccepted(app))) {
    await close()
    throw new StartError(
      "GitHub does not accept APP_ID with this PRIVATE_KEY: compare both with the GitHub App's settings page.",
    )
  }
  log.info({ port, webhookPath: config.webhookPath, databases: config.databases.map(({ name }) => name) }, 'listening')
  queue.add({ kind: 'start' })
  queue.add({ kind: 'redeliver' })
  return { url, webhookUrl: url + config.webhookPath, idle: queue.idle, close }
}

/** False when GitHub says that the key is not the app's. Where GitHub does not answer, the jobs wait for it. */
async function isAccepted(app: AppClient): Promise<boolean> {
  try {
    await app.bot()
  } catch (error) {
    const kind = error instanceof GitHubError ? error.failure.kind : null
    return kind !== 'unauthorized' && kind !== 'not found'
  }
  return true
}

/** Resolves when the process is asked to stop, after the server has. A second signal ends the process as usual. */
export async function closeOnSignal(server: RunningServer): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
  await server.close()
}
