import { publicizedTexts } from '../../report/github-texts.ts'
import { unless } from '../client/failure.ts'
import type { RepositoryContext } from '../context.ts'
import { readRecord, recordBlock } from '../decide/record.ts'
import { isSpeakers } from '../publish/comment-sync.ts'
import { speakerOf } from '../publish/publish-comments.ts'
import { type JobEnd, type PublicizedJob, pullJob, type ScrubJob } from './job.ts'

/** Jobs after a repository became public: numbers and names of its database must not stay in what was said before. */

/** One job for each pull request that is known, open or closed; the open ones are reviewed again first. */
export async function repositoryPublicized(job: PublicizedJob, context: RepositoryContext): Promise<JobEnd> {
  const { records, repository, enqueue } = context
  const pulls = await records.allPulls(repository)
  const open = pulls.filter((pull) => pull.open)
  const { installationId, owner, repo } = job
  await enqueue([
    ...open.map(({ number }) => pullJob(job, number, { cause: 'asked' })),
    ...pulls.map(({ number }): ScrubJob => ({ kind: 'scrub', installationId, owner, repo, number })),
  ])
  return { kind: 'done', outcome: `${pulls.length} pull requests` }
}

/**
 * Removes the app's comments of a pull request and the texts of its earlier checks. Comments are deleted, since GitHub
 * keeps every text of an edited one; those of an open pull request are written again by its next review.
 */
export async function scrubPull(job: ScrubJob, context: RepositoryContext): Promise<JobEnd> {
  const { client, records, repository } = context
  const speaker = speakerOf(context)
  await records.forgetComments(repository, job.number)
  for (const comment of await client.comments(job.number)) {
    if (isSpeakers(comment, speaker)) await unless(['not found'], () => client.deleteComment(comment.id))
  }
  for (const comment of await client.reviewComments(job.number)) {
    if (isSpeakers(comment, speaker)) await unless(['not found'], () => client.deleteReviewComment(comment.id))
  }
  const stored = await records.pull(repository, job.number)
  const heads = new Set((await records.pullRecords(repository, job.number)).map(({ head }) => head))
  if (stored) heads.add(stored.head)
  for (const head of heads) await scrubChecks(context, head, stored?.open === true && stored.head === head)
  if (stored?.open) await context.enqueue([pullJob(job, job.number, { cause: 'asked' })])
  return { kind: 'done', outcome: 'removed' }
}

/** The newest run of an open pull request's head is replaced by its next review; its conclusion stays until then. */
async function scrubChecks({ client, records, repository }: RepositoryContext, head: string, isCurrent: boolean) {
  const runs = (await unless(['not found', 'refused'], () => client.allCheckRuns(head))) ?? []
  for (const run of runs) {
    if (!run.completed || (run.conclusion !== 'success' && run.conclusion !== 'failure')) continue
    if (run.title === publicizedTexts.title) continue
    const { conclusion } = run
    // The record has no number and no name that is not in the pull request.
    const output = { ...publicizedTexts, text: recordBlock(readRecord(run.text)).block }
    const changed = await client.updateCheckRun(run.id, { status: 'completed', conclusion, output })
    if (isCurrent && (await records.check(repository, head))?.id === run.id) {
      await records.saveCheck(repository, head, changed)
    }
  }
}
