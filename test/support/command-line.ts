import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { type PreflightOptions, preflightCommand } from '../../src/cli/preflight-command.ts'
import { type ReviewOptions, reviewCommand } from '../../src/cli/review-command.ts'

export const mainFile = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface Ended {
  exit: number
  stdout: string
  stderr: string
}

/** The real command line in a process of its own. */
export function lockcast(args: string[], options: { cwd?: string; env?: Record<string, string> } = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [mainFile, ...args], {
      cwd: options.cwd,
      env: { ...process.env, LOCKCAST_DATABASE_URL: undefined, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    child.once('error', reject)
    child.once('close', (exit) => resolve({ exit: exit ?? -1, stdout, stderr }))
  })
}

/** `lockcast review` without a process of its own: what it printed, and the exit code. Throws a UsageError as it does. */
export async function reviewIn(folder: string, paths: string[], options: Partial<ReviewOptions> = {}): Promise<Ended> {
  return here(folder, () => reviewCommand(paths, { format: 'json', ...options }))
}

/** `lockcast preflight` in the same way. */
export async function preflightIn(
  folder: string,
  paths: string[],
  options: Partial<PreflightOptions> = {},
): Promise<Ended> {
  return here(folder, () => preflightCommand(paths, { format: 'json', ...options }))
}

async function here(folder: string, command: () => Promise<number>): Promise<Ended> {
  const before = process.cwd()
  let [stdout, stderr] = ['', '']
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      stdout += text
      return true
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      stderr += text
      return true
    }),
  ]
  try {
    process.chdir(folder)
    const exit = await command()
    return { exit, stdout, stderr }
  } finally {
    for (const spy of spies) spy.mockRestore()
    process.chdir(before)
  }
}

/** A folder with these files, removed at the end. */
export async function inFolder<T>(
  files: Record<string, string | Buffer>,
  work: (folder: string) => T | Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lockcast-test-'))
  try {
    put(folder, files)
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes files by path; null removes one. */
export function put(folder: string, files: Record<string, string | Buffer | null>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path)
    if (content === null) {
      rmSync(file)
      continue
    }
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
}

/** git as it is on any machine: no configuration of this one. */
export function git(folder: string, ...args: string[]): string {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Dev',
    GIT_AUTHOR_EMAIL: 'dev@example.com',
    GIT_COMMITTER_NAME: 'Dev',
    GIT_COMMITTER_EMAIL: 'dev@example.com',
  }
  return execFileSync('git', args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** A git repository whose branch `main` holds these files. */
export async function inRepository<T>(
  files: Record<string, string | Buffer>,
  work: (folder: string) => T | Promise<T>,
): Promise<T> {
  return inFolder({ 'README.md': '# Shop\n', ...files }, (folder) => {
    git(folder, 'init', '--quiet', '--initial-branch=main')
    commitAll(folder)
    return work(folder)
  })
}

export function commitAll(folder: string): void {
  git(folder, 'add', '--all')
  git(folder, 'commit', '--quiet', '--message=A change')
}
