import type { Policy } from '../../policy/policy.ts'
import type { Acceptance, OverrideAnswer } from '../../report/override-texts.ts'
import { GitHubError, unless } from '../client/failure.ts'
import type { CheckRun, LabelEvent, PullRequest, RepositoryClient } from '../client/port.ts'
import type { Clock } from '../clock.ts'
import type { PullJob } from '../jobs/job.ts'
import { reasonIn } from './reason.ts'
import { covers, type Decision, newSince, type PullRecord, readRecord, type Seen, type Shown } from './record.ts'

/** What was heard of a pull request from its events. */
export type Heard = Pick<PullJob, 'earlierHeads' | 'labeled'>

/** What stands to be accepted: the migrations as they are and the findings that block. */
export interface Overridable {
  blobs: Record<string, string>
  findings: { hazard: string; fingerprint: string }[]
}

/** What an override label on a pull request comes to. */
export interface LabelDecision {
  decision: Decision
  /** True when it is another decision than the one on record. */
  isNew: boolean
  /** Set when it is granted. */
  acceptance: Acceptance | null
  /** What is to be said of it; null for one that is granted. */
  answer: OverrideAnswer | null
}

/** Earlier heads that are looked at for a record; an override older than this has to be given again. */
const mostEarlierHeads = 20

/** How long the signed event of a label may take to arrive before its absence is told, ms. */
const onItsWayMs = 60_000

export interface OverrideDeps {
  client: RepositoryClient
  clock: Clock
}

interface Given extends OverrideDeps {
  heard: Heard
  pull: PullRequest
  policy: Policy['override']
  current: Overridable
  shown: Shown
  records: PullRecord[]
}

/**
 * Decides on each override label of a pull request. One counts when a person who may set it after the findings were
 * shown, on this head or on an earlier one with the same migrations.
 *
 * `lookAgainAt` (ms since 1970): a label was set just now, and its event may be on its way.
 *
 * Anyone with triage may set labels and anyone with write may rename them, so the label itself is only a request.
 */
export async function decideOverrides(
  { client, clock }: OverrideDeps,
  heard: Heard,
  pull: PullRequest,
  policy: Policy['override'],
  current: Overridable,
  run: CheckRun,
): Promise<{ labels: LabelDecision[]; lookAgainAt: number | null }> {
  const labels = pull.labels.filter((name) => name === policy.label || name.startsWith(`${policy.label}/`))
  if (labels.length === 0) return { labels: [], lookAgainAt: null }
  const shown = { blobs: current.blobs, fingerprints: current.findings.map(({ fingerprint }) => fingerprint).sort() }
  const events = await client.labelEvents(pull.number)
  const decided: LabelDecision[] = []
  let lookAgainAt: number | null = null
  for (const label of labels) {
    const event = events.filter((known) => known.label === label).at(-1)
    const records = await recordsOf(client, heard, pull, event ?? null, shown, run)
    const given: Given = { client, clock, heard, pull, policy, current, shown, records }
    const hazard = label === policy.label ? null : label.slice(policy.label.length + 1)
    const item = event ? await decideLabel(given, event, hazard) : unheard(given, label)
    const expected = Date.parse(event?.at ?? '') + onItsWayMs
    if (item?.decision.why === 'unconfirmed' && expected > clock.now()) lookAgainAt = expected
    else if (item) decided.push(item)
  }
  return { labels: decided, lookAgainAt }
}

/** The findings that a label for this hazard (null: for all) accepts. */
function inScope({ current, policy }: Given, hazard: string | null): Overridable['findings'] {
  return current.findings.filter(
    (finding) => (hazard === null || finding.hazard === hazard) && !policy.never.includes(finding.hazard),
  )
}

/** Null when there is nothing that the label could be about. */
async function decideLabel(given: Given, event: LabelEvent, hazard: string | null): Promise<LabelDecision | null> {
  const { client, current, policy, pull, records, shown, heard } = given
  const { actor, label } = event
  const scope = inScope(given, hazard)
  const record = records.findLast((known) => known.decisions.some((decision) => decision.event === event.id))
  const before = record?.decisions.findLast((decision) => decision.event === event.id) ?? null
  const confirmed =
    before?.confirmed === true || heard.labeled.some((known) => known.label === label && known.actor === actor)
  const end = (outcome: Decision['outcome'], answer: OverrideAnswer | null, more: Partial<Decision> = {}) =>
    ended(given, event, scope, before, { outcome, why: answer?.kind ?? null, confirmed, ...more }, answer)

  const barred = hazard ?? (scope.length === 0 ? current.findings[0]?.hazard : undefined)
  if (barred !== undefined && policy.never.includes(barred)) {
    return end('refused', { kind: 'never', actor, hazard: barred })
  }
  if (before === null && scope.length === 0) return null
  if (!event.person) return end('refused', { kind: 'app', actor })
  const role = await roleOf(given, actor)
  const named = { role: role.name }
  if (!role.may) return end('refused', { kind: 'forbidden', actor, ...named, unread: role.unread }, named)
  if (!policy.author && actor === pull.author) return end('refused', { kind: 'author', actor }, named)

  if (before?.outcome === 'void') return end('void', { kind: 'void', actor, news: [] }, named)
  if (before?.outcome === 'granted' && record?.seen) {
    const news = newSince(record.seen, shown)
    return news.length === 0
      ? end('granted', null, { ...named, reason: before.reason })
      : end('void', { kind: 'void', actor, news }, { ...named, reason: before.reason })
  }
  const earlier = records.flatMap(({ seen }) => (seen !== null && seen.at <= event.at ? [seen] : []))
  const covering = earlier.filter((seen) => covers(seen, shown))
  if (covering.length === 0) return end('void', notShown(actor, earlier, shown), named)
  if (!confirmed) return end('refused', { kind: 'unconfirmed', actor }, named)
  const since = covering.map((seen) => seen.at).sort()[0] ?? event.at
  const reason = await reasonOf(client, pull, actor, since)
  if (policy.reason && reason === null) return end('refused', { kind: 'reasonless', actor }, named)
  return end('granted', null, { ...named, reason })
}

