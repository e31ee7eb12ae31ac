import { GitHubError } from './failure.ts'
import type { PullJob } from './job.ts'
import type { CheckRun, LabelEvent, PullRequest, RepositoryClient } from './port.ts'
import { covers, newSince, type OverrideRecord, type PullRecord, readRecord, type Seen } from './record.ts'

/** What events told of a pull request. */
export type Told = Pick<PullJob, 'earlierHeads' | 'labeled'>

/** What the override label on a pull request comes to. */
export type OverrideDecision =
  | { kind: 'none' }
  | { kind: 'granted'; override: OverrideRecord }
  /** The label stays and does not count. `event`: the id of the `labeled` event, so that it is said once. */
  | { kind: 'forbidden'; event: number; actor: string; role: string | null }
  | { kind: 'app'; event: number; actor: string }
  | { kind: 'unconfirmed'; event: number; actor: string }
  /** The label is taken off. */
  | { kind: 'unseen'; event: number; actor: string }
  | { kind: 'void'; event: number; actor: string; news: string[] }

/** Earlier heads that are looked at for a record; an override older than this has to be given again. */
const mostEarlierHeads = 20

/**
 * Decides on the label for the findings at hand. It counts when a person with the maintain or admin role set it after
 * these findings were shown, on this head or on an earlier one with the same migrations.
 *
 * Anyone with triage may set labels and anyone with write may rename them, so the label itself is only a request.
 */
export async function decideOverride(
  client: RepositoryClient,
  job: Told,
  pull: PullRequest,
  label: string,
  current: { blobs: Record<string, string>; fingerprints: string[]; run: CheckRun },
): Promise<OverrideDecision> {
  if (!pull.labels.includes(label)) return { kind: 'none' }
  const event = (await client.labelEvents(pull.number)).filter((known) => known.label === label).at(-1)
  if (!event) return { kind: 'unconfirmed', event: 0, actor: 'unknown' }
  const { id, actor } = event
  if (!event.person) return { kind: 'app', event: id, actor }
  const role = await roleOf(client, actor)
  if (!role?.mayOverride) return { kind: 'forbidden', event: id, actor, role: role?.name ?? null }

  const records = await recordsOf(client, job, pull, event, current)
  const given = records.find((record) => record.override?.event === id)
  if (given?.seen) {
    const news = newSince(given.seen, current)
    return news.length === 0 ? granted(event, role.name) : { kind: 'void', event: id, actor, news }
  }
  const shown = records.flatMap((record) => (record.seen && record.seen.at <= event.at ? [record.seen] : []))
  if (!shown.some((seen) => covers(seen, current))) return notShown(event, shown, current)
  const received = job.labeled.some((known) => known.label === label && known.actor === actor)
  return received ? granted(event, role.name) : { kind: 'unconfirmed', event: id, actor }
}

function granted(event: LabelEvent, role: string): OverrideDecision {
  return { kind: 'granted', override: { actor: event.actor, role, at: event.at, event: event.id } }
}

function notShown(
  event: LabelEvent,
  shown: Seen[],
  current: { blobs: Record<string, string>; fingerprints: string[] },
): OverrideDecision {
  const [newest] = shown.sort((a, b) => (a.at < b.at ? 1 : -1))
  if (!newest) return { kind: 'unseen', event: event.id, actor: event.actor }
  return { kind: 'void', event: event.id, actor: event.actor, news: newSince(newest, current) }
}

async function roleOf(client: RepositoryClient, login: string): Promise<{ name: string; mayOverride: boolean } | null> {
  try {
    return await client.role(login)
  } catch (error) {
    // Whoever is not known to have the role does not have it. A limit or an outage is no answer and ends the job.
    const kind = error instanceof GitHubError ? error.failure.kind : null
    if (kind === 'not found' || kind === 'forbidden' || kind === 'refused') return null
    throw error
  }
}

/** This pull request's records: of this head, of the heads that events named, and of its own earlier commits. */
async function recordsOf(
  client: RepositoryClient,
  job: Told,
  pull: PullRequest,
  event: LabelEvent,
  current: { blobs: Record<string, string>; fingerprints: string[]; run: CheckRun },
): Promise<PullRecord[]> {
  const own = (text: string): PullRecord[] => {
    const record = readRecord(text).pulls[String(pull.number)]
    return record ? [record] : []
  }
  const records = own(current.run.text)
  const settled = ({ override, seen }: PullRecord) =>
    override?.event === event.id || (seen !== null && seen.at <= event.at && covers(seen, current))
  if (records.some(settled)) return records
  const commits = (await client.commits(pull.number)).reverse()
  const heads = [...new Set([...job.earlierHeads.toReversed(), ...commits])].filter((sha) => sha !== pull.head.sha)
  for (const sha of heads.slice(0, mostEarlierHeads)) {
    for (const run of await checkRunsOf(client, sha)) records.push(...own(run.text))
  }
  return records
}

async function checkRunsOf(client: RepositoryClient, sha: string): Promise<CheckRun[]> {
  try {
    return await client.checkRuns(sha)
  } catch (error) {
    // A head that was pushed away can be gone; then it records nothing.
    const kind = error instanceof GitHubError ? error.failure.kind : null
    if (kind === 'not found' || kind === 'refused') return []
    throw error
  }
}
