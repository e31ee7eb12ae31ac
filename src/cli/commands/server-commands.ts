import { type Command, Option } from 'commander'
import { textOrJson } from './options.ts'

/** Adds the commands of the GitHub App. */
export function addServerCommands(program: Command): void {
  program
    .command('serve')
    .description('run the GitHub App; the README lists its environment variables')
    .addOption(new Option('--only <role>', 'take events, or run jobs (default: both)').choices(['web', 'worker']))
    .option('--check', 'look at everything it needs, print a line for each, and end')
    .action(async (options) => {
      const { serveCommand } = await import('../serve.ts')
      process.exitCode = await serveCommand(options)
    })

  program
    .command('forget')
    .description('remove what the server keeps of an installation: records, jobs and its key')
    .requiredOption('--installation <id>', 'the number of the installation')
    .action(async (options: { installation: string }) => {
      const { forgetCommand } = await import('../jobs.ts')
      process.exitCode = await forgetCommand(options)
    })

  const jobs = program.command('jobs').description("the server's jobs in its store")

  jobs
    .command('list')
    .description('jobs that wait, run, or were put aside after their last try')
    .addOption(new Option('--state <state>', 'only these').choices(['waiting', 'delayed', 'running', 'buried']))
    .addOption(textOrJson())
    .action(async (options) => {
      const { listJobsCommand } = await import('../jobs.ts')
      process.exitCode = await listJobsCommand(options)
    })

  jobs
    .command('retry [id...]')
    .description('have jobs that were put aside run again; without ids all of them')
    .action(async (ids: string[]) => {
      const { retryJobsCommand } = await import('../jobs.ts')
      process.exitCode = await retryJobsCommand(ids)
    })

  program
    .command('demo')
    .description('the whole way on an embedded Postgres and a fake GitHub (in a checkout)')
    .option('--keep', 'leave everything running at the end')
    .action(async (options: { keep?: boolean }) => {
      const { demoCommand } = await import('../demo.ts')
      process.exitCode = await demoCommand(options)
    })
}
