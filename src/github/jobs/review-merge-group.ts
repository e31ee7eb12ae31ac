import { dissolvedTexts } from '../../report/github-texts.ts'
import { groupChange } from '../change.ts'
import { failCheck } from '../publish/check.ts'
import { type AttemptDeps, attempt } from './attempt.ts'
import type { GroupJob, JobEnd } from './job.ts'

/** Reviews what a merge group would bring into its base branch; the queue merges it when the check passes. */
export function reviewMergeGroup(job: GroupJob, deps: AttemptDeps): Promise<JobEnd> {
  const change = groupChange(job.group)
  return attempt(deps, job, { group: job.group.ref }, { earlierHeads: [], labeled: [] }, async () => {
    if (!job.dissolved) return change
    // Nobody waits any more; a check that still runs must not run for ever.
    const [run] = await deps.client.checkRuns(change.head)
    if (run && !run.completed) await failCheck(deps.client, run, change, dissolvedTexts)
    return null
  })
}
