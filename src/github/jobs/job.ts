import type { MergeGroup } from '../change.ts'

/** The work that an event asks for. Events come late, twice and out of order, so a job only says where to look. */
export type Job =
  | PullJob
  | CommentsJob
  | HeadJob
  | GroupJob
  | BaseJob
  | RepositoryJob
  | SweepJob
  | PublicizedJob
  | ScrubJob
  | StartJob
  | RedeliverJob

/** A repository through an installation. */
export interface Place {
  installationId: number
  owner: string
  repo: string
}

/** Look at this pull request again. */
export interface PullJob extends Place {
  kind: 'pull'
  number: number
  /** A head that an event called new: no check can be there yet. */
  newHead: string | null
  cause: Cause
}

/**
 * Why to look again. `asked`: somebody wants a new run. `rules`: a policy or another pull request with the same head has
 * changed, so that a green check may be over.
 */
type Cause = 'event' | 'asked' | 'rules'

/** Write the comments that the last review of this pull request asks for. */
export interface CommentsJob extends Place {
  kind: 'comments'
  number: number
}

/**
 * Look at everything with this head again: forks are not named in the events of their checks. `ifMissed`: only where it
 * has no check yet.
 */
export interface HeadJob extends Place {
  kind: 'head'
  sha: string
  ifMissed: boolean
  cause: Cause
}

/** Look at this merge group. `dissolved`: the queue has given it up or merged it. */
export interface GroupJob extends Place {
  kind: 'group'
  group: MergeGroup
  dissolved: boolean
}

/** Look at every open pull request into this branch again: its policy has changed. */
export interface BaseJob extends Place {
  kind: 'base'
  branch: string
}

/** Look at the open pull requests of the repository. */
export interface RepositoryJob extends Place, Sweep {
  kind: 'repository'
}

/** Look at every repository of the installation. */
export interface SweepJob extends Sweep {
  kind: 'sweep'
  installationId: number
}

/** The repository became public: remove what was said in it. */
export interface PublicizedJob extends Place {
  kind: 'publicized'
}

/** Remove what was said about this pull request. */
export interface ScrubJob extends Place {
  kind: 'scrub'
  number: number
}

interface Sweep {
  /** The app is new there, or may do more than before. */
  added: boolean
  /** At all open pull requests, not only at those that changed: their policy has changed. */
  everything: boolean
}

/** Sweep every installation. */
interface StartJob {
  kind: 'start'
}

/** Have GitHub send again what did not arrive. */
interface RedeliverJob {
  kind: 'redeliver'
}

/** Names of all kinds. */
export const jobKinds = [
  'pull',
  'comments',
  'head',
  'group',
  'base',
  'repository',
  'sweep',
  'publicized',
  'scrub',
  'start',
  'redeliver',
] as const satisfies Job['kind'][]

/** A look at a pull request. */
export function pullJob({ installationId, owner, repo }: Place, number: number, more: Partial<PullJob> = {}): PullJob {
  return { kind: 'pull', installationId, owner, repo, number, newHead: null, cause: 'event', ...more }
}

/** Jobs with the same key are one job. */
export function jobKey(job: Job): string {
  switch (job.kind) {
    case 'pull':
    case 'comments':
    case 'scrub':
      return keyAt(job, `#${job.number}`)
    case 'head':
      return keyAt(job, `@${job.sha}`)
    case 'group':
      return keyAt(job, `@${job.group.head}`)
    case 'base':
      return keyAt(job, `:${job.branch}`)
    case 'repository':
    case 'publicized':
      return keyAt(job, '')
    case 'sweep':
      return `sweep ${job.installationId}`
    case 'start':
    case 'redeliver':
      return job.kind
  }
}

/**
 * Who shares the workers with others: the installation and the repository of a job. Comments count as their
 * installation's too, so that they are written when none of its reviews waits.
 */
export function jobOwners(job: Job): string[] {
  if (!('installationId' in job)) return []
  const installation = `installation ${job.installationId}`
  return 'repo' in job ? [installation, `${job.owner}/${job.repo}`.toLowerCase()] : [installation]
}

/** How urgent a job is: verdicts, then what finds out who needs one, then comments. */
export function jobRank({ kind }: Job): 0 | 1 | 2 {
  if (kind === 'pull' || kind === 'group' || kind === 'head') return 0
  return kind === 'comments' ? 2 : 1
}

/** Both jobs in one; they have the same key. */
export function mergeJobs(first: Job, second: Job): Job {
  if (first.kind === 'pull' && second.kind === 'pull') {
    return { ...second, newHead: second.newHead ?? first.newHead, cause: strongest(first.cause, second.cause) }
  }
  if (first.kind === 'head' && second.kind === 'head') {
    return {
      ...second,
      ifMissed: first.ifMissed && second.ifMissed,
      cause: strongest(first.cause, second.cause),
    }
  }
  // An ended state stays, whatever arrives late.
  if (first.kind === 'group' && second.kind === 'group') {
    return { ...second, dissolved: first.dissolved || second.dissolved }
  }
  if ('everything' in first && 'everything' in second) {
    const { added, everything } = first
    return { ...second, added: added || second.added, everything: everything || second.everything }
  }
  return second
}

function strongest(first: Cause, second: Cause): Cause {
  const order: Cause[] = ['event', 'asked', 'rules']
  return order[Math.max(order.indexOf(first), order.indexOf(second))] ?? 'rules'
}

function keyAt(job: Place & { kind: string }, rest: string): string {
  // Names of owners and repositories are the same in any case, names of branches are not.
  return `${job.kind} ${job.installationId} ${`${job.owner}/${job.repo}`.toLowerCase()}${rest}`
}

/** How a run of a job ended. */
export type JobEnd =
  | { kind: 'done'; outcome: string }
  /** Nothing is wrong: run it again at this time (ms since 1970). */
  | { kind: 'again'; at: number; reason: string }
  /** Something is wrong with us: it is tried a few times and then put aside for the operator. */
  | { kind: 'fault'; reason: string }
  /** It cannot be done at all: put aside at once. */
  | { kind: 'buried'; reason: string }
