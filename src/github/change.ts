import type { PullRequest } from './client/port.ts'

/** The change under review: the files that a pull request or a merge group brings into its base branch. */
export interface Change {
  /** SHA of the commit that has the check. */
  head: string
  /** Branch that it goes into. */
  base: string
  /** People without access to the code may read what is said: a public repository, or a fork. */
  outsiders: boolean
  from: { kind: 'pull'; pull: PullRequest } | { kind: 'group'; group: MergeGroup }
}

/** One or more pull requests on their way through the merge queue, as one commit. */
export interface MergeGroup {
  /** `refs/heads/gh-readonly-queue/main/pr-104-<sha>`. */
  ref: string
  head: string
  base: string
  /** The commit it was built on: the base branch's tip, or the group that is ahead in the queue. */
  baseCommit: string
  public: boolean
}

/** The change of a pull request. */
export function pullChange(pull: PullRequest): Change {
  const { head, base } = pull
  return { head: head.sha, base: base.ref, outsiders: pull.public || pull.fork, from: { kind: 'pull', pull } }
}

/** The change of a merge group. */
export function groupChange(group: MergeGroup): Change {
  return { head: group.head, base: group.base, outsiders: group.public, from: { kind: 'group', group } }
}

const queued = /^refs\/heads\/gh-readonly-queue\/(.+)\/pr-(\d+)-[0-9a-f]{40}$/

/** Number of the pull request that a merge group's ref names; null when the ref has another form. */
export function queuedPull({ ref, base }: MergeGroup): number | null {
  const [, branch, number] = queued.exec(ref) ?? []
  return branch === base ? Number(number) : null
}
