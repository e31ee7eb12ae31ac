import { blocksMerge } from '../../hazards/severity.ts'
import type { Policy } from '../../policy/policy.ts'
import type { PullReport } from '../../report/github-texts.ts'
import type { Acceptance } from '../../report/override-texts.ts'
import { type Change, type MergeGroup, queuedPull } from '../change.ts'
import type { RepositoryContext } from '../context.ts'
import type { ChangeReview } from '../review-change.ts'
import { decideOverrides, type LabelDecision, type Overridable } from './override.ts'
import { covers, type Decision, type PullRecord, readRecord, type Seen } from './record.ts'

type Reviewed = Extract<ChangeReview, { kind: 'reviewed' }>

/** A reviewed change with what maintainers accepted of it: the verdict is final. */
export type Decided =
  | {
      reviewed: Reviewed
      labels: LabelDecision[]
      report: PullReport
      record: PullRecord
      /** Earlier heads whose green check an override gave that has ended. */
      endedHeads: string[]
      lookAgainAt: number | null
    }
  /** There is no policy to decide by; what is on record stays. */
  | {
      reviewed: Exclude<ChangeReview, Reviewed>
      labels: []
      report: null
      record: PullRecord
      endedHeads: []
      lookAgainAt: null
    }

interface Blocking extends Overridable {
  findings: { hazard: string; fingerprint: string; path: string }[]
}

/**
 * Weighs the override labels of a reviewed change. `checkText`: of the newest check of its head, which has the record
 * where the process ended before it was stored.
 */
export async function decide(context: RepositoryContext, reviewed: ChangeReview, checkText: string): Promise<Decided> {
  const { client } = context
  const { change } = reviewed
  const stored = await storedRecords(context, change)
  const before =
    stored.find(({ head }) => head === change.head)?.record ??
    writtenRecord(checkText, change) ??
    emptyPullRecord(change)
  if (reviewed.kind === 'broken policy') {
    const record = { ...before, base: change.base }
    return { reviewed, labels: [], report: null, record, endedHeads: [], lookAgainAt: null }
  }
  const { policy, review, sources } = reviewed
  const { override } = policy
  const findings = (review?.findings ?? []).filter((finding) => blocksMerge(finding, policy.fail_on))
  const current: Blocking = { blobs: sources.blobs, findings, incomplete: reviewed.missingFacts }
  const { labels, lookAgainAt } =
    change.from.kind === 'pull'
      ? await decideOverrides(context, change.from.pull, override, current)
      : { labels: [], lookAgainAt: null }
  const overrides =
    change.from.kind === 'group'
      ? await acceptedInGroup(context, change.from.group, override, current)
      : labels.flatMap(({ acceptance }) => acceptance ?? [])
  const report: PullReport = {
    review,
    overrides,
    blockers: reviewed.blockers,
    skipped: sources.skipped,
    notices: sources.notices,
    notes: reviewed.notes,
    failOn: policy.fail_on,
    disclosure: reviewed.disclosure,
    rules: override,
    url: change.from.kind === 'pull' ? change.from.pull.url : null,
  }
  const looks = looksNow(before, current, client.now())
  const ended = endedDecisions(stored, labels, change)
  const record: PullRecord = {
    base: change.base,
    ...looks,
    decisions: [...before.decisions, ...ended, ...turned(before.decisions, labels)],
  }
  return { reviewed, labels, report, record, endedHeads: headsOf(stored, labels, ended, change), lookAgainAt }
}

async function storedRecords(
  { records, repository }: RepositoryContext,
  { from }: Change,
): Promise<{ head: string; record: PullRecord }[]> {
  return from.kind === 'pull' ? records.pullRecords(repository, from.pull.number) : []
}

function writtenRecord(text: string, { from }: Change): PullRecord | null {
  return (from.kind === 'pull' && readRecord(text).pulls[String(from.pull.number)]) || null
}

function emptyPullRecord({ base }: Change): PullRecord {
  return { base, seen: null, seenWithout: null, decisions: [] }
}

/**
 * Since when these findings are shown on this head: as recorded when they were before, now when they are new. What is
 * seen without all facts is kept beside what was seen with them.
 */
function looksNow(before: PullRecord, current: Overridable, now: string): Pick<PullRecord, 'seen' | 'seenWithout'> {
  const { blobs, findings, incomplete } = current
  const shown = { blobs, fingerprints: findings.map(({ fingerprint }) => fingerprint).sort() }
  const since = (look: Seen | null): Seen => ({ ...shown, at: look && covers(look, shown) ? look.at : now })
  return incomplete
    ? { seen: before.seen, seenWithout: since(before.seenWithout) }
    : { seen: since(before.seen), seenWithout: before.seenWithout }
}

