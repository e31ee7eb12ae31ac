import { endedTexts } from '../report/github-texts.ts'
import { type Change, pullChange } from './change.ts'
import { unless } from './client/failure.ts'
import type { PullRequest } from './client/port.ts'
import type { RepositoryContext } from './context.ts'
import { type Decided, decide } from './decide/decide.ts'
import { sealed, sealOf } from './decide/seal.ts'
import { wantedComments } from './publish/comment-sync.ts'
import type { Progress } from './publish/progress.ts'
import { withoutStatements } from './publish/wanted-comments.ts'
import { completeCheck, endGreenCheck, type OpenCheck } from './publish/write-check.ts'
import { reviewChange } from './review-change.ts'

/** How a review ended. */
interface HeadReviewed {
  outcome: 'passed' | 'failed' | 'stale'
  /** When another look is worth it, ms since 1970: an event is on its way. */
  againAt: number | null
}

/** A look at a pull request that is this old does not tell its base any more, ms. */
const trustedMs = 5_000

/**
 * The one way of every review: gather and review, decide, complete the check, and leave the comments to a job of their
 * own, so that verdicts never wait behind them. Reviews the change and every other pull request with its head that
 * counts, since they share the check. `readAt`: when the change was read, ms since 1970. Throws {@link GitHubError}, and
 * whatever a bug of ours throws.
 */
export async function reviewHead(
  context: RepositoryContext,
  change: Change,
  check: OpenCheck,
  progress: Progress,
  { asked, readAt }: { asked: boolean; readAt: number },
): Promise<HeadReviewed> {
  const { doing } = progress
  const changes = await changesThatCount(context, change)
  const written = (check.running ?? check.newest)?.text ?? ''
  const decided: Decided[] = []
  const seal = await sealOf(context.records, context.installationId)
  for (const counted of changes) {
    const reviewed = await reviewChange(context, counted, doing)
    const named =
      reviewed.kind === 'reviewed' && reviewed.review
        ? { ...reviewed, review: sealed(reviewed.review, seal) }
        : reviewed
    decided.push(await decide(context, named, written))
  }
  doing('writing the verdict')
  for (const known of decided) audit(context, known)
  const { client, clock } = context
  const { from } = change
  // A verdict is right for its commit even when the branch has moved on, and another pull request may have that head; for
  // another base it is not: a change of the base brings a job of its own.
  const stillHolds = async () => {
    if (from.kind === 'group' || clock.now() - readAt < trustedMs) return true
    const now = await client.pullRequest(from.pull.number)
    return now.open && now.base.ref === change.base
  }
  await progress.end()
  const completed = await completeCheck(context, check, decided, { asked, stillHolds })
  if (completed === null) return { outcome: 'stale', againAt: null }
  for (const known of decided) await remember(context, known, completed.conclusion === 'success')
  await endGreenHeads(context, decided)
  const waits = decided.flatMap(({ lookAgainAt }) => lookAgainAt ?? [])
  // The event it waits for may be late.
  if (waits.length > 0) await context.enqueue([{ kind: 'redeliver' }])
  return {
    outcome: completed.conclusion === 'success' ? 'passed' : 'failed',
    againAt: waits.length > 0 ? Math.min(...waits) : null,
  }
}

/** Keeps what the next look, the sweep and the comments need. */
async function remember(
  context: RepositoryContext,
  { reviewed, record, report, labels }: Decided,
  passed: boolean,
): Promise<void> {
  const { records, repository, installationId, owner, repo } = context
  const { change } = reviewed
  if (change.from.kind !== 'pull') return
  const { pull } = change.from
  const { number } = pull
  if (reviewed.kind === 'reviewed' && report !== null) {
    await records.saveWantedComments(repository, number, {
      head: change.head,
      base: change.base,
      inline: wantedComments(reviewed.review, reviewed.sources, reviewed.disclosure, 'lockcast'),
      report: withoutStatements(report),
      labels,
      // Not the run's own page, which is another with each run.
      details: `${pull.url}/checks`,
    })
    await context.enqueue([{ kind: 'comments', installationId, owner, repo, number }])
  }
  await records.savePullRecord(repository, number, change.head, record)
  await records.saveVerdict(repository, number, {
    head: change.head,
    base: change.base,
    labels: pull.labels,
    changedAt: pull.changedAt,
    label: reviewed.kind === 'reviewed' ? reviewed.policy.override.label : 'lockcast:override',
    policy: reviewed.policyBlob,
    conclusion: passed ? 'success' : 'failure',
    // Reviews without an answer of the database are repeated by the next sweep.
    unfinished: reviewed.kind === 'reviewed' && reviewed.missingFacts,
  })
}

/** An override that ended gave earlier heads a green check, which would count again if one of them were pushed back. */
async function endGreenHeads(context: RepositoryContext, decided: Decided[]): Promise<void> {
  const { installationId, owner, repo } = context
  for (const head of new Set(decided.flatMap(({ endedHeads }) => endedHeads))) {
    await unless(['not found', 'refused'], () => endGreenCheck(context, head, endedTexts))
    // Another pull request may have this head and pass all the same.
    await context.enqueue([{ kind: 'head', installationId, owner, repo, sha: head, ifMissed: false, cause: 'event' }])
  }
}

/** A line in the log for each new decision on an override, refusals too. */
function audit({ log }: RepositoryContext, { reviewed, labels }: Decided): void {
  if (reviewed.kind !== 'reviewed' || reviewed.change.from.kind !== 'pull') return
  const { number, base } = reviewed.change.from.pull
  for (const { decision, acceptance, isNew } of labels) {
    if (!isNew) continue
    const about = { repository: base.repository, pull: number, blobs: reviewed.sources.blobs }
    log.info({ audit: 'override', ...about, ...decision, fingerprints: acceptance?.findings ?? [] }, 'override')
  }
}

/**
 * The change and the other open pull requests with this head, of which those of people with write access count: a
 * stranger's pull request with somebody else's commit must not decide about it. Where nobody has write access, all count.
 */
async function changesThatCount(context: RepositoryContext, change: Change): Promise<Change[]> {
  const { records, repository, client } = context
  const own = change.from.kind === 'pull' ? change.from.pull : null
  const numbers = await records.openPullsWith(repository, change.head)
  const others = await Promise.all(
    numbers.filter((number) => number !== own?.number).map((number) => client.pullRequest(number)),
  )
  const siblings = others.filter((pull) => pull.open && pull.head.sha === change.head)
  if (siblings.length === 0) return [change]
  if (own === null) return [change]
  const all = [own, ...siblings]
  const trusted: PullRequest[] = []
  for (const pull of all) if (await mayWrite(context, pull)) trusted.push(pull)
  return (trusted.length > 0 ? trusted : all).map(pullChange)
}

async function mayWrite({ client }: RepositoryContext, { author }: PullRequest): Promise<boolean> {
  const role = await unless(['not found', 'forbidden', 'refused'], () => client.role(author))
  return role?.mayWrite ?? false
}
