import type { Policy } from '../../policy/policy.ts'
import type { Acceptance, OverrideAnswer } from '../../report/override-texts.ts'
import { GitHubError, unless } from '../client/failure.ts'
import type { LabelEvent, PullRequest } from '../client/port.ts'
import type { RepositoryContext } from '../context.ts'
import type { SignedLabelEvent, SignedReason } from '../records.ts'
import { covers, type Decision, newSinceAll, type PullRecord, type Seen, type Shown } from './record.ts'
import { recordsOf } from './records-of.ts'

/** The subject of an override: the migrations and the blocking findings. */
export interface Overridable {
  blobs: Record<string, string>
  findings: { hazard: string; fingerprint: string }[]
  /** Facts were missing, such as the database: nothing that follows from it ends or widens an override. */
  incomplete: boolean
}

/** The decision on an override label of a pull request. */
export interface LabelDecision {
  decision: Decision
  /** True when it is another decision than the one on record. */
  isNew: boolean
  /** Set when it is granted. */
  acceptance: Acceptance | null
  /** The comment about it; null when there is none, or it was posted before. */
  answer: OverrideAnswer | null
}

/** How long the signed event of a label may take to arrive, ms. */
const onItsWayMs = 60_000

/** How soon it is looked again whether it has, ms. */
const soonMs = 10_000

/** How long after facts were missing a label is weighed again, ms. */
const missingMs = 30_000

/** How much the clocks of GitHub and of this server may differ, ms. */
const clockSkewMs = 60_000

/** Name of the value that says up to when GitHub's log of deliveries was compared, ms since 1970. */
export const comparedUntil = 'deliveries compared until'

type OverrideContext = Pick<RepositoryContext, 'client' | 'clock' | 'records' | 'repository'>

interface Weighing {
  context: OverrideContext
  pull: PullRequest
  policy: Policy['override']
  current: Overridable
  shown: Shown
  records: PullRecord[]
  signed: SignedLabelEvent[]
  reasons: SignedReason[]
  /** A record of the head cannot be read: by which version it was written, 0 when that is not known. */
  unreadable: number | null
}

type Weighed =
  | { kind: 'decided'; decision: LabelDecision }
  | { kind: 'nothing' }
  /** Something that it takes to decide may still arrive. */
  | { kind: 'later'; inMs: number }

/**
 * Decides on each override label of a pull request. One counts when a person who may set it after the findings were
 * shown, on this head or on an earlier one with the same migrations, and its signed event arrived.
 *
 * Anyone with triage may set labels and anyone with write may rename them, so the label itself is only a request.
 * `lookAgainAt` (ms since 1970): what it takes to decide, such as the signed event of a label, may still arrive.
 */
export async function decideOverrides(
  context: OverrideContext,
  pull: PullRequest,
  policy: Policy['override'],
  current: Overridable,
): Promise<{ labels: LabelDecision[]; lookAgainAt: number | null }> {
  const labels = pull.labels.filter((name) => name === policy.label || name.startsWith(`${policy.label}/`))
  if (labels.length === 0) return { labels: [], lookAgainAt: null }
  const shown = { blobs: current.blobs, fingerprints: current.findings.map(({ fingerprint }) => fingerprint).sort() }
  const { client, records: stored, repository, clock } = context
  const [events, signed, reasons, { records, unreadable }] = await Promise.all([
    client.labelEvents(pull.number),
    stored.labelEvents(repository, pull.number),
    stored.reasons(repository, pull.number),
    recordsOf(context, pull),
  ])
  const weighing: Weighing = { context, pull, policy, current, shown, records, signed, reasons, unreadable }
  const decided: LabelDecision[] = []
  const waits: number[] = []
  for (const label of labels) {
    const event = events.filter((known) => known.label === label).at(-1)
    const hazard = label === policy.label ? null : label.slice(policy.label.length + 1)
    const weighed = event?.action === 'labeled' ? await weigh(weighing, event, hazard) : await unheard(weighing, label)
    if (weighed.kind === 'decided') decided.push(weighed.decision)
    if (weighed.kind === 'later') waits.push(weighed.inMs)
  }
  return { labels: decided, lookAgainAt: waits.length > 0 ? clock.now() + Math.min(...waits) : null }
}

/** The findings that a label for this hazard (null: for all) accepts. */
function inScope({ current, policy }: Weighing, hazard: string | null): Overridable['findings'] {
  return current.findings.filter(
    (finding) => (hazard === null || finding.hazard === hazard) && !policy.never.includes(finding.hazard),
  )
}

