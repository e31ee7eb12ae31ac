import type { PushEvent } from '@octokit/webhooks-types'
import { policyPath } from '../../policy/policy.ts'
import type { Job } from '../jobs/job.ts'
import { type Installed, place } from './event-place.ts'

/** GitHub tells at most so many commits of a push. */
const mostCommits = 2_048

/**
 * A push to a branch that changes its policy: pull requests into it are judged by other rules now. In the owner's
 * `.github` repository it is the policy under those of all repositories.
 */
export function pushJobs(payload: PushEvent & Installed): Job[] {
  const at = place(payload)
  const [, branch] = /^refs\/heads\/(.+)$/.exec(payload.ref) ?? []
  if (!at || branch === undefined || payload.deleted) return []
  const { commits, forced } = payload
  const touched = commits.some(({ added, modified, removed }) =>
    [added, modified, removed].some((paths) => paths.includes(policyPath)),
  )
  // A forced push tells what came, and not what went.
  if (!touched && !forced && commits.length < mostCommits) return []
  if (at.repo === '.github' && branch === payload.repository.default_branch) {
    return [{ kind: 'sweep', installationId: at.installationId, added: false, everything: true }]
  }
  return [{ kind: 'base', ...at, branch }]
}