function ended(
  { pull }: Given,
  { id, label, actor, at }: LabelEvent,
  scope: Overridable['findings'],
  before: Decision | null,
  how: Pick<Decision, 'outcome' | 'why' | 'confirmed'> & Partial<Decision>,
  answer: OverrideAnswer | null,
): LabelDecision {
  const hazards: Record<string, number> = {}
  for (const { hazard } of scope) hazards[hazard] = (hazards[hazard] ?? 0) + 1
  const about = { event: id, label, actor, at, head: pull.head.sha, hazards }
  const decision: Decision = { role: null, reason: null, ...about, ...how }
  const isNew = before?.outcome !== decision.outcome || before.why !== decision.why
  const findings = scope.map(({ fingerprint }) => fingerprint)
  const acceptance: Acceptance | null =
    decision.outcome === 'granted'
      ? { label, actor, role: decision.role ?? '', at, reason: decision.reason, findings }
      : null
  // The head and the findings of a decision that still stands are those it was made for.
  const kept = before !== null && !isNew ? { ...decision, head: before.head, hazards: before.hazards } : decision
  return { decision: kept, isNew, acceptance, answer }
}

/** A label without an event in the timeline: nobody can be held to it. */
function unheard(given: Given, label: string): LabelDecision {
  const event: LabelEvent = { id: 0, label, actor: 'unknown', person: false, at: '' }
  const how = { outcome: 'refused', why: 'unconfirmed', confirmed: false } as const
  return ended(given, event, [], null, how, { kind: 'unconfirmed', actor: 'unknown' })
}

function notShown(actor: string, earlier: Seen[], shown: Shown): OverrideAnswer {
  const [newest] = earlier.sort((a, b) => (a.at < b.at ? 1 : -1))
  return newest ? { kind: 'void', actor, news: newSince(newest, shown) } : { kind: 'unseen', actor }
}

interface Role {
  /** Null when it could not be read. */
  name: string | null
  may: boolean
  /** A permission without which the teams of the policy cannot be read. */
  unread: string | null
}

async function roleOf({ client, policy }: Given, login: string): Promise<Role> {
  const role = await known(() => client.role(login))
  const name = role?.name ?? null
  if (role?.mayOverride) return { name, may: true, unread: null }
  for (const team of policy.teams) {
    try {
      if (await client.isTeamMember(team, login)) return { name: `team ${team}`, may: true, unread: null }
    } catch (error) {
      if (!(error instanceof GitHubError) || error.failure.kind !== 'forbidden') throw error
      return { name, may: false, unread: error.failure.needs ?? 'members: read' }
    }
  }
  return { name, may: false, unread: null }
}

/** Null where GitHub has no answer about this person. A limit or an outage is no answer and ends the job. */
function known<T>(read: () => Promise<T>): Promise<T | null> {
  return unless(['not found', 'forbidden', 'refused'], read)
}

/** The newest reason that the same person wrote since the findings were shown. */
async function reasonOf(
  client: RepositoryClient,
  pull: PullRequest,
  login: string,
  since: string,
): Promise<string | null> {
  const [comments, reviews] = await Promise.all([client.comments(pull.number), client.reviews(pull.number)])
  const own = [...comments, ...reviews]
    .filter(({ author, at }) => author === login && at >= since)
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
  return own.flatMap(({ body }) => reasonIn(body) ?? []).at(-1) ?? null
}

/** This pull request's records, oldest first: of the heads that events named, of its own earlier commits, of this head. */
async function recordsOf(
  client: RepositoryClient,
  heard: Heard,
  pull: PullRequest,
  event: LabelEvent | null,
  shown: Shown,
  run: CheckRun,
): Promise<PullRecord[]> {
  const own = (text: string): PullRecord[] => [readRecord(text).pulls[String(pull.number)] ?? []].flat()
  const ofHead = own(run.text)
  const settles = ({ decisions, seen }: PullRecord) =>
    decisions.some((decision) => decision.event === event?.id && decision.outcome !== 'refused') ||
    (seen !== null && event !== null && seen.at <= event.at && covers(seen, shown))
  if (event === null || ofHead.some(settles)) return ofHead
  // Where nothing blocks, only what an event names is worth a look: an override that this head may end.
  const commits = shown.fingerprints.length > 0 ? (await client.commits(pull.number)).reverse() : []
  const heads = [...new Set([...heard.earlierHeads.toReversed(), ...commits])].filter((sha) => sha !== pull.head.sha)
  const earlier: PullRecord[] = []
  for (const sha of heads.slice(0, mostEarlierHeads)) {
    for (const known of await checkRunsOf(client, sha)) earlier.unshift(...own(known.text))
  }
  return [...earlier, ...ofHead]
}

async function checkRunsOf(client: RepositoryClient, sha: string): Promise<CheckRun[]> {
  // A head that was pushed away can be gone; then it records nothing.
  return (await known(() => client.checkRuns(sha))) ?? []
}
