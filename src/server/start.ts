import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EmitterWebhookEvent } from '@octokit/webhooks'
import type { Logger } from 'pino'
import { Probot } from 'probot'
import { onAnalysisBug } from '../effects/analysis-bug.ts'
import { createAnalysisGuard } from '../github/analysis-guard.ts'
import { lockcastApp } from '../github/app.ts'
import { type AppClient, createAppClient, Octokit, requestOptions } from '../github/client/app-client.ts'
import { GitHubError } from '../github/client/failure.ts'
import { type Clock, wallClock } from '../github/clock.ts'
import type { AppContext } from '../github/context.ts'
import type { Core } from '../github/core.ts'
import { createBlobCache } from '../github/gather/blobs.ts'
import { type Job, jobKey, jobKinds, jobOwners, jobRank, mergeJobs } from '../github/jobs/job.ts'
import { runJob } from '../github/jobs/run-job.ts'
import type { EventNews } from '../github/records.ts'
import { loadParser } from '../sql/parse.ts'
import { type JobQueue, type JobRun, openQueue, type RunEnd, type StoredJob } from '../store/job-queue.ts'
import { openStore, type Store } from '../store/store.ts'
import { StoreError } from '../store/store-error.ts'
import type { ServerConfig } from './config.ts'
import type { Connections } from './database-breaker.ts'
import { type Database, databasesOf, type Opened, openDatabase } from './databases.ts'
import { createHttpServer } from './http.ts'
import { createLog } from './log.ts'
import { createMetrics, createMetricsServer, type Metrics } from './metrics.ts'
import { queueSettings } from './queue-settings.ts'
import { createProblemNotes, readinessOf } from './readiness.ts'
import { core } from './review-core.ts'

/** Replacements for tests. */
interface ServerDeps {
  core?: Core
  /** Called once for each database. */
  connect?: (database: Database) => Opened
  clock?: Clock
  /** How long a job that is put off waits, ms; by default as long as it should. */
  shorten?: (ms: number) => number
  /** By default it opens what the configuration names. */
  shared?: Shared
  /** By default JSON lines on standard output. */
  log?: Logger
}

