import { pullChange } from '../change.ts'
import type { PullRequest } from '../client/port.ts'
import type { RepositoryContext } from '../context.ts'
import { readRecord } from '../decide/record.ts'
import type { Verdict } from '../records.ts'
import { attempt } from './attempt.ts'
import type { JobEnd, PullJob } from './job.ts'

/** Reviews a pull request as it is now. */
export function reviewPullRequest(job: PullJob, context: RepositoryContext): Promise<JobEnd> {
  return attempt(context, { pull: job.number }, async () => {
    const { client, records, repository, installationId } = context
    const pull = await client.pullRequest(job.number)
    const { number, open, head, base, changedAt } = pull
    await records.see(repository, { number, installationId, open, head: head.sha, base: base.ref, changedAt })
    if (!open) return null
    const stored = await records.pull(repository, number)
    return {
      change: pullChange(pull),
      isNewHead: job.newHead === head.sha,
      mayEnd: (text) =>
        job.cause === 'rules' || (stored?.verdict ? differs(stored.verdict, pull) : !isWrittenFor(text, pull)),
      asked: job.cause === 'asked',
    }
  })
}

/** Whether the check was written for this base, and nothing that an override accepted is in it. */
function isWrittenFor(text: string, { number, base }: PullRequest): boolean {
  const record = readRecord(text).pulls[String(number)]
  return record?.base === base.ref && record.decisions.every(({ outcome }) => outcome !== 'granted')
}

/** Whether the verdict was made for another base or other override labels. */
function differs(verdict: Verdict, { base, labels }: PullRequest): boolean {
  const own = (list: string[]) =>
    list
      .filter((name) => name.startsWith(verdict.label))
      .toSorted()
      .join('\n')
  return verdict.base !== base.ref || own(verdict.labels) !== own(labels)
}
