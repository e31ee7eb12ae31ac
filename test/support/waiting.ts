import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

/** Resolves when so many sessions wait for a lock. */
export async function untilWaiting(client: pg.Client, count = 1): Promise<void> {
  await until(async () => {
    const { rows } = await client.query<{ waiting: number }>(
      'SELECT count(DISTINCT pid)::int AS waiting FROM pg_locks WHERE NOT granted',
    )
    return (rows[0]?.waiting ?? 0) >= count
  })
}

/** Resolves when this holds; asked every 10 ms for 5 minutes, which only ends what hangs. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 300_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come about in 5 minutes')
    await sleep(10)
  }
}
