import { once } from 'node:events'
import { existsSync, watch } from 'node:fs'
import { UsageError } from './errors.ts'

/** Editors save in several steps: wait until it is quiet, ms. */
const quiet = 150

/** Folders whose changes are of no review. */
const ignored = /(?:^|[/\\])(?:node_modules|\.git|dist|target|vendor)(?:[/\\]|$)/

/**
 * Runs a review now and after every change of a file below here, or below the folders that are named outside of it, until
 * SIGINT. Gives the last review's exit code.
 */
export async function watchReviews(
  paths: string[],
  options: { fromCommand?: string },
  review: () => Promise<number>,
): Promise<number> {
  if (paths.includes('-') || options.fromCommand !== undefined)
    throw new UsageError('--watch looks at files: it does not go with - or --from-command')
  const missing = paths.find((path) => !existsSync(path))
  if (missing !== undefined) throw new UsageError(`${missing}: no such file or folder`)
  let exit = 0
  let running: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const run = (): void => {
    running = running.then(async () => {
      if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[3J\u001b[H')
      exit = await review().catch((error: unknown) => {
        // Half a file is a moment of editing, no reason to end.
        if (!(error instanceof UsageError)) throw error
        process.stderr.write(`lockcast: ${error.message}\n`)
        return 2
      })
      process.stderr.write('lockcast: waiting for changes; Ctrl-C ends\n')
    })
  }
  const changed = (_event: string, name: string | null): void => {
    if (name !== null && ignored.test(name)) return
    clearTimeout(timer)
    timer = setTimeout(run, quiet)
  }
  const watchers = ['.', ...paths.filter((path) => path.startsWith('..') || path.startsWith('/'))].map((path) =>
    watch(path, { recursive: true }, changed),
  )
  run()
  await once(process, 'SIGINT')
  for (const watcher of watchers) watcher.close()
  clearTimeout(timer)
  await running
  return exit
}
