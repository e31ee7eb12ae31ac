import { blocksMerge } from '../../hazards/severity.ts'
import type { Policy } from '../../policy/policy.ts'
import type { PullReport } from '../../report/github-texts.ts'
import type { Acceptance } from '../../report/override-texts.ts'
import { type Change, type MergeGroup, queuedPull } from '../change.ts'
import type { CheckRun } from '../client/port.ts'
import type { ChangeReview } from '../review-change.ts'
import { decideOverrides, type Heard, type LabelDecision, type Overridable, type OverrideDeps } from './override.ts'
import { covers, type Decision, type PullRecord, readRecord, type Seen } from './record.ts'

type Reviewed = Extract<ChangeReview, { kind: 'reviewed' }>

/** A judged change with what maintainers accepted of it: the verdict is final. */
export type Decided =
  | { reviewed: Reviewed; labels: LabelDecision[]; report: PullReport; record: PullRecord; lookAgainAt: number | null }
  /** There is no policy to decide by; what is on record stays. */
  | { reviewed: Exclude<ChangeReview, Reviewed>; labels: []; report: null; record: PullRecord; lookAgainAt: null }

interface Blocking extends Overridable {
  findings: { hazard: string; fingerprint: string; path: string }[]
}

/** Weighs the override labels of a judged change. `run`: the check of its head, for the record in it. */
export async function decide(
  deps: OverrideDeps,
  reviewed: ChangeReview,
  heard: Heard,
  run: CheckRun,
): Promise<Decided> {
  const { client } = deps
  const { change } = reviewed
  const before = recordOf(run, change) ?? { base: change.base, seen: null, decisions: [] }
  if (reviewed.kind === 'broken policy') {
    return { reviewed, labels: [], report: null, record: { ...before, base: change.base }, lookAgainAt: null }
  }
  const { policy, review, sources } = reviewed
  const { override } = policy
  const findings = (review?.findings ?? []).filter((finding) => blocksMerge(finding, policy.fail_on))
  const current: Blocking = { blobs: sources.blobs, findings }
  const { labels, lookAgainAt } =
    change.from.kind === 'pull'
      ? await decideOverrides(deps, heard, change.from.pull, override, current, run)
      : { labels: [], lookAgainAt: null }
  const overrides =
    change.from.kind === 'group'
      ? await acceptedInGroup(deps, change.from.group, override, current)
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
  const record: PullRecord = {
    base: change.base,
    seen: seenOn(before, current, client.now()),
    decisions: decisionsOn(before.decisions, labels, change),
  }
  return { reviewed, labels, report, record, lookAgainAt }
}

/** What the check's record knows of this change. */
export function recordOf(run: CheckRun, { from }: Change): PullRecord | null {
  return from.kind === 'pull' ? (readRecord(run.text).pulls[String(from.pull.number)] ?? null) : null
}

/** Since when these findings stand on this head: as recorded when they did before, now when they are new. */
function seenOn({ seen }: PullRecord, { blobs, findings }: Overridable, now: string): Seen {
  const shown = { blobs, fingerprints: findings.map(({ fingerprint }) => fingerprint).sort() }
  return { ...shown, at: seen && covers(seen, shown) ? seen.at : now }
}

/** All that was decided, each turn of it. An override whose label is gone has ended. */
function decisionsOn(before: Decision[], labels: LabelDecision[], { from }: Change): Decision[] {
  const standing = from.kind === 'pull' ? from.pull.labels : []
  const last = (event: number) => before.findLast((known) => known.event === event)
  const ended = before.flatMap((known): Decision[] => {
    const isOver = known === last(known.event) && known.outcome === 'granted' && !standing.includes(known.label)
    return isOver ? [{ ...known, outcome: 'void', why: 'taken off' }] : []
  })
  const turned = labels.flatMap(({ decision }) => {
    const known = last(decision.event)
    return known?.outcome === decision.outcome && known.why === decision.why ? [] : [decision]
  })
  return [...before, ...ended, ...turned]
}

/**
 * What was accepted of a merge group's findings, weighed again pull request by pull request: the one that its ref names,
 * and the others with an override label that may be ahead of it in the queue. An override counts for what it was given
 * for: a finding that was shown there, in a migration that is the same here.
 */
async function acceptedInGroup(
  deps: OverrideDeps,
  group: MergeGroup,
  policy: Policy['override'],
  current: Blocking,
): Promise<Acceptance[]> {
  if (current.findings.length === 0) return []
  const labelled = (await deps.client.openPullRequests()).filter(
    (pull) => pull.base === group.base && pull.labels.some((label) => label.startsWith(policy.label)),
  )
  const named = queuedPull(group)
  const numbers = new Set([...(named === null ? [] : [named]), ...labelled.map((pull) => pull.number)])
  const accepted: Acceptance[] = []
  for (const number of [...numbers].sort((a, b) => a - b)) {
    accepted.push(...(await acceptedOfPull(deps, number, policy, current)))
  }
  return accepted
}

async function acceptedOfPull(
  deps: OverrideDeps,
  number: number,
  policy: Policy['override'],
  current: Blocking,
): Promise<Acceptance[]> {
  const { client } = deps
  const pull = await client.pullRequest(number)
  const [run] = await client.checkRuns(pull.head.sha)
  const seen = run && readRecord(run.text).pulls[String(number)]?.seen
  if (!run || !seen || 'digest' in seen) return []
  const shown = current.findings.filter(
    ({ path, fingerprint }) => seen.fingerprints.includes(fingerprint) && seen.blobs[path] === current.blobs[path],
  )
  // What was shown on the pull request is weighed as a whole; of that, the group has a part.
  const weighed: Overridable = { blobs: seen.blobs, findings: withHazards(seen.fingerprints, shown) }
  const { labels } = await decideOverrides(deps, { earlierHeads: [], labeled: [] }, pull, policy, weighed, run)
  return labels.flatMap(({ acceptance }) => {
    if (acceptance === null) return []
    const findings = shown.filter(({ fingerprint }) => acceptance.findings.includes(fingerprint))
    return findings.length > 0 ? [{ ...acceptance, findings: findings.map(({ fingerprint }) => fingerprint) }] : []
  })
}

function withHazards(fingerprints: string[], known: Overridable['findings']): Overridable['findings'] {
  const hazards = new Map(known.map(({ fingerprint, hazard }) => [fingerprint, hazard]))
  return fingerprints.map((fingerprint) => ({ fingerprint, hazard: hazards.get(fingerprint) ?? '' }))
}
