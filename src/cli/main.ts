#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { onAnalysisBug } from '../effects/analysis-bug.ts'
import { severities } from '../hazards/severity.ts'
import { UsageError } from './errors.ts'
import { formats } from './formats.ts'

enableCompileCache()
// A review makes short-lived objects only: without growth of the young generation 5,000 files peak at 330 MB, not 440.
setFlagsFromString('--semi-space-growth-factor=1')

const thresholds = [...severities, 'never']

function majorVersion(text: string): number {
  const version = Number(text)
  if (!Number.isInteger(version) || version < 10 || version > 18)
    throw new InvalidArgumentError('a major version from 10 to 18')
  return version
}

function count(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('a number from 1')
  return Number(text)
}

const sourceOptions = [
  new Option(
    '--database-url <url>',
    'read the catalog from this database, best a read-only replica (or LOCKCAST_DATABASE_URL)',
  ),
  new Option('--snapshot <file>', 'read the catalog from a file that lockcast snapshot wrote'),
  new Option('--without-database', 'review with unknown sizes and schema, also where the environment names a database'),
  new Option('--profile <file>', 'what lockcast calibrate measured, for forecasts'),
  new Option(
    '--activity-url <url>',
    'ask the primary here, with a role that has pg_monitor, how much goes on (or LOCKCAST_ACTIVITY_URL)',
  ),
  new Option('--activity-interval <duration>', 'between the two readings of its counters (default: 5s)'),
]
const catalogOptions = [
  ...sourceOptions,
  new Option('--postgres-version <n>', "major version to judge for (default: the server's, else 17)").argParser(
    majorVersion,
  ),
  new Option('--config <file>', 'policy file (default: .github/lockcast.yml)'),
]

const program = new Command('lockcast')
  .description('Reviews PostgreSQL migrations: what each statement locks, scans and rewrites, and for how long')
  .showHelpAfterError('(lockcast --help lists the commands)')
  .version(packageJson.version, '-V, --version')
  .exitOverride()

const review = program
  .command('review [path...]')
  .description('review files or folders, standard input (-), or with --base what changed')
  .option('--stdin-filename <file>', 'with -: the file that the text is of')
  .option('--from-command <command>', 'review the SQL that this command prints; it is run by the shell')
  .option('--base <ref>', 'only what changed since this commit or branch')
  .option('--from-empty', 'the files are the whole history: nothing exists before the first')
  .option('--sizes <file>', 'with --from-empty: rows by table name, as JSON')
  .option(
    '--database <name=url...>',
    'address of a database that the policy names (or LOCKCAST_DATABASE_URL_NAME); name=FILE for a snapshot',
  )
  .option('--runner <name>', 'the migration tool (default: detected)')
  .addOption(new Option('--format <format>', 'how to print').choices(formats).default('text'))
  .addOption(new Option('--fail-on <severity>', 'exit with 1 from this severity on').choices(thresholds))
for (const option of catalogOptions) review.addOption(option)
review.action(async (paths: string[], options) => {
  const { reviewCommand } = await import('./review.ts')
  process.exitCode = await reviewCommand(paths, options)
})

const fix = program
  .command('fix <file...>')
  .description('write the plans of the review: edits in place, new files behind, in the form of the migration tool')
  .option('--dry-run', 'print the changes as a diff, write nothing')
  .option('--force', 'also over changes that are not committed')
  .option('--base <ref>', 'leave files alone that this commit or branch has')
  .option('--from-empty', 'the files are the whole history: nothing exists before the first')
  .option('--sizes <file>', 'with --from-empty: rows by table name, as JSON')
  .option('--runner <name>', 'the migration tool (default: detected)')
  .addOption(new Option('--fail-on <severity>', 'exit with 1 from this severity on').choices(thresholds))
for (const option of catalogOptions) fix.addOption(option)
fix.action(async (paths: string[], options) => {
  const { fixCommand } = await import('./fix.ts')
  process.exitCode = await fixCommand(paths, options)
})

program
  .command('detect [path...]')
  .description('which migration tool runs which folder, and why')
  .option('--config <file>', 'policy file (default: .github/lockcast.yml)')
  .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
  .action(async (paths: string[], options) => {
    const { detectCommand } = await import('./detect.ts')
    process.exitCode = await detectCommand(paths, options)
  })

const preflight = program
  .command('preflight <file...>')
  .description("right before migrating: the review with today's sizes, and what is in the way now on the primary")
  .option('--wait <duration>', 'wait so long for a quiet moment')
  .option('--runner <name>', 'the migration tool (default: detected)')
  .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
  .addOption(new Option('--fail-on <severity>', 'exit with 1 from this severity on').choices(thresholds))
for (const option of catalogOptions) preflight.addOption(option)
preflight.action(async (paths: string[], options) => {
  const { preflightCommand } = await import('./preflight.ts')
  process.exitCode = await preflightCommand(paths, options)
})

const explain = program
  .command('explain <sql>')
  .description('what one statement locks, scans and rewrites')
  .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
for (const option of catalogOptions) explain.addOption(option)
explain.action(async (sql: string, options) => {
  const { explainCommand } = await import('./explain.ts')
  process.exitCode = await explainCommand(sql, options)
})

program
  .command('hazards [id]')
  .description('what is looked for; with an id the page of one hazard, with examples; with a group its list')
  .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
  .action(async (id: string | undefined, options) => {
    const { hazardsCommand } = await import('./hazards.ts')
    process.exitCode = await hazardsCommand(id, options)
  })