/** Decisions that this look changed. */
function turned(before: Decision[], labels: LabelDecision[]): Decision[] {
  return labels.flatMap(({ decision }) => {
    const known = lastOf(before, decision.event)
    return known?.outcome === decision.outcome && known.why === decision.why ? [] : [decision]
  })
}

/** An override or a label that waits has ended when the label is gone. */
function endedDecisions(stored: { record: PullRecord }[], labels: LabelDecision[], { from, head }: Change): Decision[] {
  if (from.kind !== 'pull') return []
  const all = stored.flatMap(({ record }) => record.decisions)
  const events = new Set(all.map(({ event }) => event))
  return [...events].flatMap((event): Decision[] => {
    const last = lastOf(all, event)
    const isOpen = last?.outcome === 'granted' || last?.outcome === 'waiting'
    if (!last || !isOpen || labels.some(({ decision }) => decision.event === event)) return []
    // The same label set again is another event.
    return from.pull.labels.includes(last.label) && labels.every(({ decision }) => decision.label !== last.label)
      ? []
      : [{ ...last, head, outcome: 'void', why: 'taken off' }]
  })
}

/** Earlier heads on which an override was granted that has ended by now. */
function headsOf(
  stored: { head: string; record: PullRecord }[],
  labels: LabelDecision[],
  ended: Decision[],
  change: Change,
): string[] {
  const over = new Set([
    ...ended.map(({ event }) => event),
    ...labels.flatMap(({ decision }) => (decision.outcome === 'granted' ? [] : [decision.event])),
  ])
  return stored.flatMap(({ head, record }) =>
    head !== change.head && record.decisions.some(({ event, outcome }) => outcome === 'granted' && over.has(event))
      ? [head]
      : [],
  )
}

function lastOf(decisions: Decision[], event: number): Decision | undefined {
  return decisions.findLast((known) => known.event === event)
}

/**
 * What was accepted of a merge group's findings, weighed again pull request by pull request: the one that its ref names,
 * and the others with an override label that may be ahead of it in the queue. An override counts for what it was given
 * for: a finding that was shown there, in a migration that is the same here.
 */
async function acceptedInGroup(
  context: RepositoryContext,
  group: MergeGroup,
  policy: Policy['override'],
  current: Blocking,
): Promise<Acceptance[]> {
  if (current.findings.length === 0) return []
  const labelled = (await context.client.openPullRequests()).filter(
    (pull) => pull.base === group.base && pull.labels.some((label) => label.startsWith(policy.label)),
  )
  const named = queuedPull(group)
  const numbers = new Set([...(named === null ? [] : [named]), ...labelled.map((pull) => pull.number)])
  const accepted: Acceptance[] = []
  for (const number of [...numbers].sort((a, b) => a - b)) {
    accepted.push(...(await acceptedOfPull(context, number, policy, current)))
  }
  return accepted
}

async function acceptedOfPull(
  context: RepositoryContext,
  number: number,
  policy: Policy['override'],
  current: Blocking,
): Promise<Acceptance[]> {
  const pull = await context.client.pullRequest(number)
  const seen = await shownOn(context, number, pull.head.sha)
  if (!seen || 'digest' in seen) return []
  const shown = current.findings.filter(
    ({ path, fingerprint }) => seen.fingerprints.includes(fingerprint) && seen.blobs[path] === current.blobs[path],
  )
  // The findings shown on the pull request are weighed as a whole; the group has a part of them.
  const findings = withHazards(seen.fingerprints, shown)
  const weighed: Overridable = { blobs: seen.blobs, findings, incomplete: current.incomplete }
  const { labels } = await decideOverrides(context, pull, policy, weighed)
  return labels.flatMap(({ acceptance }) => {
    if (acceptance === null) return []
    const findings = shown.filter(({ fingerprint }) => acceptance.findings.includes(fingerprint))
    return findings.length > 0 ? [{ ...acceptance, findings: findings.map(({ fingerprint }) => fingerprint) }] : []
  })
}

/** The record of a head's check; read from the check itself where the store has none. */
async function shownOn(
  { client, records, repository }: RepositoryContext,
  number: number,
  head: string,
): Promise<Seen | null> {
  const stored = (await records.pullRecords(repository, number)).find((known) => known.head === head)
  if (stored) return stored.record.seen
  const [run] = await client.checkRuns(head)
  return (run && readRecord(run.text).pulls[String(number)]?.seen) ?? null
}

function withHazards(fingerprints: string[], known: Overridable['findings']): Overridable['findings'] {
  const hazards = new Map(known.map(({ fingerprint, hazard }) => [fingerprint, hazard]))
  return fingerprints.map((fingerprint) => ({ fingerprint, hazard: hazards.get(fingerprint) ?? '' }))
}
