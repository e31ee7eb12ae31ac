import { blocksMerge } from '../hazards/severity.ts'
import type { PullReport } from '../report/github-texts.ts'
import { recordOf } from './check.ts'
import type { Judged } from './judge.ts'
import { decideOverride, type OverrideDecision, type Told } from './override.ts'
import type { CheckRun, RepositoryClient } from './port.ts'
import { covers, type PullRecord, readRecord, type Seen } from './record.ts'

type Reviewed = Extract<Judged, { kind: 'judged' }>

/** A judged change with what a maintainer accepted of it. */
export type Decided =
  | { judged: Reviewed; decision: OverrideDecision; report: PullReport; record: PullRecord }
  /** There is no policy to decide by; what is on record stays. */
  | { judged: Exclude<Judged, Reviewed>; report: null; record: PullRecord }

/** Weighs the override label of a judged pull request. `run`: the check of its head, for the record in it. */
export async function decide(client: RepositoryClient, judged: Judged, told: Told, run: CheckRun): Promise<Decided> {
  const { change } = judged
  const before = recordOf(readRecord(run.text), change)
  if (judged.kind === 'broken policy') {
    const { seen = null, override = null } = before ?? {}
    return { judged, report: null, record: { base: change.base, seen, override } }
  }
  const { review, policy, sources } = judged
  const blocking = (review?.findings ?? []).filter((finding) => blocksMerge(finding, policy.fail_on))
  const current = { blobs: sources.blobs, fingerprints: blocking.map(({ fingerprint }) => fingerprint).sort() }
  const decision: OverrideDecision =
    review?.verdict === 'fail' && change.from.kind === 'pull'
      ? await decideOverride(client, told, change.from.pull, policy.override.label, { ...current, run })
      : { kind: 'none' }
  const report: PullReport = {
    review,
    override: decision.kind === 'granted' ? decision.override : null,
    blockers: judged.blockers,
    notes: judged.notes,
    failOn: policy.fail_on,
    disclosure: judged.disclosure,
    label: policy.override.label,
    url: change.from.kind === 'pull' ? change.from.pull.url : null,
  }
  const { override } = report
  const record: PullRecord = {
    base: change.base,
    seen: seenOn(before, current, client.now()),
    override: override && { actor: override.actor, role: override.role, at: override.at, event: override.event },
  }
  return { judged, decision, report, record }
}

/** Since when these findings stand on this head: as recorded when they did before, now when they are new. */
function seenOn(
  before: PullRecord | null,
  current: { blobs: Record<string, string>; fingerprints: string[] },
  now: string,
): Seen {
  const known = before?.seen
  return { ...current, at: known && covers(known, current) ? known.at : now }
}
