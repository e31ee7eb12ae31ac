/** The files that code may import, at the same commit. */
export interface CodeFiles {
  paths: ReadonlySet<string>
  text(path: string): string | null
}

/** Paths of a repository by the name of their file, found once. */
const known = new WeakMap<CodeFiles, Map<string, string[]>>()

/**
 * The file whose path ends with `ending` and that is nearest to another file: the one that has most folders in common with
 * it. A file without a folder in its `ending` has to be in a folder above, or in `src` or `lib` of one. Null when there is none.
 */
export function nearestFile(files: CodeFiles, from: string, ending: string): string | null {
  const found = byName(files).get(ending.slice(ending.lastIndexOf('/') + 1)) ?? []
  const folders = from.split('/').slice(0, -1)
  let nearest: { path: string; shared: number } | null = null
  for (const path of found) {
    if (path !== ending && !path.endsWith(`/${ending}`)) continue
    const root = path
      .slice(0, -ending.length)
      .split('/')
      .filter((part) => part !== '')
    const shared = sharedParts(root, folders)
    const isAbove =
      shared === root.length || (shared === root.length - 1 && /^(?:src|lib|app)$/.test(root.at(-1) ?? ''))
    if (!ending.includes('/') && !isAbove) continue
    if (!nearest || shared > nearest.shared) nearest = { path, shared }
  }
  return nearest?.path ?? null
}

function sharedParts(a: string[], b: string[]): number {
  const differs = a.findIndex((part, i) => part !== b[i])
  return differs < 0 ? a.length : differs
}

function byName(files: CodeFiles): Map<string, string[]> {
  const before = known.get(files)
  if (before) return before
  const names = new Map<string, string[]>()
  for (const path of files.paths) {
    if (!/\.(?:py|rb|exs?)$/.test(path)) continue
    const name = path.slice(path.lastIndexOf('/') + 1)
    const all = names.get(name) ?? []
    all.push(path)
    names.set(name, all)
  }
  known.set(files, names)
  return names
}
