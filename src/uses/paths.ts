import { matchesGlob } from 'node:path/posix'

/** Larger files are data or made by a machine, bytes. */
export const mostFileBytes = 1024 * 1024

/** Of one search, bytes. */
export const mostTotalBytes = 256 * 1024 * 1024

/** By the path alone: why a file does not count as code that uses the database. The first that fits. */
const notCode: [reason: string, path: RegExp][] = [
  [
    'vendored or generated',
    /(^|\/)(node_modules|vendor|third_party|bower_components|dist|target|\.git|\.venv|site-packages|__pycache__)\/|\.min\.(js|css)$|\.map$/,
  ],
  [
    'migrations and schema dumps',
    /(^|\/)(migrations?|migrate|alembic\/versions)\/|(^|\/)(structure\.sql|db\/schema\.rb)$/,
  ],
  [
    'lock files',
    /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|Cargo\.lock|Gemfile\.lock|poetry\.lock|uv\.lock|Pipfile\.lock|composer\.lock|go\.sum|mix\.lock|gradle\.lockfile)$/,
  ],
  [
    'documentation',
    /(^|\/)docs?\/|\.(md|mdx|rst|adoc|txt)$|(^|\/)(LICENSE|LICENCE|COPYING|NOTICE|CHANGELOG|AUTHORS)$/i,
  ],
  [
    'binary',
    /\.(png|jpe?g|gif|webp|avif|ico|svgz|pdf|zip|gz|tgz|bz2|xz|7z|jar|war|class|so|dylib|dll|exe|wasm|woff2?|ttf|otf|eot|mp[34]|webm|mov|wav|ogg|sqlite3?|db|bin|pyc)$/i,
  ],
]

/** Decides whether a file may use a changed name. Returns null for code, else the reason why not. */
export function codeFilter(
  migrations: Iterable<string>,
  ignored: string[],
  /** Files that `lockcast snapshot` wrote: they name every column. */
  snapshots: (string | undefined)[],
): (path: string) => string | null {
  const own = new Set(migrations)
  return (path) => {
    if (own.has(path)) return 'migrations and schema dumps'
    if (snapshots.includes(path)) return 'snapshots of the database'
    if (ignored.some((glob) => matchesGlob(path, glob))) return 'ignored by the policy'
    return notCode.find(([, pattern]) => pattern.test(path))?.[0] ?? null
  }
}