async function weigh(weighing: Weighing, event: LabelEvent, hazard: string | null): Promise<Weighed> {
  const { current, policy, pull, records } = weighing
  const { actor } = event
  const scope = inScope(weighing, hazard)
  const record = records.findLast((known) => known.decisions.some((decision) => decision.event === event.id))
  const before = record?.decisions.findLast((decision) => decision.event === event.id) ?? null
  const end = (outcome: Decision['outcome'], answer: OverrideAnswer | null, more: Partial<Decision> = {}): Weighed => ({
    kind: 'decided',
    decision: ended(weighing, event, scope, before, { outcome, why: answer?.kind ?? null, ...more }, answer),
  })
  // Ended or refused: it takes another label event to be weighed again.
  if (before?.outcome === 'refused') return repeated(weighing, event, scope, before, null)
  if (before?.outcome === 'void') return repeated(weighing, event, scope, before, { kind: 'void', actor, news: [] })

  const barred = hazard ?? (scope.length === 0 ? current.findings[0]?.hazard : undefined)
  if (barred !== undefined && policy.never.includes(barred)) {
    return end('refused', { kind: 'never', actor, hazard: barred })
  }
  if (before === null && scope.length === 0) return { kind: 'nothing' }
  if (!event.person) return end('refused', { kind: 'app', actor })
  const role = await roleOf(weighing, actor)
  const named = { role: role.name }
  if (!role.may) return end('refused', { kind: 'forbidden', actor, ...named, unread: role.unread }, named)
  if (!policy.author && actor === pull.author) return end('refused', { kind: 'author', actor }, named)
  if (before?.outcome === 'granted' && record) {
    const given = { ...named, reason: before.reason }
    const news = current.incomplete
      ? changedFiles(record, weighing.shown)
      : newSinceAll(looksOf(record), weighing.shown)
    return news.length === 0 ? end('granted', null, given) : end('void', { kind: 'void', actor, news }, given)
  }
  return weighFirst(weighing, event, before, end, named)
}

/** Of a label that is not granted yet: whether its findings were shown, its event arrived, and its reason is there. */
async function weighFirst(
  weighing: Weighing,
  event: LabelEvent,
  before: Decision | null,
  end: (outcome: Decision['outcome'], answer: OverrideAnswer | null, more?: Partial<Decision>) => Weighed,
  named: { role: string | null },
): Promise<Weighed> {
  const { policy, records, shown, reasons, unreadable, current } = weighing
  const { actor } = event
  const confirmed = before?.confirmed === true || (await isConfirmed(weighing, event))
  if (!confirmed && (await mayArrive(weighing, Date.parse(event.at)))) {
    return { kind: 'later', inMs: Math.max(soonMs, Date.parse(event.at) + onItsWayMs - weighing.context.clock.now()) }
  }
  const earlier = records.flatMap(looksOf).filter(({ at }) => at <= event.at)
  const covering = earlier.filter((look) => covers(look, shown))
  const isSameFiles = (look: Seen) => 'blobs' in look && covers({ ...look, fingerprints: shown.fingerprints }, shown)
  if (covering.length === 0 && current.incomplete && earlier.some(isSameFiles))
    return { kind: 'later', inMs: missingMs }
  if (covering.length === 0) {
    const answer: OverrideAnswer =
      unreadable === null ? notShown(actor, earlier, shown) : { kind: 'unreadable', actor, version: unreadable || null }
    return end('void', answer, { ...named, confirmed })
  }
  if (!confirmed) return end('refused', { kind: 'unconfirmed', actor }, { ...named, confirmed })
  const since = covering.map(({ at }) => at).sort()[0] ?? event.at
  const reason = reasons.filter((known) => known.actor === actor && atSecond(known.at) >= atSecond(since)).at(-1)
  const given = { ...named, confirmed, reason: reason?.reason ?? null }
  if (policy.reason && !reason) return end('waiting', { kind: 'reasonless', actor }, given)
  return end('granted', null, given)
}

/** The findings of a review, with all facts and without some. */
function looksOf({ seen, seenWithout }: PullRecord): Seen[] {
  return [seen, seenWithout].flatMap((look) => look ?? [])
}

/** While facts are missing only the files tell whether an override still holds. */
function changedFiles(record: PullRecord, shown: Shown): string[] {
  const looks = looksOf(record).flatMap((look) => ('digest' in look ? [] : [look]))
  const [look] = looks
  return look ? newSinceAll([{ ...look, fingerprints: shown.fingerprints }], shown) : []
}

/** GitHub tells times in whole seconds. */
function atSecond(at: string): number {
  return Math.floor(Date.parse(at) / 1_000)
}

/**
 * Whether the signed event of this label event arrived. Each signed event confirms one event of the timeline: of an
 * earlier one of the same name and person it must not count again.
 */
