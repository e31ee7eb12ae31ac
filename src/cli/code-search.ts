import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Policy } from '../policy/policy.ts'
import { migrationPaths } from '../runners/read-migrations.ts'
import { type CodeFacts, type CodeUse, codeFacts, nameKey, sortedOut } from '../uses/code-uses.ts'
import type { CodeName } from '../uses/named-in-code.ts'
import { codeFilter, mostFileBytes, mostTotalBytes } from '../uses/paths.ts'
import { type Finder, finder } from '../uses/search.ts'
import { entriesOf, projectOf, readSource } from './files.ts'
import { type GitBase, gitGrep, gitPaths } from './git.ts'

/**
 * Looks the names up in the working tree: in git every file of the repository that is tracked or not ignored, without git
 * the files below the current folder. With `base`, also the lines that the change removed. `reviewed`: the paths under review,
 * which no migration tool need claim; the SQL files beside them are migrations as they are. `snapshots`: files that the
 * catalog is read from.
 */
export function searchCode(
  names: CodeName[],
  policy: Policy,
  base: GitBase | null,
  reviewed: string[],
  snapshots: string[],
): CodeFacts {
  const tracked = gitPaths()
  const paths = tracked ?? pathsBelow()
  const folders = new Set(reviewed.map((path) => dirname(path)))
  const beside = paths.filter((path) => path.endsWith('.sql') && folders.has(dirname(path)))
  const claimed = migrationPaths(projectOf(new Set(paths)), policy)
  const reasonOf = codeFilter([...claimed, ...beside], policy.code_search.ignore, [policy.snapshot.path, ...snapshots])
  const search = finder(names)
  return tracked ? inRepository(paths, search, reasonOf, base) : inFolder(paths, search, reasonOf)
}

function pathsBelow(): string[] {
  const below = (folder: string): string[] =>
    entriesOf(folder).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return below(path)
      return entry.isFile() ? [path] : []
    })
  return below('.')
}

/** Why a file does not count as code, null when it does. */
type ReasonOf = (path: string) => string | null

/** git's own search takes 0.1 s for 20,000 files; only the files with a hit are then looked at word by word. */
function inRepository(paths: string[], search: Finder, reasonOf: ReasonOf, base: GitBase | null): CodeFacts {
  const { code, leftOut } = sortedOut(paths, reasonOf)
  let unreadable = 0
  const isCode = (path: string): boolean => reasonOf(path) === null
  const uses = gitGrep(search.forms, null)
    .filter(isCode)
    .flatMap((path) => {
      // It may be gone by now, or belong to another user.
      const { text } = readSource(path)
      if (text === null) unreadable++
      return text === null ? [] : search.find(path, text)
    })
  const gone = base ? missing(uses, usesAt(base, search, isCode)) : []
  const unsearched: Record<string, number> = unreadable > 0 ? { 'not readable': unreadable } : {}
  const searched = code.length - unreadable
  return codeFacts({ where: 'the working tree', uses, removed: gone, searched, leftOut, unsearched })
}

function usesAt(base: GitBase, search: Finder, isCode: (path: string) => boolean): CodeUse[] {
  return gitGrep(search.forms, base.commit)
    .filter(isCode)
    .flatMap((path) => search.find(path, base.read(path).text ?? ''))
}

/** Places of files that name it no more. */
function missing(now: CodeUse[], before: CodeUse[]): CodeUse[] {
  const still = new Set(now.map(({ name, path }) => `${nameKey(name)} ${path}`))
  return before.filter(({ name, path }) => !still.has(`${nameKey(name)} ${path}`))
}

function inFolder(paths: string[], search: Finder, reasonOf: ReasonOf): CodeFacts {
  const { code, leftOut } = sortedOut(paths, reasonOf)
  const unsearched: Record<string, number> = {}
  const skip = (reason: string): void => {
    unsearched[reason] = (unsearched[reason] ?? 0) + 1
  }
  const uses: CodeUse[] = []
  let searched = 0
  let bytes = 0
  for (const path of code) {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    if (size > mostFileBytes) skip('larger than 1 MB')
    else if (bytes + size > mostTotalBytes) skip('beyond the 256 MB that are read')
    else {
      bytes += size
      const { text, problem } = readSource(path)
      if (problem?.startsWith('cannot be opened')) skip('not readable')
      else if (text === null || text.includes('\0')) skip('not text')
      else {
        searched++
        uses.push(...search.find(path, text))
      }
    }
  }
  return codeFacts({ where: 'the current folder', uses, removed: [], searched, leftOut, unsearched })
}
