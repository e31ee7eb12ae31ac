import { relative } from 'node:path'
import { prepareLanguages } from '../languages/prepare-languages.ts'
import { oneLine } from '../report/hostile.ts'
import { chooseMigrations, worthReading } from '../runners/choosing/choose.ts'
import { detect } from '../runners/detection.ts'
import { readMigrations } from '../runners/read-migrations.ts'
import type { SourceFile } from '../runners/runner.ts'
import { folderOf } from '../runners/sql-file.ts'
import { loadParser } from '../sql/parse.ts'
import { UsageError } from './errors.ts'
import { filesUnder, projectOf, readSource } from './files.ts'
import { gitPaths } from './git.ts'
import { readPolicy } from './policy-file.ts'

interface DetectOptions {
  config?: string
  format: 'text' | 'json'
}

/** The result for a folder: its tool, or why its files are not reviewed. */
interface FolderDetection {
  folder: string
  status: 'read' | 'not read' | 'skipped' | 'not claimed'
  /** The runner's name; null where none reads the files. */
  runner: string | null
  title: string | null
  files: number
  /** A clause. */
  why: string
}

/** `lockcast detect [path…]`: which tool runs which folder and why; also what is left out, and what is not read. */
export async function detectCommand(paths: string[], options: DetectOptions): Promise<number> {
  await loadParser()
  const policy = readPolicy(options.config)
  const all = gitPaths() ?? filesUnder('.')
  const within = paths.map((path) => relative(process.cwd(), path))
  const wanted = (path: string): boolean =>
    within.length === 0 || within.some((name) => name === '' || path === name || path.startsWith(`${name}/`))
  const project = projectOf(new Set(all))
  const files = all.filter((path) => wanted(path) && worthReading(path, '', project, policy)).map(readSource)
  if (within.length > 0 && !all.some(wanted))
    throw new UsageError(`${paths.join(', ')}: no file of this repository there`)
  const chosen = chooseMigrations(files, project, policy)
  await prepareLanguages(chosen.files.map(({ path }) => path))
  const found = [
    ...chosen.files.map((file) => ({ path: file.path, ...statusOf(file) })),
    ...chosen.skipped.map(({ path, reason }) => ({ path, ...none('skipped', reason) })),
    ...chosen.unclaimed.map((path) => ({
      path,
      ...none('not claimed', 'SQL that changes a schema and that no tool runs'),
    })),
  ]
  const folders = byFolder(found)
  process.stdout.write(options.format === 'json' ? `${JSON.stringify(folders, null, 2)}\n` : shown(folders))
  return 0

  function statusOf(file: SourceFile): Omit<FolderDetection, 'folder' | 'files'> {
    const [migration] = readMigrations([file], project, policy)
    if (migration && migration.unreadable !== null) return none('not read', migration.unreadable)
    const detected = detect(file.path, file.text, project, policy)
    if (detected.kind !== 'runner') return none('read', 'it is SQL that the policy names')
    const { runner, why } = detected
    return { status: 'read', runner: runner.name, title: runner.title, why }
  }
}

function none(status: FolderDetection['status'], why: string): Omit<FolderDetection, 'folder' | 'files'> {
  return { status, runner: null, title: null, why }
}

/** Prisma and Diesel have a folder around each migration. */
function homeOf(path: string): string {
  const folder = folderOf(path)
  return /(^|\/)(?:migration|up|down)\.sql$/.test(path) ? folderOf(folder) : folder
}

function byFolder(found: (Omit<FolderDetection, 'folder' | 'files'> & { path: string })[]): FolderDetection[] {
  const groups = Map.groupBy(found, ({ path, status, runner, why }) => [homeOf(path), status, runner, why].join('\0'))
  return [...groups.values()]
    .flatMap(([first, ...more]) => {
      if (!first) return []
      const { path, ...detection } = first
      return [{ folder: homeOf(path), ...detection, files: more.length + 1 }]
    })
    .sort((a, b) => (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : 0))
}

function shown(folders: FolderDetection[]): string {
  if (folders.length === 0) return 'No migrations found.\n'
  const lines = folders.map(({ folder, status, title, files, why }) => {
    const what = title ?? status
    return `${oneLine(folder === '' ? '.' : `${folder}/`)}  ${what}, ${files === 1 ? '1 file' : `${files} files`}: ${oneLine(why)}`
  })
  return `${lines.join('\n')}\n`
}
