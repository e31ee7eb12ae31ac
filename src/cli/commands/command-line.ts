import { Command } from 'commander'
import packageJson from '../../../package.json' with { type: 'json' }
import { addDatabaseCommands } from './database-commands.ts'
import { addFileCommands } from './file-commands.ts'
import { addGitHubCommands } from './github-commands.ts'
import { programHelp } from './help.ts'
import { addServerCommands } from './server-commands.ts'

/** All commands of `lockcast`. It throws a CommanderError instead of ending the process. */
export function commandLine(): Command {
  const program = new Command('lockcast')
    .description('Reviews PostgreSQL migrations: what each statement locks, scans and rewrites, and for how long')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'lockcast: ')) })
    .showHelpAfterError('(lockcast --help lists the commands)')
    .version(packageJson.version, '-V, --version')
    .exitOverride()
  program.addHelpText('after', programHelp)
  addFileCommands(program)
  addDatabaseCommands(program)
  addGitHubCommands(program)
  addServerCommands(program)
  program
    .command('completion <shell>')
    .description('the completion script of bash, zsh or fish: source <(lockcast completion bash)')
    .action(async (shell: string) => {
      const { completionCommand } = await import('../completion.ts')
      process.exitCode = completionCommand(shell, program)
    })
  return program
}