program
  .command('snapshot')
  .description('print schema and statistics of all user schemas as JSON, never a row of data')
  .addOption(
    new Option('--database-url <url>', 'the database to read').env('LOCKCAST_DATABASE_URL').makeOptionMandatory(),
  )
  .option('--profile <file>', 'what lockcast calibrate measured, to be carried along')
  .option('--definitions', 'with definitions of views and policies, owners, grants and comments, which plans need')
  .action(async (options: { databaseUrl: string; profile?: string; definitions?: boolean }) => {
    const { snapshotCommand } = await import('./snapshot.ts')
    process.exitCode = await snapshotCommand(options)
  })

const pr = program
  .command('pr <owner/name#number>')
  .description('review a pull request on GitHub and show the comments it would get, with GITHUB_TOKEN')
  .option('--post', 'write the comments, as whoever the token belongs to')
  .addOption(new Option('--format <format>', 'how to print').choices(['comments', ...formats]).default('comments'))
  .addOption(new Option('--fail-on <severity>', 'exit with 1 from this severity on').choices(thresholds))
  .option('--sarif <file>', 'also write the findings there as SARIF')
for (const option of sourceOptions) pr.addOption(option)
pr.action(async (target: string, options) => {
  const { prCommand } = await import('./pr.ts')
  process.exitCode = await prCommand(target, options)
})

program
  .command('overrides')
  .description('who overrode what, and what was refused, as the checks on GitHub record it, with GITHUB_TOKEN')
  .requiredOption('--repo <owner/name>', 'the repository')
  .option('--since <date>', 'labels set at or after this time')
  .addOption(new Option('--limit <n>', 'pull requests to look at').argParser(count).default(200))
  .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'csv']).default('text'))
  .action(async (options) => {
    const { overridesCommand } = await import('./overrides.ts')
    process.exitCode = await overridesCommand(options)
  })

const policy = program.command('policy').description("the rules: .github/lockcast.yml over the organisation's defaults")

policy
  .command('check [file]')
  .description('every problem of a policy file with its line (default: .github/lockcast.yml)')
  .option('--organisation', "read it as the organisation's, which may lock keys")
  .action(async (file: string | undefined, options: { organisation?: boolean }) => {
    const { policyCheckCommand } = await import('./policy.ts')
    process.exitCode = policyCheckCommand(file, options)
  })

policy
  .command('show')
  .description('the policy in force, and where each value comes from')
  .option('--repo <owner/name>', 'of this repository on GitHub, with GITHUB_TOKEN (default: of the file here)')
  .option('--branch <name>', 'with --repo: of this branch (default: the default branch)')
  .option('--config <file>', 'policy file (default: .github/lockcast.yml)')
  .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
  .action(async (options) => {
    const { policyShowCommand } = await import('./policy.ts')
    process.exitCode = await policyShowCommand(options)
  })

program
  .command('calibrate')
  .description('measure how fast the server reads, sorts and writes, for forecasts; samples are only counted')
  .addOption(
    new Option('--database-url <url>', 'the database to measure, best the replica; the role has to have SELECT')
      .env('LOCKCAST_DATABASE_URL')
      .makeOptionMandatory(),
  )
  .option('--scratch-url <url>', 'a database on the same kind of machine where tables may be made and dropped')
  .option('--output <file>', 'where the profile goes (default: standard output)')
  .action(async (options: { databaseUrl: string; scratchUrl?: string; output?: string }) => {
    const { calibrateCommand } = await import('./calibrate.ts')
    process.exitCode = await calibrateCommand(options)
  })

program
  .command('serve')
  .description('run the GitHub App; the README lists its environment variables')
  .addOption(new Option('--only <role>', 'take events, or run jobs (default: both)').choices(['web', 'worker']))
  .option('--check', 'look at everything it needs, print a line for each, and end')
  .action(async (options) => {
    const { serveCommand } = await import('./serve.ts')
    process.exitCode = await serveCommand(options)
  })

const jobs = program.command('jobs').description("the server's jobs in its store")
jobs
  .command('list')
  .description('jobs that wait, run, or were put aside after their last try')
  .addOption(new Option('--state <state>', 'only these').choices(['waiting', 'delayed', 'running', 'buried']))
  .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
  .action(async (options) => {
    const { listJobsCommand } = await import('./jobs.ts')
    process.exitCode = await listJobsCommand(options)
  })
jobs
  .command('retry [id...]')
  .description('have jobs that were put aside run again; without ids all of them')
  .action(async (ids: string[]) => {
    const { retryJobsCommand } = await import('./jobs.ts')
    process.exitCode = await retryJobsCommand(ids)
  })

program
  .command('demo')
  .description('the whole way on an embedded Postgres and a fake GitHub (in a checkout)')
  .option('--keep', 'leave everything running at the end')
  .action(async (options: { keep?: boolean }) => {
    const { demoCommand } = await import('./demo.ts')
    process.exitCode = await demoCommand(options)
  })

// A reader such as `head` may close the pipe early: that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(process.exitCode ?? 0)
})

// The review goes on: the statement is reported as one that cannot be judged.
onAnalysisBug((error) => {
  process.stderr.write(`lockcast: a fault of Lockcast: ${error instanceof Error ? error.stack : String(error)}\n`)
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof UsageError) {
    // It may quote a file of somebody else's: no escape sequence reaches the terminal.
    const { visible } = await import('../report/hostile.ts')
    process.stderr.write(`lockcast: ${visible(error.message)}\n`)
    process.exitCode = 2
  } else if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    const { unexpectedProblem } = await import('./unexpected-error.ts')
    process.stderr.write(`lockcast: ${unexpectedProblem(error)}\n`)
    if (process.env.LOCKCAST_DEBUG) console.error(error)
    process.exitCode = 2
  }
}
