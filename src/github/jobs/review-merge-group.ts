import { dissolvedTexts } from '../../report/github-texts.ts'
import { groupChange } from '../change.ts'
import type { RepositoryContext } from '../context.ts'
import { failCheck } from '../publish/write-check.ts'
import { attempt } from './attempt.ts'
import type { GroupJob, JobEnd } from './job.ts'

/** Reviews what a merge group would bring into its base branch; the queue merges it when the check passes. */
export function reviewMergeGroup(job: GroupJob, context: RepositoryContext): Promise<JobEnd> {
  const change = groupChange(job.group)
  return attempt(context, { group: job.group.ref }, async () => {
    if (!job.dissolved) return { change, isNewHead: false, mayEnd: () => false, asked: false }
    // Its merge waits no more; a check that still runs must not run for ever.
    const [run] = await context.client.checkRuns(change.head)
    if (run && !run.completed) {
      await failCheck(context, { head: change.head, newest: run, running: run, lost: null }, change, dissolvedTexts)
    }
    return null
  })
}
