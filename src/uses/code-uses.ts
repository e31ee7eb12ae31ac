import type { CodeName } from './named-in-code.ts'

/** One line of code that names a column or table. */
export interface CodeUse {
  name: CodeName
  path: string
  /** From 1. */
  line: number
  /** The file names the table too, in its text or its path, so that this is likely the column that is meant. */
  near: boolean
}

/** Uses, in the repository's code, of the names that the migrations change. */
export interface CodeFacts {
  /** Where was searched, in words: `the working tree`, `commit 1a2b3c4`. */
  where: string
  /** The likeliest places of each name, at most {@link mostPlaces}. */
  uses: CodeUse[]
  /** How many places there are in all, by {@link nameKey}. */
  counts: Record<string, number>
  /** Places that this change removes; the version that runs during the deployment still has them. */
  removed: CodeUse[]
  /** Files that were searched. */
  searched: number
  /** How many files do not count as code, by the reason: migrations, documentation, vendored code. */
  leftOut: Record<string, number>
  /** How many files were not searched although they may be code, by the reason: a use may have been missed. */
  unsearched: Record<string, number>
}

/** Places kept for each name. */
export const mostPlaces = 20

/** One key for a column or table. */
export function nameKey({ table, column }: CodeName): string {
  return column === null ? table : `${table}.${column}`
}

/** The places worth telling and their number: files that name the table first, then by path. */
export function codeFacts(found: Omit<CodeFacts, 'counts'>): CodeFacts {
  const counts: Record<string, number> = {}
  const uses = sorted(found.uses).filter(({ name }) => {
    const key = nameKey(name)
    counts[key] = (counts[key] ?? 0) + 1
    return counts[key] <= mostPlaces
  })
  return { ...found, uses, counts, removed: sorted(found.removed).slice(0, mostPlaces) }
}

function sorted(uses: CodeUse[]): CodeUse[] {
  return uses.toSorted(
    (a, b) => Number(b.near) - Number(a.near) || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line),
  )
}

/** How many of the paths are left out, by the reason that `reasonOf` gives; the others are code. */
export function sortedOut(paths: Iterable<string>, reasonOf: (path: string) => string | null) {
  const code: string[] = []
  const leftOut: Record<string, number> = {}
  for (const path of paths) {
    const reason = reasonOf(path)
    if (reason === null) code.push(path)
    else leftOut[reason] = (leftOut[reason] ?? 0) + 1
  }
  return { code, leftOut }
}
