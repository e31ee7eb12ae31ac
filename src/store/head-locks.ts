import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** Lets one task at a time run for each key, over all processes that share the store. */
export interface HeadLocks {
  /** Runs the task while this process holds the lock. Throws when the store is away. */
  run<T>(key: string, task: () => Promise<T>): Promise<T>
  /** Runs the task while it holds one of so many places of this name, over all processes. */
  inOneOf<T>(places: number, name: string, task: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** How often a lock that another process holds is asked for again, ms. */
const retryMs = 100

const lockOnce = 'SELECT pg_try_advisory_lock(hashtextextended($1, 1)) AS done'
const unlock = 'SELECT pg_advisory_unlock(hashtextextended($1, 1)) AS done'

/**
 * Advisory locks on one connection of its own, which PostgreSQL frees when the process ends in whatever way. Within the
 * process tasks queue up first, since a session gets its own lock again.
 */
export function createHeadLocks(url: string): HeadLocks {
  const tails = new Map<string, Promise<unknown>>()
  let session: Promise<pg.Client> | null = null
  const connected = (): Promise<pg.Client> => {
    session ??= connect(url, () => {
      session = null
    }).catch((error) => {
      session = null
      throw error
    })
    return session
  }
  // One query at a time: the connection is shared by all locks.
  let queries: Promise<unknown> = Promise.resolve()
  const ask = (sql: string, key: string): Promise<boolean> => {
    const asked = queries.then(async () => {
      const client = await connected()
      const { rows } = await client.query<{ done: boolean }>(sql, [key])
      return rows[0]?.done ?? false
    })
    queries = asked.catch(() => {})
    return asked
  }
  const whileLocked = async <T>(key: string, task: () => Promise<T>): Promise<T> => {
    while (!(await ask(lockOnce, key))) await sleep(retryMs)
    try {
      return await task()
    } finally {
      await ask(unlock, key).catch(() => false)
    }
  }
  /** Places that tasks of this process hold. */
  const held = new Set<string>()
  const takePlace = async (keys: string[]): Promise<string | null> => {
    for (const key of keys) {
      if (held.has(key)) continue
      held.add(key)
      const isTaken = await ask(lockOnce, key).catch((error: unknown) => {
        held.delete(key)
        throw error
      })
      if (isTaken) return key
      held.delete(key)
    }
    return null
  }
  return {
    async inOneOf(places, name, task) {
      const keys = Array.from({ length: places }, (_, at) => `${name} ${at}`)
      let key = await takePlace(keys)
      for (; key === null; key = await takePlace(keys)) await sleep(retryMs)
      try {
        return await task()
      } finally {
        await ask(unlock, key).catch(() => false)
        held.delete(key)
      }
    },
    run(key, task) {
      const before = tails.get(key) ?? Promise.resolve()
      const mine = before.then(
        () => whileLocked(key, task),
        () => whileLocked(key, task),
      )
      // The next task waits for the end of this one, however it ends; its error goes to who started it.
      const tail = mine.then(
        () => undefined,
        () => undefined,
      )
      tails.set(key, tail)
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key)
      })
      return mine
    },
    async close() {
      await (await session?.catch(() => null))?.end().catch(() => {})
    },
  }
}

async function connect(url: string, lost: () => void): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'lockcast locks' })
  client.on('error', lost)
  client.on('end', lost)
  await client.connect()
  return client
}
