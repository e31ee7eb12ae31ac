import { dependency } from '../dependency.ts'
import type { Claim, Project } from '../runner.ts'
import { baseName, folderOf } from '../sql-file.ts'

/** Manifests of Node projects. */
export const packageFile = /^(?!(?:.*\/)?node_modules\/)(?:.*\/)?package\.json$/

/** Code that a Node migration tool may run. */
const code = /(?<!\.d)\.[cm]?[jt]s$/
const tests = /\.(?:spec|test)\.[cm]?[jt]s$|(?:^|\/)(?:__tests__|__mocks__|node_modules)\//
const folder = /(?:^|\/)[^/]*(?:migration|migrate)s?[^/]*\//i

/**
 * The claim of a tool on a code file: it is in a folder for migrations, or its name begins with a time, and a package.json
 * names the tool. `named` has to be a constant of the module.
 */
export function nodeClaim(path: string, project: Project, named: RegExp): Claim | null {
  if (!code.test(path) || tests.test(path)) return null
  const isDated = /^\d{10,}/.test(baseName(path))
  if (!folder.test(path) && !isDated) return null
  if (/^(?:index|helpers?|utils?|types?|run|migrate|config|umzug)\.[cm]?[jt]s$/.test(baseName(path))) return null
  return dependency(path, project, packageFile, named)
}

/** The major and minor version that a manifest asks for; null when it does not say. */
export function wantedVersion(path: string, project: Project, name: string): { major: number; minor: number } | null {
  const parts = path.split('/')
  for (let depth = parts.length - 1; depth >= 0; depth--) {
    const manifest = [...parts.slice(0, depth), 'package.json'].join('/')
    if (!project.paths.has(manifest)) continue
    const wanted = new RegExp(`"${name}"\\s*:\\s*"[^"\\d]*(\\d+)(?:\\.(\\d+))?`).exec(project.text(manifest) ?? '')
    if (wanted) return { major: Number(wanted[1]), minor: Number(wanted[2] ?? 0) }
  }
  return null
}

/** True when a config file or package.json above a file, or in the same top folder, holds this text. */
export function configSays(path: string, project: Project, config: RegExp, words: RegExp): boolean {
  const top = path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
  for (const candidate of project.paths) {
    if (!config.test(candidate) && !packageFile.test(candidate)) continue
    const folder = folderOf(candidate)
    const isNear = folder === '' || path.startsWith(`${folder}/`) || folder.split('/')[0] === top
    if (isNear && words.test(project.text(candidate) ?? '')) return true
  }
  return false
}
