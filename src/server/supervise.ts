import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Logger } from 'pino'
import { suspect } from '../github/analysis-guard.ts'
import type { Store } from '../store/store.ts'
import type { ServerConfig } from './config.ts'
import { createLog } from './log.ts'
import type { Metrics } from './metrics.ts'
import { openStoreOf, type RunningServer, startServer } from './start.ts'

/**
 * Jobs run in a process of their own: what strangers write is parsed there, under limits of time and memory that count
 * WebAssembly too, while this process goes on taking events and answering `/healthz`.
 */

/** Set in the environment of the worker. */
export const supervisedVariable = 'LOCKCAST_SUPERVISED'

/** Messages of the worker. */
export type WorkerMessage =
  | { kind: 'alive' }
  /** Analysis of these blobs begins or ends. */
  | { kind: 'analysis'; key: string; runs: boolean }
  /** A job ended. */
  | { kind: 'ran'; job: string; end: string; seconds: number }

/** How often the worker shows that it is not stuck, and how long it may not, ms. */
export const aliveEveryMs = 1_000
const stuckMs = 45_000

/** How often its memory is looked at, ms. */
const watchEveryMs = 500

/** Pause before a worker that ended is started again, ms: longer each time it ends at once. */
const pausesMs = [100, 1_000, 5_000, 15_000]

/** A worker that ran so long has not failed at once, ms. */
const healthyMs = 30_000

/** Time for jobs under way after the server was told to stop, ms. */
const closeWithinMs = 25_000

/** Starts the server with its worker. Throws a {@link StartError}. */
export async function startSupervised(config: ServerConfig): Promise<RunningServer> {
  const log = createLog(config.logLevel)
  const store = await openStoreOf({ ...config, only: 'web' }, log)
  // Jobs that end before the metrics exist are not counted.
  let metrics: Metrics | null = null
  const worker = superviseWorker(config, store, log, (...job) => metrics?.ran(...job))
  try {
    if (config.only === 'worker') {
      const idle = async (): Promise<void> => {}
      return { url: '', webhookUrl: '', idle, close: () => closeBoth(worker, store, null) }
    }
    const counted = (made: Metrics): void => {
      metrics = made
    }
    const shared = { store, workerProblem: worker.problem, counted }
    const web = await startServer({ ...config, only: 'web' }, { log, shared })
    return { ...web, close: () => closeBoth(worker, store, web) }
  } catch (error) {
    await closeBoth(worker, store, null)
    throw error
  }
}

/** Events are taken until the last; what runs has its time. */
async function closeBoth(worker: SupervisedWorker, store: Store, web: RunningServer | null): Promise<void> {
  await Promise.all([worker.close(), web?.close()])
  await store.close()
}

interface SupervisedWorker {
  /** Why no worker runs; null: one does. */
  problem(): string | null
  close(): Promise<void>
}

function superviseWorker(config: ServerConfig, store: Store, log: Logger, ran: Metrics['ran']): SupervisedWorker {
  let current: Worker | null = null
  let isClosing = false
  let failures = 0
  let pause: NodeJS.Timeout | undefined
  const start = (): void => {
    const startedAt = Date.now()
    current = startWorker(config, store.url, log, ran, async (ended) => {
      current = null
      if (isClosing) return
      log.error({ reason: ended.limit, analyses: ended.analyses.length }, 'the worker ended')
      await suspect(store.records, ended.analyses, ended.limit).catch(() => {})
      failures = Date.now() - startedAt > healthyMs ? 0 : failures + 1
      pause = setTimeout(start, pausesMs[Math.min(failures, pausesMs.length - 1)])
    })
  }
  start()
  return {
    problem: () => (current === null ? 'the process that runs the jobs has ended and is being started again' : null),
    async close() {
      isClosing = true
      clearTimeout(pause)
      await current?.close()
    },
  }
}

/** How a worker ended. */
interface Ended {
  /** Keys of the blobs that it analyzed then. */
  analyses: string[]
  /** A clause: which limit it met. */
  limit: string
}

interface Worker {
  close(): Promise<void>
}

function startWorker(
  { workerMemoryMb, only }: ServerConfig,
  storeUrl: string,
  log: Logger,
  ran: Metrics['ran'],
  ended: (how: Ended) => void,
): Worker {
  // Beside a web server it is that server which serves the metrics on the port.
  const port = only === 'worker' ? {} : { LOCKCAST_METRICS_PORT: '' }
  const env = { ...process.env, ...port, LOCKCAST_STORE_URL: storeUrl, LOCKCAST_DATA: '', [supervisedVariable]: '1' }
  const command = [...process.execArgv, process.argv[1] ?? '', 'serve', '--only', 'worker']
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const analyses = new Set<string>()
  let aliveAt = Date.now()
  let limit = 'the process that analyzed them ended'
  child.on('message', (message: WorkerMessage) => {
    aliveAt = Date.now()
    if (message.kind === 'ran') return ran(message.job, message.end, message.seconds)
    if (message.kind !== 'analysis') return
    if (message.runs) analyses.add(message.key)
    else analyses.delete(message.key)
  })
  const watch = setInterval(() => {
    const memory = residentMb(child)
    if (memory > workerMemoryMb) limit = `they took more than ${workerMemoryMb} MB of memory`
    else if (Date.now() - aliveAt > stuckMs) limit = `they took more than ${stuckMs / 1_000} s`
    else return
    log.error({ memoryMb: Math.round(memory) }, 'the worker is ended')
    child.kill('SIGKILL')
  }, watchEveryMs)
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  void exited.then(() => {
    clearInterval(watch)
    ended({ analyses: [...analyses], limit })
  })
  return {
    async close() {
      child.kill('SIGTERM')
      const bound = setTimeout(() => child.kill('SIGKILL'), closeWithinMs)
      await exited
      clearTimeout(bound)
    },
  }
}

/** Memory that the process holds, WebAssembly's too, MB; 0 where the system does not tell. */
function residentMb({ pid }: ChildProcess): number {
  try {
    const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')
    return (Number(pages) * 4_096) / 1024 / 1024
  } catch {
    return 0
  }
}
