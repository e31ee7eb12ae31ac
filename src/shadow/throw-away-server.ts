import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

/** A server's programs, and the user that runs them: PostgreSQL refuses root. */
export interface ServerPrograms {
  /** The folder with `bin`. */
  home: string
  major: number
  /** Distinguishes data directories that are kept. */
  version: string
  /** A folder for the data directory that later runs copy. */
  cache: string
  runAs: { uid: number; gid: number } | { uid?: undefined; gid?: undefined }
}

/** Bounds of one proof. */
export interface ServerLimits {
  /** Of all, ms. */
  totalMs: number
  /** Of the data directory, bytes. */
  diskBytes: number
  /** Address space of each process, bytes. */
  memoryBytes: number
}

export interface ThrowAwayServer {
  major: number
  /** Connects over the socket; never over a network. */
  connect(database: string, role: string): Promise<pg.Client>
  /** Why it was ended before its time; null while it runs. */
  ended(): string | null
  /** Ends it, whatever it does, and removes its folder. */
  stop(): Promise<void>
}

const settings: Record<string, string> = {
  listen_addresses: '',
  max_connections: '12',
  shared_buffers: '16MB',
  max_wal_size: '64MB',
  min_wal_size: '32MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  autovacuum: 'off',
  jit: 'off',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  max_worker_processes: '0',
  temp_file_limit: '65536',
  statement_timeout: '10s',
  // A plan that waits for a lock here waits for ever.
  deadlock_timeout: '200ms',
  log_min_messages: 'log',
}

/**
 * Starts a server that only this process can reach: a socket in a folder of its own, a superuser whose password no other process
 * knows, no network where the system lets go of it. It is killed at the end of its time, and when it takes more disk.
 */
export async function startThrowAway(programs: ServerPrograms, limits: ServerLimits): Promise<ThrowAwayServer> {
  const { runAs, home, major } = programs
  const template = await initialised(programs)
  const folder = await mkdtemp(join(tmpdir(), 'lockcast-proof-'))
  let reason: string | null = null
  let child: ChildProcess | null = null
  try {
    await copyFor(template, join(folder, 'data'), runAs)
    if (runAs.uid !== undefined) await chown(folder, runAs.uid, runAs.gid)
    const password = await readFile(join(template, 'password'), 'utf8')
    const flags = Object.entries({ ...settings, unix_socket_directories: folder }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ])
    const kilobytes = Math.round(limits.memoryBytes / 1024)
    const script = `ulimit -v ${kilobytes}; ulimit -f ${Math.round(limits.diskBytes / 512)}; ulimit -c 0; ${supervisor}`
    const command = [join(home, 'bin/postgres'), '-D', join(folder, 'data'), ...flags]
    const alone = await mayLeaveNetwork()
    child = spawn(
      alone ? 'unshare' : '/bin/sh',
      [...(alone ? ['--net', ...setUser(runAs), '/bin/sh'] : []), '-c', script, 'sh', ...command],
      { ...(alone ? {} : runAs), cwd: folder, env: environment(), detached: true, stdio: ['pipe', 'ignore', 'pipe'] },
    )
    child.stdin?.on('error', () => {})
    await untilReady(child)
    const started = child
    const timers = [
      setTimeout(() => end(`it took longer than ${Math.round(limits.totalMs / 1000)} s`), limits.totalMs),
      setInterval(() => {
        bytesIn(join(folder, 'data')).then((bytes) => {
          if (bytes > limits.diskBytes) end(`it took more than ${Math.round(limits.diskBytes / 1024 ** 2)} MB of disk`)
        })
      }, 250),
    ]
    for (const timer of timers) timer.unref()
    const end = (why: string): void => {
      reason ??= why
      killGroup(started)
    }
    const onExit = (): void => killGroup(started)
    process.once('exit', onExit)
    const closed = new Promise<void>((resolve) => started.once('close', () => resolve()))
    return {
      major,
      ended: () => reason,
      async connect(database, role) {
        const client = new pg.Client({ host: folder, port: 5432, database, user: role, password })
        client.on('error', () => {})
        await client.connect()
        return client
      },
      async stop() {
        for (const timer of timers) clearTimeout(timer)
        process.off('exit', onExit)
        killGroup(started)
        await closed
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    if (child) killGroup(child)
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Ends the server when the pipe from this process closes, in whatever way the process ended: kill -9 too. */
const supervisor = '"$@" </dev/null & server=$!; read -r word; kill -QUIT $server; wait $server'

/** All of its processes: it has a group of its own. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function untilReady(child: ChildProcess): Promise<void> {
  let log = ''
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () =>
      reject(new Error(`the throw-away server did not start: ${log.trim().split('\n').at(-1) ?? ''}`)),
    )
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-2_000)
      if (/ready to accept connections/.test(log)) resolve()
    })
  })
}

/** Whether this process may give the server a network of its own, with nothing in it. */
async function mayLeaveNetwork(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    await promisify(execFile)('unshare', ['--net', '--setuid', '65534', '--setgid', '65534', 'true'])
    return true
  } catch {
    return false
  }
}

function setUser({ uid, gid }: ServerPrograms['runAs']): string[] {
  return uid === undefined ? [] : ['--setgid', String(gid), '--setuid', String(uid)]
}

/** A data directory fresh from initdb, made once: it takes a second. */
async function initialised({ home, version, cache, runAs }: ServerPrograms): Promise<string> {
  const target = join(cache, `proof-${version}`)
  if (existsSync(join(target, 'password'))) return target
  const folder = await mkdtemp(join(tmpdir(), 'lockcast-initdb-'))
  try {
    const password = randomBytes(24).toString('hex')
    const file = join(folder, 'password')
    await writeFile(file, password, { mode: 0o600 })
    if (runAs.uid !== undefined) {
      await chown(folder, runAs.uid, runAs.gid)
      await chown(file, runAs.uid, runAs.gid)
    }
    const flags = ['--pgdata', join(folder, 'data'), '--username=postgres', '--pwfile', file]
    await promisify(execFile)(
      join(home, 'bin/initdb'),
      [...flags, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'],
      {
        ...runAs,
        cwd: folder,
        env: environment(),
      },
    )
    const mine = `${target}.${process.pid}.${randomBytes(4).toString('hex')}`
    await mkdir(cache, { recursive: true })
    await cp(folder, mine, { recursive: true })
    // Another process may have been first.
    await rename(mine, target).catch(() => rm(mine, { recursive: true, force: true }))
    return target
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function copyFor(template: string, data: string, { uid, gid }: ServerPrograms['runAs']): Promise<void> {
  await promisify(execFile)('cp', ['-R', join(template, 'data'), data])
  if (uid !== undefined) await promisify(execFile)('chown', ['-R', `${uid}:${gid}`, data])
  await promisify(execFile)('chmod', ['700', data])
}

async function bytesIn(folder: string): Promise<number> {
  let sum = 0
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])) {
    if (!entry.isFile()) continue
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => null)
    // Sparse files count with what they take.
    sum += found ? found.blocks * 512 : 0
  }
  return sum
}

/** Only what the server needs: a PGDATA or LC_ALL of this process would change what it does. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}