/** A store that is open already, and who works on it. */
interface Shared {
  store: Store
  /** Tells the process that watches this one which blobs are under analysis. */
  report?: (key: string, runs: boolean) => void
  /** Problem of the process that runs the jobs; null: it runs. */
  workerProblem?: () => string | null
  /** Reports a job that ended to the process that serves the metrics. */
  ran?: Metrics['ran']
  /** Gets the metrics of this process, to count jobs that ran in another one. */
  counted?: (metrics: Metrics) => void
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

/** How often the primaries are looked at for long transactions, ms. */
const watchEveryMs = 60_000

/** How often GitHub's log is compared with the events that arrived, ms. */
const redeliverEveryMs = 5 * 60_000

/** How often all open pull requests are compared with their verdicts, ms. */
const sweepEveryMs = 15 * 60_000

/** How often it is looked how many processes share the budgets, ms. */
const countEveryMs = 5_000

/** How long running jobs may go on after the server was told to stop, ms. Orchestrators kill after 30 s. */
const closeWithinMs = 20_000

/**
 * Starts the GitHub App: the store, the jobs (unless `only` is `web`) and the HTTP server, which takes events unless
 * `only` is `worker`. Open pull requests that differ from their last verdict are reviewed at once. Throws a
 * {@link StartError} when the store cannot be used, the address cannot be listened on, or GitHub does not accept the key.
 */
export async function startServer(config: ServerConfig, deps: ServerDeps): Promise<RunningServer> {
  const log = deps.log ?? createLog(config.logLevel)
  const clock = deps.clock ?? wallClock
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
  const works = config.only !== 'web'
  const endBugs = onAnalysisBug((error) =>
    log.error({ err: error }, 'a statement could not be analyzed: a fault of Lockcast'),
  )
  // A process that only takes events never parses what is in them.
  if (works) await loadParser()
  const store = deps.shared?.store ?? (await openStoreOf(config, log))
  const connections: Connections = (name, most, question) => store.locks.inOneOf(most, `database ${name}`, question)
  const connect = deps.connect ?? ((database: Database) => openDatabase(database, connections))
  const opened = config.databases.map((database) => ({ database, sources: connect(database) }))
  let processes = 1
  const app = createAppClient(probot, config.appId, clock, {
    processes: () => processes,
    limited: config.githubLimits,
  })
  const databasesFor = databasesOf(opened)
  const stored = (job: Job): StoredJob => storedJob(job, databasesFor)
  const context: AppContext = {
    app,
    clock,
    core: deps.core ?? core,
    blobs: createBlobCache(),
    analysis: createAnalysisGuard(store.records, deps.shared?.report ?? (() => {})),
    records: store.records,
    locks: store.locks,
    log,
    databasesFor,
    enqueue: (jobs) => queue.add(jobs.map(stored)),
  }
  const runStored = async (_task: string, run: JobRun): Promise<RunEnd> => {
    const job = (run.payloads as Job[]).reduce(mergeJobs)
    const started = performance.now()
    const end = await runJob(job, { attempt: run.attempt, askedAt: clock.now() - run.askedMsAgo }, context)
    const seconds = (performance.now() - started) / 1_000
    metrics.ran(job.kind, end.kind, seconds)
    deps.shared?.ran?.(job.kind, end.kind, seconds)
    if (end.kind !== 'again') return end.kind === 'done' ? { kind: 'done' } : end
    const delayMs = Math.max(0, end.at - clock.now())
    return { kind: 'later', delayMs: deps.shorten?.(delayMs) ?? delayMs }
  }
  const metrics = createMetrics(() => queue)
  deps.shared?.counted?.(metrics)
  const queue = await openQueue(store, queueSettings, log, works ? { tasks: [...jobKinds], run: runStored } : null)
  const accept = async (news: EventNews, jobs: Job[]): Promise<void> => {
    await store.transaction(async (client) => {
      await store.records.note(client, news)
      await queue.add(jobs.map(stored), client)
    })
  }
  await probot.load(lockcastApp(accept))

  const every = (ms: number, task: () => Promise<unknown>): NodeJS.Timeout =>
    setInterval(() => {
      task().catch((error: unknown) => log.error({ err: error }, 'a regular task failed'))
    }, ms).unref()
  const countProcesses = async (): Promise<void> => {
    processes = await store.membership.working()
  }
  await countProcesses()
  const timers = works
    ? [
        every(watchEveryMs, () => Promise.all(opened.map(({ sources }) => sources.watch?.()))),
        every(redeliverEveryMs, () => context.enqueue([{ kind: 'redeliver' }])),
        every(sweepEveryMs, () => context.enqueue([{ kind: 'start' }])),
        every(sweepEveryMs, () => store.records.clean()),
        every(countEveryMs, countProcesses),
        every(countEveryMs, createProblemNotes(config.databases, store.records)),
      ]
    : []
  const readiness = readinessOf(config, {
    store,
    records: store.records,
    app,
    queue,
    workerProblem: deps.shared?.workerProblem ?? (() => null),
  })
  const listening = await listen(config, log, probot, { answered: metrics.delivered, readiness })
  const measured = await listenForMetrics(config, metrics)
  const close = async (): Promise<void> => {
    for (const timer of timers) clearInterval(timer)
    await listening?.stop()
    measured?.close()
    // Jobs that wait for their turn are put back at once; those that write finish.
    app.stop()
    await queue.close(closeWithinMs)
    if (!deps.shared) await store.close()
    endBugs()
    log.info('stopped')
  }
  if (!(await isAccepted(app))) {
    await close()
    throw new StartError(
      "GitHub does not accept APP_ID with this PRIVATE_KEY: compare both with the GitHub App's settings page.",
    )
  }
  const { port, url } = listening ?? { port: null, url: '' }
  const databases = config.databases.map(({ name }) => name)
  log.info({ port, webhookPath: config.webhookPath, databases, only: config.only }, 'listening')
  if (works) await context.enqueue([{ kind: 'redeliver' }, { kind: 'start' }])
  return { url, webhookUrl: url + config.webhookPath, idle: () => idle(queue), close }
}

function storedJob(job: Job, databasesFor: AppContext['databasesFor']): StoredJob {
  const asks = job.kind === 'pull' || job.kind === 'group'
  const databases = asks ? databasesFor(`${job.owner}/${job.repo}`) : []
  return {
    task: job.kind,
    key: jobKey(job),
    payloads: [job],
    owners: [...jobOwners(job), ...databases.map(({ name }) => `database ${name}`)],
    rank: jobRank(job),
    delayMs: 0,
  }
}

/** Resolves when no job runs or is due within a second. */
async function idle(queue: JobQueue): Promise<void> {
  for (;;) {
    const { waiting, running, soon } = await queue.counts()
    if (waiting + running + soon === 0) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

interface Listening {
  port: number
  url: string
  stop(): Promise<void>
}

/** Opens the store that the configuration names. Throws a {@link StartError}. */
export async function openStoreOf(config: ServerConfig, log: Logger): Promise<Store> {
  const works = config.only !== 'web'
  return openStore(config.store, { works, beside: false, log }).catch((error: unknown) => {
    throw error instanceof StoreError ? new StartError(error.message) : error
  })
}

/** Null where no port is set for it. */
async function listenForMetrics({ host, metricsPort }: ServerConfig, metrics: Metrics): Promise<Server | null> {
  if (metricsPort === null) return null
  const server = createMetricsServer(metrics)
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(new StartError(`LOCKCAST_METRICS_PORT ${metricsPort} cannot be listened on (${code}).`)),
    )
    server.listen(metricsPort, host, resolve)
  })
  return server.unref()
}

/** Null for a process that only works. */
async function listen(
  config: ServerConfig,
  log: Logger,
  probot: Probot,
  deps: Pick<Parameters<typeof createHttpServer>[0], 'answered' | 'readiness'>,
): Promise<Listening | null> {
  if (config.only === 'worker') return null
  const server = createHttpServer({
    webhookPath: config.webhookPath,
    log,
    ...deps,
    secrets: [config.webhookSecret, ...(config.oldWebhookSecret === null ? [] : [config.oldWebhookSecret])],
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
  return {
    port,
    url: `http://${host}:${port}`,
    async stop() {
      const stopped = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      // Deliveries that arrive now are still answered; connections that hang are cut off.
      const cut = setTimeout(() => server.closeAllConnections(), 2_000)
      await stopped
      clearTimeout(cut)
    },
  }
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
