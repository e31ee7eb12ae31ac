import type { Octokit } from '@octokit/rest'
import { checkCalls } from './checks.ts'
import { commentCalls } from './comment-calls.ts'
import { contentCalls, type Freshness } from './contents.ts'
import { labelCalls } from './labels.ts'
import type { RepositoryClient } from './port.ts'
import { pullCalls } from './pulls.ts'
import { type Asking, createRequests } from './requests.ts'

/** One repository over Octokit. `appId`: whose check runs count; null: those of any app. */
export function createRepositoryClient(
  octokit: Pick<Octokit, 'rest' | 'paginate'>,
  { owner, repo, appId }: { owner: string; repo: string; appId: number | null },
  how: Asking,
  fresh: Freshness,
): RepositoryClient {
  const requests = createRequests(octokit, { owner, repo }, how)
  return {
    repository: `${owner}/${repo}`,
    ...pullCalls(requests),
    ...contentCalls(requests, fresh),
    ...checkCalls(requests, appId),
    ...commentCalls(requests),
    ...labelCalls(requests),
  }
}
