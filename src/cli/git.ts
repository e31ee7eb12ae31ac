import { execFileSync } from 'node:child_process'
import type { SourceFile } from '../runners/runner.ts'
import { UsageError } from './errors.ts'
import { sourceOf } from './files.ts'

/** What `--base REF` asks git: paths are relative to the current folder. Nothing of the repository is run. */
export interface GitBase {
  /** Added, changed or renamed since the merge base, committed or not. */
  changed: string[]
  /** All paths at the merge base. */
  paths: string[]
  read(path: string): SourceFile
}

/** Compares the working tree with the point where it left `ref`. Throws a UsageError when git cannot. */
export function gitBase(ref: string): GitBase {
  const commit = text(
    ['merge-base', ref, 'HEAD'],
    `--base ${ref}: git finds no common commit with it; fetch it first, or name another`,
  )
  const diff = list(['diff', '--name-only', '--diff-filter=d', '--relative', '-z', commit, '--'])
  const untracked = list(['ls-files', '--others', '--exclude-standard', '-z'])
  const paths = list(['ls-tree', '-r', '--name-only', '-z', commit])
  return {
    changed: [...new Set([...diff, ...untracked])].sort(),
    paths,
    read: (path) => sourceOf(path, git(['show', `${commit}:./${path}`])),
  }
}

function list(args: string[]): string[] {
  return git(args)
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '')
}

function text(args: string[], problem: string): string {
  try {
    return git(args).toString('utf8').trim()
  } catch {
    throw new UsageError(problem)
  }
}

function git(args: string[]): Buffer {
  try {
    return execFileSync('git', args, { maxBuffer: 1024 ** 3, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: Buffer }
    if (code === 'ENOENT') throw new UsageError('--base needs git, which is not installed')
    throw new UsageError(`git ${args[0]}: ${stderr?.toString('utf8').trim().split('\n')[0] ?? 'failed'}`)
  }
}
