import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { CommanderError } from 'commander'
import { onAnalysisBug } from '../effects/analysis-bug.ts'
import { visible } from '../report/hostile.ts'
import { commandLine } from './commands/command-line.ts'
import { UsageError } from './errors.ts'
import { unexpectedProblem } from './unexpected-error.ts'

enableCompileCache()
// A review makes short-lived objects only: without growth of the young generation 5,000 files peak at 330 MB, not 440.
setFlagsFromString('--semi-space-growth-factor=1')

// A reader such as `head` may close the pipe early: that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
  sayUnexpected(error)
  process.exit(2)
})

// Errors outside of any await: one line as well, and never the exit code of a finding.
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => {
    sayUnexpected(error)
    process.exit(2)
  })

// The review goes on: the statement is reported as one that cannot be judged.
onAnalysisBug(sayUnexpected)

try {
  await commandLine().parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

/** Says on standard error why a command ended; 0 for the help and the version, else 2. */
function exitCodeOf(error: unknown): 0 | 2 {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  // It may quote a file of somebody else's: no escape sequence reaches the terminal.
  if (error instanceof UsageError) process.stderr.write(`lockcast: ${visible(error.message)}\n`)
  else sayUnexpected(error)
  return 2
}

function sayUnexpected(error: unknown): void {
  process.stderr.write(`lockcast: ${unexpectedProblem(error)}\n`)
  if (process.env.LOCKCAST_DEBUG) console.error(error)
}
