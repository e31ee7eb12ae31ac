import type { AppClient } from '../client/app-client.ts'
import { readRecord } from '../decide/record.ts'
import { unfinishedId } from '../publish/check.ts'
import { type BaseJob, type HeadJob, type Job, type JobEnd, pullJob, type RepositoryJob, type SweepJob } from './job.ts'

/** Jobs that find out which pull requests are to be looked at. */

interface SweepDeps {
  app: AppClient
  enqueue(job: Job): void
}

/** The label with which findings are overridden, unless the policy names another. */
const overrideLabel = {
  name: 'lockcast:override',
  color: 'b60205',
  description: 'A maintainer accepts the blocking findings of Lockcast on this pull request',
}

/** A sweep of every installation. */
export async function sweepAll({ app, enqueue }: SweepDeps): Promise<JobEnd> {
  const installations = await app.installations()
  for (const installationId of installations)
    enqueue({ kind: 'sweep', installationId, added: false, everything: false })
  return { kind: 'done', outcome: `${installations.length} installations` }
}

/** A look at every repository of the installation. */
export async function sweepInstallation(job: SweepJob, { app, enqueue }: SweepDeps): Promise<JobEnd> {
  const repositories = await app.repositories(job.installationId)
  for (const { owner, repo } of repositories) enqueue({ ...job, kind: 'repository', owner, repo })
  return { kind: 'done', outcome: `${repositories.length} repositories` }
}

/**
 * Events are lost when nobody listens, and GitHub does not send them again by itself: what waits for a check is found
 * here, and what was completed without a verdict is tried again.
 */
export async function sweepRepository(job: RepositoryJob, { app, enqueue }: SweepDeps): Promise<JobEnd> {
  const client = await app.repository(job.installationId, job.owner, job.repo)
  let found = 0
  for (const { number, head } of await client.openPullRequests()) {
    const [run] = job.everything ? [] : await client.checkRuns(head)
    if (run?.completed && run.externalId !== unfinishedId) continue
    enqueue(pullJob(job, number))
    found++
  }
  if (job.added) await client.createLabel(overrideLabel)
  return { kind: 'done', outcome: `${found} pull requests` }
}

/** Everything with this head: open pull requests, or the merge group that the check's record names. */
export async function lookAtHead(job: HeadJob, { app, enqueue }: SweepDeps): Promise<JobEnd> {
  const { installationId, owner, repo, sha } = job
  const client = await app.repository(installationId, owner, repo)
  const run = async () => (await client.checkRuns(sha))[0]
  if (job.ifMissed && (await run())) return { kind: 'done', outcome: 'not missed' }
  const pulls = (await client.openPullRequests()).filter((pull) => pull.head === sha)
  for (const { number } of pulls) enqueue(pullJob(job, number))
  if (pulls.length > 0) return { kind: 'done', outcome: `${pulls.length} pull requests` }
  const group = readRecord((await run())?.text ?? '').group
  if (group) enqueue({ kind: 'group', installationId, owner, repo, group, dissolved: false })
  return { kind: 'done', outcome: group ? 'a merge group' : 'nothing' }
}

/** Every open pull request into the branch. */
export async function lookAtBase(job: BaseJob, { app, enqueue }: SweepDeps): Promise<JobEnd> {
  const client = await app.repository(job.installationId, job.owner, job.repo)
  const pulls = (await client.openPullRequests()).filter((pull) => pull.base === job.branch)
  for (const { number } of pulls) enqueue(pullJob(job, number))
  return { kind: 'done', outcome: `${pulls.length} pull requests` }
}
