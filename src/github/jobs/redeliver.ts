import type { AppClient } from '../client/app-client.ts'
import { unless } from '../client/failure.ts'
import type { Clock } from '../clock.ts'
import type { JobEnd } from './job.ts'

/** GitHub sends again what is not older than this, ms. */
const keptMs = 3 * 24 * 60 * 60_000

/** How often an event is sent at most: one that was refused three times would be a fourth time. */
const mostAttempts = 3

/**
 * Has GitHub send the events again that did not arrive, which it never does by itself. `asked`: attempts for which that
 * was done already.
 */
export async function redeliverFailed(
  app: Pick<AppClient, 'deliveries' | 'redeliver'>,
  clock: Clock,
  asked: Set<number>,
): Promise<JobEnd> {
  const failed = await app.deliveries('failure', new Date(clock.now() - keptMs).toISOString())
  const attempts = Object.values(Object.groupBy(failed, ({ guid }) => guid)).map((list = []) => list)
  const open = attempts.flatMap(([last, ...earlier]) =>
    last === undefined || asked.has(last.id) || earlier.length + 1 >= mostAttempts ? [] : [last],
  )
  const [oldest] = open.map(({ at }) => at).sort()
  if (oldest === undefined) return { kind: 'done', outcome: 'no event is missing' }
  const arrived = new Set((await app.deliveries('success', oldest)).map(({ guid }) => guid))
  let sent = 0
  for (const { id, guid } of open) {
    if (!arrived.has(guid) && (await isTaken(app, id))) sent++
    asked.add(id)
  }
  return { kind: 'done', outcome: `${sent} events sent again` }
}

/** False when GitHub does not have this event any more. */
async function isTaken(app: Pick<AppClient, 'redeliver'>, id: number): Promise<boolean> {
  const taken = await unless(['not found', 'refused'], async () => {
    await app.redeliver(id)
    return true
  })
  return taken ?? false
}
