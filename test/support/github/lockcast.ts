import { Writable } from 'node:stream'
import pg from 'pg'
import type { Clock } from '../../../src/github/clock.ts'
import type { Core, RepositoryDatabase } from '../../../src/github/core.ts'
import { defaultWebhookPath, type ServerConfig } from '../../../src/server/config.ts'
import type { Database } from '../../../src/server/databases.ts'
import { createLog } from '../../../src/server/log.ts'
import { type RunningServer, startServer } from '../../../src/server/start.ts'
import { freshStore } from '../store.ts'
import type { FakeGitHub } from './fake-github.ts'

/** The store of each fake: a server that starts again on it finds what the one before kept. */
const stores = new WeakMap<FakeGitHub, Promise<string>>()

export interface RunningLockcast extends RunningServer {
  /** All lines of the log so far. */
  log: string[]
  /** Resolves when every event was delivered and every job has ended. */
  settled(): Promise<void>
  /** Runs SQL in the store. */
  store(sql: string): Promise<void>
}

/** The real server on a free port of the loopback, installed on the fake. */
export async function startLockcast(
  github: FakeGitHub,
  options: {
    core?: Core
    databases?: Database[]
    connect?: (database: Database) => Pick<RepositoryDatabase, 'catalog' | 'activity'>
    clock?: Clock
    shorten?: (ms: number) => number
    only?: ServerConfig['only']
  } = {},
): Promise<RunningLockcast> {
  const log: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk))
      done()
    },
  })
  const store = stores.get(github) ?? freshStore()
  stores.set(github, store)
  const config: ServerConfig = {
    appId: github.app.id,
    privateKey: github.app.privateKey,
    webhookSecret: github.app.webhookSecret,
    oldWebhookSecret: null,
    githubUrl: github.url,
    host: '127.0.0.1',
    port: 0,
    webhookPath: defaultWebhookPath,
    logLevel: 'info',
    databases: options.databases ?? [],
    store: { kind: 'url', url: await store },
    only: options.only ?? null,
    githubLimits: true,
    metricsPort: null,
    workerMemoryMb: 360,
  }
  const { core, connect, clock, shorten } = options
  const given = {
    ...(core ? { core } : {}),
    ...(connect ? { connect: (database: Database) => ({ ...connect(database), watch: null }) } : {}),
    ...(clock ? { clock } : {}),
    ...(shorten ? { shorten } : {}),
  }
  const server = await startServer(config, { ...given, log: createLog('info', sink) })
  github.registerWebhook(server.webhookUrl)
  return {
    ...server,
    log,
    async store(sql) {
      const client = new pg.Client({ connectionString: await store })
      await client.connect()
      await client.query(sql).finally(() => client.end())
    },
    async settled() {
      // A job can cause an event (a label taken off), and that event a job.
      for (let quiet = 0; quiet < 2; quiet++) {
        const before = github.deliveries.length
        await github.delivered()
        await server.idle()
        if (github.deliveries.length !== before) quiet = -1
      }
    },
  }
}
