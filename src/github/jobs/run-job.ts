import type { AppClient } from '../client/app-client.ts'
import { GitHubError, retryAt } from '../client/failure.ts'
import type { AttemptDeps } from './attempt.ts'
import type { Job, JobEnd, Place } from './job.ts'
import { redeliverFailed } from './redeliver.ts'
import { reviewMergeGroup } from './review-merge-group.ts'
import { reviewPullRequest } from './review-pull-request.ts'
import { lookAtBase, lookAtHead, sweepAll, sweepInstallation, sweepRepository } from './sweep.ts'

interface RunDeps extends Omit<AttemptDeps, 'client' | 'databases' | 'bot'> {
  app: AppClient
  /** The databases that `owner/name` may be compared with. */
  databasesFor(repository: string): AttemptDeps['databases']
  enqueue(job: Job): void
  /** Attempts at deliveries for which GitHub was asked for another. */
  redelivered: Set<number>
}

/** Runs one job. Never throws. */
export async function runJob(job: Job, deps: RunDeps): Promise<JobEnd> {
  try {
    return await ran(job, deps)
  } catch (error) {
    const failure = error instanceof GitHubError ? error.failure : null
    deps.log.error({ job: job.kind, failure, name: error instanceof Error ? error.name : null }, 'job failed')
    const at = retryAt(failure, deps.clock.now())
    if (at !== null) return { kind: 'again', at, reason: failure?.kind ?? 'error' }
    return { kind: 'done', outcome: failure?.kind ?? 'error' }
  }
}

async function ran(job: Job, deps: RunDeps): Promise<JobEnd> {
  switch (job.kind) {
    case 'pull':
      return reviewPullRequest(job, await attemptDeps(job, deps))
    case 'group':
      return reviewMergeGroup(job, await attemptDeps(job, deps))
    case 'head':
      return lookAtHead(job, deps)
    case 'base':
      return lookAtBase(job, deps)
    case 'repository':
      return sweepRepository(job, deps)
    case 'sweep':
      return sweepInstallation(job, deps)
    case 'start':
      return sweepAll(deps)
    case 'redeliver':
      return redeliverFailed(deps.app, deps.clock, deps.redelivered)
  }
}

async function attemptDeps({ installationId, owner, repo }: Place, deps: RunDeps): Promise<AttemptDeps> {
  const [client, bot] = await Promise.all([deps.app.repository(installationId, owner, repo), deps.app.bot()])
  return { ...deps, client, bot, databases: deps.databasesFor(`${owner}/${repo}`) }
}
