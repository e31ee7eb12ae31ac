import { type Change, pullChange } from './change.ts'
import { GitHubError, unless } from './client/failure.ts'
import type { CheckRun, PullRequest } from './client/port.ts'
import { type Decided, decide } from './decide/decide.ts'
import type { Heard } from './decide/override.ts'
import { createGuard } from './guard.ts'
import { completeCheck } from './publish/check.ts'
import type { Progress } from './publish/progress.ts'
import { type PublishDeps, publishComments } from './publish/publish-comments.ts'
import { type ChangeReview, type ReviewChangeDeps, reviewChange } from './review-change.ts'

export interface ReviewDeps extends ReviewChangeDeps, PublishDeps {}

/** How a review ended. */
interface HeadReviewed {
  outcome: 'passed' | 'failed' | 'stale'
  /** When another look is worth it, ms since 1970: comments could not be written, or an event is on its way. */
  againAt: number | null
}

/**
 * The one way of every review: gather and judge, decide, say, complete. Reviews the change and every other pull request
 * with its head, since they share the check; comments go to the change's own pull request only, the others have jobs of
 * their own. Throws {@link GitHubError}, and whatever a bug of ours throws.
 */
export async function reviewHead(
  deps: ReviewDeps,
  change: Change,
  heard: Heard,
  run: CheckRun,
  progress: Progress,
): Promise<HeadReviewed> {
  const { doing } = progress
  const others = await othersWith(deps, change)
  const own = await decide(deps, await reviewChange(deps, change, doing), heard, run)
  const rest: Decided[] = []
  for (const other of others) {
    const reviewed: ChangeReview = await reviewChange(deps, other, doing)
    rest.push(await decide(deps, reviewed, { earlierHeads: [], labeled: [] }, run))
  }

  doing('writing comments and verdict')
  for (const decided of [own, ...rest]) audit(deps, decided)
  const { from, base } = change
  const guard = from.kind === 'pull' ? createGuard(deps.client, deps.clock, from.pull) : null
  let commentsAt: number | null = null
  if (own.report !== null && guard && from.kind === 'pull') {
    const published = await unless(['stale'], () =>
      publishComments({ ...deps, client: guard.client }, own, from.pull, run),
    )
    own.report.notes.push(...(published?.notes ?? []))
    commentsAt = published?.retryAt ?? null
  }
  // A verdict is right for its commit even when the branch has moved on, and another pull request may stand there; for
  // another base it is not. Where GitHub does not answer any more it goes out as it is: a move brings a job of its own.
  const stillHolds = async () => guard === null || commentsAt !== null || (await guard.latest()).base.ref === base
  const wasTold = await progress.end()
  const current = { ...run, completed: run.completed && !wasTold }
  const completed = await completeCheck(deps.client, current, [own, ...rest], stillHolds)
  if (completed === null) return { outcome: 'stale', againAt: null }
  return { outcome: completed.conclusion === 'success' ? 'passed' : 'failed', againAt: commentsAt ?? own.lookAgainAt }
}

/** A line in the log for each new decision on an override, refusals too. */
function audit({ log }: ReviewDeps, { reviewed, labels }: Decided): void {
  if (reviewed.kind !== 'reviewed' || reviewed.change.from.kind !== 'pull') return
  const { number, base } = reviewed.change.from.pull
  for (const { decision, acceptance, isNew } of labels) {
    if (!isNew) continue
    const about = { repository: base.repository, pull: number, blobs: reviewed.sources.blobs }
    log.info({ audit: 'override', ...about, ...decision, fingerprints: acceptance?.findings ?? [] }, 'override')
  }
}

/** The other open pull requests with this head. */
async function othersWith({ client }: ReviewDeps, { head, from }: Change): Promise<Change[]> {
  const own = from.kind === 'pull' ? from.pull.number : null
  const numbers = (await client.openPullRequests()).filter((pull) => pull.head === head && pull.number !== own)
  const pulls = await Promise.all(numbers.map(({ number }): Promise<PullRequest> => client.pullRequest(number)))
  return pulls.filter((pull) => pull.open && pull.head.sha === head).map(pullChange)
}
