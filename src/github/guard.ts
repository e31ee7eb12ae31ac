import { GitHubError } from './failure.ts'
import type { PullRequest, RepositoryClient } from './port.ts'

/**
 * The client, whose writes on the pull request are refused as stale once it is not as it was reviewed: closed, with
 * another head or another base. Events come late and reviews take time; the job of the newer event says what holds now.
 */
export function guarded(client: RepositoryClient, pull: PullRequest): RepositoryClient {
  const current = async (): Promise<void> => {
    if (!isSame(pull, await client.pullRequest(pull.number))) throw new GitHubError('write', { kind: 'stale' })
  }
  const after =
    <Given extends unknown[]>(write: (...given: Given) => Promise<void>) =>
    async (...given: Given): Promise<void> => {
      await current()
      await write(...given)
    }
  return {
    ...client,
    createReview: after(client.createReview),
    deleteReviewComment: after(client.deleteReviewComment),
    createComment: after(client.createComment),
    updateComment: after(client.updateComment),
    removeLabel: after(client.removeLabel),
  }
}

export function isSame(then: PullRequest, now: PullRequest): boolean {
  return now.open && now.head.sha === then.head.sha && now.base.ref === then.base.ref
}
