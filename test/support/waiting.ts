import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

/** Resolves when so many sessions wait for a lock. */
export async function untilWaiting(client: pg.Client, count = 1): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const { rows } = await client.query<{ waiting: number }>(
      'SELECT count(DISTINCT pid)::int AS waiting FROM pg_locks WHERE NOT granted',
    )
    if ((rows[0]?.waiting ?? 0) >= count) return
    await sleep(10)
  }
  throw new Error(`fewer than ${count} sessions wait after 10 s`)
}
