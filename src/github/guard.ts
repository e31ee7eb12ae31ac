import { GitHubError } from './client/failure.ts'
import type { PullRequest, RepositoryClient } from './client/port.ts'
import type { Clock } from './clock.ts'

/**
 * Watches a pull request while it is reviewed. Events come late and reviews take time: what was reviewed may be closed,
 * or have another head or base, and then the job of the newer event says what holds.
 */
interface Guard {
  /** The client, whose writes on the pull request are refused as stale once it is not as it was reviewed. */
  client: RepositoryClient
  /** The pull request as it is now. */
  latest(): Promise<PullRequest>
}

/** Writes follow each other closely; a look so old still counts, ms. GitHub's own events take longer. */
const trustedMs = 1_000

/** `pull`: as it was reviewed. */
export function createGuard(client: RepositoryClient, clock: Clock, pull: PullRequest): Guard {
  let seen: { pull: PullRequest; at: number } | null = null
  const latest = async (): Promise<PullRequest> => {
    if (seen && clock.now() - seen.at < trustedMs) return seen.pull
    const read = await client.pullRequest(pull.number)
    seen = { pull: read, at: clock.now() }
    return read
  }
  const after =
    <Given extends unknown[]>(write: (...given: Given) => Promise<void>) =>
    async (...given: Given): Promise<void> => {
      if (!isSame(pull, await latest())) throw new GitHubError('write', { kind: 'stale' })
      await write(...given)
    }
  return {
    latest,
    client: {
      ...client,
      createReview: after(client.createReview),
      deleteReviewComment: after(client.deleteReviewComment),
      createComment: after(client.createComment),
      updateComment: after(client.updateComment),
      removeLabel: after(client.removeLabel),
    },
  }
}

function isSame(then: PullRequest, now: PullRequest): boolean {
  return now.open && now.head.sha === then.head.sha && now.base.ref === then.base.ref
}
