import { type Commit, commit, mergeBase } from './git.ts'
import type { MergeAnswer, Surroundings } from './repository.ts'
import { commonShape } from './webhooks.ts'
import { branchTip, type CheckRun, headSha, type Repository } from './world.ts'

/** Pull requests on their way into a branch, as one commit on top of the group ahead of them. */
export interface Group {
  pulls: number[]
  ref: string
  base: string
  baseSha: string
  headSha: string
}

/**
 * GitHub's merge queue: each group is built on the one ahead of it, its branch is named after its last pull request and
 * the commit it stands on, and it is merged when the required check of its commit passes.
 */
export class FakeMergeQueue {
  readonly #state: Repository
  readonly #around: Surroundings
  readonly groups: Group[] = []

  constructor(state: Repository, around: Surroundings) {
    this.#state = state
    this.#around = around
  }

  /** Puts pull requests into the queue as one group and asks the app. `form`: another name for the branch. */
  add(pulls: number[], options: { form?: (ref: string) => string } = {}): Group {
    const { store } = this.#state
    const base = this.#pull(pulls[0] ?? 0).base.ref
    const ahead = this.groups.filter((group) => group.base === base).at(-1)
    const baseSha = ahead?.headSha ?? branchTip(this.#state, base)
    let tip = baseSha
    for (const number of pulls) {
      const head = headSha(this.#pull(number))
      const changes = changesOf(store.commits.get(mergeBase(store, tip, head) ?? ''), store.commits.get(head))
      const files = Object.fromEntries([...changes].map(([path, sha]) => [path, sha && (store.blobs.get(sha) ?? null)]))
      tip = commit(store, [tip, head], files, `Merge pull request #${number}`, 'github-merge-queue').sha
    }
    const name = `gh-readonly-queue/${base}/pr-${pulls.at(-1)}-${baseSha}`
    const ref = `refs/heads/${options.form ? options.form(name) : name}`
    const group: Group = { pulls, ref, base, baseSha, headSha: tip }
    this.groups.push(group)
    this.#state.branches.set(ref.slice('refs/heads/'.length), tip)
    this.#send('checks_requested', group)
    return group
  }

  /** Would the queue merge the group now, with the check `lockcast` of this app required? */
  allowed(group: Group): MergeAnswer {
    const run = this.check(group)
    if (!run) return { allowed: false, reason: 'Expected — waiting for lockcast to report' }
    if (run.status !== 'completed') return { allowed: false, reason: `lockcast is ${run.status}` }
    return { allowed: run.conclusion === 'success', reason: `lockcast: ${run.conclusion}` }
  }

  check(group: Group): CheckRun | null {
    return (
      this.#state.checkRuns.filter((run) => run.headSha === group.headSha && run.name === 'lockcast').at(-1) ?? null
    )
  }

  /** Merges the group, which is at the head of the queue. */
  merge(group: Group): void {
    this.#state.branches.set(group.base, group.headSha)
    for (const number of group.pulls) Object.assign(this.#pull(number), { state: 'closed', merged: true })
    this.destroy(group, 'merged')
  }

  destroy(group: Group, reason: 'merged' | 'invalidated' | 'dequeued'): void {
    this.groups.splice(this.groups.indexOf(group), 1)
    this.#state.branches.delete(group.ref.slice('refs/heads/'.length))
    this.#send('destroyed', group, { reason })
  }

  #pull(number: number) {
    const pull = this.#state.pulls.get(number)
    if (!pull) throw new Error(`no pull request ${number}`)
    return pull
  }

  #send(action: string, group: Group, more: object = {}): void {
    const made = this.#state.store.commits.get(group.headSha)
    const person = { name: 'github-merge-queue', email: 'queue@users.noreply.github.test' }
    this.#around.send('merge_group', this.#state, {
      action,
      ...more,
      merge_group: {
        head_sha: group.headSha,
        head_ref: group.ref,
        base_ref: `refs/heads/${group.base}`,
        base_sha: group.baseSha,
        head_commit: {
          id: group.headSha,
          tree_id: made?.tree ?? '',
          message: made?.message ?? '',
          timestamp: made?.date ?? '',
          author: person,
          committer: person,
        },
      },
      ...commonShape(this.#around.world, this.#state, this.#around.user('github-merge-queue[bot]')),
    })
  }
}

/** Blob by path of what the head changed since; null where it removed the file. */
function changesOf(since: Commit | undefined, head: Commit | undefined): Map<string, string | null> {
  const [before, after] = [since?.files ?? new Map<string, string>(), head?.files ?? new Map<string, string>()]
  const changed = [...after].filter(([path, sha]) => before.get(path) !== sha)
  const removed = [...before.keys()].filter((path) => !after.has(path)).map((path) => [path, null] as const)
  return new Map<string, string | null>([...changed, ...removed])
}
