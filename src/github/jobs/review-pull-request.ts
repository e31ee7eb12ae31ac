import { pullChange } from '../change.ts'
import { type AttemptDeps, attempt } from './attempt.ts'
import type { JobEnd, PullJob } from './job.ts'

/** Reviews a pull request as it is now. */
export function reviewPullRequest(job: PullJob, deps: AttemptDeps): Promise<JobEnd> {
  return attempt(deps, job, { pull: job.number }, job, async () => {
    const pull = await deps.client.pullRequest(job.number)
    return pull.open ? pullChange(pull) : null
  })
}
