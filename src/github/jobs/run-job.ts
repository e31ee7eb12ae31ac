import { randomUUID } from 'node:crypto'
import { GitHubError, retryAt } from '../client/failure.ts'
import type { AppContext, RepositoryContext } from '../context.ts'
import type { CommentsJob, GroupJob, Job, JobEnd, PublicizedJob, PullJob, ScrubJob } from './job.ts'
import { redeliverMissing } from './redeliver.ts'
import { reviewMergeGroup } from './review-merge-group.ts'
import { reviewPullRequest } from './review-pull-request.ts'
import { repositoryPublicized, scrubPull } from './scrub-publicized.ts'
import { lookAtBase, lookAtHead, sweepAll, sweepInstallation, sweepRepository } from './sweep.ts'
import { writeComments } from './write-comments.ts'

/** Which try of a job this is. */
interface Try {
  /** 1 at the first. */
  attempt: number
  /** When the job was asked for last, ms since 1970 by the clock of this process. */
  askedAt: number
}

/** Runs one job. Never throws. */
export async function runJob(job: Job, tried: Try, context: AppContext): Promise<JobEnd> {
  try {
    return await ran(job, tried, context)
  } catch (error) {
    const failure = error instanceof GitHubError ? error.failure : null
    const now = context.clock.now()
    if (failure?.kind === 'stopping') return { kind: 'again', at: now, reason: 'stopping' }
    const about = { job: job.kind, failure, err: failure ? undefined : error }
    context.log[failure ? 'warn' : 'error'](about, 'job failed')
    const at = retryAt(failure, now)
    if (at !== null) return { kind: 'again', at, reason: failure?.kind ?? 'error' }
    return failure === null ? { kind: 'fault', reason: 'error' } : { kind: 'done', outcome: failure.kind }
  }
}

async function ran(job: Job, tried: Try, context: AppContext): Promise<JobEnd> {
  switch (job.kind) {
    case 'pull':
      return reviewPullRequest(job, await repositoryContext(job, tried, context))
    case 'comments':
      return writeComments(job, await repositoryContext(job, tried, context))
    case 'group':
      return reviewMergeGroup(job, await repositoryContext(job, tried, context))
    case 'publicized':
      return repositoryPublicized(job, await repositoryContext(job, tried, context))
    case 'scrub':
      return scrubPull(job, await repositoryContext(job, tried, context))
    case 'head':
      return lookAtHead(job, context)
    case 'base':
      return lookAtBase(job, context)
    case 'repository':
      return sweepRepository(job, context)
    case 'sweep':
      return sweepInstallation(job, context)
    case 'start':
      return sweepAll(context)
    case 'redeliver':
      return redeliverMissing(context)
  }
}

async function repositoryContext(
  job: PullJob | CommentsJob | GroupJob | PublicizedJob | ScrubJob,
  { attempt, askedAt }: Try,
  context: AppContext,
): Promise<RepositoryContext> {
  const { installationId, owner, repo } = job
  const repository = `${owner}/${repo}`
  const use = {
    urgency: job.kind === 'comments' ? ('comment' as const) : ('review' as const),
    askedAt,
    policyChanged: job.kind === 'pull' && job.cause === 'rules',
  }
  const [client, bot] = await Promise.all([context.app.repository(installationId, owner, repo, use), context.app.bot()])
  const reference = randomUUID().slice(0, 8)
  const databases = context.databasesFor(repository)
  return { ...context, installationId, owner, repo, repository, client, bot, databases, reference, attempt }
}
