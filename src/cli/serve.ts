import { readConfig } from '../server/config.ts'
import { closeOnSignal, startServer } from '../server/start.ts'

/** `lockcast serve`: the GitHub App, until it is told to stop. Every problem of its environment is a line, exit code 2. */
export async function serveCommand(): Promise<number> {
  const { config, problems } = readConfig(process.env)
  if (config === null) {
    for (const problem of problems) process.stderr.write(`lockcast: ${problem}\n`)
    return 2
  }
  await closeOnSignal(await startServer(config, {}))
  return 0
}
