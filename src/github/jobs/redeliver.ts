import type { AppClient } from '../client/app-client.ts'
import { unless } from '../client/failure.ts'
import type { AppContext } from '../context.ts'
import { comparedUntil } from '../decide/override.ts'
import type { JobEnd } from './job.ts'

/** GitHub sends again what is not older than this, ms. */
const keptMs = 3 * 24 * 60 * 60_000

/** How often an event is sent at most: one that was refused three times would be a fourth time. */
const mostAttempts = 3

/** How far back the log is compared again: GitHub lists an attempt when it has ended, ms. */
const overlapMs = 10 * 60_000

/** How soon it is looked whether what was sent again has arrived, ms. */
const soonMs = 3_000

/** Name of the value that says since when this store takes events, ms since 1970. */
const storeSince = 'store since'

/**
 * Compares GitHub's log of deliveries with what was taken and has GitHub send the rest again, which it never does by
 * itself. What this store answered with success and does not have, as after a restore from a backup, counts too.
 */
export async function redeliverMissing({ app, clock, records }: AppContext): Promise<JobEnd> {
  const now = clock.now()
  const born = await records.valueOnce(storeSince, () => now)
  const compared = await records.value<number>(comparedUntil)
  const oldest = now - keptMs
  const from = compared === null ? oldest : Math.max(oldest, compared - overlapMs)
  const attempts = await app.deliveries(new Date(from).toISOString())
  const byGuid = Object.groupBy(attempts, ({ guid }) => guid)
  const known = await records.taken(Object.keys(byGuid))
  let sent = 0
  for (const [guid, list = []] of Object.entries(byGuid)) {
    const [last] = list
    if (!last || known.has(guid)) continue
    // Answered with success before this store was there: another store took it.
    if (list.some(({ taken, at }) => taken && Date.parse(at) < born)) continue
    if (list.length >= mostAttempts) continue
    if (await isTaken(app, last.id)) sent++
  }
  if (sent > 0) return { kind: 'again', at: now + soonMs, reason: `${sent} events sent again` }
  await records.saveValue(comparedUntil, now)
  return { kind: 'done', outcome: 'no event is missing' }
}

/** False when GitHub does not have this event any more. */
async function isTaken(app: Pick<AppClient, 'redeliver'>, id: number): Promise<boolean> {
  const taken = await unless(['not found', 'refused'], async () => {
    await app.redeliver(id)
    return true
  })
  return taken ?? false
}
