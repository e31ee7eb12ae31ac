import type { MergeGroup } from '../change.ts'

/** What an event asks for. Events come late, twice and out of order, so a job only says where to look. */
export type Job = PullJob | HeadJob | GroupJob | BaseJob | RepositoryJob | SweepJob | StartJob | RedeliverJob

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
  /** Heads the pull request had before, as events told: where an earlier override may be on record. */
  earlierHeads: string[]
  /**
   * Label events that came in signed. A label can be renamed by anyone with write access, so an override counts only
   * when the event with its name was received, or when it is on record already.
   */
  labeled: { label: string; actor: string }[]
}

/**
 * Look at everything with this head again: forks are not named in the events of their checks. `ifMissed`: only where it
 * has no check yet.
 */
export interface HeadJob extends Place {
  kind: 'head'
  sha: string
  ifMissed: boolean
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

interface Sweep {
  /** The app is new there, or may do more than before. */
  added: boolean
  /** At all open pull requests, not only at those that wait for a verdict: their policy has changed. */
  everything: boolean
}

/** Sweep every installation: what the server does first. */
interface StartJob {
  kind: 'start'
}

/** Have GitHub send again what did not arrive. */
interface RedeliverJob {
  kind: 'redeliver'
}

/** A look at a pull request that no event told more of. */
export function pullJob({ installationId, owner, repo }: Place, number: number): PullJob {
  return { kind: 'pull', installationId, owner, repo, number, earlierHeads: [], labeled: [] }
}

/** Jobs with the same key are one job. */
export function jobKey(job: Job): string {
  switch (job.kind) {
    case 'pull':
      return keyAt(job, `#${job.number}`)
    case 'head':
      return keyAt(job, `@${job.sha}`)
    case 'group':
      return keyAt(job, `@${job.group.head}`)
    case 'base':
      return keyAt(job, `:${job.branch}`)
    case 'repository':
      return keyAt(job, '')
    case 'sweep':
      return `sweep ${job.installationId}`
    case 'start':
    case 'redeliver':
      return job.kind
  }
}

/** Both jobs in one; they have the same key. */
export function mergeJobs(first: Job, second: Job): Job {
  if (first.kind === 'pull' && second.kind === 'pull') {
    return {
      ...second,
      earlierHeads: [...new Set([...first.earlierHeads, ...second.earlierHeads])],
      labeled: [...first.labeled, ...second.labeled],
    }
  }
  if (first.kind === 'head' && second.kind === 'head') {
    return { ...second, ifMissed: first.ifMissed && second.ifMissed }
  }
  // What has ended stays so, whatever comes in late.
  if (first.kind === 'group' && second.kind === 'group') {
    return { ...second, dissolved: first.dissolved || second.dissolved }
  }
  if ('everything' in first && 'everything' in second) {
    const { added, everything } = first
    return { ...second, added: added || second.added, everything: everything || second.everything }
  }
  return second
}

function keyAt(job: Place & { kind: string }, rest: string): string {
  // Names of owners and repositories are the same in any case, names of branches are not.
  return `${job.kind} ${job.installationId} ${`${job.owner}/${job.repo}`.toLowerCase()}${rest}`
}

/** How a run of a job ended. */
export type JobEnd =
  | { kind: 'done'; outcome: string }
  /** Nothing was finished; run it again at this time (ms since 1970). */
  | { kind: 'again'; at: number; reason: string }