async function isConfirmed({ context, signed }: Weighing, { id, label, actor, at }: LabelEvent): Promise<boolean> {
  const own = signed.filter((known) => known.action === 'labeled' && known.label === label && known.actor === actor)
  if (own.some(({ confirms }) => confirms === id)) return true
  const free = own.find(
    (known) =>
      known.confirms === null &&
      known.receivedAt >= Date.parse(at) - clockSkewMs &&
      !isTakenOff(known, signed, Date.parse(at)),
  )
  if (!free) return false
  free.confirms = id
  await context.records.confirm(free.guid, id)
  return true
}

/**
 * Whether the label that this event set was taken off again before the time: then what set it at that time is another
 * event. By GitHub's own clock, since deliveries come in any order.
 */
function isTakenOff({ label, changedAt: from }: SignedLabelEvent, signed: SignedLabelEvent[], before: number): boolean {
  if (from === null) return false
  return signed.some(
    ({ action, label: other, changedAt }) =>
      action === 'unlabeled' &&
      (other === label || other === '') &&
      changedAt !== null &&
      changedAt >= from &&
      changedAt < before,
  )
}

/** Whether the event of that time can still arrive: until GitHub's log of deliveries was compared beyond it. */
async function mayArrive({ context }: Weighing, at: number): Promise<boolean> {
  const until = await context.records.value<number>(comparedUntil)
  return until === null || until < at + onItsWayMs
}

function repeated(
  weighing: Weighing,
  event: LabelEvent,
  scope: Overridable['findings'],
  before: Decision,
  answer: OverrideAnswer | null,
): Weighed {
  return { kind: 'decided', decision: ended(weighing, event, scope, before, { ...before }, answer) }
}

function ended(
  { pull, current, policy }: Weighing,
  { id, label, actor, at }: LabelEvent,
  scope: Overridable['findings'],
  before: Decision | null,
  how: Pick<Decision, 'outcome' | 'why'> & Partial<Decision>,
  answer: OverrideAnswer | null,
): LabelDecision {
  const hazards: Record<string, number> = {}
  for (const { hazard } of scope) hazards[hazard] = (hazards[hazard] ?? 0) + 1
  const about = { event: id, label, actor, at, head: pull.head.sha, hazards }
  const confirmed = how.confirmed ?? before?.confirmed ?? false
  const decision: Decision = { role: null, reason: null, ...about, ...how, confirmed }
  const isNew = before?.outcome !== decision.outcome || before.why !== decision.why
  // A finding that only follows from missing facts is not new to somebody who accepted all findings.
  const accepted =
    current.incomplete && label === policy.label
      ? current.findings.filter(({ hazard }) => !policy.never.includes(hazard))
      : scope
  const acceptance: Acceptance | null =
    decision.outcome === 'granted'
      ? {
          label,
          actor,
          role: decision.role ?? '',
          at,
          reason: decision.reason,
          findings: accepted.map(({ fingerprint }) => fingerprint),
        }
      : null
  // The head and the findings of a decision that still holds are those it was made for.
  const kept = before !== null && !isNew ? { ...decision, head: before.head, hazards: before.hazards } : decision
  return { decision: kept, isNew, acceptance, answer }
}

/**
 * A label whose last event in the timeline did not set it: it was renamed into this name, or the timeline lags behind
 * the signed event.
 */
async function unheard(weighing: Weighing, label: string): Promise<Weighed> {
  const { context, signed, records } = weighing
  const last = signed.filter((known) => known.label === label).at(-1)
  const isLagging = last?.action === 'labeled' && last.confirms === null
  if (isLagging && last.receivedAt > context.clock.now() - clockSkewMs) return { kind: 'later', inMs: soonMs }
  const before = records
    .flatMap(({ decisions }) => decisions)
    .findLast((decision) => decision.event === 0 && decision.label === label)
  const event: LabelEvent = { id: 0, action: 'labeled', label, actor: 'unknown', person: false, at: '' }
  const how = { outcome: 'refused', why: 'unconfirmed', confirmed: false } as const
  const answer = before ? null : ({ kind: 'unconfirmed', actor: 'unknown' } as const)
  return { kind: 'decided', decision: ended(weighing, event, [], before ?? null, how, answer) }
}

function notShown(actor: string, earlier: Seen[], shown: Shown): OverrideAnswer {
  const newest = earlier.toSorted((a, b) => (a.at < b.at ? 1 : -1))
  return newest.length > 0
    ? { kind: 'void', actor, news: newSinceAll(newest.slice(0, 1), shown) }
    : { kind: 'unseen', actor }
}

interface RoleFound {
  /** Null when it could not be read. */
  name: string | null
  may: boolean
  /** A permission without which the teams of the policy cannot be read. */
  unread: string | null
}

async function roleOf({ context: { client }, policy }: Weighing, login: string): Promise<RoleFound> {
  // A limit or an outage is no answer and ends the job.
  const role = await unless(['not found', 'forbidden', 'refused'], () => client.role(login))
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
