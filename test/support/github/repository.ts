import { EventEmitter } from 'node:events'
import { followLines } from './anchors.ts'
import { commit } from './git.ts'
import { FakeMergeQueue } from './merge-queue.ts'
import {
  checkRunPressed,
  checkSuitePayload,
  issueCommentPayload,
  type PullAction,
  pullPayload,
  pushPayload,
  repositoryPayload,
  reviewPayload,
} from './webhooks.ts'
import {
  type CheckRun,
  type Comment,
  headSha,
  now,
  type Pull,
  type Repository,
  type ReviewComment,
  type Role,
  type User,
  type World,
} from './world.ts'

/** Content by path; null removes the file. */
export type Files = Record<string, string | Buffer | null>

/** What a repository needs of the fake it lives in. */
export interface Surroundings {
  world: World
  /** Sends a webhook to the app when the app is subscribed and installed. */
  send(event: string, repository: Repository, payload: object): void
  user(login: string): User
  /** Emits `check` whenever a check run changes. */
  events: EventEmitter
}

export interface MergeAnswer {
  allowed: boolean
  reason: string
}

/** One repository on the fake GitHub, as its people use it. Pull requests are named by number. */
export class FakeRepository {
  readonly state: Repository
  readonly queue: FakeMergeQueue
  readonly #around: Surroundings

  constructor(state: Repository, around: Surroundings) {
    this.state = state
    this.queue = new FakeMergeQueue(state, around)
    this.#around = around
  }

  /** Commits straight to a branch, which is made from the default branch when it is new. */
  commit(branch: string, files: Files, by = 'dev'): string {
    const sha = this.#commitTo(this.state, branch, files, by)
    const { world } = this.#around
    this.#around.send('push', this.state, pushPayload(world, this.state, branch, sha, this.#around.user(by)))
    return sha
  }

  /** Somebody makes the repository public. */
  publicize(): void {
    this.state.private = false
    const { world, user, send } = this.#around
    send('repository', this.state, repositoryPayload(world, this.state, user('dev')))
  }

  /** A tag of a commit. */
  tag(name: string, sha: string): void {
    this.state.tags.set(name, sha)
  }

  collaborator(login: string, role: Role): void {
    this.#around.user(login)
    this.state.roles.set(login, role)
  }

  openPullRequest(options: {
    files: Files
    title?: string
    author?: string
    branch?: string
    base?: string
    /** The pull request comes from this owner's fork. */
    fork?: string
    /** Its head is this existing commit, `files` are ignored. */
    head?: string
    draft?: boolean
    labels?: string[]
  }): number {
    const { world } = this.#around
    const number = this.state.pulls.size + 1
    const base = options.base ?? this.state.defaultBranch
    const ref = options.branch ?? `change-${number}`
    const repository = options.fork ? this.#fork(options.fork) : this.state
    if (!repository.branches.has(ref)) repository.branches.set(ref, this.state.branches.get(base) ?? '')
    if (options.head) repository.branches.set(ref, options.head)
    else this.#commitTo(repository, ref, options.files, options.author ?? 'dev')
    const at = now()
    const pull: Pull = {
      id: world.nextId(),
      number,
      title: options.title ?? 'A change',
      body: null,
      author: this.#around.user(options.author ?? 'dev'),
      state: 'open',
      merged: false,
      draft: options.draft ?? false,
      base: { repository: this.state, ref: base },
      head: { repository, ref },
      labels: [],
      timeline: [],
      comments: [],
      reviews: [],
      reviewComments: [],
      createdAt: at,
      updatedAt: at,
    }
    this.state.pulls.set(number, pull)
    this.#noteCommit(pull)
    this.#tell(pull, pull.author, { action: 'opened' })
    for (const label of options.labels ?? []) this.addLabel(number, label, pull.author.login)
    return number
  }

  /** Pushes a commit to the pull request's branch and tells the app. */
  push(number: number, files: Files, by = 'dev'): string {
    return this.#moveHead(number, by, (pull) => this.#commitTo(pull.head.repository, pull.head.ref, files, by))
  }

