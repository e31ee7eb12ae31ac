import { checkServer } from '../server/check.ts'
import { readConfig, type ServerConfig } from '../server/config.ts'
import { closeOnSignal, StartError, startServer } from '../server/start.ts'
import { UsageError } from './errors.ts'

export interface ServeOptions {
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
    await closeOnSignal(await startServer(config, {}))
    return 0
  } catch (error) {
    throw error instanceof StartError ? new UsageError(error.message) : error
  }
}

/** Exit code 0: everything answers. 2: something does not. */
async function printCheck(config: ServerConfig): Promise<number> {
  const results = await checkServer(config)
  for (const { name, problem } of results)
    process.stdout.write(`${problem === null ? 'ok' : 'no'}  ${name}${problem === null ? '' : `: ${problem}`}\n`)
  return results.every(({ problem }) => problem === null) ? 0 : 2
}
