import { runnerNames } from '../../policy/runner-names.ts'

const exitCodes = `Exit code: 0 passes; 1 findings at or over the threshold; 2 something could not be read, or the call is wrong.`

/** Below the list of commands. */
export const programHelp = `
Examples:
  lockcast review db/migrations                    files of a folder, sizes unknown
  lockcast review --base origin/main               what this branch changes
  lockcast review --staged                         what git would commit now
  lockcast explain "ALTER TABLE orders ADD x int"  what one statement locks
  lockcast detect                                  which migration tool runs which folder
  lockcast init                                    policy, workflow and pre-commit entry for this repository

${exitCodes}
`

/** Below the options of `lockcast review`. */
export const reviewHelp = `
Defaults: the threshold is high (fail_on in the policy), PostgreSQL 17 where no server says it, the policy is
.github/lockcast.yml, the catalog is LOCKCAST_DATABASE_URL, else the policy's snapshot, else none: sizes unknown.

Migration tools: ${runnerNames.join(', ')}.

Examples:
  lockcast review db/migrations --snapshot catalog.json
  lockcast review --base origin/main --database-url postgres://lockcast@replica/shop
  git show HEAD:db/7.sql | lockcast review - --stdin-filename db/7.sql
  lockcast review --from-command 'python manage.py sqlmigrate shop 0007'
  lockcast review db/migrations --watch
  lockcast review --base origin/main --format sarif > lockcast.sarif

${exitCodes}
FORCE_COLOR and NO_COLOR decide about colour.
`.replace(/^Migration tools.*$/m, (line) => folded(line, 100))

function folded(line: string, width: number): string {
  return line.replace(new RegExp(`(.{1,${width}})(?: |$)`, 'g'), '$1\n').trimEnd()
}
