import { policyPath } from '../../policy/policy.ts'
import type { OpenPull, RepositoryClient } from '../client/port.ts'
import type { AppContext } from '../context.ts'
import { readRecord } from '../decide/record.ts'
import { inParallel } from '../in-parallel.ts'
import { isUnfinished } from '../publish/write-check.ts'
import type { StoredPull } from '../records.ts'
import { type BaseJob, type HeadJob, type Job, type JobEnd, pullJob, type RepositoryJob, type SweepJob } from './job.ts'

/** Jobs that find out which pull requests are to be looked at. */

/** The label with which findings are overridden, unless the policy names another. */
const overrideLabel = {
  name: 'lockcast:override',
  color: 'b60205',
  description: 'A maintainer accepts the blocking findings of Lockcast on this pull request',
}

/** Base branches whose policy is looked up at once. */
const atOnce = 4

/** A sweep of every installation. */
export async function sweepAll({ app, enqueue }: AppContext): Promise<JobEnd> {
  const installations = await app.installations()
  await enqueue(
    installations.map((installationId): Job => ({ kind: 'sweep', installationId, added: false, everything: false })),
  )
  return { kind: 'done', outcome: `${installations.length} installations` }
}

/** A look at every repository of the installation. */
export async function sweepInstallation(job: SweepJob, { app, enqueue }: AppContext): Promise<JobEnd> {
  const repositories = await app.repositories(job.installationId)
  await enqueue(repositories.map(({ owner, repo }): Job => ({ ...job, kind: 'repository', owner, repo })))
  return { kind: 'done', outcome: `${repositories.length} repositories` }
}

/**
 * Events are lost when the server is down: here every open pull request is found that differs from what the last verdict
 * was made for. One request for a hundred open ones, and one for each base branch, most of them free (304).
 */
export async function sweepRepository(job: RepositoryJob, context: AppContext): Promise<JobEnd> {
  const { app, records, enqueue } = context
  const { installationId, owner, repo } = job
  const repository = `${owner}/${repo}`
  const client = await app.repository(installationId, owner, repo)
  const stored = new Map((await records.openPulls(repository)).map((pull) => [pull.number, pull]))
  const open = await client.openPullRequests()
  const policies = await policiesOf(client, [...new Set(open.map(({ base }) => base))])
  const jobs: Job[] = []
  for (const pull of open) {
    const known = stored.get(pull.number)
    stored.delete(pull.number)
    const { number, head, base, changedAt } = pull
    await records.see(repository, { number, installationId, open: true, head, base, changedAt })
    const policy = policies.get(base) ?? null
    if (job.everything || (known?.verdict && known.verdict.policy !== policy))
      jobs.push(pullJob(job, number, { cause: 'rules' }))
    else if (!known || differs(known, pull)) jobs.push(pullJob(job, number))
  }
  // A closed pull request may have decided about others with its head.
  for (const { number, head } of stored.values()) {
    await records.closePull(repository, number)
    jobs.push({ kind: 'head', installationId, owner, repo, sha: head, ifMissed: false, cause: 'rules' })
  }
  await enqueue(jobs)
  if (job.added) await client.createLabel(overrideLabel)
  return { kind: 'done', outcome: `${jobs.length} of ${open.length} pull requests` }
}

function differs({ verdict }: StoredPull, { head, base, labels, changedAt }: OpenPull): boolean {
  if (verdict === null || verdict.unfinished) return true
  if (verdict.head !== head || verdict.base !== base) return true
  // A label that was taken off and set again looks the same.
  if (verdict.changedAt !== changedAt && labels.some((name) => name.startsWith(verdict.label))) return true
  return verdict.labels.toSorted().join('\n') !== labels.toSorted().join('\n')
}

/** Blob SHA of the policy file by branch; null without one. */
async function policiesOf(client: RepositoryClient, branches: string[]): Promise<Map<string, string | null>> {
  const found = await inParallel(
    branches,
    atOnce,
    async (branch) => [branch, await client.fileSha(policyPath, branch)] as const,
  )
  return new Map(found)
}

/** Everything with this head: open pull requests, or the merge group that the check's record names. */
export async function lookAtHead(job: HeadJob, { app, enqueue, records }: AppContext): Promise<JobEnd> {
  const { installationId, owner, repo, sha, cause } = job
  const repository = `${owner}/${repo}`
  const known = await records.check(repository, sha)
  if (job.ifMissed && known && !isUnfinished(known)) return { kind: 'done', outcome: 'not missed' }
  const numbers = await records.openPullsWith(repository, sha)
  if (numbers.length > 0) {
    await enqueue(numbers.map((number) => pullJob(job, number, { cause })))
    return { kind: 'done', outcome: `${numbers.length} pull requests` }
  }
  // A head that the store does not know: an event was missed, or it is a merge group's.
  const client = await app.repository(installationId, owner, repo)
  const pulls =
    cause === 'asked' || job.ifMissed ? (await client.openPullRequests()).filter(({ head }) => head === sha) : []
  await enqueue(pulls.map(({ number }) => pullJob(job, number, { cause })))
  if (pulls.length > 0) return { kind: 'done', outcome: `${pulls.length} pull requests` }
  const run = known ?? (cause === 'asked' ? (await client.checkRuns(sha))[0] : null)
  const { group } = readRecord(run?.text ?? '')
  if (group && cause === 'asked')
    await enqueue([{ kind: 'group', installationId, owner, repo, group, dissolved: false }])
  return { kind: 'done', outcome: group ? 'a merge group' : 'nothing' }
}

/** Every open pull request into the branch: its policy has changed. */
export async function lookAtBase(job: BaseJob, { app, enqueue }: AppContext): Promise<JobEnd> {
  const client = await app.repository(job.installationId, job.owner, job.repo)
  const pulls = (await client.openPullRequests()).filter(({ base }) => base === job.branch)
  await enqueue(pulls.map(({ number }) => pullJob(job, number, { cause: 'rules' })))
  return { kind: 'done', outcome: `${pulls.length} pull requests` }
}
