import type { RepositoryClient } from '../client/port.ts'
import { inParallel } from '../in-parallel.ts'
import { type Decision, readRecord } from './record.ts'

/** The outcome of one override label, from the records in the app's checks. */
export interface OverrideEntry extends Omit<Decision, 'outcome' | 'confirmed' | 'event'> {
  pull: number
  /** `unrecorded`: the label was set, and no check of a head that is still there tells what became of it. */
  outcome: Decision['outcome'] | 'unrecorded'
  /** The app whose check has it: anyone may name a check `lockcast`, so whoever audits looks at this. */
  app: string
}

/** Requests under way at once. */
const atOnce = 6

/**
 * Overrides and refusals of the pull requests that changed last, the newest first. A pull request without such a label
 * costs one request, one with it one for each of its commits.
 */
export async function listOverrides(
  client: RepositoryClient,
  asked: { label: string; since: string | null; most: number },
): Promise<OverrideEntry[]> {
  const pulls = await client.pullRequests(asked.since, asked.most)
  const entries = await inParallel(pulls, atOnce, ({ number, head }) => overridesOf(client, number, head, asked))
  return entries.flat().sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
}

async function overridesOf(
  client: RepositoryClient,
  pull: number,
  head: string,
  { label, since }: { label: string; since: string | null },
): Promise<OverrideEntry[]> {
  const events = (await client.labelEvents(pull)).filter(
    (event) =>
      event.action === 'labeled' &&
      (event.label === label || event.label.startsWith(`${label}/`)) &&
      (since === null || event.at >= since),
  )
  if (events.length === 0) return []
  const heads = [...new Set([head, ...(await client.commits(pull)).toReversed()])]
  const found = await inParallel(heads, atOnce, async (sha) =>
    (await client.checkRuns(sha)).flatMap(({ text, app }) =>
      (readRecord(text).pulls[String(pull)]?.decisions ?? []).map((decision) => ({ decision, app })),
    ),
  )
  const recorded = new Map<string, OverrideEntry>()
  for (const { decision, app } of found.flat()) {
    const { event, confirmed: _, ...told } = decision
    if (since !== null && told.at < since) continue
    // Each head that an override holds for has it on record again; the end of it is an entry of its own.
    recorded.set(`${app} ${event} ${told.outcome}`, { pull, app, ...told })
  }
  const known = new Set(found.flat().map(({ decision }) => decision.event))
  const unrecorded = events
    .filter(({ id }) => !known.has(id))
    .map(({ label: name, actor, at }): OverrideEntry => {
      const unknown = { role: null, why: null, reason: null, hazards: {}, head: '', app: '' }
      return { pull, label: name, actor, at, outcome: 'unrecorded', ...unknown }
    })
  return [...recorded.values(), ...unrecorded]
}
