import { readConfig } from '../server/config.ts'
import { closeOnSignal, StartError, startServer } from '../server/start.ts'
import { UsageError } from './errors.ts'

/** `lockcast serve`: the GitHub App, until it is stopped. Every problem of its environment is a line, exit code 2. */
export async function serveCommand(): Promise<number> {
  const { config, problems } = readConfig(process.env)
  if (config === null) {
    for (const problem of problems) process.stderr.write(`lockcast: ${problem}\n`)
    return 2
  }
  try {
    await closeOnSignal(await startServer(config, {}))
    return 0
  } catch (error) {
    throw error instanceof StartError ? new UsageError(error.message) : error
  }
}
