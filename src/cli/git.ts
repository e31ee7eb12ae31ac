import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import type { SourceFile } from '../runners/runner.ts'
import { UsageError } from './errors.ts'
import { readSource, sourceOf } from './files.ts'

/** The questions of `--base REF` to git: paths are relative to the current folder. Nothing of the repository is run. */
export interface GitBase {
  /** The merge base. */
  commit: string
  /** Added, changed or renamed since the merge base, committed or not. */
  changed: string[]
  /** All paths at the merge base. */
  paths: string[]
  /** All paths at `ref` as it is now. */
  tip: string[]
  /** The files of the merge base that the change edits; `to` is the new path of a renamed one. */
  touched: { path: string; how: 'edited' | 'renamed' | 'removed'; to: string | null }[]
  read(path: string): SourceFile
  /** The changed side: of the working tree, or of the index. */
  now(path: string): SourceFile
}

/** Compares the working tree with the point where it left `ref`. Throws a UsageError when git cannot. */
export function gitBase(ref: string): GitBase {
  const commit = mergeBase(ref)
  const differing = statuses(list(['diff', '--name-status', '--find-renames', '--relative', '-z', commit, '--']))
  const untracked = list(['ls-files', '--others', '--exclude-standard', '-z'])
  const touched = withUntracked(differing, untracked, (path) => git(['show', `${commit}:./${path}`]))
  const present = touched.flatMap(({ path, how, to }) => (how === 'removed' ? [] : [to ?? path]))
  return {
    commit,
    changed: [...new Set([...present, ...untracked])].sort(),
    paths: list(['ls-tree', '-r', '--name-only', '-z', commit]),
    tip: list(['ls-tree', '-r', '--name-only', '-z', ref]),
    touched: touched.flatMap((status) => (status.how === 'added' ? [] : [{ ...status, how: status.how }])),
    read: (path) => sourceOf(path, git(['show', `${commit}:./${path}`])),
    now: readSource,
  }
}

/** The tree without a file: before the first commit the index is compared with it. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

/** Compares the index with HEAD: what a commit would record now. Throws a UsageError outside a repository. */
export function gitStaged(): GitBase & { staged: string[] } {
  text(['rev-parse', '--git-dir'], '--staged: this folder is in no git repository; name the files instead')
  const commit = hasCommit() ? text(['rev-parse', 'HEAD'], '--staged: HEAD cannot be read') : emptyTree
  const all = statuses(list(['diff', '--cached', '--name-status', '--find-renames', '--relative', '-z', commit, '--']))
  const paths = list(['ls-tree', '-r', '--name-only', '-z', commit])
  return {
    commit,
    changed: all.flatMap(({ path, how, to }) => (how === 'removed' ? [] : [to ?? path])).sort(),
    paths,
    tip: paths,
    touched: all.flatMap((status) => (status.how === 'added' ? [] : [{ ...status, how: status.how }])),
    read: (path) => sourceOf(path, git(['show', `${commit}:./${path}`])),
    now: (path) => sourceOf(path, git(['show', `:./${path}`])),
    staged: list(['ls-files', '--cached', '-z']),
  }
}

/** Files that differ from HEAD or that git does not know; empty outside a repository. */
export function differingFromHead(): string[] {
  if (!hasCommit()) return []
  const untracked = list(['ls-files', '--others', '--exclude-standard', '-z'])
  return [...untracked, ...list(['diff', '--name-only', '--relative', '-z', 'HEAD', '--'])]
}

function hasCommit(): boolean {
  try {
    git(['rev-parse', '--verify', '--quiet', 'HEAD'])
    return true
  } catch {
    return false
  }
}

