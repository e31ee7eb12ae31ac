/** What an event asks for. Events come late, twice and out of order, so a job only says where to look. */
export type Job = PullJob | HeadJob | SweepJob | StartJob

/** Look at this pull request again. */
export interface PullJob {
  kind: 'pull'
  installationId: number
  owner: string
  repo: string
  number: number
  /** Heads the pull request had before, as events told: where an earlier override may be on record. */
  earlierHeads: string[]
  /**
   * Label events that came in signed. A label can be renamed by anyone with write access, so an override counts only
   * when the event with its name was received, or when it is on record already.
   */
  labeled: { label: string; actor: string }[]
}

/** Look at every open pull request with this head: forks are not named in the events of their checks. */
export interface HeadJob {
  kind: 'head'
  installationId: number
  owner: string
  repo: string
  sha: string
}

/** Look at every open pull request whose head has no completed check. */
export interface SweepJob {
  kind: 'sweep'
  installationId: number
}

/** Sweep every installation: what the server does first. */
export interface StartJob {
  kind: 'start'
}

/** Jobs with the same key are one job. */
export function jobKey(job: Job): string {
  switch (job.kind) {
    case 'pull':
      return `pull ${job.installationId} ${job.owner}/${job.repo}#${job.number}`.toLowerCase()
    case 'head':
      return `head ${job.installationId} ${job.owner}/${job.repo}@${job.sha}`.toLowerCase()
    case 'sweep':
      return `sweep ${job.installationId}`
    case 'start':
      return 'start'
  }
}

/** Both jobs in one; they have the same key. */
export function mergeJobs(first: Job, second: Job): Job {
  if (first.kind !== 'pull' || second.kind !== 'pull') return second
  return {
    ...second,
    earlierHeads: [...new Set([...first.earlierHeads, ...second.earlierHeads])],
    labeled: [...first.labeled, ...second.labeled],
  }
}

/** How a run of a job ended. */
export type JobEnd =
  | { kind: 'done'; outcome: string }
  /** Nothing was finished; run it again at this time (ms since 1970). */
  | { kind: 'again'; at: number; reason: string }
