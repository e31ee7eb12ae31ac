import { readConfig, type ServerConfig } from '../server/config.ts'
import { createLog } from '../server/log.ts'
import { closeOnSignal, openStoreOf, StartError, startServer } from '../server/start.ts'
import { checkServer } from '../server/startup-check.ts'
import { aliveEveryMs, startSupervised, supervisedVariable, type WorkerMessage } from '../server/supervise.ts'
import { UsageError } from './errors.ts'

interface ServeOptions {
  only?: 'web' | 'worker'
  check?: boolean
}

/**
 * `lockcast serve`: the GitHub App, until it is told to stop. Every problem of its environment is a line, exit code 2.
 * `--check`: looks at everything that it needs, prints a line for each, and ends.
 */
export async function serveCommand(options: ServeOptions): Promise<number> {
  const { config, problems } = readConfig(process.env, options.only ?? null)
  if (config === null) {
    for (const problem of problems) process.stderr.write(`lockcast: ${problem}\n`)
    return 2
  }
  try {
    if (options.check) return await printCheck(config)
    if (process.env[supervisedVariable] !== undefined) return await work(config)
    await closeOnSignal(await (config.only === 'web' ? startServer(config, {}) : startSupervised(config)))
    return 0
  } catch (error) {
    throw error instanceof StartError ? new UsageError(error.message) : error
  }
}

/** The worker of a server: runs jobs, shows that it is alive, and ends with the process that watches it. */
async function work(config: ServerConfig): Promise<number> {
  // When the other end is gone, `disconnect` ends this process.
  const tell = (message: WorkerMessage): void => void process.send?.(message, undefined, undefined, () => {})
  process.on('disconnect', () => process.exit(1))
  const alive = setInterval(() => tell({ kind: 'alive' }), aliveEveryMs)
  const store = await openStoreOf(config, createLog(config.logLevel))
  const report = (key: string, runs: boolean): void => tell({ kind: 'analysis', key, runs })
  const ran = (job: string, end: string, seconds: number): void => tell({ kind: 'ran', job, end, seconds })
  await closeOnSignal(await startServer(config, { shared: { store, report, ran } }))
  await store.close()
  clearInterval(alive)
  process.disconnect()
  return 0
}

/** Exit code 0: everything answers. 2: something does not. */
async function printCheck(config: ServerConfig): Promise<number> {
  const results = await checkServer(config)
  for (const { name, problem } of results)
    process.stdout.write(`${problem === null ? 'ok' : 'no'}  ${name}${problem === null ? '' : `: ${problem}`}\n`)
  return results.every(({ problem }) => problem === null) ? 0 : 2
}