  /** Replaces the pull request's commits by one on top of its base. */
  forcePush(number: number, files: Files, by = 'dev'): string {
    return this.#moveHead(number, by, (pull) => {
      const tip = this.state.branches.get(pull.base.ref) ?? ''
      const made = commit(this.state.store, [tip], files, 'Rewritten', by)
      pull.head.repository.branches.set(pull.head.ref, made.sha)
      return made.sha
    })
  }

  /** Moves the pull request's branch to a commit that exists already. */
  pushBack(number: number, sha: string, by = 'dev'): void {
    this.#moveHead(number, by, (pull) => {
      pull.head.repository.branches.set(pull.head.ref, sha)
      return sha
    })
  }

  retarget(number: number, base: string, by = 'dev'): void {
    const pull = this.pull(number)
    const changes = {
      base: { ref: { from: pull.base.ref }, sha: { from: this.state.branches.get(pull.base.ref) ?? '' } },
    }
    pull.base.ref = base
    this.#tell(pull, this.#around.user(by), { action: 'edited', changes })
  }

  /** What is done to a pull request by a button. */
  press(number: number, action: 'closed' | 'reopened' | 'ready_for_review' | 'converted_to_draft', by = 'dev'): void {
    const pull = this.pull(number)
    if (action === 'closed') pull.state = 'closed'
    else if (action === 'reopened') pull.state = 'open'
    else pull.draft = action === 'converted_to_draft'
    this.#tell(pull, this.#around.user(by), { action })
  }

  close(number: number): void {
    this.press(number, 'closed')
  }

  addLabel(number: number, name: string, by: string, options: { viaApp?: boolean } = {}): void {
    const pull = this.pull(number)
    const label = this.state.labels.get(name) ?? {
      id: this.#around.world.nextId(),
      name,
      color: 'ededed',
      description: '',
    }
    this.state.labels.set(name, label)
    if (!pull.labels.includes(label)) pull.labels.push(label)
    this.#labelEvent(pull, 'labeled', name, this.#around.user(by), options.viaApp ?? false)
  }

  removeLabel(number: number, name: string, by: string): void {
    const pull = this.pull(number)
    pull.labels = pull.labels.filter((label) => label.name !== name)
    this.#labelEvent(pull, 'unlabeled', name, this.#around.user(by), false)
  }

  /** Deletes the label from the repository. GitHub takes it off every pull request, and the timeline says nothing. */
  deleteLabel(name: string, by: string): void {
    const label = this.state.labels.get(name)
    this.state.labels.delete(name)
    for (const pull of this.state.pulls.values()) {
      if (!label || !pull.labels.includes(label)) continue
      pull.labels = pull.labels.filter((known) => known !== label)
      this.#tell(pull, this.#around.user(by), { action: 'unlabeled' })
    }
  }

  /** Renames a label of the repository. GitHub sends no event of a pull request; `timeline`: how its entries read then. */
  renameLabel(from: string, to: string, timeline: 'old name' | 'new name'): void {
    const label = this.state.labels.get(from)
    if (!label) throw new Error(`no label ${from}`)
    this.state.labels.delete(from)
    this.state.labels.set(to, label)
    label.name = to
    if (timeline === 'old name') return
    for (const { timeline: events } of this.state.pulls.values()) {
      for (const event of events) if (event.kind === 'labeled' && event.label === from) event.label = to
    }
  }

  /** Called when the app itself took a label off. */
  unlabeledByApp(pull: Pull, name: string, bot: User): void {
    this.#labelEvent(pull, 'unlabeled', name, bot, true)
  }

  reply(number: number, commentId: number, by: string, body: string): void {
    const pull = this.pull(number)
    const comment = pull.reviewComments.find((known) => known.id === commentId)
    if (!comment) throw new Error(`no review comment ${commentId}`)
    const id = this.#around.world.nextId()
    const author = this.#around.user(by)
    pull.reviewComments.push({ ...comment, id, author, viaApp: false, body, inReplyTo: commentId })
  }

  comment(number: number, by: string, body: string): void {
    const { world, user, send } = this.#around
    const at = now()
    const comment = { id: world.nextId(), author: user(by), viaApp: false, body, createdAt: at, updatedAt: at }
    this.pull(number).comments.push(comment)
    send('issue_comment', this.state, issueCommentPayload(world, this.pull(number), comment))
  }

  /** A review that only comments. */
  review(number: number, by: string, body: string): void {
    const { world, user, send } = this.#around
    const commit = this.head(number)
    const review = { id: world.nextId(), author: user(by), body, event: 'COMMENT', commit, at: now() }
    this.pull(number).reviews.push(review)
    send('pull_request_review', this.state, reviewPayload(world, this.pull(number), review))
  }

  /** The Re-run button of a commit's check, or with `button` one of the check's own. */
  pressCheck(sha: string, button: string | null = null, by = 'dev'): void {
    const { world, user, send } = this.#around
    const run = this.checkRun(sha)
    if (!run) throw new Error('no check to run again')
    if (button === null) Object.assign(run, { status: 'queued', conclusion: null, completedAt: null })
    else if (!run.actions.some((action) => action.identifier === button)) throw new Error(`no button ${button}`)
    send('check_run', this.state, checkRunPressed(world, this.state, run, user(by), button))
  }

  /** The Re-run button of the check. */
  rerunCheck(number: number): void {
    this.pressCheck(this.head(number))
  }

  /** "Re-run all checks", or with `requested` what GitHub sends for a push. */
  rerunSuite(number: number, action: 'rerequested' | 'requested' = 'rerequested'): void {
    const { world, user, send } = this.#around
    send('check_suite', this.state, checkSuitePayload(world, this.state, this.head(number), user('dev'), action))
  }

  pull(number: number): Pull {
    const pull = this.state.pulls.get(number)
    if (!pull) throw new Error(`no pull request ${number}`)
    return pull
  }

  head(number: number): string {
    return headSha(this.pull(number))
  }

  labels(number: number): string[] {
    return this.pull(number).labels.map((label) => label.name)
  }

  comments(number: number): Comment[] {
    return this.pull(number).comments
  }

  reviewComments(number: number): ReviewComment[] {
    return this.pull(number).reviewComments
  }

  /** All check runs named `lockcast` of the app on a commit, oldest first. */
  checkRuns(sha: string, name = 'lockcast'): CheckRun[] {
    return this.state.checkRuns.filter(
      (run) => run.headSha === sha && run.name === name && run.app === this.#around.world.app.id,
    )
  }

  /** The newest of them, the one that counts. */
  checkRun(sha: string, name = 'lockcast'): CheckRun | null {
    return this.checkRuns(sha, name).at(-1) ?? null
  }

  /** Would GitHub allow the merge now, with the check `lockcast` of this app required? */
  mergeAllowed(number: number): MergeAnswer {
    const pull = this.pull(number)
    if (pull.state !== 'open') return { allowed: false, reason: 'the pull request is closed' }
    const run = this.checkRun(headSha(pull))
    if (!run) return { allowed: false, reason: 'Expected — waiting for lockcast to report' }
    if (run.status !== 'completed') return { allowed: false, reason: `lockcast is ${run.status}` }
    const passes = ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '')
    return { allowed: passes, reason: `lockcast: ${run.conclusion}` }
  }

  /** Resolves with the check of the pull request's head once it is completed. Rejects after `withinMs`. */
  async completedCheck(number: number, withinMs = 30_000): Promise<CheckRun> {
    const deadline = AbortSignal.timeout(withinMs)
    for (;;) {
      const run = this.checkRun(this.head(number))
      if (run?.status === 'completed') return run
      await EventEmitter.once(this.#around.events, 'check', { signal: deadline })
    }
  }

  #fork(owner: string): Repository {
    const { world } = this.#around
    const { store } = this.state
    const known = [...world.repositories.values()].find(
      (repository) => repository.fork && repository.owner.login === owner && repository.store === store,
    )
    if (known) return known
    // Like GitHub, another number at the end when the owner has a repository of that name.
    let name = this.state.name
    for (let at = 1; world.repositories.has(`${owner}/${name}`); at++) name = `${this.state.name}-${at}`
    const fork: Repository = {
      ...this.state,
      id: world.nextId(),
      name,
      owner: this.#around.user(owner),
      fork: true,
      branches: new Map(this.state.branches),
      tags: new Map(),
      roles: new Map([[owner, 'admin' as const]]),
      pulls: new Map(),
      checkRuns: [],
      labels: new Map(),
      teams: new Map(),
      installation: null,
    }
    world.repositories.set(`${owner}/${name}`, fork)
    return fork
  }

  #commitTo(repository: Repository, branch: string, files: Files, by: string): string {
    const parent = repository.branches.get(branch) ?? repository.branches.get(repository.defaultBranch)
    const made = commit(repository.store, parent ? [parent] : [], files, 'A change', by)
    repository.branches.set(branch, made.sha)
    return made.sha
  }

  #moveHead(number: number, by: string, move: (pull: Pull) => string): string {
    const pull = this.pull(number)
    const before = headSha(pull)
    const after = move(pull)
    pull.updatedAt = now()
    for (const comment of pull.reviewComments) followLines(this.state.store, comment, after)
    this.#noteCommit(pull)
    this.#tell(pull, this.#around.user(by), { action: 'synchronize', before, after })
    return after
  }

  #noteCommit(pull: Pull): void {
    const made = this.state.store.commits.get(headSha(pull))
    if (made) pull.timeline.push({ kind: 'committed', commit: made })
  }

  #labelEvent(pull: Pull, kind: 'labeled' | 'unlabeled', label: string, actor: User, viaApp: boolean): void {
    pull.timeline.push({ kind, id: this.#around.world.nextId(), label, actor, viaApp, at: now() })
    this.#tell(pull, actor, { action: kind, label })
  }

  #tell(pull: Pull, sender: User, what: PullAction): void {
    pull.updatedAt = now()
    this.#around.send('pull_request', this.state, pullPayload(this.#around.world, pull, sender, what))
  }
}
