import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { mayReach, unprivilegedUser } from './postgres-binaries.ts'
import { StoreError } from './store-error.ts'

/** A data folder that this process alone uses. */
export interface HeldFolder {
  path: string
  release(): Promise<void>
}

/** Where root keeps the data when the current folder is closed to the user that PostgreSQL runs as. */
const systemFolder = '/var/lib/lockcast'

/** Unix socket paths hold at most 107 bytes on Linux and 103 on macOS. */
const mostSocketPath = 100

/**
 * Makes and locks the folder of the embedded store. `asked`: `LOCKCAST_DATA`; null: `./data`. Throws a {@link StoreError}
 * when another process uses it or PostgreSQL's user cannot enter it.
 */
export async function holdDataFolder(asked: string | null): Promise<HeldFolder> {
  const path = usableFolder(asked)
  const server = await lockFolder(path)
  return {
    path,
    release: () => new Promise((done) => server.close(() => done())),
  }
}

/** The data folder, if another process holds it; null when none does. */
export async function heldElsewhere(asked: string | null): Promise<string | null> {
  const path = usableFolder(asked)
  return (await isAnswered(lockPath(path))) ? path : null
}

function lockPath(folder: string): string {
  const inside = join(folder, 'lock')
  if (Buffer.byteLength(inside) <= mostSocketPath) return inside
  return join(tmpdir(), `lockcast-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.lock`)
}

function usableFolder(asked: string | null): string {
  const wanted = asked === null ? ['data', ...(process.getuid?.() === 0 ? [systemFolder] : [])] : [asked]
  for (const folder of wanted) {
    const path = resolve(folder)
    try {
      mkdirSync(path, { recursive: true, mode: 0o711 })
      if (mayReach(realpathSync(path), unprivilegedUser())) return realpathSync(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (folder === wanted.at(-1)) throw new StoreError(`LOCKCAST_DATA: ${path} cannot be made or entered (${code}).`)
    }
  }
  throw new StoreError(
    `LOCKCAST_DATA: ${resolve(wanted.at(-1) ?? '')} lies in a folder that only root may enter. PostgreSQL refuses to run as root, so its user (nobody) must reach it: set LOCKCAST_DATA to a folder such as ${systemFolder}, or run Lockcast as an ordinary user.`,
  )
}

/**
 * Holds the folder by listening on a Unix socket in it. A socket ends with its process, also after kill -9, and is seen
 * by every container that mounts the folder; a number in a file would be neither.
 */
async function lockFolder(folder: string): Promise<Server> {
  const path = lockPath(folder)
  if (await isAnswered(path)) {
    throw new StoreError(
      `LOCKCAST_DATA: another Lockcast process uses ${folder}. Stop it first, give this one another folder, or let both share a PostgreSQL with LOCKCAST_STORE_URL.`,
    )
  }
  rmSync(path, { force: true })
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((done, fail) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      fail(new StoreError(`LOCKCAST_DATA: ${folder} cannot be locked (${code}). Is it writable?`)),
    )
    server.listen(path, done)
  })
  server.unref()
  return server
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      answer(true)
    })
    socket.once('error', () => answer(false))
  })
}
