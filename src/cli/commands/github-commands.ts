import { type Command, Option } from 'commander'
import { formats } from '../formats.ts'
import { count, failOn, sourceOptions, textOrJson } from './options.ts'

/** Adds the commands that ask GitHub, and those on the policy. */
export function addGitHubCommands(program: Command): void {
  const pr = program
    .command('pr <owner/name#number>')
    .description('review a pull request on GitHub and show the comments it would get, with GITHUB_TOKEN')
    .option('--post', 'write the comments, as whoever the token belongs to')
    .addOption(new Option('--format <format>', 'how to print').choices(['comments', ...formats]).default('comments'))
    .addOption(failOn())
    .option('--detail', 'with the format text: whole statements, and the plans step by step')
    .option('--sarif <file>', 'also write the findings there as SARIF')
  for (const option of sourceOptions) pr.addOption(option)
  pr.action(async (target: string, options) => {
    const { prCommand } = await import('../pr.ts')
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
      const { overridesCommand } = await import('../overrides.ts')
      process.exitCode = await overridesCommand(options)
    })

  const policy = program
    .command('policy')
    .description("the rules: .github/lockcast.yml over the organisation's defaults")

  policy
    .command('check [file]')
    .description('every problem of a policy file with its line (default: .github/lockcast.yml)')
    .option('--organisation', "read it as the organisation's, which may lock keys")
    .action(async (file: string | undefined, options: { organisation?: boolean }) => {
      const { policyCheckCommand } = await import('../policy-command.ts')
      process.exitCode = policyCheckCommand(file, options)
    })

  policy
    .command('show')
    .description('the policy in force, and where each value comes from')
    .option('--repo <owner/name>', 'of this repository on GitHub, with GITHUB_TOKEN (default: of the file here)')
    .option('--branch <name>', 'with --repo: of this branch (default: the default branch)')
    .option('--config <file>', 'policy file (default: .github/lockcast.yml)')
    .addOption(textOrJson())
    .action(async (options) => {
      const { policyShowCommand } = await import('../policy-command.ts')
      process.exitCode = await policyShowCommand(options)
    })
}
