import { isUtf8 } from 'node:buffer'
import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Policy } from '../policy/policy.ts'
import { type Chosen, chooseMigrations, worthReading } from '../runners/choosing/choose.ts'
import { otherDatabase } from '../runners/choosing/other-database.ts'
import type { Project, SourceFile } from '../runners/runner.ts'
import { UsageError } from './errors.ts'

/** Larger than any migration seen (1.4 MB); a dump does not belong here. Bytes. */
const largest = 64 * 1024 * 1024

/** Folders that hold no migrations of the project. */
const skipped = new Set(['node_modules', '.git', 'dist', 'target', 'vendor'])

interface Collected extends Chosen {
  project: Project
}

/**
 * The migrations among files and folders, with the project around them. A file that is named is a migration; of a folder
 * it is what the runners claim, and when they claim nothing, every .sql file.
 */
export function collect(paths: string[], policy: Policy): Collected {
  const named: SourceFile[] = []
  const found: Chosen = { files: [], skipped: [], unclaimed: [] }
  const all = new Set<string>()
  for (const path of paths) {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (!stats) throw new UsageError(`${path}: no such file or folder`)
    if (!stats.isDirectory()) {
      named.push(readSource(posix(path)))
      all.add(posix(path))
      for (const beside of filesBeside(path)) all.add(beside)
      if (isCode.test(path)) for (const file of repositoryAround(path)) all.add(file)
      continue
    }
    const inside = filesUnder(path)
    const around = inside.some((file) => isCode.test(file)) ? repositoryAround(path) : []
    for (const file of [...inside, ...around]) all.add(file)
    const chosen = inFolder(inside, projectOf(new Set([...inside, ...around])), policy)
    if (chosen.files.length === 0 && chosen.skipped.length === 0)
      throw new UsageError(`${path}: no migration in it (no .sql file that a migration tool would run)`)
    found.files.push(...chosen.files)
    found.skipped.push(...chosen.skipped)
    found.unclaimed.push(...chosen.unclaimed)
  }
  const project = projectOf(all)
  const ofNamed = namedFiles(named, project, policy)
  const files = new Map([...ofNamed.files, ...found.files].map((file) => [file.path, file]))
  return { ...found, skipped: [...ofNamed.skipped, ...found.skipped], files: [...files.values()], project }
}

/** Of a folder what the runners claim or should have read; when that is nothing, every .sql file. */
function inFolder(paths: string[], project: Project, policy: Policy): Chosen {
  // Code that only a marker would tell is looked for where something changed, not in a whole tree.
  const wanted = paths.filter((path) => worthReading(path, '', project, policy))
  const chosen = chooseMigrations(wanted.map(readSource), project, policy)
  if (chosen.files.length > 0 || chosen.skipped.length > 0) return chosen
  return namedFiles(paths.filter((path) => path.endsWith('.sql')).map(readSource), project, policy)
}

/** Files that somebody named are migrations, whatever they look like, unless they are of another database. */
export function namedFiles(files: SourceFile[], project: Project, policy: Policy): Chosen {
  const chosen: Chosen = { files: [], skipped: [], unclaimed: [] }
  for (const file of files) {
    const reason = otherDatabase(file.path, file.text, project, policy)
    if (reason === null) chosen.files.push(file)
    else chosen.skipped.push({ path: file.path, reason })
  }
  return chosen
}

/** A file as text, or why it cannot be read as one. */
export function readSource(path: string): SourceFile {
  try {
    return sourceOf(path, readFileSync(path))
  } catch (error) {
    return {
      path,
      text: null,
      problem: `cannot be opened (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
    }
  }
}

/** The bytes as text, or why they are none: too many, or not UTF-8. */
export function sourceOf(path: string, bytes: Buffer): SourceFile {
  if (bytes.length > largest)
    return { path, text: null, problem: `is ${Math.round(bytes.length / 1024 ** 2)} MB: too large for a migration` }
  if (isUtf8(bytes)) return { path, text: bytes.toString('utf8'), problem: null }
  const line = lineOfBadByte(bytes)
  return { path, text: null, problem: `is not UTF-8 (line ${line}); save it as UTF-8` }
}

function lineOfBadByte(bytes: Buffer): number {
  let line = 1
  for (let at = 0; at < bytes.length; line++) {
    const end = bytes.indexOf(10, at)
    const stop = end < 0 ? bytes.length : end
    if (!isUtf8(bytes.subarray(at, stop))) return line
    at = stop + 1
  }
  return line
}

/** The project as the runners see it; its files are read when one asks for them. */
export function projectOf(
  paths: ReadonlySet<string>,
  /** Of the working tree, or of a commit. */
  read: (path: string) => SourceFile = readSource,
): Project {
  const texts = new Map<string, string | null>()
  return {
    paths,
    text(path) {
      if (!texts.has(path)) texts.set(path, paths.has(path) ? read(path).text : null)
      return texts.get(path) ?? null
    },
  }
}

/** Files that may import others, and whose tool a manifest above them names. */
const isCode = /\.(?:[cm]?[jt]s|rb|py|exs?)$/

/** Deeper than this, or more files: no repository. */
const [mostLevels, mostFiles] = [12, 200_000]

/** Every file of the repository that a path is in: up to the folder with `.git`, else the highest with a manifest. */
function repositoryAround(path: string): string[] {
  let root: string | null = null
  let folder = resolve(path)
  for (let level = 0; level < mostLevels && dirname(folder) !== folder; level++, folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) {
      root = folder
      break
    }
    if (existsSync(join(folder, 'package.json'))) root = folder
  }
  const found: string[] = []
  const visit = (inside: string): void => {
    for (const entry of entriesOf(inside)) {
      if (skipped.has(entry.name) || found.length > mostFiles) continue
      if (entry.isDirectory()) visit(join(inside, entry.name))
      else if (entry.isFile()) found.push(posix(join(inside, entry.name)))
    }
  }
  if (root !== null) visit(root)
  return found
}

/** Entries of a folder; none where it may not be read, as a database's data folder in a checkout. */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** Every file below a folder but for installed packages and what is built. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix(join(entry.parentPath, entry.name)))
    .filter((path) => !path.split('/').some((part) => skipped.has(part)))
    .sort()
}

/** The project around a file that need not exist: files beside it, where its folder exists. */
export function projectAround(path: string): Project {
  const beside = existsSync(dirname(path)) ? filesBeside(path) : []
  return projectOf(new Set([path, ...beside]))
}

/** Files in the same folder identify the runner: a journal, a .conf, a metadata.toml. */
function filesBeside(path: string): string[] {
  const folder = join(path, '..')
  const here = entriesOf(folder)
  const meta = entriesOf(join(folder, 'meta')).map(({ name }) => name)
  return [
    ...here.filter((entry) => entry.isFile()).map((entry) => posix(join(folder, entry.name))),
    ...meta.map((name) => posix(join(folder, 'meta', name))),
  ]
}

/** As it is printed: relative to here when it lies below, with forward slashes. */
function posix(path: string): string {
  const fromHere = relative(process.cwd(), path)
  const shown = fromHere.startsWith('..') ? path : fromHere
  return sep === '/' ? shown : shown.replaceAll(sep, '/')
}
