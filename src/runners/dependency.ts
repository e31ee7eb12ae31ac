import type { Claim, Project } from './runner.ts'
import { folderOf } from './sql-file.ts'

/** Folders whose manifest names a tool, found once for each project and pattern: a project has thousands of paths. */
const known = new WeakMap<Project, Map<RegExp, string[]>>()

/**
 * What a manifest or config file says of a path: `dependency` where one in a folder above it names the tool, `elsewhere`
 * where one in another folder does, else null.
 *
 * `manifest` matches whole paths and has to be part of the runner's `config`; `named` is looked for in their text. Both
 * have to be constants of a module: the answers are kept by them.
 */
export function dependency(
  path: string,
  project: Project,
  manifest: RegExp,
  named: RegExp,
): Extract<Claim, 'dependency' | 'elsewhere'> | null {
  const folders = foldersNaming(project, manifest, named)
  if (folders.length === 0) return null
  return folders.some((folder) => folder === '' || path.startsWith(`${folder}/`)) ? 'dependency' : 'elsewhere'
}

/** Folders of the manifests that name a tool, the root as an empty text. */
function foldersNaming(project: Project, manifest: RegExp, named: RegExp): string[] {
  const answers = known.get(project) ?? new Map<RegExp, string[]>()
  known.set(project, answers)
  const before = answers.get(named)
  if (before) return before
  const folders = [...project.paths]
    .filter((path) => manifest.test(path) && named.test(project.text(path) ?? ''))
    .map(folderOf)
  answers.set(named, folders)
  return folders
}
