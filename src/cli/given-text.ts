import { spawnSync } from 'node:child_process'
import { fstatSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import type { Policy } from '../policy/policy.ts'
import type { Project, SourceFile } from '../runners/runner.ts'
import { UsageError } from './errors.ts'
import { projectAround, sourceOf } from './files.ts'

/** A text to review that is in no file, with the project around the place that it is said to be at. */
export interface GivenText {
  file: SourceFile
  project: Project
  policy: Policy
}

/** Standard input, as the text of this file: its path tells the tool, as do the files beside it. */
export async function standardInput(filename: string | undefined, policy: Policy): Promise<GivenText> {
  const path = filename ?? 'stdin.sql'
  return { file: sourceOf(path, await wholeInput()), project: projectAround(path), policy }
}

async function wholeInput(): Promise<Buffer> {
  if (fstatSync(0).isDirectory()) throw new UsageError('standard input is a folder: give the text of a migration')
  try {
    return await buffer(process.stdin)
  } catch (error) {
    throw new UsageError(`standard input cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** Output of a command above this is refused, bytes. */
const mostOutput = 64 * 1024 * 1024

/**
 * The SQL that a command prints, run by the shell in the current folder. It is what the tool sends: statements one by one,
 * with the BEGIN and COMMIT that it prints, unless the policy or `--runner` names a tool. What the command writes to standard
 * error goes to the terminal; a UsageError when it fails, so that half an output is never reviewed.
 */
export function printedBy(command: string, policy: Policy): GivenText {
  const path = 'from-command.sql'
  const { status, signal, stdout, error } = spawnSync(command, {
    shell: true,
    maxBuffer: mostOutput,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (error)
    throw new UsageError(`--from-command: the command cannot be run (${(error as NodeJS.ErrnoException).code})`)
  if (status !== 0)
    throw new UsageError(
      `--from-command: the command ended with ${signal ?? `exit code ${status}`}, so nothing was reviewed`,
    )
  if (stdout.toString('utf8').trim() === '') throw new UsageError('--from-command: the command printed nothing')
  const entry = { paths: path, runner: policy.runner ?? 'plain', transaction: 'none' as const }
  return {
    file: sourceOf(path, stdout),
    project: { paths: new Set([path]), text: () => null },
    policy: { ...policy, migrations: [entry, ...policy.migrations] },
  }
}
