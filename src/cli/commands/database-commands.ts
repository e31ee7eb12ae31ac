import { type Command, Option } from 'commander'

/** Adds the commands that read a database. */
export function addDatabaseCommands(program: Command): void {
  program
    .command('snapshot')
    .description('print schema and statistics of all user schemas as JSON, never a row of data')
    .addOption(
      new Option('--database-url <url>', 'the database to read').env('LOCKCAST_DATABASE_URL').makeOptionMandatory(),
    )
    .option('--profile <file>', 'what lockcast calibrate measured, to be carried along')
    .option(
      '--definitions',
      'with definitions of functions, views and policies, owners, grants and comments, for plans and proofs',
    )
    .action(async (options: { databaseUrl: string; profile?: string; definitions?: boolean }) => {
      const { snapshotCommand } = await import('../snapshot-command.ts')
      process.exitCode = await snapshotCommand(options)
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
      const { calibrateCommand } = await import('../calibrate.ts')
      process.exitCode = await calibrateCommand(options)
    })
}
