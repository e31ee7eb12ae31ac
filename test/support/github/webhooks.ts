import { createHmac, randomUUID } from 'node:crypto'
import type {
  CheckRunRequestedActionEvent,
  CheckRunRerequestedEvent,
  CheckSuiteEvent,
  PullRequestEvent,
  PullRequestLabeledEvent,
} from '@octokit/webhooks-types'
import { appShape, labelShape, repositoryShape, userShape } from './shapes.ts'
import { checkRunShape, commentShape, reviewShape } from './shapes-activity.ts'
import { pullMinimalShape, pullShape, wholePullShape } from './shapes-pulls.ts'
import {
  type CheckRun,
  type Comment,
  fullName,
  now,
  type Pull,
  type Repository,
  type Review,
  type User,
  type World,
} from './world.ts'

/** One delivery of an event and what the app answered. */
export interface Delivery {
  /** Of the attempt; those of one event have its guid. */
  id: number
  guid: string
  event: string
  payload: object
  at: string
  /** HTTP status; null while under way, 0 when the app could not be reached. */
  status: number | null
}

/** Headers with which GitHub sends an event, signed with the webhook's secret. */
export function deliveryHeaders(secret: string, event: string, guid: string, body: string): Record<string, string> {
  const sign = (algorithm: string) => createHmac(algorithm, secret).update(body).digest('hex')
  return {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/fake',
    'x-github-event': event,
    'x-github-delivery': guid,
    'x-github-hook-id': '1',
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature': `sha1=${sign('sha1')}`,
    'x-hub-signature-256': `sha256=${sign('sha256')}`,
  }
}

export async function deliver(url: string, secret: string, delivery: Delivery): Promise<void> {
  const body = JSON.stringify(delivery.payload)
  try {
    const headers = deliveryHeaders(secret, delivery.event, delivery.guid, body)
    const response = await fetch(url, { method: 'POST', headers, body })
    await response.arrayBuffer()
    delivery.status = response.status
  } catch {
    // GitHub notes that nobody answered and goes on; it does not try again by itself.
    delivery.status = 0
  }
}

export function newDelivery(world: World, event: string, payload: object): Delivery {
  return { id: world.nextId(), guid: randomUUID(), event, payload, at: now(), status: null }
}

/** What is around every payload. */
export function commonShape(world: World, repository: Repository, sender: User) {
  const { installation } = repository
  return {
    repository: repositoryShape(world, repository),
    sender: userShape(world, sender),
    ...(installation ? { installation: { id: installation.id, node_id: `I_${installation.id}` } } : {}),
  }
}

export type PullAction =
  | { action: 'opened' | 'reopened' | 'closed' | 'ready_for_review' | 'converted_to_draft' }
  | { action: 'synchronize'; before: string; after: string }
  | { action: 'edited'; changes: { base?: { ref: { from: string }; sha: { from: string } }; title?: { from: string } } }
  | { action: 'labeled' | 'unlabeled'; label: string }
  /** The label was deleted from the repository: GitHub leaves it out. */
  | { action: 'unlabeled' }

export function pullPayload(world: World, pull: Pull, sender: User, what: PullAction): PullRequestEvent {
  const repository = pull.base.repository
  const label = 'label' in what ? repository.labels.get(what.label) : undefined
  // The rest fits the type of every action; that the action goes with its own fields is said by PullAction.
  const rest = {
    number: pull.number,
    pull_request: wholePullShape(world, pull),
    label: labelShape(
      world,
      repository,
      label ?? { id: 0, name: 'label' in what ? what.label : '', color: 'ededed', description: '' },
    ),
    ...commonShape(world, repository, sender),
  } satisfies Omit<PullRequestLabeledEvent, 'action'>
  return { ...rest, ...what, label: 'label' in what ? rest.label : undefined } as PullRequestEvent
}

/** The Re-run button, or with `button` one of the check's own. */
export function checkRunPressed(
  world: World,
  repository: Repository,
  run: CheckRun,
  sender: User,
  button: string | null,
): CheckRunRerequestedEvent | CheckRunRequestedActionEvent {
  const shape = checkRunShape(world, repository, run)
  const suite = checkSuite(world, repository, run.headSha)
  const rest = {
    check_run: {
      ...shape,
      external_id: shape.external_id ?? '',
      status: 'completed' as const,
      conclusion: 'failure' as const,
      completed_at: shape.completed_at ?? now(),
      check_suite: suite,
    },
    ...commonShape(world, repository, sender),
  }
  if (button === null) return { action: 'rerequested', ...rest }
  return { action: 'requested_action', requested_action: { identifier: button }, ...rest }
}

