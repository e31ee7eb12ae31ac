import type { AppClient } from './app-client.ts'
import { GitHubError } from './failure.ts'
import type { HeadJob, Job, JobEnd, SweepJob } from './job.ts'
import { type AttemptDeps, reviewPullRequest } from './review-pull-request.ts'

export interface RunDeps extends Omit<AttemptDeps, 'client' | 'catalog' | 'bot'> {
  app: AppClient
  /** The database that `owner/name` may be compared with; null when none is listed for it. */
  catalogFor(repository: string): AttemptDeps['catalog']
  enqueue(job: Job): void
}

/** Runs one job. Never throws. */
export async function runJob(job: Job, deps: RunDeps): Promise<JobEnd> {
  try {
    switch (job.kind) {
      case 'pull': {
        const [client, bot] = await Promise.all([
          deps.app.repository(job.installationId, job.owner, job.repo),
          deps.app.bot(),
        ])
        return await reviewPullRequest(job, {
          ...deps,
          client,
          bot,
          catalog: deps.catalogFor(`${job.owner}/${job.repo}`),
        })
      }
      case 'head':
        return await lookAtHead(job, deps)
      case 'sweep':
        return await sweep(job, deps)
      case 'start': {
        const installations = await deps.app.installations()
        for (const installationId of installations) deps.enqueue({ kind: 'sweep', installationId })
        return { kind: 'done', outcome: `${installations.length} installations` }
      }
    }
  } catch (error) {
    const failure = error instanceof GitHubError ? error.failure : null
    deps.log.error({ job: job.kind, failure, name: error instanceof Error ? error.name : null }, 'job failed')
    if (failure?.kind === 'rate limited') return { kind: 'again', at: failure.retryAt, reason: failure.kind }
    if (failure?.kind === 'unavailable') return { kind: 'again', at: Date.now() + 30_000, reason: failure.kind }
    return { kind: 'done', outcome: failure?.kind ?? 'error' }
  }
}

async function lookAtHead(job: HeadJob, deps: RunDeps): Promise<JobEnd> {
  const { installationId, owner, repo, sha } = job
  const client = await deps.app.repository(installationId, owner, repo)
  const pulls = (await client.openPullRequests()).filter((pull) => pull.head === sha)
  for (const { number } of pulls) deps.enqueue(pullJob(installationId, owner, repo, number))
  return { kind: 'done', outcome: `${pulls.length} pull requests` }
}

/** Events are lost when nobody listens, and GitHub does not send them again: what waits for a check is found here. */
async function sweep(job: SweepJob, deps: RunDeps): Promise<JobEnd> {
  let found = 0
  for (const { owner, repo } of await deps.app.repositories(job.installationId)) {
    const client = await deps.app.repository(job.installationId, owner, repo)
    for (const { number, head } of await client.openPullRequests()) {
      if ((await client.checkRuns(head)).some((run) => run.completed)) continue
      deps.enqueue(pullJob(job.installationId, owner, repo, number))
      found++
    }
  }
  return { kind: 'done', outcome: `${found} pull requests without a check` }
}

function pullJob(installationId: number, owner: string, repo: string, number: number): Job {
  return { kind: 'pull', installationId, owner, repo, number, earlierHeads: [], labeled: [] }
}
