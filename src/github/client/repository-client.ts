import type { Octokit } from '@octokit/rest'
import type { Clock } from '../clock.ts'
import { checkCalls } from './checks.ts'
import { commentCalls } from './comments.ts'
import { contentCalls } from './contents.ts'
import { labelCalls } from './labels.ts'
import type { RepositoryClient } from './port.ts'
import { pullCalls } from './pulls.ts'
import { createRequests } from './requests.ts'
import type { Throttle } from './throttle.ts'

/** One repository over Octokit. `appId`: whose check runs count; null: those of any app. */
export function createRepositoryClient(
  octokit: Pick<Octokit, 'rest' | 'paginate'>,
  { owner, repo, appId }: { owner: string; repo: string; appId: number | null },
  how: { clock: Clock; throttle: Throttle },
): RepositoryClient {
  const requests = createRequests(octokit, { owner, repo }, how)
  return {
    repository: `${owner}/${repo}`,
    ...pullCalls(requests),
    ...contentCalls(requests),
    ...checkCalls(requests, appId),
    ...commentCalls(requests),
    ...labelCalls(requests),
  }
}