export function checkSuitePayload(
  world: World,
  repository: Repository,
  sha: string,
  sender: User,
  action: 'requested' | 'rerequested',
): CheckSuiteEvent {
  const suite = checkSuite(world, repository, sha)
  const commit = repository.store.commits.get(sha)
  const person = { name: commit?.author ?? '', email: `${commit?.author}@users.noreply.github.test` }
  return {
    action,
    check_suite: {
      ...suite,
      latest_check_runs_count: 1,
      check_runs_url: `${suite.url}/check-runs`,
      head_commit: {
        id: sha,
        tree_id: commit?.tree ?? '',
        message: commit?.message ?? '',
        timestamp: commit?.date ?? '',
        author: person,
        committer: person,
      },
    },
    ...commonShape(world, repository, sender),
  }
}

function checkSuite(world: World, repository: Repository, sha: string) {
  const url = `${world.origin}/repos/${fullName(repository)}/check-suites/1`
  const commit = repository.store.commits.get(sha)
  return {
    id: 1,
    node_id: 'CS_1',
    head_branch: [...repository.branches].find(([, tip]) => tip === sha)?.[0] ?? null,
    head_sha: sha,
    status: 'completed' as const,
    conclusion: 'failure' as const,
    url,
    before: null,
    after: sha,
    // Empty for forks, as on a check run.
    pull_requests: [...repository.pulls.values()]
      .filter((pull) => pull.head.repository === repository && repository.branches.get(pull.head.ref) === sha)
      .map((pull) => pullMinimalShape(world, pull)),
    app: appShape(world),
    created_at: commit?.date ?? '',
    updated_at: commit?.date ?? '',
  }
}

export function installationPayload(
  world: World,
  repositories: Repository[],
  sender: User,
  action: 'created' | 'added' | 'new_permissions_accepted',
) {
  const [first] = repositories
  const list = repositories.map((repository) => ({
    id: repository.id,
    node_id: `R_${repository.id}`,
    name: repository.name,
    full_name: fullName(repository),
    private: repository.private,
  }))
  return {
    action,
    installation: { id: first?.installation?.id ?? 0, account: userShape(world, sender), app_id: world.app.id },
    ...(action === 'added'
      ? { repositories_added: list, repositories_removed: [], repository_selection: 'selected', requester: null }
      : { repositories: list }),
    sender: userShape(world, sender),
  }
}

/** A push of one commit. */
export function pushPayload(world: World, repository: Repository, branch: string, sha: string, sender: User) {
  const made = repository.store.commits.get(sha)
  const before = repository.store.commits.get(made?.parents[0] ?? '')
  const files = made?.files ?? new Map<string, string>()
  const old = before?.files ?? new Map<string, string>()
  return {
    ref: `refs/heads/${branch}`,
    before: before?.sha ?? '0'.repeat(40),
    after: sha,
    created: false,
    deleted: false,
    forced: false,
    base_ref: null,
    commits: [
      {
        id: sha,
        message: made?.message ?? '',
        added: [...files.keys()].filter((path) => !old.has(path)),
        modified: [...files].filter(([path, blob]) => old.has(path) && old.get(path) !== blob).map(([path]) => path),
        removed: [...old.keys()].filter((path) => !files.has(path)),
      },
    ],
    ...commonShape(world, repository, sender),
  }
}

/** The repository became public. */
export function repositoryPayload(world: World, repository: Repository, sender: User) {
  return { action: 'publicized', ...commonShape(world, repository, sender) }
}

/** Someone wrote a comment under a pull request. */
export function issueCommentPayload(world: World, pull: Pull, comment: Comment) {
  const repository = pull.base.repository
  return {
    action: 'created',
    issue: {
      number: pull.number,
      title: pull.title,
      user: userShape(world, pull.author),
      pull_request: { url: `${world.origin}/repos/${fullName(repository)}/pulls/${pull.number}` },
    },
    comment: commentShape(world, pull, comment),
    ...commonShape(world, repository, comment.author),
  }
}

export function reviewPayload(world: World, pull: Pull, review: Review) {
  return {
    action: 'submitted',
    review: { ...reviewShape(world, pull, review), state: 'commented' },
    pull_request: pullShape(world, pull),
    ...commonShape(world, pull.base.repository, review.author),
  }
}