/** The commit at which the working tree left `ref`. Throws a UsageError with the way out for each reason there is none. */
function mergeBase(ref: string): string {
  text(['rev-parse', '--git-dir'], `--base ${ref}: this folder is in no git repository; name the files instead`)
  text(
    ['rev-parse', '--verify', '--quiet', 'HEAD'],
    `--base ${ref}: this repository has no commit yet; name the files instead`,
  )
  const shallow = text(['rev-parse', '--is-shallow-repository'], '') === 'true'
  const deepen =
    'this is a shallow clone: fetch the whole history (fetch-depth: 0 of actions/checkout, or git fetch --unshallow)'
  text(
    ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`],
    `--base ${ref}: git knows no such commit or branch; ${shallow ? deepen : 'fetch it first, or name another'}`,
  )
  return text(
    ['merge-base', ref, 'HEAD'],
    `--base ${ref}: it has no common commit with HEAD; ${shallow ? deepen : 'name another'}`,
  )
}

/** A file that was moved and not added yet is one that is gone and one that git does not track, with the same text. */
function withUntracked(all: Status[], untracked: string[], before: (path: string) => Buffer): Status[] {
  if (untracked.length === 0) return all
  return all.map((status) => {
    if (status.how !== 'removed') return status
    const text = before(status.path)
    const to = untracked.find((path) => statSync(path).size === text.length && readFileSync(path).equals(text))
    return to === undefined ? status : { ...status, how: 'renamed', to }
  })
}

interface Status {
  path: string
  how: 'added' | 'edited' | 'renamed' | 'removed'
  to: string | null
}

/** `--name-status -z`: M, path; R100, path, new path; C100 (where git's configuration finds copies) as R100. */
function statuses(fields: string[]): Status[] {
  const all: Status[] = []
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [letter, path = ''] = [fields[i]?.charAt(0), fields[i + 1]]
    if (letter === 'R') all.push({ path, how: 'renamed', to: fields[++i + 1] ?? null })
    else if (letter === 'C') all.push({ path: fields[++i + 1] ?? '', how: 'added', to: null })
    else all.push({ path, how: letter === 'A' ? 'added' : letter === 'D' ? 'removed' : 'edited', to: null })
  }
  return all
}

/** Those of the paths whose text no commit has: changed, or not tracked. Outside a repository, all of them. */
export function uncommitted(paths: string[]): string[] {
  if (paths.length === 0) return []
  try {
    const changed = new Set(list(['diff', '--name-only', '--relative', '-z', 'HEAD', '--', ...paths]))
    const tracked = new Set(list(['ls-files', '-z', '--', ...paths]))
    return paths.filter((path) => changed.has(path) || !tracked.has(path))
  } catch {
    return paths
  }
}

/** Every file of the repository that git tracks or would, relative to here; null outside a repository. */
export function gitPaths(): string[] | null {
  try {
    return list(['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', ':/'])
  } catch {
    return null
  }
}

/** Paths of text files that hold one of the texts: of the working tree, or of a commit. */
export function gitGrep(texts: string[], commit: string | null): string[] {
  const patterns = texts.flatMap((text) => ['-e', text])
  const where = commit === null ? ['--untracked', ...patterns] : [...patterns, commit]
  const found = list(['grep', '-z', '-l', '-I', '-F', ...where, '--', ':/'], [1])
  return commit === null ? found : found.map((name) => name.slice(commit.length + 1))
}

function list(args: string[], empty: number[] = []): string[] {
  return git(args, empty)
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '')
}

function text(args: string[], problem: string): string {
  try {
    return git(args).toString('utf8').trim()
  } catch (error) {
    throw error instanceof GitProblem ? error : new UsageError(problem)
  }
}

/** git itself is missing or refuses to work here, whatever it is asked. */
class GitProblem extends UsageError {}

/** `empty`: exit codes that only say that there is nothing. */
function git(args: string[], empty: number[] = []): Buffer {
  try {
    return execFileSync('git', args, { maxBuffer: 1024 ** 3, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { code, status, stderr } = error as { code?: string; status?: number; stderr?: Buffer }
    if (status !== undefined && empty.includes(status)) return Buffer.alloc(0)
    if (code === 'ENOENT') throw new GitProblem('git is needed and not installed, or not on the PATH')
    if (stderr?.includes('dubious ownership'))
      throw new GitProblem(
        'git refuses to read this repository, because it belongs to another user: git config --global --add safe.directory "$PWD"',
      )
    throw new UsageError(`git ${args[0]}: ${stderr?.toString('utf8').trim().split('\n')[0] ?? 'failed'}`)
  }
}
