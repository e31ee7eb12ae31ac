import type { RepositoryContext } from '../context.ts'
import { createGuard } from '../guard.ts'
import { publishComments } from '../publish/publish-comments.ts'
import type { CommentsJob, JobEnd } from './job.ts'

/** Writes the comments that the last review asks for, unless the pull request has changed since. */
export async function writeComments(job: CommentsJob, context: RepositoryContext): Promise<JobEnd> {
  const { records, repository, client, clock, app } = context
  // Before anything is read: many jobs may wait for the same minute.
  const due = app.commentsDueAt(context.installationId)
  if (due > clock.now()) return { kind: 'again', at: due, reason: 'comments wait' }
  const wanted = await records.wantedComments(repository, job.number)
  if (wanted === null) return { kind: 'done', outcome: 'nothing to write' }
  const pull = await client.pullRequest(job.number)
  // The job of the newer event brings what is to be said.
  if (!pull.open || pull.head.sha !== wanted.head || pull.base.ref !== wanted.base) {
    return { kind: 'done', outcome: 'stale' }
  }
  const guard = createGuard(client, clock, pull)
  const at = await publishComments({ ...context, client: guard.client }, wanted, pull)
  return at === null ? { kind: 'done', outcome: 'written' } : { kind: 'again', at, reason: 'comments wait' }
}
