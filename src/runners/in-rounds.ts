import type { Project } from './runner.ts'

/** A chain of imports this long is not followed to its end. */
const mostRounds = 8

/**
 * Reads with the files that the reading itself asks for (what a migration imports, the SQL beside it): reads, gathers what
 * was asked for and is not known yet, and reads again, until nothing new is asked for. `known` holds texts by path and is
 * added to; `gather` gives null for a file without text.
 */
export async function inRounds<T>(
  paths: ReadonlySet<string>,
  known: Map<string, string | null>,
  gather: (paths: string[]) => Promise<ReadonlyMap<string, string | null>>,
  read: (project: Project) => T,
): Promise<T> {
  for (let round = 1; ; round++) {
    const asked = new Set<string>()
    const result = read({
      paths,
      text(path) {
        const text = known.get(path)
        if (text === undefined && paths.has(path)) asked.add(path)
        return text ?? null
      },
    })
    if (asked.size === 0 || round === mostRounds) return result
    const gathered = await gather([...asked])
    for (const path of asked) known.set(path, gathered.get(path) ?? null)
  }
}
